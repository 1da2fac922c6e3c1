"""How fast holes are answered, and how good the fits are.

    python bench/holes.py                      # timings on rich's own source
    python bench/holes.py --refill 60          # delete-and-refill: 60 expressions of each package and kind
    python bench/holes.py --refill 60 --verify # and does a plain mypy run agree that every fit shown is valid?

Delete-and-refill: expressions of three kinds (returned, argument, annotated assignment) of real packages are replaced by a hole, by
a seeded choice, and the fits of that hole are looked at: whether there is a complete one, and whether the deleted expression is among the
first 1, 5, 10 of them. Texts and numbers cannot be guessed: the columns "of words" leave them out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.session.options import Options
from holefit.types import TypeService
from refill import KINDS, Sample, complete, figures, project, rank, refill, samples, verify


def timings(repeats: int) -> dict[str, float]:
    """Start-up and edits on rich's ``console.py`` and on a module of 100 lines; milliseconds."""
    root = project("rich", None)
    console = root / "rich/console.py"
    text = console.read_text(encoding="utf-8")
    marker = "return style.copy() if style.link else style"
    assert marker in text
    holed = text.replace(marker, "return ___")
    small = root / "small.py"
    body = "".join(
        f"def f{n}(a: int, b: str) -> list[str]:\n    c = b * a\n    return [c]\n\n" for n in range(25)
    )
    small.write_text(body)
    out: dict[str, float] = {}
    for label in ("cold", "warm"):
        started = time.perf_counter()
        service = TypeService(root, Options(), python=Path(sys.executable), cache=root / ".holefit/types")
        service.start()
        service.set_buffer(console, holed, 1)
        assert service.holes(console)[0].expected == "Style"
        out[f"{label} start to first holes of console.py"] = (time.perf_counter() - started) * 1000
        if label == "cold":
            time.sleep(0.3)
            service.close()
    for label, path, base, mark, edits in (
        ("2,698 lines, graft", console, holed, "return ___\n", "body"),
        ("2,698 lines, whole update", console, holed, "return ___\n", "end"),
        ("100 lines, graft", small, body.replace("return [c]", "return ___\n", 1), "return ___\n", "body"),
        (
            "100 lines, whole update",
            small,
            body.replace("return [c]", "return ___\n", 1),
            "return ___\n",
            "end",
        ),
    ):
        service.set_buffer(path, base, 0)
        service.holes(path)
        times = []
        for number in range(repeats):
            changed = (
                base.replace(mark, f"return ___  # {number}\n", 1)
                if edits == "body"
                else base + f"x{number} = 1\n"
            )
            service.set_buffer(path, changed, number)
            started = time.perf_counter()
            assert service.holes(path)
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        out[f"{label} p50"] = statistics.median(times)
        out[f"{label} p95"] = times[int(len(times) * 0.95) - 1]
    service.close()
    shutil.rmtree(root)
    return out


def refilled(arguments: argparse.Namespace) -> tuple[list[Sample], int]:
    """Every package's samples with what was found for them, and how many fits were verified."""
    chosen: list[Sample] = []
    looked_at = 0
    for package in arguments.packages.split(","):
        root = project(package, arguments.site)
        mine = samples(root, package, arguments.refill, arguments.seed)
        refill(root, mine, arguments.fits)
        if arguments.verify:
            looked_at += verify(root, mine)
        chosen += mine
        shutil.rmtree(root, ignore_errors=True)
    return chosen, looked_at


def tell(console: Console, chosen: list[Sample], verified: int | None) -> None:
    """The table of the figures."""
    title = "Delete and refill: the deleted expression among the first 1, 5, 10 (in brackets: of words)"
    table = Table("package", "kind", "holes", "found", "@1", "@5", "@10", "p50 ms", "p95 ms", "tried", "invalid", title=title)  # fmt: skip
    packages = list(dict.fromkeys(sample.package for sample in chosen))
    for package in [*packages, "all"] if len(packages) > 1 else packages:
        for kind in (*KINDS, "all"):
            mine = [s for s in chosen if package in (s.package, "all") and kind in (s.kind, "all")]
            row = figures(mine)
            exact = [f"{row[f'exact@{k}']:.0%} ({row[f'of words@{k}']:.0%})" for k in (1, 5, 10)]
            times = [f"{row['p50 ms']:.1f}", f"{row['p95 ms']:.1f}", f"{row['tried']:.0f}"]
            invalid = "-" if verified is None else f"{row['invalid']:.0f}"
            table.add_row(
                package, kind, f"{row['holes']:.0f}", f"{row['found']:.0%}", *exact, *times, invalid
            )
        table.add_section()
    console.print(table)
    if verified is not None:
        console.print(f"{verified} fits checked by plain mypy")
        for line in [line for sample in chosen for line in sample.invalid]:
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--refill", type=int, default=0, metavar="N", help="delete and refill N expressions of each kind"
    )
    parser.add_argument("--packages", default="rich,attr,click,httpx,mypy", help="separated by commas")
    parser.add_argument(
        "--site", type=Path, help="folder with the packages; by default they are imported from here"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fits", type=int, default=10, help="fits asked for")
    parser.add_argument("--verify", action="store_true", help="check every fit by a plain mypy run")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="list every sample")
    arguments = parser.parse_args()
    console = Console()
    if not arguments.refill:
        took = timings(arguments.repeats)
        if arguments.json:
            print(json.dumps(took))
            return
        table = Table("what", "ms", title="Holes: time")
        for name, value in took.items():
            table.add_row(name, f"{value:.1f}")
        console.print(table)
        return
    chosen, looked_at = refilled(arguments)
    if arguments.json:
        by_kind = {kind: figures([s for s in chosen if kind in (s.kind, "all")]) for kind in (*KINDS, "all")}
        invalid = [line for sample in chosen for line in sample.invalid]
        print(json.dumps({**by_kind, "fits verified": looked_at, "invalid": invalid}))
        return
    tell(console, chosen, looked_at if arguments.verify else None)
    if arguments.show:
        for s in chosen:
            shown = [fit.text for fit in complete(s.hole)]
            expected = s.hole.expected if s.hole else "?"
            line = f"{rank(s)} {s.kind} {s.path.name}:{s.line} {s.ms:.0f} ms {s.text!r} <- {expected} {shown}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
