"""What Holefit remembers of a project may be spoilt, or have no place: answers are the same."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

TEXT = "def f(a: int) -> int:\n    return _\n"


def _check(folder: Path, *, command: str = "check") -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-m", "holefit", command, str(folder)], capture_output=True, text=True, cwd=folder
    )
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout


@pytest.mark.parametrize("spoil", ["cut", "garbage", "half rows"])
def test_a_spoilt_cache_is_made_anew(spoil: str, folder: Path) -> None:
    (folder / "main.py").write_text("# ANN f: [1, 2]\n" + TEXT)
    assert "_ : int" in _check(folder)[1]
    for file in (folder / ".holefit").rglob("*"):
        if not file.is_file() or file.name == ".gitignore":
            continue
        if spoil == "half rows":
            _halve_rows(file)
        else:
            file.write_bytes(file.read_bytes()[:37] if spoil == "cut" else b"\x93garbage" * 500)
    status, said = _check(folder)
    assert "_ : int" in said
    assert status == 1
    assert "[1, 2]" in _check(folder, command="ann")[1]


def _halve_rows(file: Path) -> None:
    if file.suffix == ".db":
        base = sqlite3.connect(file)
        base.execute("update files2 set data = substr(data, 1, length(data) / 2)")
        base.commit()
        base.close()


def test_a_project_that_cannot_be_written_has_holes_all_the_same(folder: Path) -> None:
    (folder / "main.py").write_text(TEXT)
    shutil.rmtree(folder / ".holefit")
    (folder / ".holefit").write_text("in the way\n")
    status, said = _check(folder)
    assert (status, said.count("_ : int")) == (1, 1)
    assert (folder / ".holefit").read_text() == "in the way\n"
