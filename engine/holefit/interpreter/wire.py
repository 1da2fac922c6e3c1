"""Messages of the worker to values of the engine."""

from __future__ import annotations

from pathlib import Path

from holefit.diagnostics import Diagnostic, Severity
from holefit.reload.plan import Effect, ModulePlan, ReloadPlan, Step
from holefit.reload.report import Kept, ReloadReport, Removed, StaleFrame
from holefit.reload.tweak import Tweakable
from holefit.syntax.source import Position, Range
from holefit_wire import interpreter as messages
from holefit_wire.interpreter import Reloaded, ReloadError, ReloadPlanned, StaleFrameInfo


def reload_report(message: Reloaded) -> ReloadReport:
    """The report that ``message`` carries."""
    return ReloadReport(
        generation=message.generation,
        reloaded=tuple(message.reloaded),
        kept=tuple(Kept(kept.module, kept.name, kept.reason) for kept in message.kept),
        removed=tuple(Removed(removed.module, removed.name) for removed in message.removed),
        errors=tuple(_diagnostic(error) for error in message.errors),
        stale_frames=tuple(_stale_frame(frame) for frame in message.stale_frames),
        notes=tuple(message.notes),
        duration_ms=message.duration_ms,
    )


def reload_plan(message: ReloadPlanned) -> ReloadPlan:
    """The plan that ``message`` carries."""
    return ReloadPlan(
        tuple(
            ModulePlan(
                module.name,
                Path(module.path),
                tuple(
                    Step(
                        max(step.line - 1, 0), Effect(step.effect), step.runs, tuple(step.names), step.reason
                    )
                    for step in module.steps
                ),
            )
            for module in message.modules
        ),
        tuple(_diagnostic(error) for error in message.errors),
        tuple(_stale_frame(frame) for frame in message.stale_frames),
    )


def tweakable(message: messages.Tweakable) -> Tweakable:
    """The global that ``message`` tells of."""
    return Tweakable(
        message.module,
        Path(message.path),
        max(message.line - 1, 0),
        message.name,
        message.text,
        message.low,
        message.high,
        message.step,
    )


def _stale_frame(frame: StaleFrameInfo) -> StaleFrame:
    return StaleFrame(frame.module, frame.function, frame.line, frame.thread)


def _diagnostic(error: ReloadError) -> Diagnostic:
    start = Position(max(error.line - 1, 0), error.column)
    return Diagnostic(Path(error.path), Range(start, start), Severity.ERROR, "reload", error.message)
