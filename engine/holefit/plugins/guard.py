"""Stages run under guard: what a plugin raises, or how long it takes, never takes a session down.

Note [Time for plugins]
~~~~~~~~~~~~~~~~~~~~~~~
A stage runs in the session's own thread, since a thread for each would cost more than most plugins. One watchdog thread looks on; when a stage is over its budget, it
makes :class:`_OutOfTimeError` appear in that thread, which ends any loop of Python code. A call into C that never returns is beyond its reach.
"""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

from holefit.errors import HolefitError

_R = TypeVar("_R")


class StageFailedError(HolefitError):
    """A stage of a plugin raised, took too long, or gave something else than it should."""

    remedy = "Until the plugin or the module changes, the plugin is switched off here."

    def __init__(self, *, plugin: str, stage: str, what: str) -> None:
        super().__init__(f"the plugin `{plugin}` {what} in its stage `{stage}`")
        self.plugin = plugin
        self.stage = stage


class _OutOfTimeError(BaseException):
    """Not an Exception, so that a plugin does not take it for one of its own."""


class Guard:
    """Runs stages, each for ``budget_ms`` at most; 0: without a limit."""

    def __init__(self, budget_ms: float) -> None:
        self.budget_ms = budget_ms

    def run(self, plugin: str, stage: str, gives: type[_R], call: Callable[[], object]) -> _R:
        """What ``call`` gives, which has to be an instance of ``gives``.

        Raises: StageFailedError.
        """
        try:
            given = _watched(call, self.budget_ms / 1000) if self.budget_ms else call()
        except _OutOfTimeError:
            what = f"took more than {self.budget_ms:.0f} ms"
            raise StageFailedError(plugin=plugin, stage=stage, what=what) from None
        except (Exception, SystemExit) as error:
            what = f"raised {type(error).__name__}: {error}".rstrip(": ") + _where(error)
            raise StageFailedError(plugin=plugin, stage=stage, what=what) from error
        if not isinstance(given, gives):
            what = f"gave {type(given).__name__}"
            raise StageFailedError(plugin=plugin, stage=stage, what=what)
        return given


class _Watchdog:
    """One thread for all stages, which sleeps while none runs."""

    def __init__(self) -> None:
        self.wake = threading.Condition()
        self.running: dict[int, float] = {}  # until when, by thread
        self.fired: set[int] = set()
        self._started = False

    def start(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._look_on, name="holefit-plugins", daemon=True).start()

    def _look_on(self) -> None:
        with self.wake:
            while True:
                now = time.monotonic()
                for thread, until in self.running.items():
                    if until <= now and thread not in self.fired:
                        self.fired.add(thread)
                        _raise_in(thread, _OutOfTimeError)
                waiting = [until for thread, until in self.running.items() if thread not in self.fired]
                self.wake.wait(max(0.01, min(waiting) - now) if waiting else None)


_watchdog = _Watchdog()


def _watched(call: Callable[[], object], limit_s: float) -> object:  # See Note [Time for plugins]
    me = threading.get_ident()
    if me in _watchdog.running:  # a plugin that asks the session something: the outer limit holds
        return call()
    with _watchdog.wake:
        _watchdog.start()
        sleeping = not _watchdog.running
        _watchdog.running[me] = time.monotonic() + limit_s
        if sleeping:
            _watchdog.wake.notify()
    try:
        return call()
    finally:
        _ended(me)


def _ended(me: int) -> None:
    """No limit holds for this thread any more, and no error of one is on its way to it."""
    while True:
        try:
            with _watchdog.wake:
                _watchdog.running.pop(me, None)
                fired = me in _watchdog.fired
                _watchdog.fired.discard(me)
            if fired:
                _let_appear(me)
            return
        except _OutOfTimeError:  # it appeared here, too late to matter
            _let_appear(me)


def _let_appear(me: int) -> None:
    """An error that was sent to this thread and may not have appeared yet does so here.

    It could be taken back by sending None; but on CPython 3.11 that leaves a mark on which any function that is profiled or traced hangs.
    """
    try:
        _raise_in(me, _OutOfTimeError)
        while True:
            pass
    except _OutOfTimeError:
        pass


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Make ``error`` appear in a thread."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _where(error: BaseException) -> str:
    """The last frame of a plugin's own."""
    frames = traceback.extract_tb(error.__traceback__)
    with contextlib.suppress(StopIteration):
        last = next(one for one in reversed(frames) if one.filename != __file__)
        return f" ({last.filename}:{last.lineno})"
    return ""
