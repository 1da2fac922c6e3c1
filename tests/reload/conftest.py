"""Fixtures for hot reload."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from live import Live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A live session in an empty project."""
    session = Live(tmp_path)
    yield session
    session.close()
