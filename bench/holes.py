"""How fast holes are answered, and how good the fits are.

    python bench/holes.py                      # timings on rich's own source
    python bench/holes.py --refill 200         # delete-and-refill: is the deleted expression among the fits?
    python bench/holes.py --refill 200 --verify  # and does a plain mypy run agree that every fit shown is valid?

Delete-and-refill: expressions of three kinds (returned, argument, annotated assignment) of real packages are replaced by a hole, by
a seeded choice, and the fits of that hole are looked at.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib.util
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.holes import Hole
from holefit.session.options import HoleOptions, Options
from holefit.types import TypeService

KINDS = ("returned", "argument", "annotated")


@dataclass
class Sample:
    """A deleted expression: ``line`` (1-based) and columns of it in its file, and what was found for the hole."""

    path: Path
    kind: str
    line: int
    start: int
    end: int
    text: str
    function: tuple[int, int]
    hole: Hole | None = None
    ms: float = 0.0
    invalid: list[str] = field(default_factory=list)

    def holed(self, source: str, fill: str = "___") -> str:
        """The file with ``fill`` in place of the expression."""
        lines = source.split("\n")
        line = lines[self.line - 1].encode()
        lines[self.line - 1] = (line[: self.start] + fill.encode() + line[self.end :]).decode()
        return "\n".join(lines)


def project(packages: list[str], site: Path | None) -> Path:
    """A scratch project with a copy of each package's source."""
    root = Path(tempfile.mkdtemp(prefix="holes-"))
    (root / "pyproject.toml").write_text("[tool.holefit]\n")
    for name in packages:
        if site is not None:
            source = site / name
        else:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                sys.exit(f"{name} is not installed here; give --site FOLDER")
            source = Path(spec.origin).parent
        shutil.copytree(
            source, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "tests", "testing")
        )
    return root


def samples(root: Path, packages: list[str], count: int, seed: int) -> list[Sample]:
    """``count`` deleted expressions, as many of each kind, at most one in a function."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for name in packages:
        for path in sorted((root / name).rglob("*.py")):
            for sample in expressions(path):
                found[sample.kind].append(sample)
    chosen: list[Sample] = []
    taken: set[tuple[Path, tuple[int, int]]] = set()
    randomness = random.Random(seed)
    for kind in KINDS:
        randomness.shuffle(found[kind])
        wanted = count // len(KINDS)
        for sample in found[kind]:
            if wanted and (sample.path, sample.function) not in taken:
                taken.add((sample.path, sample.function))
                chosen.append(sample)
                wanted -= 1
    return chosen


def expressions(path: Path) -> Iterator[Sample]:
    """What may be deleted in one file: expressions on one line in annotated functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or function.returns is None:
            continue
        span = (function.lineno, function.end_lineno or function.lineno)
        for node in ast.walk(function):
            for kind, expression in deletable(node):
                if expression.lineno == expression.end_lineno and expression.end_col_offset is not None:
                    yield Sample(
                        path,
                        kind,
                        expression.lineno,
                        expression.col_offset,
                        expression.end_col_offset,
                        ast.unparse(expression),
                        span,
                    )


def deletable(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The expressions that ``node`` holds directly, with their kind."""
    if isinstance(node, ast.Return) and node.value is not None:
        yield "returned", node.value
    elif isinstance(node, ast.Call):
        for argument in node.args:
            if not isinstance(argument, ast.Starred):
                yield "argument", argument
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield "annotated", node.value


def refill(service: TypeService, chosen: list[Sample]) -> None:
    """Ask for the fits of every sample; its file is brought back to its original text before the next."""
    for path in sorted({sample.path for sample in chosen}):
        source = path.read_text(encoding="utf-8")
        service.set_buffer(path, source, 0)
        service.holes(path)
        for sample in [sample for sample in chosen if sample.path == path]:
            service.set_buffer(path, sample.holed(source), 1)
            started = time.perf_counter()
            holes = service.holes(path)
            sample.ms = (time.perf_counter() - started) * 1000
            byte_column = len(source.split("\n")[sample.line - 1].encode()[: sample.start].decode())
            place = (sample.line - 1, byte_column)
            sample.hole = next(
                (h for h in holes if (h.range.start.line, h.range.start.column) == place), None
            )
        service.close_buffer(path)


def rank(sample: Sample) -> int | None:
    """Where the deleted expression stands among the fits: 1 for the first; None: not among them."""
    if sample.hole is None:
        return None
    for number, fit in enumerate(sample.hole.fits, 1):
        if fit.kind.value == "fit" and ast.unparse(ast.parse(fit.text, mode="eval").body) == sample.text:
            return number
    return None


def verify(root: Path, chosen: list[Sample]) -> int:
    """Put every fit into its file and check it with a plain mypy run; gives the number of fits looked at."""
    import mypy.build
    from mypy.modulefinder import BuildSource
    from mypy.options import Options as MypyOptions

    cache = tempfile.mkdtemp(prefix="verify-")
    os.chdir(cache)
    looked_at = 0

    def errors(path: Path, text: str) -> set[tuple[int, str]]:
        options = MypyOptions()
        options.check_untyped_defs = options.ignore_missing_imports = options.local_partial_types = True
        options.namespace_packages = options.explicit_package_bases = True
        options.mypy_path, options.cache_dir, options.follow_imports = [str(root)], cache, "silent"
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        result = mypy.build.build([BuildSource(str(path), module, text)], options)
        found = set()
        gc.collect()  # a build is full of cycles
        for message in result.errors:
            _, _, rest = message.partition(path.name + ":")
            line, _, what = rest.partition(": ")
            if what.startswith("error"):
                found.add((int(line), what))
        return found

    blank = "\nimport typing as _holefit_typing\n_holefit_blank: _holefit_typing.Any = None\n"
    for path in sorted({sample.path for sample in chosen}):
        source = path.read_text(encoding="utf-8")
        mine = [sample for sample in chosen if sample.path == path and sample.hole is not None]
        if not mine:
            continue
        baseline = errors(path, source + blank)
        unknown = source
        for sample in mine:
            unknown = sample.holed(unknown, "_holefit_blank")
        baseline |= errors(path, unknown + blank)
        most = max((len(sample.hole.fits) for sample in mine if sample.hole), default=0)
        for number in range(most):
            text = source
            tried = []
            for sample in sorted(mine, key=lambda one: (one.line, one.start), reverse=True):
                assert sample.hole is not None
                if number < len(sample.hole.fits):
                    fit = sample.hole.fits[number]
                    text = sample.holed(text, filled(fit.text))
                    tried.append((sample, fit.text))
            looked_at += len(tried)
            new = errors(path, text + blank) - baseline
            for sample, shown in tried:
                first, last = sample.function
                for line, what in new:
                    if first <= line <= last:
                        sample.invalid.append(
                            f"{path.relative_to(root)}:{sample.line}: {shown}: line {line}: {what}"
                        )
    shutil.rmtree(cache, ignore_errors=True)
    return looked_at


def filled(text: str) -> str:
    """A refinement with its holes replaced by something of type ``Any``."""
    tree = ast.parse(text, mode="eval")
    if not any(isinstance(node, ast.Name) and node.id == "_" for node in ast.walk(tree)):
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "_":
            node.id = "_holefit_blank"
    return ast.unparse(tree)


def timings(repeats: int) -> dict[str, float]:
    """Start-up and edits on rich's ``console.py`` and on a module of 100 lines; milliseconds."""
    root = project(["rich"], None)
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


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--refill", type=int, default=0, metavar="N", help="delete and refill N expressions")
    parser.add_argument(
        "--packages", default="rich,pygls,attr", help="packages to take them from, separated by commas"
    )
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
        figures = timings(arguments.repeats)
        if arguments.json:
            print(json.dumps(figures))
            return
        table = Table("what", "ms", title="Holes: time")
        for name, value in figures.items():
            table.add_row(name, f"{value:.1f}")
        console.print(table)
        return
    packages = arguments.packages.split(",")
    root = project(packages, arguments.site)
    chosen = samples(root, packages, arguments.refill, arguments.seed)
    options = Options(holes=HoleOptions(max_valid_hole_fits=arguments.fits))
    service = TypeService(root, options, python=Path(sys.executable), cache=root / ".holefit/types")
    refill(service, chosen)
    service.close()
    looked_at = verify(root, chosen) if arguments.verify else 0
    report = {}
    table = Table(
        "kind",
        "holes",
        "found",
        "@1",
        "@5",
        "@10",
        "ms p50",
        "ms p95",
        "tried",
        "invalid",
        title="Delete and refill: deleted expression among the first 1, 5, 10; candidates tried: median, most",
    )
    for kind in (*KINDS, "all"):
        mine = [sample for sample in chosen if kind in (sample.kind, "all")]
        ranks = [rank(sample) for sample in mine]
        times = sorted(sample.ms for sample in mine)
        tried = [sample.hole.tried for sample in mine if sample.hole is not None] or [0]
        row = {
            "holes": len(mine),
            "found": share(bool(s.hole and any(f.kind.value == "fit" for f in s.hole.fits)) for s in mine),
            **{f"exact@{k}": share(r is not None and r <= k for r in ranks) for k in (1, 5, 10)},
            "p50": statistics.median(times),
            "p95": times[int(len(times) * 0.95) - 1],
            "tried p50": statistics.median(tried),
            "tried max": max(tried),
            "invalid": sum(bool(s.invalid) for s in mine),
        }
        report[kind] = row
        table.add_row(
            kind, str(row["holes"]), *(f"{row[key]:.0%}" for key in ("found", "exact@1", "exact@5", "exact@10")),
            f"{row['p50']:.1f}", f"{row['p95']:.1f}", f"{row['tried p50']:.0f}, {row['tried max']}", str(row["invalid"]) if arguments.verify else "-",
        )  # fmt: skip
    if arguments.json:
        print(
            json.dumps(
                {
                    **report,
                    "fits verified": looked_at,
                    "invalid": [line for s in chosen for line in s.invalid],
                }
            )
        )
    else:
        console.print(table)
        if arguments.verify:
            console.print(f"{looked_at} fits checked by plain mypy")
            for sample in chosen:
                for line in sample.invalid:
                    console.print(line, markup=False, highlight=False)
        if arguments.show:
            for s in chosen:
                shown = [f.text for f in s.hole.fits][:10] if s.hole else None
                console.print(
                    f"{rank(s)} {s.kind} {s.path.relative_to(root)}:{s.line} {s.text!r} <- {s.hole.expected if s.hole else '?'} {shown}",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )
    shutil.rmtree(root, ignore_errors=True)


def share(hits: Iterator[bool]) -> float:
    """The part of ``hits`` that is true."""
    known = list(hits)
    return sum(known) / max(len(known), 1)


if __name__ == "__main__":
    main()
