"""Servers for the tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.session import Session
from holefit.testing.client import LspClient

PROBE = [sys.executable, str(Path(__file__).with_name("probe_server.py"))]


@pytest.fixture(scope="module", params=["", "1"], ids=["buffered", "unbuffered"])
def probe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LspClient]:
    """A probe server that has been initialized, with and without ``PYTHONUNBUFFERED``."""
    root = tmp_path_factory.mktemp("probe")
    with LspClient(PROBE, root=root, env={"PYTHONUNBUFFERED": request.param}) as client:
        client.initialize()
        yield client


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., LspClient]]:
    """Starts probe servers, which are not initialized."""
    clients: list[LspClient] = []

    def started(**options: Any) -> LspClient:
        clients.append(LspClient(PROBE, root=tmp_path, **options))
        return clients[-1]

    yield started
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that knows the standard library's types, to be copied to a project's ``.holefit``."""
    root = tmp_path_factory.mktemp("warm")
    path = root / "main.py"
    path.write_text("import os\nx: int = _\n")
    with Session.open(root) as session:
        session.holes(path)
    return root / ".holefit"
