"""Standbys: sleeping copies of the worker, one of which goes on when the worker dies. See Note [Who dies, who takes over]."""

from __future__ import annotations

import os
import sys
from _thread import _count as count_threads  # all but the main one

from holefit_worker.board import COUNT, OVERFLOW, SNAPSHOTS, STANDBY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from holefit_worker.board import Board
    from holefit_worker.channel import Channel
    from holefit_worker.streams import Streams

OWN_THREADS = 2
MAX_COUNT = 100  # evaluations to repeat at most
MAX_SPENT_S = 0.05  # and how long they took


class Standbys:
    """Makes the standbys of one worker. A new one is due when it would otherwise have much to repeat."""

    def __init__(self, board: Board, channel: Channel, streams: Streams) -> None:
        self.forking = False
        self._board = board
        self._channel = channel
        self._streams = streams
        self._spent_s = 0.0
        self._strays = (
            count_threads()
        )  # threads of the process that we were forked from, which are none of ours

    @property
    def stale(self) -> bool:
        """Whether something happened since the last one was made."""
        return self._spent_s > 0 or not self._board.get(STANDBY)

    @property
    def due(self) -> bool:
        """Whether the next evaluation should not start without a new one."""
        if self._board.get(OVERFLOW) or self._board.get(COUNT) >= MAX_COUNT:
            return True
        return self._spent_s > MAX_SPENT_S

    def spent(self, seconds: float) -> None:
        """An evaluation took so long."""
        self._spent_s += seconds

    @property
    def threads(self) -> int:
        """How many threads of user code run: they would not live on in a copy."""
        return max(0, count_threads() - self._strays - OWN_THREADS)

    def renew(self) -> int | None:
        """Make a new one, which replaces the old one; nothing happens where that is not safe.

        Returns None in the worker. In the standby it returns when that has become the worker: the status of the dead one.
        """
        if self.threads:
            return None
        if not self._channel.rest():
            return None
        try:
            with self._streams.lock, self._channel.writing:  # in the order of the thread that drains
                old = self._board.get(STANDBY)
                if self.fork(STANDBY):
                    return self.sleep()
                self._board.forget()
                self._board.set(SNAPSHOTS, 1)
                self._spent_s = 0.0
                if old:
                    _kill(old)
        finally:
            self._channel.wake()
        return None

    def fork(self, field: int) -> bool:
        """Fork twice; true in the grandchild, whose process the board has in ``field``. Nothing may be read or written meanwhile."""
        self.forking = True
        chance = _random_state()
        try:
            child = _quiet_fork()
            if child:
                os.waitpid(child, 0)
                return False
            grandchild = _quiet_fork()
            if grandchild:
                self._board.set(field, grandchild)
                os._exit(0)
        finally:
            self.forking = False
        if chance is not None:
            sys.modules["random"].setstate(chance)  # forking seeds it anew
        return True

    def sleep(self, slot: int = 0) -> int:
        """In a copy: wait until it is its turn to go on; gives the status of the dead worker."""
        status = self._board.wait(slot)
        self._strays = count_threads()
        self._spent_s = 0.0
        self._board.set(STANDBY, 0)
        return status


def _quiet_fork() -> int:
    """``os.fork()`` without the warning of other threads (3.12 on): they are ours, and hold no locks now. Works when builtins are patched."""
    warnings: Any = sys.modules.get("warnings")
    mutated = getattr(warnings, "_filters_mutated", None)
    if mutated is None:
        return os.fork()
    saved = warnings.filters[:]
    warnings.filters[:] = [("ignore", None, Warning, None, 0)]
    mutated()
    try:
        return os.fork()
    finally:
        warnings.filters[:] = saved
        mutated()


def _random_state() -> Any:
    random: Any = sys.modules.get("random")
    try:
        return random.getstate()
    except Exception:  # not imported, or patched
        return None


def _kill(pid: int) -> None:
    import _signal  # type: ignore[import-not-found]  # without the enums

    try:
        os.kill(pid, _signal.SIGKILL)
    except ProcessLookupError:
        return
