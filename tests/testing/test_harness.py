"""The harness says what is so and what is not."""

import pytest

from holefit.testing import check, project

pytestmark = pytest.mark.e2e


def test_claims_that_hold_pass() -> None:
    check("""
        #- /shapes.py
        def area(side: int) -> int: ...
        #- /main.py
        from shapes import area
        side = 3
        size = area(_)
        #           ^ expected type: int
        #           ^ first fit: side
        #           ^ binding: side: int
        #           ^ no fit: area
    """)


def test_a_claim_that_does_not_hold_is_shown_beside_what_was_found() -> None:
    with pytest.raises(AssertionError, match="not so: expected type: str\n_: int\n"):
        check("""
            size: int = _
            #           ^ expected type: str
        """)


def test_a_hole_that_no_marker_speaks_of_fails() -> None:
    with pytest.raises(AssertionError, match="a hole that no marker speaks of"):
        check("""
            size: int = _
            #           ^ hole
            name: str = _
        """)


def test_a_fit_is_filled_in() -> None:
    with project("""
        def half(number: int) -> float:
            return _
    """) as made:
        assert made.fill("number") == "def half(number: int) -> float:\n    return number\n"
        assert made.session.holes(made.path()) == []


def test_state_survives_an_edit() -> None:
    with project("""
        #- /app.py
        count = 0
        def step() -> str:
            global count
            count += 1
            return f"old {count}"
        # >>> step()
        #- /app.py@2
        count = 0
        def step() -> str:
            global count
            count += 1
            return f"new {count}"
        # >>> step()
    """) as made:
        assert made.evaluate("app.py").endswith("# >>> step()\n# 'old 1'\n")
        assert made.edit(2).reloaded == ("app",)
        assert made.evaluate("app.py").endswith("# >>> step()\n# 'new 2'\n")


def test_an_untrusted_project_runs_nothing() -> None:
    with project("# >>> 1 + 1\n", trusted=False) as made, pytest.raises(Exception, match="not trusted"):
        made.evaluate()
