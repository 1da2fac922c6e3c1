"""Live values that a reload kept although their initialisers have changed, as notices at the initialisers."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from holefit.diagnostics import Diagnostic, Severity
from holefit.reload.report import Kept, ReloadReport
from holefit.syntax import ParsedModule, Position, Range

CODE = "kept"


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A global whose live value stayed, and the diagnostic that says so. ``Session.reset_global`` ends it."""

    module: str
    name: str
    diagnostic: Diagnostic


class KeptGlobals:
    """Which globals of a process live on with a value that their initialisers do not give. May be used from any thread.

    ``series`` is the interpreter's: in another one nothing has been kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series = 0
        self._kept: dict[tuple[str, str], Kept] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not self._kept

    def note(self, report: ReloadReport, series: int) -> None:
        """A reload has kept some, and removed others."""
        if report.errors:
            return
        with self._lock:
            self._enter(series)
            for gone in report.removed:
                self._kept.pop((gone.module, gone.name), None)
            self._kept.update({(one.module, one.name): one for one in report.kept})

    def forget(self, module: str, name: str) -> None:
        """It has been reset."""
        with self._lock:
            self._kept.pop((module, name), None)

    def notices(self, parsed: ParsedModule, module: str, series: int) -> list[KeptNotice]:
        """Those of ``module``, where ``parsed`` initialises them."""
        with self._lock:
            self._enter(series)
            kept = [one for one in self._kept.values() if one.module == module]
        if not kept or parsed.tree is None:
            return []
        places = dict(_initialisers(parsed.tree.body))
        return [_notice(parsed, one, places[one.name]) for one in kept if one.name in places]

    def _enter(self, series: int) -> None:
        if series != self._series:
            self._series = series
            self._kept.clear()


def _notice(parsed: ParsedModule, kept: Kept, line: int) -> KeptNotice:
    text = parsed.source.text.splitlines()[line - 1]
    indent = len(text) - len(text.lstrip())
    place = Range(Position(line - 1, indent), Position(line - 1, len(text.rstrip())))
    message = f"{kept.name} keeps its live value, and this initialiser has not run: {kept.reason}"
    found = Diagnostic(parsed.source.path, place, Severity.INFORMATION, CODE, message)
    return KeptNotice(kept.module, kept.name, found)


def _initialisers(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Names that statements at top level give values to, with the line (1-based) of the last."""
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for inner in ast.walk(target):
                    if isinstance(inner, ast.Name):
                        yield inner.id, node.lineno
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from _initialisers(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from _initialisers(handler.body)
