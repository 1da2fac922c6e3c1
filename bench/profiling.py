"""What a profile costs, beside cProfile's: ratio to the same code without a profile.

``python bench/profiling.py [--python PATH ...] [--runs N] [--json]``; where the interpreter has rich, rendering a table is measured, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.interpreter import Interpreter
from holefit.session.options import Options

PROGRAM = """\
import cProfile
import re


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def calls():
    return fib(20)


def words():
    text = "the quick brown fox " * 200
    return [len(word) for _ in range(100) for word in re.split(" ", text)]


def table():
    import io

    from rich.console import Console
    from rich.table import Table

    made = Table("a", "b", "c")
    for i in range(100):
        made.add_row(str(i), str(i * i), "x" * (i % 20))
    Console(file=io.StringIO(), width=100).print(made)


def under_cprofile(function):
    cProfile.Profile().runcall(function)
"""
WORK = {
    "calls": "21,891 calls that do nothing else",
    "words": "few calls, much in C",
    "table": "rich renders a table of 100 rows",
}


def measure(python: Path, runs: int) -> dict[str, dict[str, float]]:
    """Medians by work and way, in milliseconds; the runs of all ways alternate."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "program.py").write_text(PROGRAM)
        interpreter = Interpreter(Path(folder), Options(), python=python)
        profiling = interpreter.profiling
        interpreter.eval_stmt("import program")
        found = {}
        for work in WORK:
            first = interpreter.eval_stmt(f"program.{work}()")
            if hasattr(first.result, "error"):
                continue
            text = f"found = program.{work}()"
            ways = {
                "plain": lambda text=text: interpreter.eval_stmt(text),
                "Holefit": lambda text=text: profiling.run(text, sample_s=0).complete,
                "with lines": lambda text=text: profiling.run(text).complete,
                "own modules": lambda text=text: (
                    profiling.run(text, sample_s=0, modules=["program"]).complete
                ),
                "lines alone": lambda text=text: profiling.run(text, every=False).complete,
                "cProfile": lambda work=work: interpreter.eval_stmt(
                    f"program.under_cprofile(program.{work})"
                ),
            }
            times: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(runs):
                for way, run in ways.items():
                    times[way].append(run().duration_ms)
            found[work] = {way: statistics.median(taken) for way, taken in times.items()}
        interpreter.stop()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", type=Path, help="an interpreter, by default this one")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {
        str(python): measure(python, arguments.runs) for python in arguments.python or [Path(sys.executable)]
    }
    if arguments.json:
        print(json.dumps(found))
        return
    for python, works in found.items():
        for work, medians in works.items():
            shown = Table("way", "median", "ratio", title=f"{WORK[work]} ({python})")
            for way, median in medians.items():
                shown.add_row(way, f"{median:.1f} ms", f"{median / medians['plain']:.2f}")
            Console().print(shown)


if __name__ == "__main__":
    main()
