"""Breakpoints, steps and stopped evaluations, on every Python."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from holefit.interpreter import RequestFailedError
from holefit.testing.prompt import Prompt
from holefit_wire.interpreter import EvalBreak, EvalComplete

PROGRAM = """\
def inner(n):
    total = n * 2  # @inner
    return total


def outer(n):
    first = inner(n)  # @outer
    second = inner(n + 1)
    return first + second


def loop(n):
    seen = 0
    for i in range(n):
        seen += i  # @loop
    return seen


def fail(n):
    try:
        return 1 / n  # @fail
    except ZeroDivisionError:
        return -1


def wait(stop):
    import time
    while not stop:
        time.sleep(0.005)  # @wait
    return "over"
"""


def at(mark: str) -> int:
    """The line of ``# @mark``."""
    return next(number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith(f"# @{mark}"))


@pytest.fixture
def program(prompt: Prompt) -> Path:
    path = prompt.root / "program.py"
    path.write_text(PROGRAM)
    prompt.value("import program")
    return path


def stopped(answer: EvalComplete | EvalBreak) -> EvalBreak:
    assert isinstance(answer, EvalBreak), answer
    return answer


def finished(answer: EvalComplete | EvalBreak) -> str:
    assert isinstance(answer, EvalComplete), answer
    return "".join(value.text for value in answer.result.values)


def where(stop: EvalBreak) -> list[tuple[str, int]]:
    return [(frame.function, frame.line) for frame in stop.call_stack]


def test_a_stop_shows_frames_and_variables_and_goes_on(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    array = points.array(program)
    index = points.set(array, at("inner"))
    stop = stopped(points.run("print('before'); program.outer(5)"))
    assert where(stop) == [("inner", at("inner")), ("outer", at("outer")), ("<module>", 1)]
    assert [(v.name, v.type, v.text) for v in stop.call_stack[0].variables] == [("n", "int", "5")]
    assert (stop.array, stop.index, stop.is_exception, stop.stdout) == (array.ref, index, False, "before\n")
    assert points.variable(stop, "n", frame=1).text == "5"
    again = stopped(points.resume(stop))
    assert again.call_stack[0].variables[0].text == "6"
    assert finished(points.resume(again)) == "22"
    assert points.status(array, index).hits == 2
    points.free(array)
    assert finished(points.run("program.outer(5)")) == "22"


def test_other_evaluations_run_while_one_is_stopped(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    array = points.array(program)
    points.set(array, at("inner"))
    stop = stopped(points.run("program.inner(1)"))
    assert prompt.value("1 + 1") == "2"
    assert prompt.value("program.inner(10)") == "20"  # those that do not ask for it do not stop
    answer = points.evaluate(stop, "[n + k for k in range(2)]")
    assert answer.result.values[0].text == "[1, 2]"
    points.evaluate(stop, "n = 100; print('set')")
    assert finished(points.resume(stop)) == "200"
    points.free(array)


def test_ignore_counts_and_clearing(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    array = points.array(program)
    index = points.set(array, at("loop"), 3)
    stop = stopped(points.run("program.loop(10)"))
    assert points.variable(stop, "i").text == "3"
    points.set(array, at("loop"), -1)
    assert finished(points.resume(stop)) == "45"
    assert points.status(array, index).count == -1
    points.free(array)


def test_steps_go_in_over_and_out(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    array = points.array(program)
    points.set(array, at("outer"))
    stop = stopped(points.run("program.outer(5)"))
    over = stopped(points.resume(stop, "over"))
    assert where(over)[0] == ("outer", at("outer") + 1)
    inside = stopped(points.resume(over, "step"))
    assert where(inside)[0] == ("inner", at("inner"))
    out = stopped(points.resume(inside, "out"))
    assert where(out)[0] == ("outer", at("outer") + 2)
    assert finished(points.resume(out)) == "22"
    points.free(array)


def test_single_stepping_stops_at_the_first_line_of_a_snippet(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("a = 1\nb = 2\na + b", single_step=True, filename="<cell>", line=7))
    assert where(stop) == [("<module>", 7)]
    stop = stopped(points.resume(stop, "over"))
    assert where(stop) == [("<module>", 8)]
    assert finished(points.resume(stop)) == "3"


def test_breakpoint_calls_stop(prompt: Prompt) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("def f(x):\n    breakpoint()\n    return x\nf(4)"))
    assert where(stop)[0][0] == "f"
    assert finished(points.resume(stop)) == "4"


def test_exceptions_can_stop_where_they_are_raised(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("program.fail(0)", break_on_exception=True))
    assert (stop.is_exception, stop.value.type, where(stop)[0]) == (
        True,
        "ZeroDivisionError",
        ("fail", at("fail")),
    )
    assert finished(points.resume(stop)) == "-1"
    assert finished(points.run("program.fail(0)", break_on_error=True)) == "-1"


def test_errors_can_stop_before_they_end_the_evaluation(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("program.inner(None)", break_on_error=True))
    assert (stop.value.type, stop.call_stack[0].function) == ("TypeError", "inner")
    assert points.evaluate(stop, "n").result.values[0].is_none
    answer = points.resume(stop)
    assert isinstance(answer, EvalComplete)
    assert answer.result.error.type == "TypeError"


def test_an_abandoned_evaluation_unwinds(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("done = []\ntry:\n    breakpoint()\nfinally:\n    done.append('cleaned')"))
    points.abandon(stop)
    assert prompt.value("done") == "['cleaned']"
    with pytest.raises(RequestFailedError):
        points.resume(stop)


def test_breakpoints_can_be_set_while_code_runs(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    array = points.array(program)
    prompt.value("stop = []")
    answers: list[EvalComplete | EvalBreak] = []
    thread = threading.Thread(target=lambda: answers.append(points.run("program.wait(stop)")))
    thread.start()
    while prompt.interpreter.status().state != "busy":
        time.sleep(0.01)
    points.set(array, at("wait"))
    thread.join(60)
    stop = stopped(answers[0])
    assert where(stop)[0] == ("wait", at("wait"))
    points.set(array, at("wait"), -1)
    points.evaluate(stop, "stop.append(1)")
    assert finished(points.resume(stop)) == "'over'"
    points.free(array)


def test_the_last_lines_are_remembered(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("program.loop(100); breakpoint()", trace=True))
    lines = points.history(stop).frames
    assert len(lines) == 50
    assert lines[-2].text == "return seen"
    finished(points.resume(stop))


def test_a_stopped_evaluation_can_be_interrupted_by_death_only(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    stop = stopped(points.run("breakpoint()\nwhile True: pass"))
    assert prompt.interpreter.interrupt() is False
    answer = points.resume(stop, timeout_s=0.2)
    assert isinstance(answer, EvalComplete)
    assert answer.result.error.type == "KeyboardInterrupt"


def test_what_cannot_be_is_refused(prompt: Prompt, program: Path) -> None:
    points = prompt.interpreter.breakpoints
    with pytest.raises(RequestFailedError, match="No such file"):
        points.array(prompt.root / "there_is_none.py")
    array = points.array(program)
    with pytest.raises(LookupError, match="no code at line 999"):
        points.set(array, 999)
    points.free(array)
    with pytest.raises(RequestFailedError):
        points.status(array, 0)
