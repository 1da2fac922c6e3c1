"""Interrupts: KeyboardInterrupt in the running evaluation, and nowhere else."""

# Note [Interrupts stay inside]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A signal is sent to the main thread under a lock, and only while user code runs there; the end of user code takes the same lock. So a signal that is sent
# at all is pending in the process before the run is marked as over, and its Python handler acts within the next instructions, which still
# stand inside the guard of `Runs.run`. A handler of the user's own is respected, as a terminal would.

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # without the enums, whose import takes 3 ms
from _thread import allocate_lock, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any


class Runs:
    """Runs of user code in the main thread, one inside the other at most."""

    def __init__(self, busy: Callable[[], None], idle: Callable[[], None]) -> None:
        self._busy = busy
        self._idle = idle
        self._lock = allocate_lock()
        self._main = get_ident()
        self._running = 0
        self._newest = 0
        self._early: set[int] = set()
        self._shielded = False
        self._held_back = False
        self._listen()

    def settle(self) -> None:
        """After a fork: this is another process, and nothing runs in it."""
        self._lock = allocate_lock()
        self._main = get_ident()
        self._running = 0
        self._early = set()
        self._shielded = self._held_back = False

    def shielded(self, function: Callable[[], None]) -> None:
        """``function()``, which no interrupt may tear apart; one that comes meanwhile raises KeyboardInterrupt afterwards."""
        if get_ident() != self._main:  # only the main thread is interrupted
            function()
            return
        self._shielded = True
        try:
            function()
        finally:
            self._shielded = False
        if self._held_back:
            self._held_back = False
            raise KeyboardInterrupt

    def run(self, request_id: int, function: Callable[[], Any]) -> Any:
        """``function()``, during which an interrupt of ``request_id`` raises KeyboardInterrupt. See Note [Interrupts stay inside]."""
        before = self._running
        try:
            self._start(request_id)
            self._busy()
            try:
                return function()
            finally:
                with self._lock:
                    self._running = before
                    self._over()
        finally:
            self._running = before
            if not before:
                self._idle()
            self._mend_handler()

    def pause(self) -> int:
        """The run stands still, and cannot be interrupted; gives its id."""
        with self._lock:
            running, self._running = self._running, 0
        self._idle()
        return running

    def resume(self, request_id: int) -> None:
        """It goes on, by request ``request_id``."""
        with self._lock:
            self._running = request_id
            self._newest = max(self._newest, request_id)
        self._busy()

    def _start(self, request_id: int) -> None:
        with self._lock:
            self._running = request_id
            self._newest = max(self._newest, request_id)
            early = request_id in self._early
            self._early = {target for target in self._early if target > request_id}
        if early:  # it came while the request was still waiting
            raise KeyboardInterrupt

    def interrupt(self, target: int) -> None:
        """Interrupt run ``target`` (0: whatever runs); from any thread."""
        with self._lock:
            if target > self._newest:
                self._early.add(target)
            if not self._running or target not in (0, self._running):
                return
            self._deliver()

    @property
    def running(self) -> int:
        """The id of the request whose code runs; 0 when none does."""
        return self._running

    def _listen(self) -> None:
        """Be ready for interrupts."""
        self._handler = self._on_signal
        signal.signal(signal.SIGINT, self._handler)

    def _deliver(self) -> None:
        """Interrupt what runs. The caller has the lock."""
        if callable(signal.getsignal(signal.SIGINT)):
            signal.pthread_kill(self._main, signal.SIGINT)
        else:
            raise_in_thread(self._main)

    def _over(self) -> None:
        """A run has ended. The caller has the lock."""

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._shielded:
            self._held_back = True
        elif self._running:
            raise KeyboardInterrupt

    def _mend_handler(self) -> None:
        """Python's default handler would raise in our own code later on; inside evaluations ours does the same."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handler)


def raise_in_thread(thread: int) -> None:
    """KeyboardInterrupt without a signal: it lands between two instructions, not inside a blocking call."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt))
