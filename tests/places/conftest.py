"""Fixtures for workers elsewhere."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from elsewhere import ANOTHER_ENVIRONMENT, ANOTHER_USER, Far, python_for_all


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can look into, which pytest's are not."""
    made = Path(tempfile.mkdtemp(prefix="holefit-places-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path, Path(sys.executable), ANOTHER_ENVIRONMENT)


@pytest.fixture
def foreign(open_folder: Path) -> Far:
    """The same as another user, who cannot read our files."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("becoming another user takes root and setpriv")
    python = python_for_all()
    if python is None:
        pytest.skip("there is no Python that another user may run")
    made = Far(open_folder, python, ANOTHER_USER)
    (open_folder / "here").chmod(stat.S_IRWXU)
    os.chown(made.cache, 65534, 65534)
    return made
