"""How long a call to the worker is waited for, and what happens then: first an interrupt, then, after a grace, the end of the process."""

from __future__ import annotations

import threading
import time


class Patience:
    """How long a call is waited for: a time limit, an event that ends it, and the grace after an interrupt."""

    def __init__(
        self, timeout_s: float = 0.0, cancelled: threading.Event | None = None, grace_s: float = 2.0
    ) -> None:
        self.limited = timeout_s > 0 or cancelled is not None
        self.interrupted = False
        self.killed = False
        self.reason = ""
        self._cancelled = cancelled
        self._grace_s = grace_s
        self._timeout_s = timeout_s
        self._deadline: float | None = None
        self._held_since: float | None = None
        self.begin()

    def begin(self) -> None:
        """The time counts from now."""
        self._deadline = time.monotonic() + self._timeout_s if self._timeout_s > 0 else None

    def hold(self, held: bool) -> None:
        """To be called again and again: while ``held``, the time does not count, for a person is waited for."""
        now = time.monotonic()
        if self._held_since is not None and self._deadline is not None and not self.interrupted:
            self._deadline += now - self._held_since
        self._held_since = now if held else None

    @property
    def is_cancelled(self) -> bool:
        """Whether the event was set: then nothing more of it shall run."""
        return self._cancelled is not None and self._cancelled.is_set()

    def must_interrupt(self) -> bool:
        """Whether to interrupt now; true once."""
        if self.interrupted:
            return False
        if self.is_cancelled:
            self.reason = "it was cancelled"
        elif self._deadline is not None and time.monotonic() > self._deadline:
            self.reason = f"it was interrupted after {self._timeout_s:g} s"
        else:
            return False
        self.interrupted = True
        self._deadline = time.monotonic() + self._grace_s
        return True

    def must_kill(self) -> bool:
        """Whether the interrupt has been ignored for long enough; true once."""
        if not self.interrupted or self.killed or self._deadline is None or time.monotonic() < self._deadline:
            return False
        self.killed = True
        self._deadline = time.monotonic() + self._grace_s
        self.reason += f", did not stop within {self._grace_s:g} s and was killed"
        return True

    def must_end(self) -> bool:
        """Whether even that has done nothing for as long again."""
        return self.killed and self._deadline is not None and time.monotonic() > self._deadline
