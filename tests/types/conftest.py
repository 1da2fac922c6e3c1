"""Fixtures about holes: `#  ^ int; fits a, b; not c; is called with (int)` speaks of the hole above."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from holefit.session.options import HoleOptions
from holefit.testing import parse_fixture
from holefit.types import checking
from holefit.types.workspace import Workspace
from holefit_wire.types import HoleInfo, HolesFound, TypesHello

_NUMBERS = count()
Check = Callable[[str], list[HoleInfo]]


@pytest.fixture(scope="session")
def one_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace in this process for all tests; it has a time budget that a busy machine does not exhaust."""
    root = tmp_path_factory.mktemp("project")
    before = Path.cwd()
    checking.LONGEST_S = 20.0
    options = asdict(
        HoleOptions(
            max_valid_hole_fits=25,
            max_refinement_hole_fits=12,
            refinement_level_hole_fits=2,
            hole_budget_ms=20_000,
        )
    )
    made = Workspace(
        TypesHello(1, str(root), [str(root)], str(root / ".holefit/types"), sys.executable, options),
        lambda text, done: None,
        lambda: False,
    )
    yield made
    os.chdir(before)


@pytest.fixture
def workspace(one_workspace: Workspace) -> Iterator[Workspace]:
    """The one workspace, in which no test leaves a buffer open."""
    yield one_workspace
    for path in list(one_workspace._texts):
        one_workspace.close_buffer(path)


@pytest.fixture
def check(workspace: Workspace, request: pytest.FixtureRequest) -> Check:
    """Write a fixture's file, ask for its holes, and compare."""

    def run(text: str) -> list[HoleInfo]:
        fixture = parse_fixture(text)
        (source,) = fixture.files.values()
        # One folder for all and a name for each: the modules of many tests live in one program.
        path = workspace.root / f"{request.node.name.partition('[')[0]}_{next(_NUMBERS)}.py"
        path.write_text(source)
        answer = workspace.holes(str(path), None)
        assert isinstance(answer, HolesFound)
        by_place = {(hole.line, hole.column): hole for hole in answer.holes}
        claimed = {(claim.range.start.line, claim.range.start.column) for claim in fixture.claims}
        assert set(by_place) == claimed, f"holes at {sorted(by_place)}, claims at {sorted(claimed)}"
        for claim in fixture.claims:
            hole = by_place[claim.range.start.line, claim.range.start.column]
            assert claim.range.end.column - claim.range.start.column == len(hole.name)
            _compare(hole, claim.text)
        return answer.holes

    return run


def _compare(hole: HoleInfo, claim: str) -> None:
    expected, *more = (part.strip() for part in claim.split(";"))
    texts = [fit.text for fit in hole.fits]
    assert hole.expected == expected, f"{hole.expected}; fits {texts}"
    for part in more:
        kind, _, rest = part.partition(" ")
        names = [name.strip() for name in rest.split(" , ")] if " , " in rest else rest.split(", ")
        if kind == "fits":
            assert set(names) <= set(texts), f"{names} not among {texts}"
        elif kind == "first":
            assert texts[: len(names)] == names
        elif kind == "not":
            assert not set(names) & set(texts), f"{names} among {texts}"
        elif kind == "binds":
            assert set(names) <= {f"{name}: {type}" for name, type in hole.bindings}, hole.bindings
        else:
            assert part in hole.constraints, hole.constraints
