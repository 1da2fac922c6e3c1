"""What has filled a hole is found by what stood around it."""

from __future__ import annotations

import pytest

from holefit.session.live_holes import filled_by


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("return _x + 1", "return a + 1", "a"),
        ("return _x + 1", "import os\nreturn os.sep + 1", "os.sep"),
        ("return _x + 1", "return f(\n    3,\n) + 1", "f(\n    3,\n)"),
        ("return _x + 1", "return _x + 1", None),
        ("return _x + 1", "return 3", None),
        ("return _x + 1", "return a +  + 1", None),
        ("f(_x, _x)", "f(1, _x)", None),
    ],
)
def test_what_has_filled_a_hole_is_found_in_the_new_text(old: str, new: str, found: str | None) -> None:
    assert filled_by(old, new, 0, old.rindex("_x"), "_x") == found
