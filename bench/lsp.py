"""The server as an editor sees it: from the process's start, and from a keystroke.

    python bench/lsp.py [--json] [--rounds 40]

A project of three modules is made (100, 1,000 and 2,600 lines of plain code with one hole each); the client is the strict one of
``holefit.testing`` and speaks over pipes. A keystroke lengthens the hole's name by one character: to the answer of ``holefit/holes``, and to
the pushed diagnostics (which wait 25 ms for the next keystroke).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from holefit.testing.client import LspClient

COMMAND = [sys.executable, "-m", "holefit", "lsp"]
SIZES = (100, 1_000, 2_600)
FUNCTION = '''
class Part{0}:
    """A part."""

    def __init__(self, width: int, name: str) -> None:
        self.width = width
        self.name = name

    def scaled(self, factor: float) -> float:
        return self.width * factor


def join_{0}(parts: list[Part{0}], separator: str = ", ") -> str:
    total = sum(part.width for part in parts)
    names = [part.name for part in parts if part.scaled(2.0) > total]
    return separator.join(names)

'''
HOLE = """
def last(width: int, name: str, ratio: float) -> str:
    made = Part0(width, name)
    return join_0(_h)
"""


def module(lines: int) -> str:
    """A module of about so many lines with a hole in its last function."""
    each = FUNCTION.count("\n")
    return "".join(FUNCTION.format(number) for number in range(max(1, (lines - 5) // each))) + HOLE


def percentiles(took_ms: Sequence[float]) -> dict[str, float]:
    """The middle and the slow end."""
    ordered = sorted(took_ms)
    slow = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"p50_ms": round(statistics.median(ordered), 2), "p95_ms": round(slow, 2)}


def timed_ms(action: Callable[[], object]) -> float:
    """How long one run took."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def starts(root: Path, rounds: int) -> dict[str, float]:
    """From spawning the process to the answer of ``initialize``."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        with LspClient(COMMAND, root=root) as client:
            client.initialize(initialized=False)
            took.append((time.perf_counter() - start) * 1000)
    return percentiles(took)


def keystrokes(client: LspClient, path: Path, rounds: int) -> dict[str, dict[str, float]]:
    """What one document costs."""
    uri = client.open(path)
    document: dict[str, Any] = {"textDocument": {"uri": uri}}
    first = timed_ms(lambda: client.request("holefit/holes", document))
    client.diagnostics(uri)
    (hole,) = client.request("holefit/holes", document)
    assert hole["fits"], "the benchmark's hole has fits"
    end = dict(hole["range"]["end"])

    def type_one() -> None:
        client.edit(uri, {"start": end, "end": end}, "x")
        end["character"] += 1

    to_holes, to_diagnostics, hover = [], [], []
    for number in range(rounds + 3):
        start = time.perf_counter()
        type_one()
        client.request("holefit/holes", document | {"quick": True})
        answered = (time.perf_counter() - start) * 1000
        client.diagnostics(uri)
        shown = (time.perf_counter() - start) * 1000
        asked = document | {"position": dict(hole["range"]["start"])}
        hovered = timed_ms(lambda asked=asked: client.request("textDocument/hover", asked))
        if number >= 3:
            to_holes.append(answered)
            to_diagnostics.append(shown)
            hover.append(hovered)
    client.close_document(uri)
    return {
        "open to first holes": {"p50_ms": round(first, 2), "p95_ms": round(first, 2)},
        "keystroke to holes": percentiles(to_holes),
        "keystroke to diagnostics": percentiles(to_diagnostics),
        "hover of the hole": percentiles(hover),
    }


def measure(rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """All figures, by what was opened."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "pyproject.toml").write_text("[tool.holefit]\n")
        for lines in SIZES:
            (root / f"module_{lines}.py").write_text(module(lines))
        found = {"the server": {"spawn to initialize": starts(root, 7)}}
        with LspClient(COMMAND, root=root) as client:
            client.initialize()
            empty = client.open((root / "empty.py").as_uri(), "x = 1\n")
            asked = {"textDocument": {"uri": empty}, "position": {"line": 0, "character": 0}}
            client.request("textDocument/hover", asked)
            trips = [timed_ms(lambda: client.request("textDocument/hover", asked)) for _ in range(300)]
            found["the server"]["hover of nothing"] = percentiles(trips)
            for lines in SIZES:
                path = root / f"module_{lines}.py"
                found[f"{path.read_text().count(chr(10)):,} lines"] = keystrokes(client, path, rounds)
        return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="figures for a program")
    parser.add_argument("--rounds", type=int, default=40, help="keystrokes per module")
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    table = Table("", "what", "p50 ms", "p95 ms", title="The language server over pipes")
    for where, figures in found.items():
        for what, figure in figures.items():
            table.add_row(where, what, f"{figure['p50_ms']:.2f}", f"{figure['p95_ms']:.2f}")
            where = ""
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
