"""The command line as somebody uses it who has not read the manual."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

TEXT = "def f(a: int) -> int:\n    return _\n\n# >>> 6 * 7\n# 42\n"


@pytest.fixture
def root(folder: Path) -> Path:
    (folder / "main.py").write_text(TEXT)
    (folder / "empty.py").write_text("")
    (folder / "undecodable.py").write_bytes(b'x = "\xff"\n')
    return folder


def _holefit(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-m", "holefit", *words],
        cwd=root,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in run.stderr + run.stdout
    return run


@pytest.mark.parametrize(
    "words",
    [
        ["chek"],
        ["holes"],
        ["holes", ""],
        ["holes", "."],
        ["holes", "nothere.py"],
        ["holes", "main.py:0"],
        ["holes", "main.py:2:0"],
        ["holes", "main.py:x"],
        ["check", ""],
        ["check", "nothere"],
        ["check", "--jsn"],
        ["eval"],
        ["eval", ""],
        ["eval", "--check", "--diff", "main.py"],
        ["eval", "--jobs", "0", "main.py"],
        ["eval", "--jobs", "x", "main.py"],
        ["ann", "nothere"],
        ["doctor", "nothere"],
        ["live", "--globals", "sometimes"],
        ["lsp", "--tcp"],
    ],
    ids=" ".join,
)
def test_a_mistake_is_named_on_stderr_with_status_2(words: list[str], root: Path) -> None:
    run = _holefit(root, *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.count("\n") >= 2  # what is wrong, and what would be right
    assert "_positive" not in run.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["check"], 1),
        (["check", "empty.py"], 0),
        (["holes", "main.py"], 0),
        (["holes", "main.py:2:12"], 0),
        (["holes", "main.py:1"], 1),
        (["holes", "empty.py"], 1),
        (["eval", "--check", "main.py"], 0),
        (["eval", "--diff", "main.py"], 0),
        (["eval", "empty.py"], 0),
        (["eval", "undecodable.py"], 2),
        (["eval", "."], 0),
        (["ann"], 1),
        (["--version"], 0),
    ],
    ids=str,
)
def test_exit_status(words: list[str], status: int, root: Path) -> None:
    assert _holefit(root, *words).returncode == status


def test_a_project_that_says_so_is_not_trusted(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.holefit]\ntrusted = false\n")
    run = _holefit(root, "eval", "main.py")
    assert run.returncode == 2
    assert "take `trusted = false` out of" in run.stderr
    assert _holefit(root, "check", "main.py").stdout.count("_ : int") == 1


def test_json_is_one_value_on_stdout_whatever_is_wrong_with_the_files(root: Path) -> None:
    told = json.loads(_holefit(root, "check", "--json").stdout)
    assert [hole["expected"] for hole in told["holes"]] == ["int"]
    assert [Path(one["path"]).name for one in told["diagnostics"]] == ["undecodable.py"]
    assert json.loads(_holefit(root, "ann", "--json").stdout) == []
    assert all(one["state"] != "fails" for one in json.loads(_holefit(root, "doctor", "--json").stdout))


def test_a_reader_that_goes_away_is_no_error(root: Path) -> None:
    (root / "main.py").write_text("".join(f"x{n}: int = _\n" for n in range(20)))
    process = subprocess.Popen(
        [sys.executable, "-m", "holefit", "check"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_gets_colours_unless_it_asks_not_to(
    environment: dict[str, str], coloured: bool, root: Path
) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "holefit", "holes", "main.py"],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # the other end is closed
        pass
    process.wait()
    os.close(ours)
    assert b"main.py:2:12" in said
    assert (b"\x1b[" in said) == coloured
