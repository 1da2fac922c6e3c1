"""Neovim drives the server: each scenario is a Lua file in ``neovim/``, run in the newest and the oldest Neovim that is supported."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import EDITORS, ROOT, SERVER

pytestmark = [pytest.mark.editors, pytest.mark.timeout(300)]

HERE = Path(__file__).parent / "neovim"
PLUGIN = ROOT / "editors/neovim"


@pytest.fixture(params=["neovim", "neovim-old"])
def neovim(
    request: pytest.FixtureRequest, editor: Callable[..., None], project: Path, tmp_path: Path
) -> Callable[..., str]:
    """Runs a scenario in a Neovim that has nothing but the plugin; gives what it printed."""
    editor(request.param)
    program = EDITORS / request.param / "usr/bin/nvim"
    share = EDITORS / request.param / "usr/share/nvim"

    def run(scenario: str, *, server: Path | None = SERVER, **options: object) -> str:
        places = {
            f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("XDG_", "NVIM", "VIM"))
            },
            **places,
            "VIMRUNTIME": str(share / "runtime"),
            "HOLEFIT_SCENARIO": scenario,
            "HOLEFIT_INIT": str(HERE / "init.lua"),
            "HOLEFIT_PLUGIN": str(PLUGIN),
            "HOLEFIT_PROJECT": str(project),
            "HOLEFIT_OPTIONS": json.dumps(options),
        }
        if server is not None:
            environment["HOLEFIT_SERVER"] = str(server)
        else:
            environment.pop("HOLEFIT_SERVER", None)
            environment["PATH"] = "/usr/bin:/bin"
        # The documentation's tags are written beside it: not in the checkout.
        documentation = tmp_path / "doc"
        documentation.mkdir(exist_ok=True)
        (documentation / "holefit.txt").write_text((PLUGIN / "doc/holefit.txt").read_text())
        environment["HOLEFIT_PLUGIN_DOC"] = str(documentation)
        done = subprocess.run(
            [
                program,
                "--headless",
                "-u",
                HERE / "init.lua",
                "--cmd",
                f"set runtimepath^={tmp_path}",
                "-c",
                f"luafile {HERE / 'run.lua'}",
            ],
            env=environment,
            cwd=project,
            capture_output=True,
            text=True,
            timeout=240,
        )
        log = tmp_path / "state/nvim/lsp.log"
        assert done.returncode == 0, "\n".join(
            [done.stdout, done.stderr, log.read_text()[-3000:] if log.exists() else ""]
        )
        return done.stdout

    return run


def test_a_hole_is_shown_with_its_type_and_filled_by_a_code_action(neovim: Callable[..., str]) -> None:
    neovim("hole", trusted=True)


def test_the_goal_window_shows_fits_and_a_number_fills(neovim: Callable[..., str]) -> None:
    neovim("goal", trusted=True)


def test_a_snippet_is_evaluated_by_its_lens_and_again_after_a_reload(neovim: Callable[..., str]) -> None:
    neovim("evaluate", trusted=True)


def test_a_person_sees_holes_lenses_fits_and_results_in_the_terminal(neovim: Callable[..., str]) -> None:
    print(neovim("terminal", trusted=True))


def test_a_large_file_has_holes_that_are_filled(neovim: Callable[..., str]) -> None:
    neovim("large", trusted=True)


def test_a_stopped_evaluation_is_shown_and_goes_on(neovim: Callable[..., str]) -> None:
    neovim("stops", trusted=True)


def test_code_that_reads_is_answered(neovim: Callable[..., str]) -> None:
    neovim("asked", trusted=True)


def test_a_server_that_is_killed_is_replaced(neovim: Callable[..., str]) -> None:
    neovim("killed", trusted=True)


def test_an_untrusted_project_runs_nothing_until_it_is_trusted(
    neovim: Callable[..., str], project: Path
) -> None:
    source = project / "shapes.py"
    source.write_text(source.read_text() + f"\nopen({str(project / 'ran')!r}, 'w').close()\n")
    neovim("untrusted")


def test_the_server_of_the_project_is_used_once_it_is_trusted(
    neovim: Callable[..., str], project: Path
) -> None:
    own = project / ".venv/bin"
    own.mkdir(parents=True)
    (own / "holefit").symlink_to(SERVER)
    neovim("located", server=None)


def test_health_help_and_completion_work(neovim: Callable[..., str]) -> None:
    neovim("health")
