"""What each option about holes does to what is shown, set for a project and in a file's own comments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from holefit.session.hole_flags import hole_options, without_hole_flags
from holefit.session.options import HoleOptions
from holefit.types.workspace import Workspace
from holefit_wire.types import HoleInfo, HolesFound

SOURCE = '''
from typing import TypeVar

T = TypeVar("T")

class Box:
    width: int = 3

def same(value: T) -> T:
    return value

def draw(box: Box, label: str) -> int:
    """Draw a box and give its area.

    At length.
    """

def total(box: Box, widthwise: int, height: int, depth: int, other: int, name: str) -> int:
    return _

def free(box: Box) -> None:
    _.width
'''


@pytest.fixture
def ask(workspace: Workspace) -> Any:
    def asked(flags: str = "", **options: Any) -> list[HoleInfo]:
        path = workspace.root / f"options_{abs(hash((flags, *options.items())))}.py"
        path.write_text(f"# holefit: {flags}\n{SOURCE}" if flags else SOURCE)
        before = workspace._options
        workspace.set_options({**asdict(HoleOptions(hole_budget_ms=20_000)), **options})
        try:
            found = workspace.holes(str(path), None)
        finally:
            workspace.set_options(asdict(before))
        assert isinstance(found, HolesFound)
        return found.holes

    return asked


def complete(hole: HoleInfo) -> list[str]:
    return [fit.text for fit in hole.fits if fit.level == 0]


def test_how_many_are_shown(ask: Any) -> None:
    hole = ask()[0]
    assert (len(complete(hole)), len(hole.fits) - len(complete(hole)) <= 6, len(hole.bindings)) == (
        6,
        True,
        6,
    )
    assert len(complete(ask(max_valid_hole_fits=2)[0])) == 2
    assert len(complete(ask("-fmax-valid-hole-fits=3")[0])) == 3
    assert len(complete(ask("-fno-max-valid-hole-fits")[0])) > 10
    assert len(ask("-fmax-relevant-binds=2")[0].bindings) == 2
    one = ask("-fmax-refinement-hole-fits=1")[0]
    assert len(one.fits) - len(complete(one)) == 1


def test_fits_are_not_looked_for(ask: Any) -> None:
    hole = ask("-fno-show-valid-hole-fits")[0]
    assert (hole.fits, hole.expected, bool(hole.bindings)) == ([], "int", True)


def test_refinements_by_the_number_of_new_holes(ask: Any) -> None:
    assert {fit.level for fit in ask()[0].fits} == {0, 1}
    assert "draw(box, _)" in [fit.text for fit in ask()[0].fits]
    two = ask("-frefinement-level-hole-fits=2 -fmax-refinement-hole-fits=40")[0]
    assert {"draw(box, _)", "draw(_, _)"} <= {fit.text for fit in two.fits}
    assert {fit.level for fit in ask("-frefinement-level-hole-fits=0")[0].fits} == {0}
    assert {fit.level for fit in ask("-fno-refinement-level-hole-fits -fmax-valid-hole-fits=1")[0].fits} > {1}


def test_what_gives_back_whatever_it_is_given_needs_its_option(ask: Any) -> None:
    flags = "-fmax-refinement-hole-fits=90 -fmax-valid-hole-fits=1"
    assert "same(_)" not in [fit.text for fit in ask(flags)[0].fits]
    assert "same(_)" in [fit.text for fit in ask(f"{flags} -fabstract-refinement-hole-fits")[0].fits]


def test_the_order(ask: Any) -> None:
    sizes = [len(one) for one in complete(ask("-fsort-by-size-hole-fits -fno-max-valid-hole-fits")[0])]
    assert sizes[:4] == sorted(sizes[:4])
    unsorted = complete(ask("-fno-sort-valid-hole-fits -fmax-valid-hole-fits=4")[0])
    assert unsorted == ["widthwise", "height", "depth", "other"]
    types = [fit.type for fit in ask("-fsort-by-subsumption-hole-fits -fmax-valid-hole-fits=60")[0].fits]
    exact = [type == "int" for type in types[: types.index("bool")]] if "bool" in types else [True]
    assert all(exact)


def test_constraints_and_documentation(ask: Any) -> None:
    assert ask()[1].constraints == ["has attribute width"]
    assert ask("-fno-show-hole-constraints")[1].constraints == []
    assert all(fit.documentation is None for fit in ask()[0].fits)
    told = {fit.text: fit.documentation for fit in ask("-fshow-docs-of-hole-fits")[0].fits}
    assert told["draw(box, _)"] == "Draw a box and give its area."


def test_flags_that_are_not_understood_change_nothing() -> None:
    base = HoleOptions()
    assert hole_options(base, "# holefit: -fmax-valid-hole-fits=many -fno-such\n") == base
    assert hole_options(base, "x = 1  # holefit: on-reload\n") is base
    assert without_hole_flags(["-fplugin=m", "-fno-show-valid-hole-fits"]) == ("-fplugin=m",)
