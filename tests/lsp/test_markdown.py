"""What hover and completion say of a hole, as the options ask for it."""

from __future__ import annotations

from pathlib import Path

from holefit.holes.hole import Fit, Hole
from holefit.session.options import HoleOptions
from holefit.syntax.source import Position, Range
from holefit_lsp import markdown

SIDE = Fit("side", "int", "parameter", ())
HOLE = Hole(Path("/m.py"), Range(Position(0, 0), Position(0, 1)), "_", "int", fits=(SIDE,))
BRIEF = HoleOptions(show_type_of_hole_fits=False, show_provenance_of_hole_fits=False)


def test_a_fit_has_its_type_and_where_it_comes_from() -> None:
    assert "side: int  # parameter\n" in markdown.hole(HOLE, HoleOptions())
    assert markdown.fit(SIDE, HoleOptions()) == "```python\nside: int\n```\n\nparameter"


def test_options_leave_out_type_and_origin() -> None:
    assert "\nside\n" in markdown.hole(HOLE, BRIEF)
    assert markdown.fit(SIDE, BRIEF) == "```python\nside\n```"


def test_fits_that_were_not_looked_for_are_not_missed() -> None:
    bare = Hole(HOLE.path, HOLE.range, "_", "int")
    assert "No fit" in markdown.hole(bare, HoleOptions())
    assert "fit" not in markdown.hole(bare, HoleOptions(show_valid_hole_fits=False))
