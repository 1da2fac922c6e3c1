"""VS Code drives the server: its own server and workbench, drawn by a headless browser, with the extension from ``editors/vscode``.

Most scenarios run in the extension host with the real ``vscode`` module (``vscode/trusted.js``, ``vscode/untrusted.js``); one does with mouse and
keyboard what a person does (``vscode/look.js``), and leaves screenshots in ``.editors/screenshots``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from .conftest import EDITORS, ROOT, SERVER, copy_project

pytestmark = [pytest.mark.editors, pytest.mark.timeout(600)]

HERE = Path(__file__).parent / "vscode"
EXTENSION = ROOT / "editors/vscode"
NODE = EDITORS / "node/bin/node"
CODE = EDITORS / "vscode/server-main.js"

SETTINGS = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoUpdate": False,
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "workbench.enableExperiments": False,
    "workbench.tips.enabled": False,
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "window.commandCenter": False,
    "git.enabled": False,
    "files.autoSave": "off",
    "editor.inlayHints.enabled": "on",
    "editor.accessibilitySupport": "off",
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
}


def scenarios(suite: str) -> list[str]:
    return re.findall(r"^    '(.+)': async", (HERE / f"{suite}.js").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def package(editor: Callable[..., None]) -> Path:
    """The extension's package, built when its sources are newer."""
    editor("node", "vscode", "playwright", "chromium")
    package = EXTENSION / "holefit.vsix"
    sources = [*EXTENSION.glob("src/**/*.ts"), *EXTENSION.glob("media/*"), EXTENSION / "package.json"]
    if not package.exists() or package.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        if not (EXTENSION / "node_modules").exists():
            subprocess.run(["npm", "ci"], cwd=EXTENSION, check=True, capture_output=True)
        subprocess.run(["npm", "run", "--silent", "package"], cwd=EXTENSION, check=True, capture_output=True)
    return package


@contextmanager
def vscode(
    project: Path, *arguments: str, install: Path | None = None, trust: bool = True, **environment: str
) -> Iterator[str]:
    """The address of a VS Code whose state is its own."""
    home = Path(tempfile.mkdtemp(prefix="hf-code-"))  # a short path: sockets go there
    settings = home / "user/User/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({**SETTINGS, "security.workspace.trust.enabled": not trust}))
    machine = (
        home / "user/Machine/settings.json"
    )  # what is a program on the machine with the server is set there
    machine.parent.mkdir()
    machine.write_text(json.dumps({"holefit.serverPath": str(SERVER)}))
    places = [
        "--server-data-dir",
        home / "server",
        "--user-data-dir",
        home / "user",
        "--extensions-dir",
        home / "extensions",
    ]
    command = [NODE, CODE, "--accept-server-license-terms", "--telemetry-level", "off", *places]
    variables = {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "HOLEFIT_PROJECT": str(project),
        "HOLEFIT_SERVER": str(SERVER),
        **environment,
    }
    if install is not None:
        subprocess.run(
            [*command, "--install-extension", install, "--force"],
            env=variables,
            check=True,
            capture_output=True,
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--without-connection-token", *arguments],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}/"
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, (home / "log").read_text()
                time.sleep(0.1)
        yield f"{address}?folder={urllib.parse.quote(str(project))}"
    finally:
        process.terminate()
        process.wait(10)
        with suppress(ProcessLookupError):  # its extension hosts
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.2)
        shutil.rmtree(home, ignore_errors=True)


def run_suite(suite: str, tmp_path: Path, *, trust: bool) -> dict[str, str | None]:
    project = copy_project(tmp_path)
    results = tmp_path / "results.json"
    (EDITORS / "screenshots").mkdir(exist_ok=True)
    environment = {"HOLEFIT_SUITE": f"{suite}.js", "HOLEFIT_RESULTS": str(results)}
    with vscode(project, "--enable-smoke-test-driver", trust=trust, **environment) as address:
        remote = f"vscode-remote://{urllib.parse.urlsplit(address).netloc}"
        payload = [
            ["extensionDevelopmentPath", f"{remote}{EXTENSION}"],
            ["extensionTestsPath", f"{remote}{HERE / 'host.js'}"],
        ]
        done = subprocess.run(
            [
                NODE,
                HERE / "page.js",
                f"{address}&payload={urllib.parse.quote(json.dumps(payload))}",
                EDITORS / f"screenshots/{suite}.png",
            ],
            env={**os.environ, **environment, "HOLEFIT_EDITORS": str(EDITORS)},
            capture_output=True,
            text=True,
            timeout=400,
        )
    assert results.exists(), done.stdout + done.stderr
    loaded: dict[str, str | None] = json.loads(results.read_text())
    assert "the suite runs" not in loaded, loaded["the suite runs"]
    return loaded


@pytest.fixture(scope="module")
def trusted(package: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    return run_suite("trusted", tmp_path_factory.mktemp("trusted"), trust=True)


@pytest.fixture(scope="module")
def untrusted(package: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    return run_suite("untrusted", tmp_path_factory.mktemp("untrusted"), trust=False)


@pytest.mark.parametrize("scenario", scenarios("trusted"))
def test_in_the_extension_host(trusted: dict[str, str | None], scenario: str) -> None:
    assert trusted[scenario] is None, trusted[scenario]


@pytest.mark.parametrize("scenario", scenarios("untrusted"))
def test_in_an_untrusted_workspace(untrusted: dict[str, str | None], scenario: str) -> None:
    assert untrusted[scenario] is None, untrusted[scenario]


def act(script: str, address: str) -> None:
    """Runs a script that uses mouse and keyboard; its screenshots are kept."""
    screenshots = EDITORS / "screenshots" / script
    shutil.rmtree(screenshots, ignore_errors=True)
    screenshots.mkdir(parents=True)
    done = subprocess.run(
        [NODE, HERE / f"{script}.js", address, screenshots],
        env={**os.environ, "HOLEFIT_EDITORS": str(EDITORS)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nlook at {screenshots}/failed.png"


def test_a_person_fills_holes_and_evaluates_with_mouse_and_keyboard(package: Path, project: Path) -> None:
    with vscode(project, install=package) as address:
        act("look", address)


def test_a_person_trusts_the_workspace_and_then_evaluates(package: Path, project: Path) -> None:
    with vscode(project, install=package, trust=False) as address:
        act("trust", address)
