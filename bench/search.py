"""The index of names by type and the search over it.

    python bench/search.py [--json] [--python PYTHON] [--rounds 5]

Prints how long it takes to build the index from nothing for the standard library, the packages of PYTHON (an environment with rich, httpx, sqlalchemy,
attrs, networkx and the like says most) and a small project, to find that nothing has changed, to follow one edited module and to open it; what it
occupies; how long a search takes (the first time, and again), and for a set of queries what comes first.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from holefit.index import QueryError
from holefit.index.building import build, pointed
from holefit.index.search import Lookup
from holefit.session.options import Options
from holefit.session.project import Project

QUERIES = [
    "(list[User]) -> User",
    "str -> Path",
    "(Path, str) -> Path",
    "(str, str) -> list[str]",
    "str -> datetime",
    "(datetime, datetime) -> timedelta",
    "Decimal",
    "(float, int) -> float",
    "list[T] -> T",
    "(Iterable[T], (T) -> bool) -> Iterator[T]",
    "(dict[K, V], K) -> V",
    "(Iterable[str], str) -> str",
    "Path -> str",
    "bytes -> str",
    "(str, ...) -> Match | None",
    "str -> rich.text.Text",
    "(Console, str) -> None",
    "(httpx.Client, str) -> httpx.Response",
    "str -> Engine",
    "(Graph, _, _) -> list[_]",
]
MODELS = """
class User:
    def __init__(self, name: str) -> None: ...

def first(users: list[User]) -> User: ...
"""


def timed(call: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def built_apart(root: Path, python: str, shared: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of the process that builds the index from nothing."""
    given = {"root": str(root), "src": ["."], "exclude": [], "python": python, "gently": False}
    command = [
        sys.executable,
        "-m",
        "holefit.index.process",
        json.dumps({**given, "folder": str(root / ".holefit")}),
    ]
    start = time.perf_counter()
    environment = {**os.environ, "XDG_CACHE_HOME": str(shared)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - start
    return took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def measured(python: str, rounds: int) -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        root, shared = Path(folder) / "project", Path(folder) / "cache"
        root.mkdir()
        (root / "models.py").write_text(MODELS)
        cold_s, peak_mb = built_apart(root, python, shared)
        again = shared / "holefit" / "index"
        project, place = Project(root, Options()), root / ".holefit"

        def bring() -> None:
            build(project, Path(python), place, shared=again)

        warm_s = min(timed(bring) for _ in range(rounds))
        (root / "models.py").write_text(MODELS + "\nROOT = User('root')\n")
        edit_s = timed(bring)
        paths = pointed(place, again)
        opening: list[float] = []
        for _ in range(rounds):
            lookup = Lookup(paths)
            opening.append(timed(lambda lookup=lookup: lookup.classes_called("Path")))  # type: ignore[misc]  # the default binds the loop's value
            lookup.close()
        lookup = Lookup(paths)
        counts = [len(store.rows("SELECT 1 FROM entries")) for store in lookup._stores]
        rows: list[dict[str, Any]] = []
        for query in QUERIES:
            try:
                first = timed(lambda query=query: lookup.search(query))  # type: ignore[misc]  # the same
            except QueryError as error:  # the environment has no such class
                rows.append({"query": query, "error": str(error)})
                continue
            later = statistics.median(timed(lambda query=query: lookup.search(query)) for _ in range(rounds))  # type: ignore[misc]  # the same
            found = [f"{one.entry.module}.{one.entry.name}" for one in lookup.search(query, 10)]
            rows.append({"query": query, "first_ms": first * 1000, "again_ms": later * 1000, "found": found})
        lookup.close()
        times = {name: [float(row[name]) for row in rows if name in row] for name in ("first_ms", "again_ms")}
        return {
            "cold_build_s": cold_s,
            "peak_mb": peak_mb,
            "nothing_changed_ms": warm_s * 1000,
            "one_edit_ms": edit_s * 1000,
            "open_ms": statistics.median(opening) * 1000,
            "entries": counts,
            "size_mb": [path.stat().st_size / 1e6 for path in paths],
            "search_first_p50_ms": statistics.median(times["first_ms"]),
            "search_again_p50_ms": statistics.median(times["again_ms"]),
            "queries": rows,
        }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    found = measured(arguments.python, arguments.rounds)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    console = Console()
    table = Table("what", "figure", title="index")
    for name, value in found.items():
        if name != "queries":
            shown = [
                f"{one:.1f}" if isinstance(one, float) else str(one)
                for one in (value if isinstance(value, list) else [value])
            ]
            table.add_row(name, ", ".join(shown))
    console.print(table)
    table = Table("query", "first ms", "again ms", "first three", title="search")
    for row in found["queries"]:
        if "error" in row:
            table.add_row(row["query"], "", "", row["error"])
        else:
            table.add_row(
                row["query"], f"{row['first_ms']:.1f}", f"{row['again_ms']:.1f}", ", ".join(row["found"][:3])
            )
    console.print(table)


if __name__ == "__main__":
    main()
