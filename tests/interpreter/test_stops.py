"""Breakpoints by place, where they hold, and evaluations that stop while others are stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from holefit.interpreter import RequestFailedError, WorkerDiedError
from holefit.testing.prompt import Prompt
from holefit_wire.interpreter import EvalBreak, EvalComplete

PLACES = """\
import asyncio
import contextlib
import functools
import threading


def doubled(n):
    total = n * 2  # @doubled
    return total


def counting(n):
    for i in range(n):
        yield i  # @counting
    last = n  # @last


async def awaiting(n):
    await asyncio.sleep(0)
    found = n + 1  # @awaiting
    return found


async def both():
    return await asyncio.gather(awaiting(1), awaiting(2))


def in_thread(n):
    results = []
    thread = threading.Thread(target=lambda: results.append(doubled(n)), name="helper")
    thread.start()
    thread.join()
    return results


def squares(n):
    return [
        i * i  # @squares
        for i in range(n)
    ]


def shouting(function):
    @functools.wraps(function)
    def wrapped(*args):
        return function(*args)  # @wrapped
    return wrapped


@shouting
def decorated(n):
    text = str(n)  # @decorated
    return text


class Shape:
    def __init__(self, side):
        self.side = side  # @init

    @property
    def area(self):
        return self.side ** 2  # @area

    @contextlib.contextmanager
    def held(self):
        yield self.side  # @held


def nested(n):
    def inner(k):
        return n + k  # @nested
    return inner(1)


def body():
    class Local:
        size = 3  # @body
    return Local.size


def recursive(n):
    return 1 if n == 0 else n * recursive(n - 1)  # @recursive
"""


def at(mark: str, text: str = PLACES) -> int:
    """The line of ``# @mark``."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.endswith(f"# @{mark}"))


@pytest.fixture
def places(prompt: Prompt) -> Path:
    path = prompt.root / "places.py"
    path.write_text(PLACES)
    prompt.value("import places")
    prompt.interpreter.reload()  # another test may have changed it
    return path


@pytest.fixture(autouse=True)
def _nothing_left(prompt: Prompt) -> object:
    yield
    points = prompt.interpreter.breakpoints
    for stop in reversed(points.stops):
        points.abandon(stop)
    for point in points.all():
        points.remove(point)
    return None


def stopped(answer: EvalComplete | EvalBreak) -> EvalBreak:
    assert isinstance(answer, EvalBreak), answer
    return answer


def finished(answer: EvalComplete | EvalBreak) -> str:
    assert isinstance(answer, EvalComplete), answer
    assert not hasattr(answer.result, "error"), answer.result.error.traceback
    return "".join(value.text for value in answer.result.values)


@pytest.mark.parametrize(
    ("mark", "text", "function", "times"),
    [
        ("counting", "list(places.counting(3))", "counting", 3),
        ("last", "list(places.counting(3))", "counting", 1),
        ("awaiting", "await places.awaiting(1)", "awaiting", 1),
        ("awaiting", "await places.both()", "awaiting", 2),
        ("squares", "places.squares(2)", "squares", 2),
        ("decorated", "places.decorated(1)", "decorated", 1),
        ("wrapped", "places.decorated(1)", "wrapped", 1),
        ("area", "places.Shape(2).area", "area", 1),
        ("held", "with places.Shape(2).held() as side: side", "held", 1),
        ("nested", "places.nested(1)", "inner", 1),
        ("body", "places.body()", "Local", 1),
        ("recursive", "places.recursive(3)", "recursive", 4),
    ],
)
def test_breakpoints_hold_in_every_kind_of_code(
    prompt: Prompt, places: Path, mark: str, text: str, function: str, times: int
) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at(mark))
    answer, seen = points.run(text), 0
    while isinstance(answer, EvalBreak):
        frame = answer.call_stack[0]
        names = frame.function.split(".") + [one.function for one in answer.call_stack]
        assert frame.line == at(mark)
        assert any(function in name for name in names)
        seen += 1
        answer = points.resume(answer)
    finished(answer)
    assert seen >= times  # a comprehension's line is reached once more where Python sets it up


@pytest.mark.external
def test_a_thread_stops_and_the_main_one_answers(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"))
    stop = stopped(points.run("places.in_thread(4)"))
    assert (stop.thread, stop.call_stack[0].function) == ("helper", "doubled")
    assert points.evaluate(stop, "n").result.values[0].text == "4"
    assert prompt.value("1 + 1") == "2"
    over = stopped(points.resume(stop, "over"))
    assert (over.thread, over.call_stack[0].line) == ("helper", at("doubled") + 1)
    points.evaluate(over, "total = 100")
    assert finished(points.resume(over)) == "[100]"


@pytest.mark.external
def test_threads_stop_one_after_the_other(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"))
    prompt.value("from concurrent.futures import ThreadPoolExecutor")
    answer = points.run(
        "with ThreadPoolExecutor(3) as pool: found = sorted(pool.map(places.doubled, range(3)))"
    )
    seen = []
    while isinstance(answer, EvalBreak):
        seen.append(points.evaluate(answer, "n").result.values[0].text)
        answer = points.resume(answer)
    assert sorted(seen) == ["0", "1", "2"]
    assert prompt.value("found") == "[0, 2, 4]"


@pytest.mark.external
def test_an_abandoned_thread_takes_its_evaluation_with_it(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"))
    stop = stopped(points.run("places.in_thread(4)"))
    points.abandon(stop)
    assert points.stops == ()
    assert prompt.value("2 + 2") == "4"


def test_stops_are_a_stack(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"))
    outer = stopped(points.run("places.doubled(1)"))
    inner = stopped(points.run("places.doubled(10)"))
    assert [stop.resume for stop in points.stops] == [outer.resume, inner.resume]
    assert points.evaluate(inner, "n").result.values[0].text == "10"
    assert points.evaluate(outer, "n").result.values[0].text == "1"
    with pytest.raises(RequestFailedError, match="resume or abandon that first"):
        points.resume(outer)
    stepped = stopped(points.resume(inner, "over"))
    assert stepped.call_stack[0].line == at("doubled") + 1
    assert finished(points.resume(stepped)) == "20"
    stepped = stopped(points.resume(outer, "over"))
    assert finished(points.resume(stepped)) == "2"
    assert points.stops == ()


def test_an_evaluation_in_a_stopped_frame_can_stop_too(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("nested"))
    outer = stopped(points.run("places.nested(1)"))
    points.add(places, at("doubled"))
    inner = stopped(points.run("doubled(n + k)", inside=outer))
    assert points.evaluate(inner, "n").result.values[0].text == "2"
    third = stopped(points.run("doubled(n + 5)", inside=inner))
    points.abandon(third)
    assert finished(points.resume(inner)) == "4"
    assert finished(points.resume(outer)) == "2"


def test_awaits_work_while_a_coroutine_is_stopped(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("awaiting"))
    stop = stopped(points.run("await places.awaiting(1)"))
    assert prompt.value("import asyncio\nawait asyncio.sleep(0, 'slept')") == "'slept'"
    assert finished(points.resume(stop)) == "2"
    assert prompt.value("await asyncio.sleep(0, 'again')") == "'again'"


def test_steps_follow_a_coroutine_over_its_await(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("awaiting") - 1)
    stop = stopped(points.run("await places.awaiting(1)"))
    over = stopped(points.resume(stop, "over"))
    assert (over.call_stack[0].function, over.call_stack[0].line) == ("awaiting", at("awaiting"))


def test_a_step_out_of_a_generator_comes_to_its_consumer(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("counting"))
    stop = stopped(points.run("for i in places.counting(2):\n    seen = i"))
    out = stopped(points.resume(stop, "out"))
    assert (out.call_stack[0].function, out.call_stack[0].line) == ("<module>", 2)


def test_steps_stay_in_code_that_the_user_wrote(prompt: Prompt) -> None:
    points = prompt.interpreter.breakpoints
    prompt.value("import json")
    stop = stopped(points.run("a = json.dumps({'key': [1]})\nb = len(a)", single_step=True))
    stop = stopped(points.resume(stop, "step"))
    assert [(frame.function, frame.line) for frame in stop.call_stack] == [("<module>", 2)]


def test_conditions_choose_among_calls(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    point = points.add(places, at("doubled"), condition="n > 3 and any(n == k for k in (5, 7))")
    stop = stopped(points.run("[places.doubled(i) for i in range(8)]"))
    assert points.evaluate(stop, "n").result.values[0].text == "5"
    stop = stopped(points.resume(stop))
    assert points.evaluate(stop, "n").result.values[0].text == "7"
    assert [(one.line, one.hits, one.condition) for one in points.all()] == [(point.line, 2, point.condition)]
    finished(points.resume(stop))


def test_a_condition_that_raises_stops_and_says_why(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"), condition="nobody > 3")
    stop = stopped(points.run("places.doubled(1)"))
    assert stop.note == "the condition nobody > 3 raised NameError: name 'nobody' is not defined"
    with pytest.raises(RequestFailedError, match="SyntaxError"):
        points.add(places, at("doubled"), condition="n >")


def test_a_breakpoint_moves_with_its_line(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    point = points.add(places, at("doubled"))
    gone = points.add(places, at("area"))
    changed = PLACES.replace("def doubled(n):\n", "EXTRA = 1\n\n\ndef doubled(n):\n    n += 1\n").replace(
        "        return self.side ** 2  # @area\n", "        pass\n"
    )
    places.write_text(changed)
    assert not prompt.interpreter.reload().errors
    lines = [one.line for one in points.all()]
    assert lines[0] == at("doubled", changed) == point.line + 4
    stop = stopped(points.run("places.doubled(1)"))
    assert (stop.call_stack[0].line, stop.call_stack[0].text) == (lines[0], "total = n * 2  # @doubled")
    assert finished(points.resume(stop)) == "4"
    assert gone.line == at("area")


def test_a_frame_that_still_runs_old_code_keeps_its_breakpoint(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("counting"))
    stop = stopped(points.run("list(places.counting(2))"))
    changed = "# one\n# more\n" + PLACES
    places.write_text(changed)
    assert not prompt.interpreter.reload().errors
    again = stopped(points.resume(stop))
    assert again.call_stack[0].line == at("counting")  # of the old text, which this frame runs
    assert finished(points.resume(again)) == "[0, 1]"
    fresh = stopped(points.run("list(places.counting(1))"))
    assert fresh.call_stack[0].line == at("counting", changed)


def test_breakpoints_are_set_and_cleared_while_code_runs(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    prompt.value("going = [True]\ndef spin():\n    while going: places.doubled(1)\n    return 'over'")
    answers: list[EvalComplete | EvalBreak] = []
    thread = threading.Thread(target=lambda: answers.append(points.run("spin()")))
    thread.start()
    point = points.add(places, at("doubled"))
    thread.join(60)
    stop = stopped(answers[0])
    assert stop.call_stack[0].line == at("doubled")
    points.remove(point)
    points.evaluate(stop, "import sys; sys.modules['__main__'].going.clear()")
    assert finished(points.resume(stop)) == "'over'"


def test_one_exception_stops_once(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    prompt.value(
        "def low(): raise ValueError('low')\ndef high():\n    try:\n        low()\n    except ValueError: return 'caught'"
    )
    stop = stopped(points.run("high()", break_on_exception=True))
    assert (stop.value.type, stop.call_stack[0].function) == ("ValueError", "low")
    assert finished(points.resume(stop)) == "'caught'"
    assert finished(points.run("sum(x for x in [1, 2])", break_on_exception=True)) == "3"


@pytest.mark.external
def test_a_worker_that_takes_over_gets_the_breakpoints(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"))
    stopped(points.run("places.doubled(1)"))
    prompt.interpreter.restart()
    assert points.stops == ()
    stop = stopped(points.run("import places; places.doubled(2)"))
    assert stop.call_stack[0].line == at("doubled")


def test_modules_stop_while_they_are_imported(prompt: Prompt) -> None:
    points = prompt.interpreter.breakpoints
    path = prompt.root / "fresh_module.py"
    path.write_text("size = 1\nsize += 1  # here\n")
    points.add(path, 2)
    stop = stopped(points.run("import fresh_module"))
    assert (stop.call_stack[0].function, stop.call_stack[0].line) == ("<module>", 2)
    assert points.evaluate(stop, "size").result.values[0].text == "1"


def test_functions_of_snippets_stop(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    prompt.run("def local(n):\n    return n + 1", module="places", filename=str(places), line=500)
    points.add(places, 501, extra=[500, 501])
    stop = stopped(points.run("local(1)", module="places", filename=str(places), line=510))
    assert (stop.call_stack[0].function, stop.call_stack[0].line) == ("local", 501)


def test_a_breakpoint_stays_when_its_new_condition_cannot_be_read(prompt: Prompt, places: Path) -> None:
    points = prompt.interpreter.breakpoints
    points.add(places, at("doubled"), condition="n == 2")
    with pytest.raises(RequestFailedError, match="SyntaxError"):
        points.add(places, at("doubled"), condition="n ==")
    stop = stopped(points.run("places.doubled(1), places.doubled(2)"))
    assert points.evaluate(stop, "n").result.values[0].text == "2"


@pytest.mark.external
def test_a_stop_of_a_worker_that_died_is_not_taken_for_a_later_one(prompt: Prompt) -> None:
    points = prompt.interpreter.breakpoints
    gone = stopped(points.run("1 + 1", single_step=True))
    with pytest.raises(WorkerDiedError):
        prompt.run("import os; os._exit(3)")
    later = stopped(points.run("2 + 2", single_step=True))
    with pytest.raises(RequestFailedError, match="no evaluation stands still"):
        points.resume(gone)
    assert finished(points.resume(later)) == "4"
