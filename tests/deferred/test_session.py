"""A session beside a running program: examples decide, fits show what they would give, evaluations go on when a hole is filled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holefit.holes import Fit, Hole
from holefit.session import Options
from holefit.testing import Project, project

pytestmark = pytest.mark.e2e

DEFERRING = Options(holes=replace(Options().holes, defer_typed_holes=True, hole_budget_ms=20_000))

SIDES = '''
    def area(side: int, width: int) -> int:
        """The area.

        >>> area(2, 5)
        10
        >>> area(0, 1)
        0
        """
        return side * _w
'''

STUCK = """
    LIMIT = 3

    # >>> stuck(4)
    def stuck(side: int) -> int:
        total = side + LIMIT
        return _result * total
"""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holefit.session.live_holes.LIMIT_S", 120.0)
    monkeypatch.setattr("holefit.session.live_holes.EACH_S", 60.0)


def fits(hole: Hole) -> dict[str, Fit]:
    return {fit.text: fit for fit in hole.fits}


def test_fits_that_satisfy_the_examples_come_first() -> None:
    with project(SIDES) as made:
        hole = made.session.examine(made.hole())
        assert fits(hole)["width"].examples == "passed"
        assert fits(hole)["width"].value == "10"
        assert fits(hole)["side"].examples == "failed"
        order = [fit.examples for fit in hole.fits]
        assert order == sorted(order, key=["passed", None, "failed"].index)


def test_snippets_in_comments_are_examples_too() -> None:
    with project("""
        # >>> pick("a", "b")
        # 'b'
        def pick(one: str, other: str) -> str:
            return _
    """) as made:
        hole = made.session.examine(made.hole())
        assert hole.fits[0].text == "other"
        assert hole.fits[0].examples == "passed"
        assert fits(hole)["one"].examples == "failed"


def test_a_method_is_tried_with_its_class() -> None:
    with project('''
        class Box:
            """A box.

            >>> Box(3).doubled(4)
            8
            """
            def __init__(self, size: int) -> None:
                self.size = size

            def doubled(self, factor: int) -> int:
                """Doubled.

                >>> Box(3).doubled(4)
                8
                """
                return 2 * _
    ''') as made:
        hole = made.session.examine(made.hole())
        assert hole.fits[0].text == "factor"
        assert fits(hole)["self.size"].examples == "failed"


def test_nothing_is_tried_where_nothing_may_run() -> None:
    with project(SIDES, trusted=False) as made:
        assert made.session.examine(made.hole()) == made.hole()


def test_without_examples_no_interpreter_is_started() -> None:
    with project("def f(a: int) -> int:\n    return _") as made:
        hole = made.session.examine(made.hole())
        assert [fit.examples for fit in hole.fits] == [None] * len(hole.fits)
        assert made.session.interpreter.status().pid is None


def test_globals_show_their_live_values() -> None:
    with project("limit: int = 3\ndef f(a: int) -> int:\n    return _") as made:
        made.session.interpreter.eval_stmt("limit = 5", module="main")
        hole = made.session.examine(made.hole())
        values = {one.name: one.value for one in hole.bindings}
        assert (values["limit"], values["a"]) == ("5", None)


def stand(made: Project) -> Hole:
    evaluation = made.session.evaluate(made.path(), line=2)
    (result,) = evaluation.results
    assert "stands still at the hole _result at line 6" in result.note
    assert evaluation.edits == ()
    return made.session.examine(made.hole())


def test_an_evaluation_stands_at_a_hole_with_its_values() -> None:
    with project(STUCK, options=DEFERRING) as made:
        hole = stand(made)
        assert hole.reached
        values = {one.name: one.value for one in hole.bindings}
        assert (values["side"], values["total"], values.get("LIMIT")) == ("4", "7", None)
        assert {fit.text: fit.value for fit in hole.fits if not fit.level}["total"] == "7"


def test_filling_the_hole_and_saving_lets_it_go_on() -> None:
    with project(STUCK, options=DEFERRING) as made:
        stand(made)
        text = made.text().replace("_result", "side * 10")
        made.path().write_text("import os\n" + text)
        made.session.saved(made.path())
        made.session.reload()
        (went,) = made.session.go_on()
        assert (went.name, went.text, went.snippet) == ("_result", "side * 10", "stuck(4)")
        assert went.completed is not None
        assert went.completed.result.values[0].text == "280"
        assert "went on to its end" in went.sentence
        assert made.session.go_on() == []
        assert made.evaluate().partition("stuck(4)\n")[2].startswith("# 280")


def test_as_long_as_the_hole_is_one_it_stands_still() -> None:
    with project(STUCK, options=DEFERRING) as made:
        stand(made)
        made.path().write_text(made.text().replace("LIMIT = 3", "LIMIT = 4"))
        made.session.saved(made.path())
        assert made.session.go_on() == []
        assert made.session.examine(made.hole()).reached


def test_a_hole_in_a_loop_is_filled_every_time() -> None:
    with project(
        """
        # >>> total(4)
        def total(n: int) -> int:
            found = 0
            for i in range(n):
                found += _part
            return found
        """,
        options=DEFERRING,
    ) as made:
        made.session.evaluate(made.path(), line=0)
        made.path().write_text(made.text().replace("_part", "i * i"))
        made.session.saved(made.path())
        made.session.reload()
        (went,) = made.session.go_on()
        assert went.completed is not None
        assert went.completed.result.values[0].text == "14"


def test_commands_of_snippets_work_while_holes_are_deferred() -> None:
    with project(
        """
        # >>> :print [1]
        # >>> half(3)
        # >>> :where
        def half(n: int) -> int:
            return _part
        """,
        options=DEFERRING,
    ) as made:
        printed, stood, where = made.session.evaluate(made.path()).results
        assert "<list of 1>" in printed.text + printed.stdout
        assert "stands still at the hole _part at line 5" in stood.note
        assert "in half: return _part" in where.text + where.stdout
        assert made.session.examine(made.hole()).reached


def test_a_mistake_in_a_command_is_said_without_an_exception() -> None:
    with project("# >>> :continue\n", options=DEFERRING) as made:
        assert "# nothing is stopped." in made.evaluate()
