"""The worker: round trip, payloads, start, interrupt; against a bare pipe and a Jupyter kernel in the same run.

    python bench/interpreter.py [--json] [--python PATH] [--jupyter PATH]

``--python`` is the Python that the worker runs on (Holefit's own by default), ``--jupyter`` one that has ipykernel and jupyter_client.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.interpreter import Interpreter, WorkerDiedError
from holefit.session.options import Options

FLOOR = """
import sys, os, struct
while True:
    (size,) = struct.unpack("<I", os.read(0, 4))
    text = os.read(0, size).decode()
    data = repr(eval(text)).encode()
    os.write(1, struct.pack("<I", len(data)) + data)
"""

KERNEL = """
import json, sys, time
from jupyter_client.manager import start_new_kernel
started = time.perf_counter()
manager, client = start_new_kernel(kernel_name="python3")
def once(text):
    begun = time.perf_counter()
    client.execute_interactive(text, timeout=20, output_hook=lambda message: None)
    return (time.perf_counter() - begun) * 1000
once("1+1")
first = (time.perf_counter() - started) * 1000
times = sorted(once("1+1") for _ in range(int(sys.argv[1])))
client.stop_channels(); manager.shutdown_kernel(now=True)
print(json.dumps({"p50": times[len(times) // 2], "p99": times[int(len(times) * .99)], "first": first}))
"""


def times_ms(function: Callable[[], object], rounds: int) -> list[float]:
    """How long each call took, sorted."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        function()
        found.append((time.perf_counter() - started) * 1000)
    return sorted(found)


def percentiles(found: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile of sorted times."""
    return statistics.median(found), found[min(len(found) - 1, int(len(found) * 0.99))]


def floor(python: Path, rounds: int) -> tuple[float, float]:
    """``eval`` over a bare pipe, with neither messages nor capture."""
    import struct

    process = subprocess.Popen(
        [python, "-c", FLOOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    assert process.stdin is not None
    assert process.stdout is not None
    read, write = process.stdout.fileno(), process.stdin.fileno()

    def once() -> None:
        os.write(write, struct.pack("<I", 3) + b"1+1")
        os.read(read, struct.unpack("<I", os.read(read, 4))[0])

    once()
    found = times_ms(once, rounds)
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return percentiles(found)


def kernel(python: Path, rounds: int) -> dict[str, float] | None:
    """A Jupyter kernel; None where there is none."""
    asked = subprocess.run([python, "-c", KERNEL, str(rounds)], capture_output=True, text=True, check=False)
    return json.loads(asked.stdout.splitlines()[-1]) if asked.returncode == 0 else None


def interrupt_ms(interpreter: Interpreter, text: str) -> float:
    """From the interrupt to the answer of an evaluation that does not end by itself."""
    sent: list[float] = []

    def fire() -> None:
        sent.append(time.perf_counter())
        interpreter.interrupt()

    timer = threading.Timer(0.1, fire)
    timer.start()
    interpreter.eval_stmt(text, timeout_s=10)
    answered = time.perf_counter()
    timer.join()
    return (answered - sent[0]) * 1000


def measure(python: Path, rounds: int, folder: Path) -> dict[str, float]:
    """All figures, in milliseconds where nothing else is said."""
    figures: dict[str, float] = {}
    figures["floor p50"], figures["floor p99"] = floor(python, rounds)
    figures |= starts(python, folder)
    interpreter = Interpreter(folder, Options(), python=python)
    for _ in range(200):
        interpreter.eval_stmt("1+1")
    figures["1+1 p50"], figures["1+1 p99"] = percentiles(
        times_ms(lambda: interpreter.eval_stmt("1+1"), rounds)
    )
    figures["print p50"], _ = percentiles(times_ms(lambda: interpreter.eval_stmt("print(1)"), rounds // 4))
    figures["error p50"], _ = percentiles(times_ms(lambda: interpreter.eval_stmt("1/0"), rounds // 4))
    megabyte = lambda: interpreter.eval_stmt("'x' * 1_000_000", output_limit=2_000_000)  # noqa: E731
    figures["1 MB of a value's text p50"], _ = percentiles(times_ms(megabyte, 50))
    figures["interrupt a loop"] = statistics.median(
        interrupt_ms(interpreter, "while True: pass") for _ in range(9)
    )
    figures["interrupt a sleep"] = statistics.median(
        interrupt_ms(interpreter, "import time; time.sleep(60)") for _ in range(9)
    )
    figures |= payloads(interpreter)
    figures |= refs(interpreter)
    figures |= shipping(interpreter)
    figures |= copies(interpreter)
    figures |= survival(interpreter)
    interpreter.stop()
    return figures


def payloads(interpreter: Interpreter) -> dict[str, float]:
    """1 MB and 100 MB in and out, in gigabytes a second; the speed of copying memory in this process beside it."""
    figures, values = {}, interpreter.values
    for size, name, rounds in [(1_000_000, "1 MB", 50), (100_000_000, "100 MB", 7)]:
        data = os.urandom(1000) * (size // 1000)
        ref = values.malloc(data)
        figures[f"{name} in, GB/s"] = size / 1e6 / min(times_ms(lambda: values.malloc(data), rounds))  # noqa: B023
        figures[f"{name} out, GB/s"] = size / 1e6 / min(times_ms(lambda: values.fetch(ref), rounds))  # noqa: B023
    figures["a plain copy of 100 MB, GB/s"] = 100 / min(times_ms(lambda: bytearray(data), 7))
    return figures


def starts(python: Path, folder: Path) -> dict[str, float]:
    """From nothing to the first result: of a worker that is started for it, and of one that was made ready when the session opened."""
    cold, warm = [], []
    for _ in range(9):
        interpreter = Interpreter(folder, Options(), python=python)
        cold += times_ms(lambda: interpreter.eval_stmt("1+1"), 1)  # noqa: B023  # called at once
        interpreter.stop()
        interpreter.warm_up()
        while interpreter.status().state != "idle":
            time.sleep(0.01)
        time.sleep(0.05)
        warm += times_ms(lambda: interpreter.eval_stmt("1+1"), 1)  # noqa: B023
        interpreter.stop()
    return {
        "spawn to first result": statistics.median(cold),
        "ready worker to first result": statistics.median(warm),
    }


def copies(interpreter: Interpreter) -> dict[str, float]:
    """Checkpoints, the way back, and forks."""
    checkpoint = interpreter.checkpoint()

    def fork() -> None:
        with interpreter.fork() as made:
            made.eval_stmt("1+1")

    figures = {
        "restore a checkpoint": statistics.median(times_ms(lambda: interpreter.restore(checkpoint), 9)),
        "fork, 1+1 in it, end it": statistics.median(times_ms(fork, 9)),
    }
    checkpoint.drop()

    def keep() -> None:
        interpreter.checkpoint().drop()

    return {"make a checkpoint": statistics.median(times_ms(keep, 9)), **figures}


def refs(interpreter: Interpreter) -> dict[str, float]:
    """A million refs made and dropped: microseconds for each, and by how much the worker has grown."""
    resident = "int(open('/proc/self/statm').read().split()[1]) * 4"

    def resident_mb() -> float:
        return int(interpreter.eval_stmt(resident).result.values[0].text) / 1000

    code = [compile("1", "<code>", "eval")] * 10_000
    if interpreter.status().version.split(".")[:2] != list(map(str, sys.version_info[:2])):
        return {}
    interpreter.values.create_code(code)
    before = resident_mb()
    spent = sum(times_ms(lambda: interpreter.values.create_code(code), 100))
    return {"a million refs, µs each": spent / 1000, "a million refs, MB more": resident_mb() - before}


def shipping(interpreter: Interpreter) -> dict[str, float]:
    """2,000 functions shipped as code: serialised by one thread, and by several."""
    import marshal
    from concurrent.futures import ThreadPoolExecutor

    codes = [compile(f"x = {n}\ny = [x * {n}, 'text {n}', print]", f"<{n}>", "exec") for n in range(2000)]
    chunks = [tuple(codes[at : at + 100]) for at in range(0, len(codes), 100)]
    alone = min(times_ms(lambda: [marshal.dumps(chunk) for chunk in chunks], 9))
    with ThreadPoolExecutor() as pool:
        together = min(times_ms(lambda: list(pool.map(marshal.dumps, chunks)), 9))
    return {
        "2,000 code objects serialised, one thread": alone,
        "2,000 code objects serialised, threads": together,
    }


def survival(interpreter: Interpreter) -> dict[str, float]:
    """Taking over, restarting, and what keeping a standby costs."""
    figures: dict[str, float] = {}

    def die() -> None:
        with suppress(WorkerDiedError):
            interpreter.eval_stmt("import os; os.kill(os.getpid(), 9)")

    def at_a_persons_pace() -> float:
        time.sleep(0.03)
        return times_ms(lambda: interpreter.eval_stmt("1+1"), 1)[0]

    interpreter.restart()
    for size, text in [
        ("an empty heap", "0"),
        ("10 MB", "heap = [object() for _ in range(600_000)]; 0"),
        ("1 GB", "heap += [object() for _ in range(60_000_000)]; 0"),
    ]:
        interpreter.eval_stmt(text)
        time.sleep(0.5)
        figures[f"death to take-over, {size}"] = statistics.median(times_ms(die, 7))
        figures[f"1+1 after a pause, {size}"] = statistics.median(at_a_persons_pace() for _ in range(20))
        figures[f"1+1 in a burst, {size}"], _ = percentiles(
            times_ms(lambda: interpreter.eval_stmt("1+1"), 500)
        )

    def restart() -> None:
        interpreter.restart()
        interpreter.eval_stmt("1+1")

    figures["restart to first result"] = statistics.median(times_ms(restart, 9))
    return figures


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--python", type=Path, default=Path(sys.executable))
    arguments.add_argument("--jupyter", type=Path)
    arguments.add_argument("--rounds", type=int, default=2000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(given.python, given.rounds, Path(folder))
    if given.jupyter is not None and (peer := kernel(given.jupyter, 200)) is not None:
        figures["Jupyter kernel 1+1 p50"], figures["Jupyter kernel 1+1 p99"] = peer["p50"], peer["p99"]
        figures["Jupyter kernel to first result"] = peer["first"]
        figures["times faster than the kernel"] = peer["p50"] / figures["1+1 p50"]
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    table = Table("figure", "ms or as said", title=f"worker on {given.python}")
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
