"""What a hot reload did, as values."""

from __future__ import annotations

from dataclasses import dataclass

from holefit.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Kept:
    """A live value that a changed initialiser did not replace, and why."""

    module: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A name that the new text of a module no longer defines."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class StaleFrame:
    """A call that was running code of an older generation at the time of the reload. ``line`` is 1-based."""

    module: str
    function: str
    line: int
    thread: str


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """One reload: all of it took effect, or (when ``errors`` is not empty) none of it.

    ``reloaded`` names the modules, dependencies first; empty with no errors means that nothing had changed.
    ``notes`` are things a user wants to know: a cleared ``lru_cache``, a layout that needed a new class.
    """

    generation: int
    reloaded: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    removed: tuple[Removed, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    stale_frames: tuple[StaleFrame, ...] = ()
    notes: tuple[str, ...] = ()
    duration_ms: float = 0.0
