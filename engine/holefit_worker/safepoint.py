"""Doing something in the main thread while it runs user code, at a point where that is safe."""

# Note [Safe points]
# ~~~~~~~~~~~~~~~~~~
# A reload runs statements of the user's: they expect the main thread (signals, event loops, windows), and must not run while that thread
# is in the middle of an import, whose module is half there. So the main thread is signalled. Python calls a signal's handler in the main
# thread, between two of its instructions, and interrupts what it waits for there: sleep, accept, join, select. Where an event loop runs
# in the main thread, the handler only asks it for a call: between two steps of its tasks. SIGURG is ignored by who does not know it.

from __future__ import annotations

import signal
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

AGAIN_S = 0.02  # between two attempts
SELDOM_S = 0.2  # once it has taken a while
IMPORT_S = 10.0  # an import that takes longer than this waits for something
LOOP_S = 1.0  # an event loop that takes longer than this is blocked


class SafePoint:
    """Takes one action at a time to the main thread. See Note [Safe points]. ``busy()``: whether now is no good time."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._main = threading.get_ident()
        self._action: Callable[[], None] | None = None
        self._asked = 0.0
        self._in_loop = 0.0  # since when the event loop has been asked
        signal.signal(signal.SIGURG, self._arrived)

    def run(self, action: Callable[[], None]) -> None:
        """Have ``action`` done in the main thread, soon; from another thread. Returns once it has begun."""
        self._asked, self._in_loop = time.monotonic(), 0.0
        self._action = action
        while self._action is not None:
            signal.pthread_kill(self._main, signal.SIGURG)
            time.sleep(AGAIN_S if time.monotonic() - self._asked < 1.0 else SELDOM_S)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self._action is None or self._busy():
            return
        now = time.monotonic()
        if _imports(frame) and now - self._asked < IMPORT_S:
            return
        loop = _running_loop()
        if loop is not None and now - (self._in_loop or now) < LOOP_S:
            if not self._in_loop:
                self._in_loop = now
                loop.call_soon_threadsafe(self._take)
            return
        self._take()

    def _take(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


def _imports(frame: FrameType | None) -> bool:
    """Whether an import is under way in ``frame`` or what called it."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _running_loop() -> Any:
    """The event loop that runs in this thread."""
    asyncio = sys.modules.get("asyncio")
    return None if asyncio is None else asyncio._get_running_loop()
