"""Delete-and-refill: expressions of real packages are replaced by a hole, and the fits of that hole are looked at."""

from __future__ import annotations

import ast
import importlib.util
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from holefit.holes.hole import FitKind
from holefit.session.options import HoleOptions
from holefit.types.workspace import Workspace
from holefit_wire.types import FitInfo, HoleInfo, HolesFound, TypesHello

KINDS = ("returned", "argument", "annotated")
NOT_COPIED = ("__pycache__", "*.so", "*.pyc", "test", "tests", "testing", "typeshed")


@dataclass
class Sample:
    """A deleted expression: ``line`` (1-based) and columns (bytes) of it in its file, and what was found for the hole."""

    package: str
    path: Path
    kind: str
    line: int
    start: int
    end: int
    text: str
    function: tuple[int, int]
    hole: HoleInfo | None = None
    ms: float = 0.0
    invalid: list[str] = field(default_factory=list)

    def holed(self, source: str, fill: str = "___") -> str:
        """The file with ``fill`` in place of the expression."""
        lines = source.split("\n")
        line = lines[self.line - 1].encode()
        lines[self.line - 1] = (line[: self.start] + fill.encode() + line[self.end :]).decode()
        return "\n".join(lines)

    @property
    def plain(self) -> bool:
        """Whether the expression is no text or number, which nobody could guess."""
        node = ast.parse(self.text, mode="eval").body
        if isinstance(node, ast.UnaryOp):
            node = node.operand
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            return not isinstance(node.value, str | bytes | int | float)
        return not isinstance(node, ast.JoinedStr)


def complete(hole: HoleInfo | None) -> list[FitInfo]:
    """The fits that leave no hole."""
    return [] if hole is None else [fit for fit in hole.fits if fit.kind != FitKind.REFINEMENT.value]


def rank(sample: Sample) -> int | None:
    """Where the deleted expression stands among the complete fits: 1 for the first; None: not among them."""
    for number, fit in enumerate(complete(sample.hole), 1):
        if ast.unparse(ast.parse(fit.text, mode="eval").body) == sample.text:
            return number
    return None


def project(package: str, site: Path | None) -> Path:
    """A scratch project with a copy of a package's source."""
    root = Path(tempfile.mkdtemp(prefix="holes-"))
    (root / "pyproject.toml").write_text("[tool.holefit]\n")
    if site is not None and (site / package).is_dir():
        source = site / package
    else:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            sys.exit(f"{package} is not installed here; give --site FOLDER")
        source = Path(spec.origin).parent
    shutil.copytree(source, root / package, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return root


def samples(root: Path, package: str, each: int, seed: int) -> list[Sample]:
    """``each`` deleted expressions of every kind, at most one in a function."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for path in sorted((root / package).rglob("*.py")):
        for sample in expressions(package, path):
            found[sample.kind].append(sample)
    chosen: list[Sample] = []
    taken: set[tuple[Path, tuple[int, int]]] = set()
    randomness = random.Random(seed)
    for kind in KINDS:
        randomness.shuffle(found[kind])
        wanted = each
        for sample in found[kind]:
            line = (sample.path, (sample.line, sample.line))
            if wanted and not taken & {(sample.path, sample.function), line}:
                taken |= {(sample.path, sample.function), line}
                chosen.append(sample)
                wanted -= 1
    return chosen


def expressions(package: str, path: Path) -> Iterator[Sample]:
    """What may be deleted in one file: expressions on one line in annotated functions."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:
        return
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or function.returns is None:
            continue
        span = (function.lineno, function.end_lineno or function.lineno)
        for node in ast.walk(function):
            for kind, one in deletable(node):
                if one.lineno == one.end_lineno and one.end_col_offset is not None:
                    yield Sample(
                        package, path, kind, one.lineno, one.col_offset, one.end_col_offset, ast.unparse(one), span
                    )  # fmt: skip


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


def workspace(root: Path, fits: int) -> Workspace:
    """A type service in this process, as a server would have it."""
    options = HoleOptions(max_valid_hole_fits=fits)
    hello = TypesHello(
        1, str(root), [str(root)], str(root / ".holefit/types"), sys.executable, asdict(options)
    )
    return Workspace(hello, lambda text, done: None, lambda: False)


def refill(root: Path, chosen: list[Sample], fits: int) -> None:
    """Ask for the fits of every sample, in its file as an editor would show it while the hole is typed."""
    service = workspace(root, fits)
    for path in sorted({sample.path for sample in chosen}):
        source = path.read_text(encoding="utf-8")
        service.set_buffer(str(path), source, 0)
        service.holes(str(path), None)
        # The project's other files have been read by the time somebody types; this one counts as it is shown.
        while service.learn():
            pass
        for sample in [sample for sample in chosen if sample.path == path]:
            service.set_buffer(str(path), sample.holed(source), 1)
            started = time.perf_counter()
            found = service.holes(str(path), None)
            sample.ms = (time.perf_counter() - started) * 1000
            column = len(source.split("\n")[sample.line - 1].encode()[: sample.start].decode())
            place = (sample.line - 1, column)
            if isinstance(found, HolesFound):
                sample.hole = next((h for h in found.holes if (h.line, h.column) == place), None)
            service.set_buffer(str(path), source, 2)
            service.holes(str(path), None)
        service.close_buffer(str(path))


def verify(root: Path, chosen: list[Sample]) -> int:
    """Put every fit into its file and check the files with a plain mypy run; gives the number of fits looked at.

    The first fits of all samples are checked in one run, then the second ones, and so on: errors count for the function that they are in.
    """
    import mypy.build
    from mypy.modulefinder import BuildSource
    from mypy.options import Options as MypyOptions

    cache = tempfile.mkdtemp(prefix="verify-")
    os.chdir(cache)
    paths = sorted({sample.path for sample in chosen if sample.hole is not None})
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    blank = "\nimport typing as _holefit_typing\n_holefit_blank: _holefit_typing.Any = None\n"

    def errors(shown: dict[Path, str]) -> set[tuple[Path, int, str]]:
        options = MypyOptions()
        options.check_untyped_defs = options.ignore_missing_imports = options.local_partial_types = True
        options.namespace_packages = options.explicit_package_bases = options.show_absolute_path = True
        options.mypy_path, options.cache_dir, options.follow_imports = [str(root)], cache, "silent"
        options.native_parser = False  # it may take a file from the disk
        sources = []
        for path, text in shown.items():
            module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            sources.append(BuildSource(str(path), module, text + blank))
        found = set()
        for message in mypy.build.build(sources, options).errors:
            name, _, rest = message.partition(".py:")
            line, _, what = rest.partition(": ")
            if what.startswith("error"):
                found.add((Path(name + ".py"), int(line.partition(":")[0]), what))
        return found

    mine = [sample for sample in chosen if sample.hole is not None]
    baseline = errors(texts) | errors(_with(texts, [(sample, "_holefit_blank") for sample in mine]))

    def refused(queues: Sequence[Sequence[tuple[Sample, str]]]) -> Iterator[tuple[Sample, str, str]]:
        for number in range(max(map(len, queues), default=0)):
            tried = [queue[number] for queue in queues if number < len(queue)]
            new = errors(_with(texts, [(sample, filled(text)) for sample, text in tried])) - baseline
            for sample, text in tried:
                first, last = sample.function
                told = [
                    f"line {line}: {what}"
                    for path, line, what in sorted(new)
                    if path == sample.path and first <= line <= last
                ]
                if told:
                    yield sample, text, "; ".join(told)

    queues = [[(sample, fit.text) for fit in sample.hole.fits] for sample in mine if sample.hole is not None]
    # What is refused may be so for what another function was filled with: each is looked at again alone in its file.
    alone: dict[Path, list[tuple[Sample, str]]] = defaultdict(list)
    for sample, text, _ in list(refused(queues)):
        alone[sample.path].append((sample, text))
    for sample, text, told in refused(list(alone.values())):
        sample.invalid.append(f"{sample.path.relative_to(root)}:{sample.line}: {text}: {told}")
    shutil.rmtree(cache, ignore_errors=True)
    return sum(map(len, queues))


def _with(texts: dict[Path, str], fills: Iterable[tuple[Sample, str]]) -> dict[Path, str]:
    shown = dict(texts)
    for sample, fill in sorted(fills, key=lambda one: (one[0].line, one[0].start), reverse=True):
        shown[sample.path] = sample.holed(shown[sample.path], fill)
    return shown


def filled(text: str) -> str:
    """A refinement with its holes replaced by something of type ``Any``."""
    tree = ast.parse(text, mode="eval")
    blanks = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "_"]
    if not blanks:
        return text
    for node in blanks:
        node.id = "_holefit_blank"
    return ast.unparse(tree)


def figures(chosen: list[Sample]) -> dict[str, float]:
    """Shares and times of some samples. ``of words``: among those that are no text and no number."""
    ranks = [rank(sample) for sample in chosen]
    words = [found for found, sample in zip(ranks, chosen, strict=True) if sample.plain]
    times = sorted(sample.ms for sample in chosen) or [0.0]
    tried = [sample.hole.tried for sample in chosen if sample.hole is not None] or [0]
    return {
        "holes": len(chosen),
        "found": share(bool(complete(sample.hole)) for sample in chosen),
        **{f"exact@{k}": share(r is not None and r <= k for r in ranks) for k in (1, 5, 10)},
        **{f"of words@{k}": share(r is not None and r <= k for r in words) for k in (1, 5, 10)},
        "p50 ms": statistics.median(times),
        "p95 ms": times[max(0, int(len(times) * 0.95) - 1)],
        "tried": statistics.median(tried),
        "invalid": sum(len(sample.invalid) for sample in chosen),
    }


def share(hits: Iterable[bool]) -> float:
    """The part of ``hits`` that is true."""
    known = list(hits)
    return sum(known) / max(len(known), 1)
