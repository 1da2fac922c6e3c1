"""Workers that die, hang up or never come up."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from holefit.interpreter import (
    Interpreter,
    PythonNotFoundError,
    PythonTooOldError,
    StaleRemoteRefError,
    WorkerDiedError,
    WorkerStartError,
    project_python,
)
from holefit.session.options import InterpreterOptions, Options
from holefit.testing.prompt import Prompt

pytestmark = pytest.mark.external

WAYS_TO_DIE = pytest.mark.parametrize(
    ("text", "how"),
    [
        ("import os; os._exit(7)", "exited with code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("import os; os.abort()", "killed by SIGABRT"),
    ],
)


@WAYS_TO_DIE
def test_a_worker_that_dies_is_named_and_its_standby_takes_over(prompt: Prompt, text: str, how: str) -> None:
    prompt.value("kept = ['state']")
    with pytest.raises(WorkerDiedError, match=f"{how} while it ran import") as caught:
        prompt.run(text)
    assert caught.value.running == text
    assert caught.value.survived
    answer = prompt.run("kept")
    assert answer.result.values[0].text == "['state']"
    assert not any("lost" in note for note in answer.notes)
    assert prompt.run("1").notes == ()


@WAYS_TO_DIE
def test_without_a_standby_a_worker_that_dies_is_replaced(tmp_path: Path, text: str, how: str) -> None:
    prompt = Prompt(Interpreter(tmp_path, Options(interpreter=InterpreterOptions(standby=False))))
    prompt.value("lost = 1")
    with pytest.raises(WorkerDiedError, match=f"{how} while it ran import") as caught:
        prompt.run(text)
    assert not caught.value.survived
    answer = prompt.run("'lost' in globals()")
    assert answer.result.values[0].text == "False"
    assert [how in note and "state is lost" in note for note in answer.notes] == [True]
    assert prompt.run("1").notes == ()
    prompt.interpreter.stop()


def test_the_last_words_of_a_crash_are_kept(alone: Prompt) -> None:
    with pytest.raises(WorkerDiedError) as caught:
        alone.run("import ctypes\ndef crash(): ctypes.string_at(0)\ncrash()")
    assert "Segmentation fault" in caught.value.stderr
    assert "in crash" in caught.value.stderr


def test_a_death_while_idle_is_told_at_the_next_evaluation(alone: Prompt) -> None:
    pid = int(alone.value("x = 5; import os; os.getpid()"))
    time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while alone.interpreter.status().pid == pid and time.monotonic() < deadline:
        time.sleep(0.01)
    assert alone.interpreter.status().state == "idle"
    answer = alone.run("x")
    assert answer.result.values[0].text == "5"
    assert (
        "took over with all state, because the worker was killed by SIGKILL while it was idle"
        in answer.notes[0]
    )


def test_refs_of_a_worker_that_is_gone_are_stale(alone: Prompt) -> None:
    ref = alone.info("object()").ref
    assert "text/plain" in alone.interpreter.display(ref)
    alone.interpreter.restart()
    with pytest.raises(StaleRemoteRefError):
        alone.interpreter.display(ref)
    with pytest.raises(StaleRemoteRefError):
        alone.interpreter.display(12345)


def test_status_follows_the_workers_life(alone: Prompt) -> None:
    states: list[str] = []
    alone.interpreter.on_state = lambda status: states.append(status.state)
    assert alone.interpreter.status().state == "stopped"
    alone.value("1")
    status = alone.interpreter.status()
    assert (status.state, status.version.count("."), status.pid is not None) == ("idle", 2, True)
    alone.interpreter.stop()
    assert states == ["starting", "idle", "busy", "idle", "stopped"]
    alone.value("2")
    assert alone.interpreter.status().state == "idle"


def test_a_restart_forgets_everything(alone: Prompt) -> None:
    alone.value("x = 1")
    alone.interpreter.restart()
    answer = alone.run("x")
    assert (answer.result.error.type, answer.notes) == ("NameError", ())


def test_stopping_does_not_wait_for_an_endless_loop(alone: Prompt) -> None:
    import threading

    failures: list[BaseException] = []

    def loop() -> None:
        try:
            alone.run("while True: pass")
        except WorkerDiedError as error:
            failures.append(error)

    thread = threading.Thread(target=loop)
    thread.start()
    while alone.interpreter.status().state != "busy":
        time.sleep(0.01)
    alone.interpreter.stop()
    thread.join(60)
    assert [type(one) for one in failures] == [WorkerDiedError]
    assert str(failures[0]).startswith("the worker was stopped while it ran while True")
    assert alone.interpreter.status().state == "stopped"


def test_exit_handlers_and_threads_do_not_keep_a_worker_alive(alone: Prompt) -> None:
    alone.interpreter.grace_s = 0.3
    path = alone.root / "left"
    alone.value(f"import atexit; atexit.register(lambda: open({str(path)!r}, 'w').write('bye')) and None")
    pid = alone.interpreter.status().pid
    alone.interpreter.stop()
    assert path.read_text() == "bye"
    alone.value("import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()")
    alone.interpreter.stop()  # does not wait for the thread
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_projects_own_python_is_found(tmp_path: Path) -> None:
    options = Options()
    assert project_python(tmp_path, options).exists()
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert project_python(tmp_path, options) == python
    better = tmp_path / ".venv" / "bin" / "python"
    better.parent.mkdir(parents=True)
    better.touch()
    assert project_python(tmp_path, options) == better
    better.chmod(0o755)
    named = Options(interpreter=InterpreterOptions(python=".venv"))
    assert project_python(tmp_path, named) == better


def test_a_python_that_is_missing_is_a_typed_error(tmp_path: Path) -> None:
    for name in ("no-such-python", "./nowhere/python"):
        interpreter = Interpreter(tmp_path, Options(interpreter=InterpreterOptions(python=name)))
        with pytest.raises(PythonNotFoundError, match="cannot run") as caught:
            interpreter.eval_stmt("1")
        assert "interpreter.python" in caught.value.remedy
        assert interpreter.status().state in ("dead", "stopped")


def test_a_python_that_is_too_old_is_a_typed_error(tmp_path: Path) -> None:
    found = sorted(Path.home().glob(".pyenv/versions/3.[6-9].*/bin/python"))
    if not found:
        pytest.skip("there is no CPython older than 3.10 on this machine")
    with pytest.raises(PythonTooOldError, match=r"is Python 3\.\d+\.\d+; evaluation needs 3\.10 or newer"):
        Interpreter(tmp_path, Options(), python=found[0]).eval_stmt("1")


def test_a_command_that_is_no_python_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(WorkerStartError, match="did not start"):
        Interpreter(tmp_path, Options(), python=Path("/bin/false")).eval_stmt("1")


def test_memory_can_be_limited(tmp_path: Path) -> None:
    interpreter = Interpreter(tmp_path, Options(interpreter=InterpreterOptions(memory_mb=500)))
    try:
        prompt = Prompt(interpreter)
        assert prompt.error("x = bytearray(1 << 30)").type == "MemoryError"
        assert prompt.value("len(bytearray(1 << 20))") == "1048576"
    finally:
        interpreter.stop()


def test_a_worker_ends_with_its_session(alone: Prompt) -> None:
    pid = int(alone.value("import os; os.getpid()"))
    worker = alone.interpreter._worker
    assert worker is not None
    worker.send  # noqa: B018  # it runs
    os.close(os.dup(worker._write_fd))
    worker._popen.stdin.close()  # type: ignore[union-attr]  # it is a pipe
    deadline = time.monotonic() + 60
    while worker._popen.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert worker._popen.returncode is not None, pid
