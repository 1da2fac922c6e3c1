"""Checkpoints and forks of the state, on every Python."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.interpreter import (
    CannotCopyError,
    CheckpointGoneError,
    ForkDiedError,
    Interpreter,
    StaleRemoteRefError,
    WorkerDiedError,
)
from holefit.session.options import InterpreterOptions, Options
from holefit.testing.prompt import Prompt

pytestmark = pytest.mark.external

LONG_S = 60.0


@pytest.fixture
def prompt(prompt: Prompt) -> Iterator[Prompt]:
    """The shared one, where it is external; no checkpoint is left for the next test."""
    if prompt.interpreter.kind == "internal":
        with pytest.raises(CannotCopyError, match="a worker of its own"):
            prompt.interpreter.checkpoint()
        pytest.skip("the process of the session cannot be copied")
    yield prompt
    for left in prompt.interpreter.checkpoints:
        left.drop()


def test_a_return_brings_all_state_back(prompt: Prompt) -> None:
    interpreter = prompt.interpreter
    (prompt.root / "till.py").write_text("coins = [1]\n")
    prompt.value("import till, random; random.seed(3); x = 1; thing = object()")
    kept = prompt.info("thing").ref
    checkpoint = interpreter.checkpoint()
    dice = prompt.value("random.random()")
    prompt.value("x = 2; y = 3; till.coins.append(2); del thing")
    interpreter.restore(checkpoint)
    assert prompt.value("x, till.coins, 'y' in globals(), thing is not None") == "(1, [1], False, True)"
    assert prompt.value("random.random()") == dice
    assert "object" in interpreter.display(kept)["text/plain"]
    assert interpreter.status().pid == int(prompt.value("import os; os.getpid()"))


def test_a_checkpoint_can_be_gone_back_to_again_and_again(prompt: Prompt) -> None:
    prompt.value("n = 0")
    checkpoint = prompt.interpreter.checkpoint()
    for _ in range(3):
        assert prompt.value("n += 1; n") == "1"
        prompt.interpreter.restore(checkpoint)
    assert prompt.value("n") == "0"


def test_several_checkpoints_stand_side_by_side(prompt: Prompt) -> None:
    interpreter = prompt.interpreter
    made = []
    for number in range(3):
        prompt.value(f"n = {number}")
        made.append(interpreter.checkpoint())
    assert interpreter.checkpoints == made
    for number in (1, 2, 0):
        interpreter.restore(made[number])
        assert prompt.value("n") == str(number)
    made[1].drop()
    assert interpreter.checkpoints == [made[0], made[2]]
    with pytest.raises(CheckpointGoneError):
        interpreter.restore(made[1])
    assert prompt.value("n") == "0"


def test_refs_from_after_a_checkpoint_are_stale_and_their_numbers_not_given_again(prompt: Prompt) -> None:
    interpreter = prompt.interpreter
    checkpoint = interpreter.checkpoint()
    later = prompt.info("'later'").ref
    interpreter.restore(checkpoint)
    fresh = prompt.info("'fresh'").ref
    assert int(fresh) != int(later)
    with pytest.raises(StaleRemoteRefError):
        interpreter.display(later)
    del later
    assert prompt.interpreter.display(fresh)["text/plain"] == "'fresh'"


def test_a_return_goes_back_to_the_generation_of_the_code(prompt: Prompt) -> None:
    interpreter, path = prompt.interpreter, prompt.root / "versions.py"
    path.write_text("def f(): return 'old'\n")
    prompt.value("import versions")
    before = interpreter.status().generation
    checkpoint = interpreter.checkpoint()
    path.write_text("def f(): return 'new'\n")
    interpreter.reload()
    assert (prompt.value("versions.f()"), interpreter.status().generation) == ("'new'", before + 1)
    interpreter.restore(checkpoint)
    assert (prompt.value("versions.f()"), interpreter.status().generation) == ("'old'", before)
    interpreter.reload()
    assert prompt.value("versions.f()") == "'new'"


def test_unsaved_texts_hold_after_a_return(prompt: Prompt) -> None:
    interpreter, path = prompt.interpreter, prompt.root / "unsaved.py"
    path.write_text("x = 'on disk'\n")
    checkpoint = interpreter.checkpoint()
    interpreter.set_buffers({path: "x = 'in the editor'\n"})
    interpreter.restore(checkpoint)
    assert prompt.value("import unsaved; unsaved.x") == "'in the editor'"
    interpreter.set_buffers({})


def test_files_that_are_read_go_on_where_they_were(prompt: Prompt) -> None:
    path = prompt.root / "lines.txt"
    path.write_text("one\ntwo\nthree\n")
    prompt.value(f"import os; file = os.open({str(path)!r}, os.O_RDONLY); os.read(file, 4)")
    checkpoint = prompt.interpreter.checkpoint()
    assert prompt.value("os.read(file, 4)") == r"b'two\n'"
    prompt.interpreter.restore(checkpoint)
    assert prompt.value("os.read(file, 4)") == r"b'two\n'"


def test_a_checkpoint_outlives_the_death_of_its_worker(prompt: Prompt) -> None:
    prompt.value("x = 'kept'")
    checkpoint = prompt.interpreter.checkpoint()
    prompt.value("x = 'changed'")
    with pytest.raises(WorkerDiedError):
        prompt.run("import os; os._exit(1)")
    assert prompt.value("x") == "'changed'"
    prompt.interpreter.restore(checkpoint)
    assert prompt.value("x") == "'kept'"


def test_death_after_a_return_is_survived(prompt: Prompt) -> None:
    prompt.value("x = 1")
    checkpoint = prompt.interpreter.checkpoint()
    prompt.value("x = 2")
    prompt.interpreter.restore(checkpoint)
    prompt.value("x += 10")
    with pytest.raises(WorkerDiedError) as caught:
        prompt.run("import os; os.kill(os.getpid(), 9)")
    assert caught.value.survived
    assert prompt.value("x") == "11"


def test_a_restart_can_be_undone(prompt: Prompt) -> None:
    prompt.value("x = 'before'")
    ref = prompt.info("x").ref
    checkpoint = prompt.interpreter.checkpoint()
    prompt.interpreter.restart()
    fresh = prompt.info("'fresh'").ref
    prompt.interpreter.restore(checkpoint)
    assert prompt.value("x") == "'before'"
    for stale in (ref, fresh):
        with pytest.raises(StaleRemoteRefError):
            prompt.interpreter.display(stale)


def test_what_was_freed_since_is_freed_after_a_return(prompt: Prompt) -> None:
    prompt.value(
        "import gc, weakref\nclass Big: pass\ndef living(): gc.collect(); return sum(type(one).__name__ == 'Big' for one in gc.get_objects())"
    )
    big = prompt.info("Big()").ref
    prompt.value("0")
    checkpoint = prompt.interpreter.checkpoint()
    del big
    prompt.value("0")
    prompt.interpreter.restore(checkpoint)
    prompt.value("0")
    assert prompt.value("living()") == "0"


def test_asyncio_goes_on_after_a_return(prompt: Prompt) -> None:
    prompt.value(
        "import asyncio\nticks = []\nasync def tick():\n    while True:\n        ticks.append(1); await asyncio.sleep(0)\n"
        "task = asyncio.ensure_future(tick()); await asyncio.sleep(0)"
    )
    checkpoint = prompt.interpreter.checkpoint()
    prompt.value("task.cancel(); await asyncio.sleep(0)")
    prompt.interpreter.restore(checkpoint)
    assert prompt.value(
        "before = len(ticks); await asyncio.sleep(0.01); len(ticks) > before, task.done()"
    ) == ("(True, False)")
    prompt.value("task.cancel(); await asyncio.sleep(0)")


def test_threads_are_refused_and_nothing_is_lost(alone: Prompt) -> None:
    alone.value("import threading; go = threading.Event(); t = threading.Thread(target=go.wait); t.start()")
    for copy in (alone.interpreter.checkpoint, alone.interpreter.fork):
        with pytest.raises(CannotCopyError, match="a thread of your code runs") as caught:
            copy()
        assert caught.value.kind == "Threads"
    alone.value("go.set(); t.join()")
    alone.interpreter.restore(alone.interpreter.checkpoint())
    assert alone.value("go.is_set()") == "True"


def test_without_standbys_there_are_no_copies(tmp_path: Path) -> None:
    interpreter = Interpreter(tmp_path, Options(interpreter=InterpreterOptions(standby=False)))
    with pytest.raises(CannotCopyError, match="standby switched on"):
        interpreter.checkpoint()
    interpreter.stop()


def test_while_an_evaluation_stands_still_there_are_no_copies(alone: Prompt) -> None:
    points = alone.interpreter.breakpoints
    stop = points.run("breakpoint()\n'end'")
    with pytest.raises(CannotCopyError, match="stands still"):
        alone.interpreter.checkpoint()
    points.abandon(stop)  # type: ignore[arg-type]  # it stopped
    alone.interpreter.checkpoint()


def test_too_many_are_refused_and_a_dropped_one_makes_room(alone: Prompt) -> None:
    made = [alone.interpreter.checkpoint() for _ in range(8)]
    with pytest.raises(CannotCopyError, match="8 checkpoints"):
        alone.interpreter.checkpoint()
    made[3].drop()
    alone.interpreter.checkpoint()


def test_a_checkpoint_is_gone_with_the_interpreter(alone: Prompt) -> None:
    checkpoint = alone.interpreter.checkpoint()
    alone.interpreter.stop()
    assert alone.interpreter.checkpoints == []
    with pytest.raises(CheckpointGoneError):
        alone.interpreter.restore(checkpoint)


def test_a_killed_checkpoint_is_named_as_gone(alone: Prompt) -> None:
    alone.value("x = 1")
    checkpoint = alone.interpreter.checkpoint()
    alone.value(
        "import os, time\n"
        "def stat(pid): return open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()\n"
        "me = stat(os.getpid())\n"
        "others = [int(one) for one in os.listdir('/proc') if one.isdigit() and int(one) != os.getpid()]\n"
        "def group(pid):\n    try: return stat(pid)[2]\n    except OSError: return ''\n"
        "for pid in [one for one in others if group(one) == me[2] and str(one) != me[1]]:\n"
        "    os.kill(pid, 9)\n    while os.path.exists(f'/proc/{pid}'): time.sleep(0.01)"
    )
    with pytest.raises(CheckpointGoneError):
        alone.interpreter.restore(checkpoint)
    assert alone.value("x") == "1"


def test_what_happens_in_a_fork_stays_in_it(prompt: Prompt) -> None:
    prompt.value("x = [1]")
    with prompt.interpreter.fork() as fork:
        answer = fork.eval_stmt("x.append(2); print('in the fork')\nx")
        assert (answer.result.values[0].text, answer.stdout) == ("[1, 2]", "in the fork\n")
        assert prompt.value("x") == "[1]"
        assert fork.eval_stmt("x").result.values[0].text == "[1, 2]"
        assert fork.display(answer.result.values[0].ref)["text/plain"] == "[1, 2]"
    with pytest.raises(ForkDiedError):
        fork.eval_stmt("x")
    assert prompt.value("x") == "[1]"


def test_the_death_of_a_fork_costs_nothing_else(prompt: Prompt) -> None:
    prompt.value("x = 1")
    fork = prompt.interpreter.fork()
    other = prompt.interpreter.fork()
    with pytest.raises(ForkDiedError, match="process has ended"):
        fork.eval_stmt("import os; os._exit(3)")
    answer = prompt.run("x")
    assert (answer.result.values[0].text, answer.notes) == ("1", ())
    assert other.eval_stmt("x").result.values[0].text == "1"
    other.close()


def cancelled_at(path: Path) -> threading.Event:
    """An event that is set when there is a file: code in a process of its own can say so by no other way."""
    event = threading.Event()

    def look() -> None:
        deadline = time.monotonic() + LONG_S
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        event.set()

    threading.Thread(target=look, daemon=True).start()
    return event


@pytest.mark.e2e
def test_a_fork_can_be_interrupted_and_goes_on(prompt: Prompt, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with prompt.interpreter.fork() as fork:
        answer = fork.eval_stmt(
            f"open({str(begun)!r}, 'w').close()\nwhile True: pass", cancelled=cancelled_at(begun)
        )
        assert answer.result.error.type == "KeyboardInterrupt"
        assert fork.eval_stmt("1 + 1").result.values[0].text == "2"


@pytest.mark.e2e
def test_a_fork_that_ignores_interrupts_is_ended_alone(prompt: Prompt, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    prompt.value("x = 1")
    prompt.interpreter.grace_s = LONG_S
    fork = prompt.interpreter.fork()
    try:
        with pytest.raises(ForkDiedError, match="did not stop"):
            fork.eval_stmt(
                "import time\nwhile True:\n    try:\n"
                f"        open({str(begun)!r}, 'w').close()\n        while True: time.sleep(0.01)\n"
                "    except KeyboardInterrupt: pass",
                cancelled=cancelled_at(begun),
            )
    finally:
        prompt.interpreter.grace_s = 2.0
    answer = prompt.run("x")
    assert (answer.result.values[0].text, answer.notes) == ("1", ())


def test_errors_in_a_fork_are_as_anywhere(prompt: Prompt) -> None:
    with prompt.interpreter.fork() as fork:
        assert fork.eval_stmt("input()").result.error.type == "EOFError"
        error = fork.eval_stmt("1/0", filename="shop.py", line=4).result.error
        assert (error.type, error.frames[0].line) == ("ZeroDivisionError", 4)
        with pytest.raises(StaleRemoteRefError):
            fork.display(10**6)


def test_threads_that_are_about_to_end_are_waited_for(alone: Prompt) -> None:
    alone.value("import threading, time")
    for _ in range(5):
        alone.value("threading.Thread(target=time.sleep, args=(0.02,)).start()")
        alone.interpreter.checkpoint().drop()
    assert alone.interpreter.checkpoints == []
