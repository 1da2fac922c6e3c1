"""In code without annotations the types of live values say what fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holefit.session import Options
from holefit.testing import project

pytestmark = pytest.mark.e2e

OPTIONS = Options(holes=replace(Options().holes, defer_typed_holes=True, hole_budget_ms=20_000))
TEXT = """
    import json

    def load(text):
        return json.loads(text)

    def count(table: dict) -> int: ...
    def spell(text: str) -> int: ...

    settings = load('{"a": 1}')
    title = load('"x"')

    def f(thing):
        count(_)
        spell(_)

    # >>> g({"b": 2})
    def g(thing):
        return count(_table)
"""


def test_globals_without_a_type_have_that_of_their_value() -> None:
    with project(TEXT, options=OPTIONS) as made:
        session = made.session
        assert all(fit.text != "settings" for hole in session.holes(made.path()) for fit in hole.fits)
        session.interpreter.eval_stmt("pass", module="main")
        first, second, _ = session.holes(made.path())
        assert "settings" in [fit.text for fit in first.fits]
        assert "title" not in [fit.text for fit in first.fits]
        assert "title" in [fit.text for fit in second.fits]
        session.interpreter.eval_stmt("title, settings = settings, title", module="main")
        first, second, _ = session.holes(made.path())
        assert "title" in [fit.text for fit in first.fits]
        assert "title" not in [fit.text for fit in second.fits]


def test_parameters_of_a_frame_that_stands_at_the_hole_have_them_too() -> None:
    with project(TEXT, options=OPTIONS) as made:
        *_, hole = made.session.holes(made.path())
        assert "thing" not in [fit.text for fit in hole.fits]
        made.session.evaluate(made.path(), line=15)
        *_, hole = made.session.holes(made.path())
        assert "thing" in [fit.text for fit in hole.fits]
