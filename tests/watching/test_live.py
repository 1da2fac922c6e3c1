"""``holefit live``: a process that is asked by lines of JSON, and that may look after its files itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


class Asked:
    """The running command."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, "-m", "holefit", "live", "--jsonl", *words]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, op: str, **rest: Any) -> dict[str, Any]:
        """The answer to a request."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"op": op, **rest}) + "\n")
        self.process.stdin.flush()
        return self.line()

    def line(self) -> dict[str, Any]:
        """The next line."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.holefit]\n")
    (project / "m.py").write_text("def f():\n    return 1\n")
    return project


@pytest.fixture
def watching(folder: Path) -> Iterator[Asked]:
    asked = Asked(folder, "--watch")
    yield asked
    asked.close()


@pytest.fixture
def asked(folder: Path) -> Iterator[Asked]:
    asked = Asked(folder)
    yield asked
    asked.close()


def save(path: Path, text: str) -> None:
    path.with_suffix(".fresh").write_text(text)
    path.with_suffix(".fresh").replace(path)


def test_files_that_change_are_reloaded_and_told_of(watching: Asked, folder: Path) -> None:
    assert watching.ask("exec", code="import m")["ok"]
    save(folder / "m.py", "def f():\n    return 2\n")
    told = watching.line()
    assert (told["event"], told["status"], told["modules"], told["generation"]) == ("reload", "ok", ["m"], 1)
    assert watching.ask("eval", expr="m.f()")["repr"] == "2"
    save(folder / "m.py", "def f(:\n")
    told = watching.line()
    assert (told["event"], told["status"]) == ("reload", "error")
    assert "m.py:1: SyntaxError" in told["error"]
    assert watching.ask("eval", expr="m.f()")["repr"] == "2"


def test_without_watching_a_reload_is_asked_for(asked: Asked, folder: Path) -> None:
    assert asked.ask("exec", code="import m")["ok"]
    assert asked.ask("write", path="m.py", text="def f():\n    return 3\n") == {"ok": True}
    assert asked.ask("changed")["modules"] == ["m"]
    assert asked.ask("reload")["status"] == "ok"
    assert asked.ask("eval", expr="m.f()")["repr"] == "3"
    assert asked.ask("reload")["status"] == "noop"


@pytest.mark.parametrize(
    "path", ["../other.py", "/tmp/holefit-other.py", "sub/../../other.py", "link/other.py", ".."]
)
def test_nothing_outside_the_project_is_touched(asked: Asked, folder: Path, path: str) -> None:
    (folder / "sub").mkdir()
    (folder / "link").symlink_to(folder.parent)
    (folder.parent / "other.py").write_text("kept\n")
    for op in ("write", "remove"):
        answer = asked.ask(op, path=path, text="gone\n")
        assert (answer["ok"], answer["exc"]) == (False, "OutsideProjectError")
    assert (folder.parent / "other.py").read_text() == "kept\n"
    assert asked.ask("write", path="sub/new.py", text="x = 1\n") == {"ok": True}


def test_an_untrusted_project_runs_nothing(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.holefit]\ntrusted = false\n")
    done = subprocess.run(
        [sys.executable, "-m", "holefit", "live"], cwd=folder, input="", capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "not trusted" in done.stderr
