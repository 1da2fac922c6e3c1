"""Standbys: what survives the death of a worker, on every Python."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from holefit.interpreter import EvalItem, WorkerDiedError
from holefit.testing.prompt import Prompt

pytestmark = [pytest.mark.external, pytest.mark.e2e]


def die(prompt: Prompt, text: str = "import os; os._exit(3)") -> WorkerDiedError:
    """Kill the worker by an evaluation."""
    with pytest.raises(WorkerDiedError) as caught:
        prompt.run(text)
    return caught.value


def rest(prompt: Prompt, at_most_s: float = 20.0) -> None:
    """Do what a person does between two evaluations: nothing, until the worker has made a new standby of itself.

    Where it cannot (other threads run), the time is up after ``at_most_s``.
    """
    ticks = os.sysconf("SC_CLK_TCK")
    since = time.clock_gettime(time.CLOCK_BOOTTIME) - 2 / ticks
    group = prompt.interpreter._worker.pid  # type: ignore[union-attr]  # it runs
    deadline = time.monotonic() + at_most_s
    while time.monotonic() < deadline:
        if any(int(fields[19]) / ticks >= since for _, fields in processes(group)):
            break
        time.sleep(0.01)
    time.sleep(0.05)


def test_all_kinds_of_state_survive(prompt: Prompt) -> None:
    path = prompt.root / "stock.py"
    path.write_text("items = []\ndef put(x):\n    items.append(x)\n    return len(items)\n")
    prompt.value("put('before')", module="stock")
    prompt.value(
        "def double(n): return n * 2\nclass Thing: pass\nthing = Thing(); thing.friend = thing", scope=""
    )
    prompt.value("private = 9", scope="doc")
    ref = prompt.info("thing").ref
    assert die(prompt).survived
    assert prompt.value("put('after')", module="stock") == "2"
    assert prompt.value("double(4), thing.friend is thing") == "(8, True)"
    assert prompt.value("private", scope="doc") == "9"
    assert "Thing object" in prompt.interpreter.display(ref)["text/plain"]


def test_output_before_the_death_is_kept(prompt: Prompt) -> None:
    dead = die(
        prompt,
        "import sys, time, os; print('said'); print('warned', file=sys.stderr); time.sleep(0.05); n = os.write(1, b'last'); os._exit(1)",
    )
    assert dead.output == ("said\nlast", "warned\n")


def test_death_after_death_is_survived(prompt: Prompt) -> None:
    prompt.value("n = 0")
    for number in range(5):
        prompt.value("n += 1")
        assert die(prompt).exit_code == 3
        assert prompt.value("n") == str(number + 1)


def test_nothing_runs_twice_at_a_persons_pace(prompt: Prompt) -> None:
    path = prompt.root / "ran"
    path.write_text("")
    prompt.value(f"with open({str(path)!r}, 'a') as f: n = f.write('x')")
    rest(prompt)
    die(prompt)
    assert prompt.run("1").notes == ()
    assert path.read_text() == "x"


def test_a_burst_may_run_again_and_it_is_said(prompt: Prompt) -> None:
    prompt.value("seen = []")
    rest(prompt)
    for number in range(10):
        prompt.value(f"seen.append({number})")
    die(prompt)
    answer = prompt.run("seen")
    assert answer.result.values[0].text == str(list(range(10)))
    for note in answer.notes:
        assert "ran again to come back to that state" in note


def test_a_long_burst_is_not_repeated_from_its_start(prompt: Prompt) -> None:
    prompt.value("count = 0")
    for _ in prompt.interpreter.eval_stmts([EvalItem("count += 1")] * 1200):
        pass
    die(prompt)
    answer = prompt.run("count")
    assert answer.result.values[0].text == "1200"
    repeated = [int(note.split()[0]) for note in answer.notes]
    assert all(number <= 1000 for number in repeated)


def test_a_death_right_after_a_pipe_was_closed_is_survived(alone: Prompt) -> None:
    alone.value("import os, time; r, w = os.pipe(); n = os.close(r); state = 'kept'")
    rest(alone)
    alone.value("n = os.close(w); time.sleep(0.3)")
    assert die(alone).survived
    assert alone.value("state") == "'kept'"


def test_threads_make_evaluations_run_again(alone: Prompt) -> None:
    alone.value("started = []; import threading")
    rest(alone)
    alone.value(
        "stop = threading.Event(); t = threading.Thread(target=stop.wait, daemon=True); t.start(); started.append(1)"
    )
    rest(alone, 0.3)
    alone.value("started.append(2)")
    rest(alone, 0.3)
    assert die(alone).survived
    answer = alone.run("started, t.is_alive()")
    assert answer.result.values[0].text == "([1, 2], True)"
    (note,) = answer.notes
    assert "earlier evaluations ran again to come back to that state." in note


def test_what_comes_out_otherwise_the_second_time_is_told(alone: Prompt) -> None:
    path = alone.root / "once"
    path.write_text("")
    alone.value("import threading, os")
    rest(alone)
    alone.value(
        f"threading.Thread(target=threading.Event().wait, daemon=True).start(); os.remove({str(path)!r})"
    )
    rest(alone, 0.3)
    assert die(alone).survived
    (note,) = alone.run("1").notes
    assert "some gave exceptions: FileNotFoundError" in note


def test_user_code_never_meets_its_standby(prompt: Prompt) -> None:
    rest(prompt)
    assert prompt.error("import os; os.wait()").type == "ChildProcessError"
    assert prompt.value("import multiprocessing; multiprocessing.active_children()") == "[]"


def test_forking_for_a_standby_warns_nobody(prompt: Prompt) -> None:
    prompt.value("import warnings; warnings.simplefilter('always')")
    rest(prompt)
    answer = prompt.run("warnings.resetwarnings()")
    assert answer.stderr == ""


def test_random_numbers_go_on_as_they_would_have(prompt: Prompt) -> None:
    expected = prompt.value("import random; random.seed(7); random.random(); random.random()")
    prompt.value("random.seed(7); n = random.random()")
    rest(prompt)
    die(prompt)
    assert prompt.value("random.random()") == expected


def test_asyncio_tasks_subprocesses_and_files_live_on(alone: Prompt) -> None:
    path = alone.root / "log"
    alone.value(
        "import asyncio, subprocess\n"
        f"log = open({str(path)!r}, 'w')\n"
        "n = log.write('a'); log.flush()\n"
        "child = subprocess.Popen(['sleep', '30'])\n"
        "async def tick():\n    while True: await asyncio.sleep(0.001)\n"
        "task = asyncio.ensure_future(tick()); await asyncio.sleep(0)"
    )
    rest(alone, 3.0)
    assert die(alone).survived
    assert alone.value("await asyncio.sleep(0.01); task.done()") == "False"
    alone.value("n = log.write('b'); log.flush()")
    assert path.read_text() == "ab"
    alone.value("child.kill(); n = child.wait()")


def test_no_process_is_left_behind(alone: Prompt) -> None:
    for _ in range(3):
        alone.value("1")
        time.sleep(0.02)
    die(alone)
    group = alone.interpreter._worker.pid  # type: ignore[union-attr]  # it runs
    assert len(members(group)) in (2, 3)
    alone.interpreter.stop()
    deadline = time.monotonic() + 60
    while members(group) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert members(group) == []


def processes(group: int) -> Iterator[tuple[int, list[str]]]:
    """The processes of a group that still run, with their fields in ``/proc/PID/stat`` from the state on."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                yield int(name), fields


def members(group: int) -> list[int]:
    """Their ids."""
    return [pid for pid, _ in processes(group)]


def test_the_death_of_the_keeper_costs_nothing_yet(alone: Prompt) -> None:
    alone.value("x = 1")
    os.kill(alone.interpreter._worker.pid, signal.SIGKILL)  # type: ignore[union-attr]  # it runs
    time.sleep(0.05)
    assert alone.value("x") == "1"


def test_a_restart_is_felt_as_nothing(alone: Prompt) -> None:
    alone.value("x = 1")
    worker = alone.interpreter._worker
    alone.interpreter.restart()
    assert alone.interpreter._worker is worker
    answer = alone.run("x")
    assert (answer.result.error.type, answer.notes) == ("NameError", ())


def test_refs_keep_their_numbers_when_evaluations_run_again(alone: Prompt) -> None:
    alone.value("x = 'before'")
    rest(alone)
    stop = alone.interpreter.breakpoints.run("breakpoint(); 'stopped'", break_on_exception=True)
    alone.interpreter.breakpoints.variable(stop, "x")  # type: ignore[arg-type]  # it stopped
    alone.interpreter.breakpoints.resume(stop)  # type: ignore[arg-type]  # it stopped
    ref = alone.info("'after'").ref
    die(alone)
    assert alone.interpreter.display(ref)["text/plain"] == "'after'"


def test_what_was_interrupted_does_not_run_again(alone: Prompt) -> None:
    alone.value(
        "import threading; t = threading.Thread(target=threading.Event().wait, daemon=True); t.start()"
    )
    alone.run("while True: pass", timeout_s=0.05)
    assert die(alone).survived
    assert alone.value("t.is_alive()") == "True"


@pytest.mark.parametrize(
    "handler",
    ["signal.SIG_IGN", "lambda *at: os.wait()", "lambda *at: 1 / 0"],
    ids=["ignored", "reaped by a handler", "a handler that raises"],
)
def test_a_standby_is_made_whatever_user_code_does_about_its_children(alone: Prompt, handler: str) -> None:
    alone.value("import os, signal; before = os.getpid()")
    alone.value(f"old = signal.signal(signal.SIGCHLD, {handler}); kept = 1")
    rest(alone)
    assert alone.value("os.getpid() == before, kept") == "(True, 1)"
    assert die(alone).survived
    assert alone.value("kept, signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL") == "(1, False)"


def test_a_child_of_user_code_that_ends_while_a_standby_is_made_is_heard_of(alone: Prompt) -> None:
    alone.value("import os, signal, subprocess; ended = []")
    alone.value("old = signal.signal(signal.SIGCHLD, lambda *at: ended.append(os.wait()[0]))")
    for _ in range(20):
        alone.value("pid = os.spawnlp(os.P_NOWAIT, 'true', 'true')")
        rest(alone)
        assert alone.value("import time\nwhile pid not in ended: time.sleep(0.001)\nlen(set(ended))")
    assert alone.value("len(ended)") == "20"


@pytest.mark.parametrize("closing", ["os.closerange(0, 1000)", "os.close(100)", "os.closerange(3, 50)"])
def test_descriptors_that_user_code_closes_are_no_end_of_the_session(alone: Prompt, closing: str) -> None:
    alone.value("import os; kept = 1")
    assert die(alone, closing).survived
    assert alone.value("kept") == "1"


@pytest.mark.parametrize(("number", "stream"), [(1, "stdout"), (2, "stderr")])
def test_a_stream_whose_descriptor_was_closed_is_there_again(alone: Prompt, number: int, stream: str) -> None:
    alone.run(f"import os, sys; os.close({number})")
    answer = alone.run(f"print('again', file=sys.{stream})")
    assert getattr(answer, stream) == "again\n"


def test_many_deaths_take_nothing_of_the_stack(alone: Prompt) -> None:
    alone.value("def depth(n=0):\n    try: return depth(n + 1)\n    except RecursionError: return n")
    before = alone.value("depth()")
    for _ in range(4):
        rest(alone)
        assert die(alone).survived
    assert alone.value("depth()") == before
