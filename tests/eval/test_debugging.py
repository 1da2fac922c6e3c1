"""The debugger's and the profiler's commands among snippets."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.edits import apply
from holefit.eval import evaluate
from holefit.eval.commands import BARE, COMMANDS, completions
from holefit.session import Session

SHAPES = """\
def area(side: int) -> int:
    \"\"\"How large it is.\"\"\"
    found = side * side
    return found


def total(sides):
    return sum(area(side) for side in sides)


class Loud:
    def __init__(self):
        self.size = 3

    def __repr__(self):
        raise RuntimeError("repr was called")
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root = tmp_path_factory.mktemp("project")
    (root / "shapes.py").write_text(SHAPES)
    with Session.open(root, trusted=True) as session:
        yield session


@pytest.fixture(autouse=True)
def _nothing_left(session: Session) -> Iterator[None]:
    yield
    points = session.interpreter.breakpoints
    for stop in reversed(points.stops):
        points.abandon(stop)
    for point in points.all():
        points.remove(point)
    points.on_error = points.on_exception = False


def written(session: Session, snippets: str) -> str:
    """What evaluating leaves of a module with these snippets, once their own lines have settled; doing it again changes nothing."""
    path = session.root / "notes.py"
    text = "from shapes import *\n\n" + textwrap.dedent(snippets).lstrip("\n")
    for _ in range(3):
        path.write_text(text)
        session.saved(path)
        evaluation = evaluate(session, path)
        text = apply(session.parsed(path).source, evaluation.edits)
    assert evaluation.edits == (), text
    return text.partition("\n\n")[2]


def same(session: Session, snippets: str) -> None:
    """Evaluating leaves the snippets as they are: the results are right."""
    assert written(session, snippets) == textwrap.dedent(snippets).lstrip("\n")


def test_a_group_stops_steps_looks_around_and_goes_on(session: Session) -> None:
    same(
        session,
        """
        # >>> :break area
        # breakpoint at shapes.py:3
        # >>> area(4)
        # stopped at shapes.py:3 in area: found = side * side
        #   side: int = 4
        # >>> side + 1
        # 5
        # >>> :over
        # stopped at shapes.py:4 in area: return found
        #   side: int = 4
        #   found: int = 16
        # >>> found = 100
        # >>> :continue
        # 100
        # >>> :break
        # 1  shapes.py:3  (1 hits)
        # >>> :delete *
        # deleted shapes.py:3  (1 hits)
        """,
    )


def test_frames_can_be_chosen(session: Session) -> None:
    same(
        session,
        """
        # >>> :break shapes.py:3 if side == 2
        # breakpoint at shapes.py:3 if side == 2
        # >>> sides = [1, 2, 3]
        # >>> total(sides)
        # stopped at shapes.py:3 in area: found = side * side
        #   side: int = 2
        # >>> :frame 2
        # shapes.py:8 in total: return sum(area(side) for side in sides)
        # >>> :locals
        #   sides: list = [1, 2, 3]
        # >>> len(sides)
        # 3
        # >>> :abandon
        # abandoned
        # >>> :delete 1
        # deleted shapes.py:3 if side == 2  (1 hits)
        """,
    )


def test_an_expression_runs_line_by_line(session: Session) -> None:
    text = written(
        session,
        """
        # >>> :step area(3)
        # >>> :step
        # >>> :out
        """,
    )
    assert "# >>> :step\n# stopped at shapes.py:3 in area: found = side * side\n" in text
    assert text.endswith("# >>> :out\n# 9\n")


def test_the_last_lines_are_told(session: Session) -> None:
    text = written(
        session,
        """
        # >>> :break area if side == 3
        # >>> :trace total([1, 2, 3])
        # >>> :history
        # >>> :where
        """,
    )
    assert re.search(r"# -2  shapes.py:8 in <genexpr>: return sum", text)
    assert "# -1  shapes.py:3 in area: found = side * side" in text
    assert "# * 0  shapes.py:3 in area: found = side * side" in text


def test_errors_stop_when_they_are_to(session: Session) -> None:
    text = written(
        session,
        """
        # >>> :set break-on-error
        # >>> area(None)
        # >>> :print side
        # >>> :continue
        # >>> :set break-on-error off
        """,
    )
    assert "# stopped at shapes.py:3 in area: found = side * side\n# TypeError: TypeError(" in text
    assert "# >>> :print side\n# side: NoneType = None\n" in text
    assert "# >>> :continue\n# TypeError: unsupported operand" in text


def test_breakpoint_in_the_module_stops(session: Session) -> None:
    text = written(
        session, "def pause(n):\n    breakpoint()\n    return n\n\n\n# >>> pause(3)\n# >>> :continue\n"
    )
    assert "in pause: " in text
    assert text.endswith("# >>> :continue\n# 3\n")


def test_what_is_forced_may_stop(session: Session) -> None:
    same(
        session,
        """
        # >>> lazy = (area(side) for side in (1, 2))
        # >>> :break area if side == 2
        # breakpoint at shapes.py:3 if side == 2
        # >>> :force lazy
        # stopped at shapes.py:3 in area: found = side * side
        #   side: int = 2
        # >>> :continue
        # [1, 4]
        # >>> :delete *
        # deleted shapes.py:3 if side == 2  (1 hits)
        """,
    )


def test_values_are_printed_without_running_their_code_and_forced(session: Session) -> None:
    text = written(session, "# >>> :print Loud()\n# >>> :force (side * 2 for side in (1, 2))\n")
    assert ".size: int = 3" in text
    assert "repr was called" not in text
    assert text.endswith("# [2, 4]\n")


def test_options_are_set_and_listed(session: Session) -> None:
    text = written(session, "# >>> :set max-lines 7\n# >>> :set\n")
    assert "# max-lines = 7\n" in text
    assert "# break-on-error = off\n" in text
    assert session.options.eval.max_lines == 7


@pytest.mark.parametrize(
    ("snippet", "said"),
    [
        (":nosuch", "unknown command :nosuch"),
        (":print", ":print lacks its argument: :print shape"),
        (":continue 3", ":continue takes no argument"),
        (":continue", "nothing is stopped. Set a breakpoint with :break"),
        (":break nowhere.py:3", "there is no file or module nowhere.py"),
        (":break 3.5", "3.5 is no Python function (AttributeError"),
        (":break 999", "has no code at line 999 or below"),
        (":break area if side >", "SyntaxError"),
        (":delete 9", "there is no breakpoint 9"),
        (":set nothing 3", "nothing"),
        (":set max-lines many", "max-lines"),
        (":print undefined_name", "NameError"),
    ],
)
def test_mistakes_are_said_in_place(session: Session, snippet: str, said: str) -> None:
    path = session.root / "mistakes.py"
    path.write_text(f"from shapes import *\n\n# >>> {snippet}\n")
    session.saved(path)
    (result,) = evaluate(session, path).results
    assert not result.ok
    assert said in result.text


def test_a_profile_tells_costs_hot_lines_and_a_flame_graph(session: Session) -> None:
    path = session.root / "profiled.py"
    path.write_text("from shapes import *\n\n# >>> :profile total(range(20_000))\n")
    session.saved(path)
    evaluation = evaluate(session, path)
    (result,) = evaluation.results
    assert result.ok
    assert re.search(r"20,000×  area  shapes.py:1", result.stdout)
    made = session.root / ".holefit" / "profiles" / "profiled-3.speedscope.json"
    assert f"flame graph: {made.relative_to(session.root)}" in result.stdout
    assert json.loads(made.read_text())["profiles"][0]["unit"] == "nanoseconds"
    heat = session.interpreter.profiling.heat
    assert heat is not None
    shapes = session.root / "shapes.py"
    now = heat.of(shapes, SHAPES)
    moved = heat.of(shapes, "# a line more\n" + SHAPES)
    assert sorted(moved) == [line + 1 for line in sorted(now)]


def test_every_command_has_an_example_that_is_understood() -> None:
    for name, said in COMMANDS.items():
        assert said.rpartition(": ")[2].startswith(f":{name}")
    assert set(COMMANDS) > BARE
    assert completions(":st") == ["step"]
    assert completions(":") == list(COMMANDS)
    assert completions("st") == completions(":step x") == []


def test_a_file_that_uses_no_debugger_does_not_stop(session: Session, tmp_path: Path) -> None:
    same(session, "# >>> area(3)\n# 9\n")
    assert not session.interpreter.breakpoints.are_used
