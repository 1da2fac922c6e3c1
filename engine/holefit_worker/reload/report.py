"""What a reload has done so far, as the messages that travel."""

from __future__ import annotations

import traceback

from holefit_wire.interpreter import KeptInfo, Reloaded, ReloadError, RemovedInfo, StaleFrameInfo

from .source import failure_place


class Report:
    """Filled while a reload goes on."""

    __slots__ = ("errors", "kept", "notes", "refused", "reloaded", "removed", "stale_frames")

    def __init__(self) -> None:
        self.reloaded: list[str] = []
        self.kept: list[KeptInfo] = []
        self.removed: list[RemovedInfo] = []
        self.errors: list[ReloadError] = []
        self.stale_frames: list[StaleFrameInfo] = []
        self.notes: list[str] = []
        self.refused = False  # because of the frames in ``stale_frames``

    def keep(self, module: str, name: str, reason: str) -> None:
        """A live value was not replaced."""
        self.kept.append(KeptInfo(module=module, name=name, reason=reason))

    def remove(self, module: str, name: str) -> None:
        """A name is gone."""
        self.removed.append(RemovedInfo(module=module, name=name))

    def note(self, text: str) -> None:
        """Something a user wants to know; said once."""
        if text not in self.notes:
            self.notes.append(text)

    def message(self, generation: int, duration_ms: float) -> Reloaded:
        """The whole report. With errors, nothing took effect."""
        failed = bool(self.errors)
        return Reloaded(
            generation=generation,
            reloaded=[] if failed else self.reloaded,
            kept=[] if failed else self.kept,
            removed=[] if failed else self.removed,
            errors=self.errors,
            stale_frames=self.stale_frames if not failed or self.refused else [],
            notes=self.notes,
            duration_ms=duration_ms,
        )


def failure(module: str, path: str, error: BaseException) -> ReloadError:
    """``error``, raised while ``module`` was being reloaded, as a message."""
    where, line, column = failure_place(error, path)
    text = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    message = text[-1] if text else type(error).__name__
    return ReloadError(
        module,
        where,
        line,
        column,
        message,
        "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    )
