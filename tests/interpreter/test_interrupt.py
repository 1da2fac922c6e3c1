"""Interrupts, time limits and cancelling, on every Python."""

from __future__ import annotations

import threading
import time

import pytest

from holefit.interpreter import Interpreter, WorkerDiedError
from holefit.testing.prompt import Prompt

BLOCKED = pytest.mark.external  # in a thread, a blocking call has to return before an interrupt is seen
SOON_S = 0.5  # long enough for the first line of what is interrupted to be reached on a machine that is busy


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("while True: pass", id="loop"),
        pytest.param("import time; time.sleep(600)", id="sleep", marks=BLOCKED),
        pytest.param("import threading; threading.Event().wait()", id="lock", marks=BLOCKED),
        pytest.param("import os; os.read(os.pipe()[0], 1)", id="read", marks=BLOCKED),
        pytest.param("import subprocess; subprocess.run(['sleep', '600'])", id="subprocess", marks=BLOCKED),
        pytest.param("import asyncio; await asyncio.sleep(600)", id="await", marks=BLOCKED),
        pytest.param(
            "class Slow:\n    def __repr__(self):\n        while True: pass\nSlow()",
            id="repr",
        ),
        pytest.param(
            "class Slow(Exception):\n    def __str__(self):\n        while True: pass\nraise Slow",
            id="str of an exception",
        ),
        pytest.param(
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN) and None\nwhile True: pass",
            id="ignored",
            marks=BLOCKED,
        ),
    ],
)
def test_an_interrupt_lands_and_state_stays(prompt: Prompt, text: str) -> None:
    prompt.value("kept = 'state'")
    answer = prompt.run(text, timeout_s=SOON_S)
    assert answer.result.error.type == "KeyboardInterrupt"
    assert answer.notes == ("it was interrupted after 0.5 s",)
    if text.startswith("import signal"):
        prompt.value("signal.signal(signal.SIGINT, signal.default_int_handler) and None")
    assert prompt.value("kept") == "'state'"


def test_an_interrupt_meets_the_evaluation_that_runs_and_no_other(prompt: Prompt) -> None:
    """Interrupts fired at any moment of many short evaluations: each answer is right, or KeyboardInterrupt, never out of step."""
    done = threading.Event()

    def fire() -> None:
        while not done.is_set():
            prompt.interpreter.interrupt()
            time.sleep(0.0003)

    thread = threading.Thread(target=fire)
    thread.start()
    interrupted = 0
    try:
        for number in range(300):
            result = prompt.run(f"sum(range(2000)) * 0 + {number}").result
            if hasattr(result, "error"):
                assert result.error.type == "KeyboardInterrupt"
                interrupted += 1
            else:
                assert result.values[0].text == str(number)
    finally:
        done.set()
        thread.join()
    assert interrupted < 300
    assert prompt.value("'in step'") == "'in step'"


def test_an_interrupt_of_nothing_is_nothing(prompt: Prompt) -> None:
    assert prompt.interpreter.interrupt() is False
    assert prompt.value("1") == "1"


def test_cancelling_interrupts(prompt: Prompt) -> None:
    cancelled = threading.Event()
    threading.Timer(SOON_S, cancelled.set).start()
    answer = prompt.run("while True: pass", cancelled=cancelled)
    assert (answer.result.error.type, answer.notes) == ("KeyboardInterrupt", ("it was cancelled",))


@pytest.mark.external
def test_cleanup_may_follow_an_interrupt(prompt: Prompt) -> None:
    answer = prompt.run(
        "import time\nseen = 'early'\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    time.sleep(0.3)\n    seen = 'cleaned'\nseen",
        timeout_s=2,
    )
    assert answer.result.values[0].text == "'cleaned'"


@pytest.mark.external
def test_code_that_goes_on_regardless_costs_the_process_not_the_state(prompt: Prompt) -> None:
    prompt.interpreter.grace_s = 0.2
    prompt.value("kept = 1")
    try:
        with pytest.raises(
            WorkerDiedError, match=r"did not stop within 0.2 s and was killed while it ran import"
        ):
            prompt.run(
                "import time\nwhile True:\n    try:\n        while True: time.sleep(0.01)\n    except KeyboardInterrupt: pass",
                timeout_s=SOON_S,
            )
    finally:
        prompt.interpreter.grace_s = 2.0
    assert prompt.value("kept") == "1"


def test_a_ctrl_c_of_our_own_leaves_the_pipe_in_step(alone: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter: Interpreter = alone.interpreter
    alone.value("before = 1")
    receive = interpreter._worker.receive  # type: ignore[union-attr]  # it runs
    calls = iter([KeyboardInterrupt])

    def interrupted(timeout_s: float | None) -> object:
        for problem in calls:
            raise problem
        return receive(timeout_s)

    monkeypatch.setattr(interpreter._worker, "receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        alone.run("import time; time.sleep(30)")
    assert alone.value("before") == "1"
