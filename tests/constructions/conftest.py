"""Texts before and after a construction. ``$0`` is the cursor."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from holefit.edits import Edit, apply
from holefit.session.options import HoleOptions
from holefit.syntax import Position, Range, Source
from holefit.types.workspace import Workspace
from holefit_wire.types import ConstructionsFound, TypesHello

_NUMBERS = count()
Build = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace in this process for all tests."""
    root = tmp_path_factory.mktemp("built")
    before = Path.cwd()
    hello = TypesHello(
        1, str(root), [str(root)], str(root / ".holefit/types"), sys.executable, asdict(HoleOptions())
    )
    yield Workspace(hello, lambda text, done: None, lambda: False)
    os.chdir(before)


@pytest.fixture
def build(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Build:
    """The whole text after each construction at the cursor, by title. ``newline`` and ``tabs`` change how the text is laid out."""
    monkeypatch.setattr("holefit.types.constructing.LIMIT_S", 60.0)

    def run(text: str, *, newline: str = "\n", tabs: bool = False) -> dict[str, str]:
        text = textwrap.dedent(text).removeprefix("\n").rstrip() + "\n"
        if tabs:
            text = text.replace("    ", "\t")
        before, _, after = text.replace("\n", newline).partition("$0")
        path = workspace.root / f"built_{next(_NUMBERS)}.py"
        path.write_bytes((before + after).encode())
        source = Source(path, before + after)
        place = source.position(len(before))
        workspace.set_buffer(str(path), source.text, 1)
        answer = workspace.constructions(str(path), place.line, place.column)
        workspace.close_buffer(str(path))
        assert isinstance(answer, ConstructionsFound)
        found = {}
        for one in answer.constructions:
            edits = [
                Edit(path, Range(Position(c.line, c.column), Position(c.end_line, c.end_column)), c.text)
                for c in one.changes
            ]
            found[one.title] = apply(source, edits)
        return found

    return run
