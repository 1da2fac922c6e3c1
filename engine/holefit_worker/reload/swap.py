"""New code for living functions: the first step of a reload, for all modules at once."""

from __future__ import annotations

import os
import sys

from holefit_wire.interpreter import StaleFrameInfo

from . import codes, functions
from .rebuild import instances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FunctionType
    from typing import Any

    from .journal import Journal
    from .patch import Patch
    from .report import Report
    from .source import Statement


_CLASSES_KNOW_THEIR_LINE = sys.version_info >= (3, 13)


class Swap:
    """Pairs of old and new code, with where to look for the functions that run the old one."""

    __slots__ = ("_changed", "_classes", "_hints", "_news", "_olds", "_patches")

    def __init__(self) -> None:
        self._olds: list[CodeType] = []
        self._news: list[CodeType] = []
        self._patches: list[Patch] = []
        self._changed: set[int] = set()
        self._hints: list[object] = []
        self._classes: list[tuple[Patch, str, int]] = []  # where class statements stand now

    def statements(self, patch: Patch, pairs: Iterable[tuple[Statement, Statement]], *, moved: bool) -> None:
        """Have the functions of old statements run the code of new ones. ``moved``: they differ in position alone."""
        namespace = patch.record.namespace
        for old, new in pairs:
            before = len(self._olds)
            for tree in (old.code, *old.extra):
                if tree is new.code:
                    continue
                for one, other in codes.pair(tree, new.code):
                    if (
                        _CLASSES_KNOW_THEIR_LINE
                        and not one.co_flags & 0x1
                        and one.co_firstlineno != other.co_firstlineno
                    ):
                        self._classes.append((patch, getattr(other, "co_qualname", ""), other.co_firstlineno))
                    if one is other or not codes.is_function(one):
                        continue
                    self._olds.append(one)
                    self._news.append(other)
                    self._patches.append(patch)
                    if not moved and codes.shape(one) != codes.shape(other):
                        self._changed.add(id(one))
            if len(self._olds) > before:
                self._hints += [namespace[name] for name in new.names if name in namespace]
                self._hints += [sealed.value for key, sealed in old.seals.items() if "." not in key]

    def perform(self, journal: Journal, report: Report) -> None:
        """Do it."""
        for patch, path, line in self._classes:
            cls = _class_at(patch, path.split("."))
            if cls is not None and "__firstlineno__" in vars(cls):
                journal.set_class_attribute(cls, "__firstlineno__", line)
        if not self._olds:
            return
        running, frames = functions.running_frames()
        found = functions.live(self._olds, self._hints, running)
        for i, old in enumerate(self._olds):
            new, patch = self._news[i], self._patches[i]
            for function in list(found.by_code.get(id(old), ())):
                trouble = functions.put_code(journal, function, new, _owner(patch, function))
                if trouble:
                    report.note(
                        f"a {function.__qualname__} made before the edit keeps its old code: {trouble}"
                    )
                elif function.__code__ is new:
                    patch.living.setdefault(id(new), []).append(function)
                    _document_wrappers(journal, function, old, found.wrappers)
                    if id(old) in self._changed:
                        owner = _owner(patch, function)
                        if owner is not None and function.__name__ == "__subclasshook__":
                            patch.reloader.checks.hook_changed(owner)
                        _forget_values(patch, owner, function)
            patch.wrappers = found.wrappers
        for note in functions.clear_caches(
            journal,
            found,
            {id(new) for old, new in zip(self._olds, self._news, strict=False) if id(old) in self._changed},
        ):
            report.note(note)
        self._report_stale(report, frames, found.suspended)

    def _report_stale(
        self, report: Report, frames: list[tuple[int, int, str, int]], suspended: list[Any]
    ) -> None:
        import threading

        modules = {id(old): patch.record.name for old, patch in zip(self._olds, self._patches, strict=False)}
        threads = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, code, function, line in frames:
            if code in self._changed:
                thread = threads.get(ident, str(ident))
                report.stale_frames.append(
                    StaleFrameInfo(module=modules[code], function=function, line=line, thread=thread)
                )
        for waiting in suspended:
            frame = (
                getattr(waiting, "gi_frame", None)
                or getattr(waiting, "cr_frame", None)
                or getattr(waiting, "ag_frame", None)
            )
            if frame is not None and id(frame.f_code) in self._changed:
                function = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
                module = modules[id(frame.f_code)]
                report.stale_frames.append(
                    StaleFrameInfo(
                        module=module, function=function, line=frame.f_lineno or 0, thread="suspended"
                    )
                )


def _owner(patch: Patch, function: FunctionType) -> type | None:
    """The class in whose body a method was written."""
    parts = function.__qualname__.split(".")[:-1]
    return None if not parts or "<locals>" in parts else _class_at(patch, parts)


def _class_at(patch: Patch, parts: list[str]) -> type | None:
    value: Any = patch.record.namespace.get(parts[0])
    for part in parts[1:]:
        value = vars(value).get(part) if issubclass(type(value), type) else None
    return value if issubclass(type(value), type) else None


def _document_wrappers(
    journal: Journal, function: FunctionType, old: CodeType, wrappers: list[tuple[Any, Any]]
) -> None:
    """``functools.wraps`` copied the docstring: what wraps the function shows the new one."""
    before = codes.docstring(old)
    if before == function.__doc__:
        return
    inside = {id(function)}
    grown = True
    while grown:
        grown = False
        for wrapper, inner in wrappers:
            if id(inner) in inside and id(wrapper) not in inside:
                inside.add(id(wrapper))
                grown = True
                if getattr(wrapper, "__doc__", None) == before:
                    journal.set(wrapper, "__doc__", function.__doc__)


def _forget_values(patch: Patch, owner: type | None, function: FunctionType) -> None:
    """A cached property was edited: what instances remember of it was worked out by the old code."""
    held = vars(owner).get(function.__name__) if owner is not None else None
    if (
        owner is None
        or type(held).__name__ != "cached_property"
        or getattr(held, "func", None) is not function
    ):
        return
    for instance in instances(owner):
        state = getattr(instance, "__dict__", None)
        if type(state) is dict and function.__name__ in state:
            patch.journal.delete_item(state, function.__name__)
            patch.report.note(
                f"values of the cached property {function.__qualname__} were forgotten: the old code gave them"
            )


def place(code: CodeType) -> str:
    """File and line of a function, for people."""
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno}"
