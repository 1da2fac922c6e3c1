"""Sessions on generated projects: load from nothing, from cache, again, after an edit of a body and of a signature.

    python bench/session.py [--json] [--modules 10 100 1000] [--plugins 0] [--rounds 5]

Every module has five functions and a class and imports up to three others. A load looks at all files, so that it sees every change; what it
costs when nothing has changed is the floor under every other figure.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.session import Session


def module_text(number: int, count: int) -> str:
    """The text of module ``number`` of ``count``."""
    chance = random.Random(number)
    used = sorted({chance.randrange(number) for _ in range(min(3, number))}) if number else []
    lines = ['"""Made for a benchmark."""', ""]
    lines += [f"from project.part_{other % 10}.module_{other} import step_{other}_0" for other in used]
    for part in range(5):
        lines += [
            "",
            f"def step_{number}_{part}(value: int, *, factor: float = {part}.5, name: str = 'n') -> float:",
            f"    # step {part}",
            f"    total = value * factor + len(name) + {part}",
            *(f"    total += step_{other}_0(value)" for other in used),
            "    return total",
        ]
    lines += [
        "",
        f"class Thing{number}:",
        "    size: int = 0",
        "    def __init__(self, size: int) -> None:",
        "        self.size = size",
        "    def grown(self, by: int) -> 'Thing':",
        "        return type(self)(self.size + by)",
        "",
    ]
    return "\n".join(lines)


def make_project(root: Path, count: int) -> Path:
    """A project of so many modules in ten packages; gives the file in the middle of it."""
    for number in range(count):
        folder = root / f"src/project/part_{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module_{number}.py").write_text(module_text(number, count))
    for folder in [root / "src/project", *(root / "src/project").glob("part_*")]:
        (folder / "__init__.py").touch()
    (root / "pyproject.toml").write_text("[tool.holefit]\n")
    middle = count // 2
    return root / f"src/project/part_{middle % 10}/module_{middle}.py"


def took_ms(action: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def load_in_new_session(root: Path) -> None:
    """Open a session, load everything, close it."""
    with Session.open(root) as session:
        session.load()


PLUGIN = """
from holefit import Plugin, pure

def parsed(options, summary, result):
    return result

plugin = Plugin(parsed=parsed, recompile=pure)
"""


def with_plugins(root: Path, count: int) -> None:
    """Have so many plugins act on every module, each pure."""
    (root / "plugins").mkdir(exist_ok=True)
    names = [f"bench_plugin_{number}" for number in range(count)]
    for name in names:
        (root / f"plugins/{name}.py").write_text(PLUGIN)
    text = f"[tool.holefit]\nplugins = {names!r}\nplugin-path = ['plugins']\nexclude = ['plugins']\n"
    (root / "pyproject.toml").write_text(text)


def measure(count: int, rounds: int, plugins: int = 0) -> dict[str, float]:
    """Medians in milliseconds for a project of so many modules, by what was measured."""
    samples: dict[str, list[float]] = {}

    def note(what: str, action: Callable[[], object]) -> None:
        samples.setdefault(what, []).append(took_ms(action))

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        middle = make_project(root, count)
        with_plugins(root, plugins)
        text = middle.read_text()
        for _ in range(rounds):
            shutil.rmtree(root / ".holefit", ignore_errors=True)
            note("cold", lambda: load_in_new_session(root))
            note("from cache", lambda: load_in_new_session(root))
        with Session.open(root) as session:
            session.load()
            for turn in range(rounds):
                note("nothing changed", session.load)
                session.set_buffer(middle, text.replace("total = value", f"total = {turn} + value", 1))
                note("one body", session.load)
                session.set_buffer(middle, text.replace("name: str = 'n'", f"name: str = 'n{turn}'", 1))
                note("one signature", session.load)
                session.set_buffer(middle, text)
                session.load()
    return {what: statistics.median(values) for what, values in samples.items()}


def import_ms(rounds: int) -> float:
    """What ``import holefit`` adds to the start of Python."""
    program = "import time; s = time.perf_counter(); import holefit; print((time.perf_counter() - s) * 1000)"
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(rounds)
    ]
    return statistics.median(map(float, runs))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--modules", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--plugins", type=int, default=0, help="how many pure plugins act on every module")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {count: measure(count, arguments.rounds, arguments.plugins) for count in arguments.modules}
    starting = import_ms(arguments.rounds)
    if arguments.json:
        rows = [
            {"modules": count, **{what: round(ms, 2) for what, ms in row.items()}}
            for count, row in found.items()
        ]
        print(json.dumps({"import_ms": round(starting, 2), "load_ms": rows}))
        return
    table = Table("modules", *next(iter(found.values())), title="Session.load, milliseconds (median)")
    for count, row in found.items():
        table.add_row(f"{count:,}", *(f"{ms:,.1f}" for ms in row.values()))
    console = Console()
    console.print(table)
    console.print(f"import holefit: {starting:.1f} ms")


if __name__ == "__main__":
    main()
