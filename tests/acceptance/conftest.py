"""Projects whose standard library has been looked at before, so that each test waits for its own files alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.session import Session


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Makes a folder a project that has been opened before; gives it back."""
    seen = tmp_path_factory.mktemp("seen")
    (seen / "pyproject.toml").write_text("")
    (seen / "main.py").write_text("x: int = _\n")
    with Session.open(seen, trusted=False) as session:
        assert [hole.expected for hole in session.holes(seen / "main.py")] == ["int"]
    (seen / "main.py").unlink()

    def made(folder: Path) -> Path:
        shutil.copytree(seen, folder, dirs_exist_ok=True)
        return folder

    return made


@pytest.fixture
def folder(tmp_path: Path, warm: Callable[[Path], Path]) -> Path:
    """Such a project, with no file in it."""
    return warm(tmp_path)
