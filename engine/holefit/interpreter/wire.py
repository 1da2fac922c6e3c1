"""Messages of the worker to values of the engine."""

from __future__ import annotations

from pathlib import Path

from holefit.diagnostics import Diagnostic, Severity
from holefit.reload.report import Kept, ReloadReport, Removed, StaleFrame
from holefit.syntax.source import Position, Range
from holefit_wire.interpreter import Reloaded, ReloadError


def reload_report(message: Reloaded) -> ReloadReport:
    """The report that ``message`` carries."""
    return ReloadReport(
        generation=message.generation,
        reloaded=tuple(message.reloaded),
        kept=tuple(Kept(kept.module, kept.name, kept.reason) for kept in message.kept),
        removed=tuple(Removed(removed.module, removed.name) for removed in message.removed),
        errors=tuple(_diagnostic(error) for error in message.errors),
        stale_frames=tuple(
            StaleFrame(frame.module, frame.function, frame.line, frame.thread)
            for frame in message.stale_frames
        ),
        notes=tuple(message.notes),
        duration_ms=message.duration_ms,
    )


def _diagnostic(error: ReloadError) -> Diagnostic:
    start = Position(max(error.line - 1, 0), error.column)
    return Diagnostic(Path(error.path), Range(start, start), Severity.ERROR, "reload", error.message)
