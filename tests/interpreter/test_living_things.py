"""What goes on beside an evaluation: threads, tasks, subprocesses, open files. On every Python."""

from __future__ import annotations

import time

import pytest

from holefit.interpreter import WorkerDiedError
from holefit.testing.prompt import Prompt


def die(prompt: Prompt) -> None:
    with pytest.raises(WorkerDiedError) as caught:
        prompt.run("import os; os._exit(3)")
    assert caught.value.survived


def test_threads_work_while_nothing_is_evaluated_and_are_started_again_after_a_death(fresh: Prompt) -> None:
    fresh.value(
        "import queue, threading\n"
        "asked, given = queue.Queue(), queue.Queue()\n"
        "def work():\n    while True: given.put(asked.get() * 2)\n"
        "thread = threading.Thread(target=work, daemon=True); thread.start()"
    )
    assert fresh.value("asked.put(21); given.get(timeout=60)") == "42"
    die(fresh)
    assert fresh.value("thread.is_alive(); asked.put(4); given.get(timeout=60)") == "8"


def test_many_threads_evaluate_print_and_end(fresh: Prompt) -> None:
    answer = fresh.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def square(n):\n    print('working', n)\n    return n * n\n"
        "with ThreadPoolExecutor(8) as pool: found = sum(pool.map(square, range(100)))\nfound"
    )
    assert answer.result.values[0].text == "328350"
    assert answer.stdout.count("working") == 100


def test_tasks_go_on_from_one_evaluation_to_the_next_and_after_a_death(fresh: Prompt) -> None:
    fresh.value(
        "import asyncio\n"
        "seen = []\n"
        "async def listen(source):\n    while True: seen.append(await source.get())\n"
        "source = asyncio.Queue(); task = asyncio.ensure_future(listen(source)); await asyncio.sleep(0)"
    )
    assert fresh.value("await source.put(1); await asyncio.sleep(0); await asyncio.sleep(0); seen") == "[1]"
    die(fresh)
    assert (
        fresh.value("await source.put(2); await asyncio.sleep(0); await asyncio.sleep(0); seen") == "[1, 2]"
    )
    fresh.value("task.cancel(); await asyncio.wait([task])")


def test_asyncio_run_and_the_loop_of_the_prompt_get_along(fresh: Prompt) -> None:
    fresh.value("import asyncio\nasync def three(): return 3")
    assert fresh.value("await three()") == "3"
    assert fresh.value("asyncio.run(three())") == "3"
    assert fresh.value("await three()") == "3"


def test_subprocesses_can_be_spoken_to_over_several_evaluations(fresh: Prompt) -> None:
    fresh.value(
        "import subprocess\n"
        "cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)"
    )
    assert (
        fresh.value("n = cat.stdin.write('one\\n'); cat.stdin.flush(); cat.stdout.readline()") == r"'one\n'"
    )
    die(fresh)
    assert (
        fresh.value("n = cat.stdin.write('two\\n'); cat.stdin.flush(); cat.stdout.readline()") == r"'two\n'"
    )
    fresh.value("cat.stdin.close(); n = cat.wait()")


def test_a_process_that_waits_for_the_end_of_its_input_gets_it(fresh: Prompt) -> None:
    """Though the standby has a copy of the pipe."""
    text = "import subprocess, time\ncat = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)"
    fresh.value(text)
    rest(fresh)
    assert fresh.value("cat.communicate('said')[0]") == "'said'"
    fresh.value(text)
    checkpoint, fork = fresh.interpreter.checkpoint(), fresh.interpreter.fork()
    rest(fresh)
    assert fresh.value("cat.communicate('again')[0]") == "'again'"
    fork.close()
    checkpoint.drop()


def rest(prompt: Prompt) -> None:
    """Wait until there is a standby of this state."""
    time.sleep(0.1)


def test_files_stay_open_and_are_written_once(fresh: Prompt) -> None:
    path = fresh.root / "log"
    fresh.value(f"log = open({str(path)!r}, 'w'); n = log.write('one '); log.flush()")
    die(fresh)
    fresh.value("n = log.write('two'); log.close()")
    assert path.read_text() == "one two"


def test_sockets_and_pipes_are_the_same_after_a_death(fresh: Prompt) -> None:
    fresh.value("import os, socket; here, there = socket.socketpair(); read, write = os.pipe()")
    die(fresh)
    assert (
        fresh.value("here.send(b'x'); os.write(write, b'y'); there.recv(1), os.read(read, 1)")
        == "(b'x', b'y')"
    )


def test_processes_of_multiprocessing_work_by_spawn_and_by_fork(fresh: Prompt) -> None:
    (fresh.root / "work.py").write_text("def double(n): return n * 2\n")
    for method in ("fork", "spawn"):
        found = fresh.value(
            "import multiprocessing, work\n"
            f"with multiprocessing.get_context({method!r}).Pool(2) as pool: found = pool.map(work.double, [1, 2, 3])\nfound"
        )
        assert found == "[2, 4, 6]"
