"""Evaluation in place: a file of many snippets against plain doctest, one snippet, and the list that lenses are made of.

    python bench/eval.py [--json] [--snippets 500] [--lines 5000]

The file's snippets are the same for both: doctest runs them as `python -m doctest` does, process start included; Holefit opens a session,
starts a worker, evaluates and compares them all, and then does it again in the worker that runs by then.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.eval import evaluate
from holefit.session import Session
from holefit.syntax import Source, parse

ROUNDS = 7


def module_text(snippets: int) -> str:
    """A module of functions with five examples each."""
    functions = [
        f'''
def scaled_{number}(value: int) -> list[int]:
    """Multiples of a value.

    >>> scaled_{number}(2)
    [0, 2, 4]
    >>> rows = [scaled_{number}(row) for row in range(3)]
    >>> sum(map(sum, rows))
    9
    >>> for row in rows:
    ...     print(row)
    [0, 0, 0]
    [0, 1, 2]
    [0, 2, 4]
    >>> scaled_{number}(None)
    Traceback (most recent call last):
        ...
    TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'
    """
    return [value * factor for factor in range(3)]
'''
        for number in range(snippets // 5)
    ]
    return '"""Made for a benchmark."""\n' + "\n".join(functions)


def padded(text: str, lines: int) -> str:
    """``text`` with ordinary code behind it, up to so many lines."""
    body = "def plain_{0}(first: int, second: str = 'text') -> str:\n    # what it does\n    return f'{{first}} {{second!r}}'\n\n"
    missing = max(0, lines - text.count("\n")) // 4
    return text + "\n" + "".join(body.format(number) for number in range(missing))


def timed_ms(action: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """How long each of so many runs took."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        took.append((time.perf_counter() - start) * 1000)
    return took


def measure(snippets: int, lines: int) -> dict[str, float]:
    """Medians in milliseconds, by what was measured."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "pyproject.toml").write_text(
            f"[tool.holefit.interpreter]\npython = {json.dumps(sys.executable)}\n", encoding="utf-8"
        )
        path = root / "many.py"
        path.write_text(module_text(snippets), encoding="utf-8")

        def doctest() -> None:
            subprocess.run([sys.executable, "-m", "doctest", path.name], cwd=root, check=True)

        def whole_command() -> None:
            command = [sys.executable, "-m", "holefit", "eval", "--check", path.name]
            subprocess.run(command, cwd=root, check=True, capture_output=True)

        def cold() -> None:
            with Session.open(root, trusted=True) as session:
                assert all(result.agrees for result in evaluate(session, path, rich=False).results)

        found["doctest, process included"] = statistics.median(timed_ms(doctest))
        found["holefit eval --check, process included"] = statistics.median(timed_ms(whole_command))
        found["evaluate in a new session"] = statistics.median(timed_ms(cold))
        with Session.open(root, trusted=True) as session:
            results = evaluate(session, path, rich=False).results
            assert len(results) == snippets // 5 * 5
            found["evaluate again"] = statistics.median(timed_ms(lambda: evaluate(session, path, rich=False)))
            line = results[0].range.start.line
            found["one snippet"] = statistics.median(timed_ms(lambda: evaluate(session, path, line), 300))
    text = padded(module_text(snippets), lines)
    fresh = iter(range(10**6))
    found[f"snippets of {text.count(chr(10)):,} lines, for lenses"] = statistics.median(
        timed_ms(lambda: parse(Source(Path("/many.py"), text, next(fresh))).snippets, 30)
    )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--snippets", type=int, default=500)
    parser.add_argument("--lines", type=int, default=5000)
    arguments = parser.parse_args()
    found = measure(arguments.snippets, arguments.lines)
    if arguments.json:
        print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2))
        return
    table = Table("what", "p50 ms", "to doctest", title=f"{arguments.snippets} snippets")
    base = found["doctest, process included"]
    for name, value in found.items():
        table.add_row(name, f"{value:.2f}", f"{value / base:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
