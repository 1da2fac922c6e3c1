"""Ways to die or hang, each survived with all state: what docs/reliability.md promises."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.interpreter import ForkDiedError, Interpreter, WorkerDiedError
from holefit.session.options import InterpreterOptions, Options
from holefit.testing.prompt import Prompt

pytestmark = pytest.mark.e2e

DEATHS = {
    "os._exit": "import os; os._exit(9)",
    "sys.exit in a forked child, then death": "import os\nif os.fork(): os._exit(1)\nos._exit(0)",
    "SIGKILL": "import os; os.kill(os.getpid(), 9)",
    "SIGTERM": "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGTERM)",
    "SIGSEGV by a null pointer": "import ctypes; ctypes.string_at(0)",
    "SIGSEGV by a wild write": "import ctypes; ctypes.memset(8, 0, 100)",
    "SIGABRT": "import os; os.abort()",
    "SIGILL": "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
    "SIGBUS": "import os, signal; os.kill(os.getpid(), signal.SIGBUS)",
    "SIGFPE": "import os, signal; os.kill(os.getpid(), signal.SIGFPE)",
    "SIGPIPE switched on": "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGPIPE)",
    "SIGALRM unhandled": "import signal, time; n = signal.alarm(1); time.sleep(60)",
    "stack overflow in C": (
        "import ctypes\nlimit = ctypes.CFUNCTYPE(None)\ndef down(): again()\nagain = limit(down)\n"
        "import sys; sys.setrecursionlimit(10**6)\nagain()"
    ),
    "stack overflow by reduce": (
        "class Deep: pass\nimport sys; sys.setrecursionlimit(10**9)\nx = ()\nfor _ in range(5_000_000): x = (x,)\nhash(x)"
    ),
    "a fatal error of Python": "import ctypes; ctypes.pythonapi.Py_FatalError(b'on purpose')",
    "a broken reference count": "import ctypes; ctypes.memset(id(object) , 0, 8 * 40); object()",
    "a broken code object": "f = lambda: 0\nf.__code__ = f.__code__.replace(co_code=bytes([151, 255] * 50), co_stacksize=0)\nf()\nimport os; os.kill(os.getpid(), 11)",
    "death in another thread": "import threading, os, time; threading.Thread(target=os._exit, args=(4,)).start(); time.sleep(60)",
    "death in __repr__": "class Bomb:\n    def __repr__(self): import os; os._exit(5)\nBomb()",
    "death in __del__": "class Bomb:\n    def __del__(self): import os; os._exit(5)\nBomb()\nimport gc; n = gc.collect(); 0",
    "death in an exception's __str__": "class Bomb(Exception):\n    def __str__(self): import os; os._exit(5)\nraise Bomb",
    "death in a signal handler": "import os, signal; s = signal.signal(signal.SIGUSR1, lambda *a: os._exit(6)); os.kill(os.getpid(), signal.SIGUSR1)",
    "death in an async task": "import asyncio, os\nasync def end(): os._exit(7)\nawait asyncio.gather(end())",
    "death while printing much": "import os\nprint('x' * 2_000_000); os._exit(8)",
    "death by exec of another program": "import os; os.execv('/bin/false', ['false'])",
    "death while a module is imported": "import dying",
    "death in a generator that is dropped": "def numbers():\n    try: yield 1\n    finally: import os; os._exit(5)\nn = next(numbers())\nimport gc; n = gc.collect()",
    "death beside a subprocess that goes on": "import subprocess\nsubprocess.Popen(['sleep', '1'])\nimport os; os._exit(5)",
    "closed descriptors, then death": "import os\nos.closerange(0, 50)\nos._exit(3)",
    "closed descriptors": "import os\nos.closerange(0, 1000)",
}

HANGS = {
    "an endless loop": "while True: pass",
    "an endless loop that ignores interrupts": "import time\nwhile True:\n    try: time.sleep(1)\n    except KeyboardInterrupt: pass",
    "endless C code": "sum(iter(int, 1))",
    "a deadlock": "import threading; lock = threading.Lock(); a = lock.acquire(); lock.acquire()",
    "SIGSTOP of itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "a wait for a child that does not end": "import subprocess; subprocess.run(['sleep', '100'])",
    "an endless __repr__": "class Slow:\n    def __repr__(self):\n        while True: pass\nSlow()",
}


@pytest.fixture(scope="module")
def prompt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prompt]:
    options = Options(interpreter=InterpreterOptions(memory_mb=1500))
    interpreter = Interpreter(tmp_path_factory.mktemp("chaos"), options, python=Path(sys.executable))
    interpreter.grace_s = 0.5
    (interpreter.root / "shop.py").write_text("stock = []\n")
    (interpreter.root / "dying.py").write_text("import os\nos.kill(os.getpid(), 11)\n")
    made = Prompt(interpreter)
    made.value("import shop; shop.stock.append('first'); counter = 0")
    yield made
    interpreter.stop()


def state_is_there(prompt: Prompt) -> None:
    """Module state and names are what they were, and can be changed."""
    before = int(prompt.value("counter"))
    assert prompt.value("shop.stock") == "['first']"
    prompt.value("counter += 1")
    assert prompt.value("counter") == str(before + 1)


@pytest.mark.parametrize("text", DEATHS.values(), ids=DEATHS)
def test_death_costs_that_evaluation_alone(prompt: Prompt, text: str) -> None:
    with pytest.raises(WorkerDiedError) as caught:
        prompt.run(text, timeout_s=90)
    assert caught.value.survived
    state_is_there(prompt)


def outcome(prompt: Prompt, text: str, timeout_s: float) -> str:
    """The exception that an evaluation gave, or ``survived`` when it died and its state did not."""
    try:
        answer = prompt.run(text, timeout_s=timeout_s)
    except WorkerDiedError as error:
        return "survived" if error.survived else str(error)
    return str(answer.result.error.type)


@pytest.mark.parametrize("text", HANGS.values(), ids=HANGS)
def test_a_hang_costs_that_evaluation_alone(prompt: Prompt, text: str) -> None:
    assert outcome(prompt, text, 0.3) in ("KeyboardInterrupt", "survived")
    state_is_there(prompt)


def test_running_out_of_memory_is_an_exception_or_a_survived_death(prompt: Prompt) -> None:
    assert outcome(prompt, "x = []\nwhile True: x.append(bytearray(50_000_000))", 90) in (
        "MemoryError",
        "survived",
    )
    prompt.value("x = None")
    state_is_there(prompt)


def test_megabytes_of_output_from_many_processes_are_survived(prompt: Prompt) -> None:
    prompt.run(
        "import subprocess\nps = [subprocess.Popen(['seq', '200000']) for _ in range(4)]\nfor p in ps: n = p.wait()",
        output_limit=1000,
    )
    state_is_there(prompt)


@pytest.mark.parametrize("kind", ["checkpoint", "fork"])
def test_death_costs_no_copy(prompt: Prompt, kind: str) -> None:
    prompt.value("mark = 'then'")
    checkpoint, fork = prompt.interpreter.checkpoint(), prompt.interpreter.fork()
    prompt.value("mark = 'now'")
    if kind == "fork":
        with pytest.raises(ForkDiedError):
            fork.eval_stmt("import ctypes; ctypes.string_at(0)")
    else:
        with pytest.raises(WorkerDiedError):
            prompt.run("import ctypes; ctypes.string_at(0)", timeout_s=90)
    assert prompt.value("mark") == "'now'"
    prompt.interpreter.restore(checkpoint)
    assert prompt.value("mark") == "'then'"
    checkpoint.drop()
    state_is_there(prompt)
