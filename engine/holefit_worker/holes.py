"""Holes in code that runs: reaching one stops the evaluation, or raises HoleReached.

A name that is bound somewhere else after all (by a star import, a later statement, ``builtins``) is looked up when it is reached, so that nothing
changes for it. How code with holes is compiled is in :mod:`holefit_worker.marking`, which is loaded when it is wanted.
"""

from __future__ import annotations

import sys

from holefit_wire.interpreter.holes import HolePlace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

HOOK = "holefit: a hole"  # no name that text can spell


class HoleReached(NameError):
    """Evaluation has come to a hole. ``values`` are the variables of the frame around it. A NameError, as it would be in Python itself."""

    def __init__(self, name: str, path: str, line: int, column: int, values: dict[str, Any]) -> None:
        super().__init__(f"the hole {name} at line {line} of {path} has no value yet")
        self.name = name
        self.path = path
        self.line = line
        self.column = column
        self.values = values
        self.filled: tuple[object, ...] = ()  # the value that it was given while it stood still


HoleReached.__module__ = "holefit"


class Deferred:
    """Whether holes wait for their values, and what compiled code asks for them. One for the process: code outlives requests."""

    def __init__(self) -> None:
        self.on = False
        self.mark: Callable[[Any], Any] | None = None  # puts calls of the hook into a tree
        self.stop: Callable[[FrameType, HoleReached], None] | None = None  # stands still where that can be

    def switch(self, on: bool) -> None:
        """Compile holes so from now on, or no longer; what was compiled so stays."""
        self.on = on
        if on:
            sys.modules["builtins"].__dict__[HOOK] = self._reached

    def marked(self, tree: Any) -> Any:
        """``tree`` (or a copy of it, where it has holes) as it is to be compiled."""
        return tree if not self.on or self.mark is None else self.mark(tree)

    def _reached(self, name: str, line: int, column: int) -> object:
        frame = sys._getframe(1)
        for names in (frame.f_globals, sys.modules["builtins"].__dict__):
            if name in names:
                return names[name]
        error = HoleReached(name, frame.f_code.co_filename, line, column, dict(frame.f_locals))
        if self.stop is not None:
            self.stop(frame, error)
        if error.filled:
            return error.filled[0]
        raise error


deferred = Deferred()


def place_of(error: HoleReached) -> HolePlace:
    """Where a hole is, as a message."""
    return HolePlace(str(error.name), error.path, error.line, error.column)
