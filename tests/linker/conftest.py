"""Fixtures for native code: a live session whose project has C sources."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from native_live import NativeLive


@pytest.fixture
def live(tmp_path: Path) -> Iterator[NativeLive]:
    """A live session in an empty project."""
    session = NativeLive(tmp_path)
    yield session
    session.close()
