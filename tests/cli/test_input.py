"""What evaluated code reads, on the command line: from the terminal, or from what is piped in."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
TEXT = '# >>> input("Name? ").upper()\n# >>> import getpass; len(getpass.getpass("Key: "))\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    made = tmp_path / "main.py"
    made.write_text(TEXT)
    return made


def test_lines_come_from_the_pipe(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "holefit", "eval", file],
        input=b"ada\nsesame\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "# Name? 'ADA'\n" in file.read_text()
    assert "# 6\n" in file.read_text()


def test_the_end_of_the_pipe_is_the_end_of_input(file: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "holefit", "eval", file],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert "EOFError" in file.read_text()


def test_a_terminal_is_asked_and_does_not_show_a_secret(file: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "holefit", "eval", file], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = answered_on(ours, {b"Name? ": b"ada\n", b"Key: ": b"sesame\n"})
    assert process.wait(60) == 0
    os.close(ours)
    assert b"Name? ada" in shown
    assert b"sesame" not in shown
    assert "# Name? 'ADA'\n" in file.read_text()
    assert "# 6\n" in file.read_text()


def answered_on(terminal: int, answers: dict[bytes, bytes]) -> bytes:
    """What a terminal shows until its program ends; each answer is typed when its question stands there."""
    shown, left = b"", dict(answers)
    while True:
        try:
            shown += os.read(terminal, 1 << 16)
        except OSError:  # how Linux says that the other end is closed
            return shown
        for question in [one for one in left if one in shown]:
            os.write(terminal, left.pop(question))
