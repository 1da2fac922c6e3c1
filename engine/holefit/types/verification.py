"""Fits checked once more, by a mypy run that knows nothing of holes.

Every fit is put into its file, and the files are checked by a plain build: no plugin of ours, no graft, no fine-grained state. In each
run one fit is tried in every function that has holes; errors count for the function that they are in.

The other holes of a function, and those that a refinement leaves, are replaced by a call that gives ``Any``. What it calls and the imports that fits
need are put at the end of the file, so that all lines stay where they are.
"""

from __future__ import annotations

import ast
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mypy.build
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource

from holefit.edits import Edit, apply
from holefit.holes.hole import Fit, Hole
from holefit.session.options import Options
from holefit.syntax import Source, parse
from holefit.types.configuration import configure
from holefit.types.naming import module_of
from holefit.types.program import base_options

_ERROR = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)*: error: (?P<what>.*)", re.DOTALL)
# A call: a name would be narrowed by what is done with the first of several.
_BLANK = "_holefit_blank()"
_TAIL = "\nimport typing as _holefit_typing\ndef _holefit_blank() -> _holefit_typing.Any: ...\n"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A fit that brings errors: mypy's messages, each with its line (1-based)."""

    hole: Hole
    fit: Fit
    messages: tuple[str, ...]


class Verifier:
    """Runs mypy over texts of one project, with a cache of its own. To be closed."""

    def __init__(self, root: Path, options: Options, python: Path) -> None:
        self._root = root
        self._bases = [root / folder for folder in options.src if (root / folder).is_dir()]
        self._cache = Path(tempfile.mkdtemp(prefix="holefit-verify-"))
        self._options = base_options(self._bases, self._cache, python)
        self._options.raise_exceptions = False
        self._options.show_absolute_path = True
        # The native parser would read the files from the disk.
        self._options.native_parser = False
        configure(self._options, root, plugins=options.trusted)

    def close(self) -> None:
        """Remove the cache."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def rejected(self, holes: Sequence[Hole], texts: Mapping[Path, str]) -> list[Rejected]:
        """The fits of ``holes`` that are refused. ``texts`` are those that the holes are of, by path."""
        functions = {path: _functions(path, text) for path, text in texts.items()}
        groups: dict[tuple[Path, int], list[Hole]] = defaultdict(list)
        for hole in holes:
            groups[hole.path, _around(functions[hole.path], hole)].append(hole)
        queues = [[(hole, fit) for hole in group for fit in hole.fits] for group in groups.values()]
        baseline = self._errors({path: _filled(path, text, holes, {}) for path, text in texts.items()})

        def refused(queues: Sequence[Sequence[tuple[Hole, Fit]]]) -> Iterator[Rejected]:
            for number in range(max(map(len, queues), default=0)):
                tried = [queue[number] for queue in queues if number < len(queue)]
                new = self._new(texts, holes, dict(tried), baseline)
                for hole, fit in tried:
                    around = _around(functions[hole.path], hole)
                    mine = [
                        f"line {line}: {message}"
                        for path, line, message in sorted(new)
                        if path == hole.path and _line_in(functions[path], line) == around
                    ]
                    if mine:
                        yield Rejected(hole, fit, tuple(mine))

        # What is refused may be so for what was tried in another function at the same time: each is looked at again alone.
        alone: dict[Path, list[tuple[Hole, Fit]]] = defaultdict(list)
        for one in list(refused(queues)):
            alone[one.hole.path].append((one.hole, one.fit))
        return list(refused(list(alone.values())))

    def _new(
        self,
        texts: Mapping[Path, str],
        holes: Sequence[Hole],
        tried: dict[Hole, Fit],
        baseline: set[tuple[Path, int, str]],
    ) -> set[tuple[Path, int, str]]:
        paths = {hole.path for hole in tried}
        shown = {path: _filled(path, texts[path], holes, tried) for path in texts if path in paths}
        return self._errors(shown) - baseline

    def _errors(self, texts: Mapping[Path, str]) -> set[tuple[Path, int, str]]:
        """The errors of a build: path, line (1-based), message."""
        sources = [
            BuildSource(str(path), module_of(path, self._bases)[0], text) for path, text in texts.items()
        ]
        try:
            messages = mypy.build.build(sources, self._options).errors
        except CompileError as error:
            messages = error.messages
        known = {str(path): path for path in texts} | {str(path.resolve()): path for path in texts}
        found = set()
        for message in messages:
            said = _ERROR.match(message)
            if said is not None and (path := known.get(said["path"])) is not None:
                found.add((path, int(said["line"]), said["what"]))
        return found


def _filled(path: Path, text: str, holes: Sequence[Hole], tried: Mapping[Hole, Fit]) -> str:
    """``text`` with the fits that are tried in their places, and ``Any`` in all other holes."""
    edits, imports = [], []
    for hole in holes:
        if hole.path != path:
            continue
        fit = tried.get(hole)
        if fit is None:
            edits.append(Edit(path, hole.range, _BLANK))
            continue
        edits.append(Edit(path, fit.edits[0].range, _without_holes(fit.edits[0].text)))
        imports += (fit.import_text or "").splitlines()
    return apply(Source(path, text), edits) + "\n" + "\n".join(imports) + _TAIL


def _without_holes(written: str) -> str:
    source = Source(Path("fit.py"), written)
    sites = parse(source).hole_sites
    return apply(source, [Edit(source.path, site.range, _BLANK) for site in sites if site.name == "_"])


def _functions(path: Path, text: str) -> list[tuple[int, int]]:
    """First and last line (1-based) of the functions at the top level and in classes."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    found: list[tuple[int, int]] = []
    bodies = [tree.body]
    while bodies:
        for node in bodies.pop():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((node.lineno, node.end_lineno or node.lineno))
            elif isinstance(node, ast.ClassDef):
                bodies.append(node.body)
    return sorted(found)


def _around(functions: list[tuple[int, int]], hole: Hole) -> int:
    return _line_in(functions, hole.range.start.line + 1)


def _line_in(functions: list[tuple[int, int]], line: int) -> int:
    """The first line of the function that ``line`` is in; 0 at the top level."""
    return next((first for first, last in functions if first <= line <= last), 0)
