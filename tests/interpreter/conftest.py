"""Interpreters on every Python that the machine has, and the internal one.

Tests of what only a process can do (die, have its own folder and descriptors, be interrupted inside a blocking call) are marked ``external``.
"""

from __future__ import annotations

import builtins
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from holefit.interpreter import Interpreter
from holefit.session.options import Options
from holefit.testing.prompt import Prompt

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
INTERNAL = "internal"
NEAR = (
    "3.11",
    "3.13",
    INTERNAL,
)  # one that traces and one that monitors; the others run with the whole processes


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "external: of what an interpreter in this process cannot do")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need a process leave the internal interpreter alone."""
    items[:] = [item for item in items if not (item.get_closest_marker("external") and _is_internal(item))]


def _is_internal(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("_shared") == INTERNAL


@cache
def python(version: str) -> Path | None:
    """An interpreter of that version, apart from Holefit's own environment; None where there is none."""
    candidates = [
        Path(sys.base_prefix, "bin", f"python{version}"),
        Path(shutil.which(f"python{version}") or ""),
        *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")),
    ]
    for candidate in candidates:
        if candidate.is_file():
            asked = subprocess.run(
                [candidate, "-c", "import sys; print(sys.version)"], capture_output=True, text=True
            )
            if asked.stdout.startswith(f"{version}."):
                return candidate
    return None


def require(version: str) -> Path:
    """An interpreter of that version, or the test is skipped."""
    found = python(version)
    if found is None:
        pytest.skip(f"there is no CPython {version} on this machine")
    return found


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(version, marks=() if version in NEAR else pytest.mark.e2e)
        for version in (*VERSIONS, INTERNAL)
    ],
)
def _shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interpreter]:
    root = tmp_path_factory.mktemp("project")
    if request.param == INTERNAL:
        vars(builtins).pop("_", None)  # of some other test, which has run code as a prompt does
        interpreter = Interpreter(root, Options(), kind="internal")
    else:
        interpreter = Interpreter(root, Options(), python=require(request.param))
    yield interpreter
    interpreter.stop()


@pytest.fixture
def prompt(_shared: Interpreter) -> Prompt:
    """One on each version of Python; tests share its worker and its ``__main__``, and may kill it."""
    _shared.start()
    _shared.eval_stmt("1")  # takes the news of a worker that an earlier test has killed
    return Prompt(_shared)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Prompt]:
    """One on the tests' own Python, with an empty project of its own."""
    interpreter = Interpreter(tmp_path, Options(), python=Path(sys.executable))
    yield Prompt(interpreter)
    interpreter.stop()


@pytest.fixture(params=[pytest.param(version, marks=pytest.mark.e2e) for version in VERSIONS])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Prompt]:
    """One on each version of Python, with a worker of its own."""
    interpreter = Interpreter(tmp_path, Options(), python=require(request.param))
    yield Prompt(interpreter)
    interpreter.stop()
