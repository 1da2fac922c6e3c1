"""What breakpoints cost code that does not stop at them: ratio to the same code without a debugger.

``python bench/breakpoints.py [--python PATH ...] [--runs N] [--json]``
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
def hot(n):
    total = 0
    for i in range(n):
        total += leaf(i)
        total ^= i
    return total


def leaf(i):
    return i * 2


def other():
    return 1
"""
TEXT = "found = program.hot(200_000)"
VARIANTS = ("no debugger", "none set", "one set elsewhere", "one in the hot function, condition not met")
CONDITION = "i < 0"


def measure(python: Path, runs: int) -> dict[str, float]:
    """Medians by variant, in milliseconds; the runs of all variants alternate."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        path.write_text(PROGRAM)
        interpreter = Interpreter(Path(folder), Options(), python=python)
        points = interpreter.breakpoints
        interpreter.eval_stmt(f"import program\n{TEXT}")
        times: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
        for run in range(runs):
            for variant in VARIANTS if run % 2 else reversed(VARIANTS):
                point = None
                if variant == VARIANTS[2]:
                    point = points.add(path, PROGRAM.splitlines().index("    return 1") + 1)
                elif variant == VARIANTS[3]:
                    point = points.add(
                        path, PROGRAM.splitlines().index("    return i * 2") + 1, condition=CONDITION
                    )
                answer = interpreter.eval_stmt(TEXT) if variant == VARIANTS[0] else points.run(TEXT)
                times[variant].append(answer.duration_ms)  # type: ignore[union-attr]  # it stops nowhere
                if point is not None:
                    points.remove(point)
        interpreter.stop()
    return {variant: statistics.median(found) for variant, found in times.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", type=Path, help="an interpreter, by default this one")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {
        str(python): measure(python, arguments.runs) for python in arguments.python or [Path(sys.executable)]
    }
    if arguments.json:
        print(json.dumps(found))
        return
    for python, medians in found.items():
        table = Table("code", "median", "ratio", title=python)
        for variant, median in medians.items():
            table.add_row(variant, f"{median:.1f} ms", f"{median / medians[VARIANTS[0]]:.3f}")
        Console().print(table)


if __name__ == "__main__":
    main()
