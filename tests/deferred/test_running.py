"""Code with holes runs up to them, stands still there with its values, and goes on when they are filled."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.interpreter import Interpreter
from holefit.session import Options
from holefit.syntax import Source, parse
from holefit_wire.interpreter import EvalBreak, EvalComplete, EvalSource
from holefit_worker import marking

APP = """
import os
LIMIT = 3
log = open(os.path.join(os.path.dirname(__file__), "log"), "w")

def area(side, name="x"):
    total = side + LIMIT
    return _result * total

def safe(side):
    try:
        return area(side)
    except NameError:
        return None

xs = [_ for _ in range(3)]
"""


@pytest.fixture
def interpreter(tmp_path: Path) -> Iterator[Interpreter]:
    (tmp_path / "app.py").write_text(APP)
    made = Interpreter(tmp_path, Options(), python=Path(sys.executable))
    made.holes.defer(True)
    yield made
    made.stop()


def stopped(interpreter: Interpreter, text: str = "area(2)") -> EvalBreak:
    answer = interpreter.breakpoints.run(text, module="app")
    assert isinstance(answer, EvalBreak)
    return answer


def value(answer: object) -> str:
    assert isinstance(answer, EvalComplete)
    return str(answer.result.values[0].text)


def test_reaching_a_hole_stops_with_the_values_of_its_frame(interpreter: Interpreter) -> None:
    stop = stopped(interpreter)
    (reached,) = interpreter.holes.reached
    assert (reached.place.name, reached.place.line, reached.place.column) == ("_result", 8, 11)
    assert [(one.name, one.text) for one in stop.call_stack[0].variables] == [
        ("side", "2"),
        ("name", "'x'"),
        ("total", "5"),
    ]


def test_a_value_for_the_hole_lets_it_go_on(interpreter: Interpreter) -> None:
    stopped(interpreter)
    (reached,) = interpreter.holes.reached
    assert value(interpreter.holes.fill(reached, "side * 10")) == "100"
    assert interpreter.holes.reached == []


def test_a_value_that_raises_leaves_it_standing(interpreter: Interpreter) -> None:
    stopped(interpreter)
    (reached,) = interpreter.holes.reached
    failed = interpreter.holes.fill(reached, "nowhere")
    assert isinstance(failed, EvalComplete)
    assert failed.result.error.type == "NameError"
    assert value(interpreter.holes.fill(reached, "1")) == "5"


def test_a_hole_that_cannot_stop_raises_what_a_name_error_catches(interpreter: Interpreter) -> None:
    failed = interpreter.eval_stmt("area(2)", module="app")
    assert failed.result.error.type == "holefit.HoleReached"
    assert "the hole _result at line 8" in failed.result.error.message
    assert value(interpreter.eval_stmt("safe(2) is None", module="app")) == "True"


def test_going_on_without_a_value_raises(interpreter: Interpreter) -> None:
    answer = interpreter.breakpoints.resume(stopped(interpreter))
    assert isinstance(answer, EvalComplete)
    assert answer.result.error.type == "holefit.HoleReached"


def test_holes_in_snippets_stop_too(interpreter: Interpreter) -> None:
    stopped(interpreter, "LIMIT + _more")
    (reached,) = interpreter.holes.reached
    assert value(interpreter.holes.fill(reached, "LIMIT")) == "6"


def test_a_name_that_is_bound_elsewhere_after_all_is_no_hole(interpreter: Interpreter) -> None:
    interpreter.eval_stmt("_result = 7", module="app")
    assert value(interpreter.breakpoints.run("area(1)", module="app")) == "28"


def test_without_deferring_a_hole_is_a_name_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    interpreter = Interpreter(tmp_path, Options(), python=Path(sys.executable))
    try:
        assert interpreter.eval_stmt("area(2)", module="app").result.error.type == "NameError"
        assert interpreter.holes.live("app", ["LIMIT", "nowhere"])[0].text == "3"
    finally:
        interpreter.stop()


def test_nothing_is_started_to_look_at_live_values(tmp_path: Path) -> None:
    interpreter = Interpreter(tmp_path, Options(), python=Path(sys.executable))
    assert interpreter.holes.live("app", ["LIMIT"]) == []
    assert interpreter.status().pid is None


def test_what_is_tried_stays_in_its_copy(interpreter: Interpreter, tmp_path: Path) -> None:
    stop = stopped(interpreter)
    outside = tmp_path / "outside"
    told = interpreter.holes.attempt(
        "app",
        [
            EvalSource("total + 1"),
            EvalSource("1 / 0"),
            EvalSource(f"open({str(outside)!r}, 'w')"),
            EvalSource("os.system('true')"),
            EvalSource("import socket; socket.create_connection(('127.0.0.1', 9))"),
            EvalSource("log.write('x'); log.flush()"),
            EvalSource("open('mine', 'w').write('abc')"),
            EvalSource("print('hello')"),
        ],
        stop=stop,
        timeout_s=60,
    )
    assert told.ended == ""
    assert [one.value for one in told.results] == ["6", "", "", "", "", "", "3", ""]
    assert [one.error.partition(":")[0] for one in told.results] == [
        "",
        "ZeroDivisionError",
        *["PermissionError"] * 3,
        "",
        "",
        "",
    ]
    assert told.results[-1].output == "hello\n"
    assert not outside.exists()
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize(
    ("source", "ended"),
    [("while True: pass", "took more than"), ("import os; os._exit(3)", "ended before")],
)
def test_a_try_that_does_not_end_or_dies_costs_nothing_else(
    interpreter: Interpreter, source: str, ended: str
) -> None:
    interpreter.eval_stmt("pass", module="app")
    told = interpreter.holes.attempt("app", [EvalSource(source)], timeout_s=1 if "while" in source else 60)
    assert ended in told.ended
    assert value(interpreter.eval_stmt("LIMIT", module="app")) == "3"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process takes")
def test_a_try_has_only_so_much_memory(interpreter: Interpreter) -> None:
    interpreter.eval_stmt("pass", module="app")
    told = interpreter.holes.attempt("app", [EvalSource("len('a' * (1 << 30))")], timeout_s=60, memory_mb=256)
    assert [one.error for one in told.results] == ["MemoryError"]


@pytest.mark.parametrize(
    "source",
    [
        "for _ in range(3): print(_)",
        "print([_ for _ in _xs], _ys)",
        "def f(_a, *_b, c=_c, **_d): return lambda _e: (_a, _b, _d, _e, _f)",
        "class A:\n    _x = 1\n    y = _x\n    def f(self): return _x, self._y",
        "try: pass\nexcept OSError as _e: print(_e)\nelse: print(_g)",
        "match 3:\n    case [_a, *_b] | {'k': _a, **_b}: print(_a, _b)\n    case _: print(_)",
        "import os as _os, _thread\nfrom os import path as _p\nprint(_os, _p, _thread, _q)",
        "def f():\n    global _g\n    _g = 1\nprint(_h)",
        "if (_n := 3): print(_n, [(_m := x) for x in _z], _m)",
        "def f():\n    def g(): return _later\n    _later = 3\n    return g, _never",
        "x: _annotation = _value\nprint(__name__, __file__)",
        "{_k: _v for _k, _v in {}.items() if _w}",
        "async def f():\n    async with _a as _b, _c: print(_b)\n    async for _d in _e: print(_d)",
    ],
)
def test_the_worker_finds_the_holes_that_the_session_finds(source: str) -> None:
    found = [
        (node.lineno - 1, node.col_offset, node.id)
        for node in marking.holes(ast.parse(textwrap.dedent(source)))
    ]
    sites = parse(Source(Path("a.py"), source)).hole_sites
    assert sorted(found) == [(one.range.start.line, one.range.start.column, one.name) for one in sites]
