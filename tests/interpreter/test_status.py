"""What the interpreter says that it is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from holefit.interpreter import EvalItem, InterpreterStatus, WorkerDiedError
from holefit.testing.prompt import Prompt

LIMIT_S = 60.0


class Told:
    """The states that an interpreter has told of, and a way to wait for one."""

    def __init__(self, prompt: Prompt) -> None:
        self.states: list[str] = []
        self._change = threading.Condition()
        prompt.interpreter.on_state = self._tell

    def _tell(self, status: InterpreterStatus) -> None:
        with self._change:
            self.states.append(status.state)
            self._change.notify_all()

    def wait_for(self, state: str) -> None:
        """Until it is in ``state``."""
        with self._change:
            assert self._change.wait_for(lambda: self.states[-1:] == [state], LIMIT_S), self.states


def aside(function: Callable[[], object]) -> threading.Thread:
    """``function()`` in a thread; that the worker is ended meanwhile is no surprise."""

    def run() -> None:
        try:
            function()
        except WorkerDiedError:
            return

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_it_is_busy_as_long_as_an_evaluation_runs(alone: Prompt) -> None:
    told = Told(alone)
    assert alone.interpreter.status().state == "stopped"
    running = aside(lambda: alone.run("while True: pass"))
    told.wait_for("busy")
    assert alone.interpreter.status().state == "busy"
    assert alone.interpreter.interrupt()
    running.join(LIMIT_S)
    assert alone.interpreter.status().state == "idle"
    assert told.states == ["starting", "idle", "busy", "idle"]


def test_a_call_between_two_answers_leaves_it_busy(alone: Prompt) -> None:
    gate = alone.root / "gate"
    wait = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    answers = alone.interpreter.eval_stmts(
        [EvalItem("1"), EvalItem("2"), EvalItem("print(3)"), EvalItem(wait)]
    )
    assert next(answers).result.values[0].text == "1"
    assert alone.interpreter.status().state == "busy"
    gate.touch()
    assert alone.value("'between'") == "'between'"  # it takes the answers before its own, which are not lost
    assert alone.interpreter.status().state == "idle"
    assert [answer.stdout for answer in answers] == ["", "3\n", ""]


def test_an_abandoned_evaluation_keeps_it_busy_until_it_has_ended(
    alone: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.value("1")
    worker = alone.interpreter._worker
    assert worker is not None

    def interrupted(timeout_s: float | None) -> object:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "receive", interrupted)
    told = Told(alone)
    with pytest.raises(KeyboardInterrupt):
        alone.run("while True: pass")
    told.wait_for("idle")  # nobody asks any more: its end is noticed all the same
    assert told.states == ["busy", "idle"]
    assert alone.value("1 + 1") == "2"


@pytest.mark.parametrize("end", ["stop", "restart"])
def test_who_is_ended_on_purpose_is_never_dead(alone: Prompt, end: str) -> None:
    told = Told(alone)
    running = aside(lambda: alone.run("while True: pass"))
    told.wait_for("busy")
    getattr(alone.interpreter, end)()
    running.join(LIMIT_S)
    assert "dead" not in told.states
    assert alone.interpreter.status().state == ("stopped" if end == "stop" else "idle")


def test_a_request_that_cannot_be_sent_leaves_it_idle(alone: Prompt) -> None:
    alone.value("1")
    with pytest.raises(Exception, match="cannot be sent"):
        alone.interpreter.eval_stmt("1", line=1 << 80)
    assert alone.interpreter.status().state == "idle"
