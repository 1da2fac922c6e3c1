"""Standbys: sleeping copies of the worker, one of which goes on when the worker dies. See Note [Who dies, who takes over]."""

from __future__ import annotations

import os
import sys
import time
from _thread import _count as count_threads  # all but the main one

from holefit_worker.board import COUNT, OVERFLOW, SNAPSHOTS, STANDBY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from holefit_worker.board import Board
    from holefit_worker.channel import Channel
    from holefit_worker.streams import Streams

OWN_THREADS = 2
FIFO, SOCKET = 0o010000, 0o140000  # kinds of files, see stat

# Note [A copy holds what the worker closes]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# A pipe is at its end when all that could write to it have closed it. A standby has copies of all descriptors: where user code closes the pipe to a
# process and waits for that, as Popen.communicate does, both would wait for ever. So while user code runs, the watcher looks whether any of the pipes and sockets that
# the standby has were closed meanwhile, and ends it then: a new one is made after the evaluation. A checkpoint lets go of such pipes at once, for
# the process at their other end does not go back.

MAX_COUNT = 1000  # evaluations to repeat at most
SOME_COUNT = 100  # and where a copy costs little
MAX_SPENT_S = 0.05  # and how long they took
WORTH = 10  # but a copy of much memory is dear: what is to be repeated may take so many times as long as making it does
ENDING_S = 0.5  # for threads to end that a copy could not be made with
IDLE_S = 0.002  # without a request, until one is made; or as long as that takes


class Standbys:
    """Makes the standbys of one worker. A new one is due when it would otherwise have much to repeat."""

    def __init__(self, board: Board, channel: Channel, streams: Streams) -> None:
        self.forking = False
        self._board = board
        self._channel = channel
        self._streams = streams
        self._spent_s = 0.0
        self._cost_s = 0.0
        self._shared: list[tuple[int, int]] = []
        self.own = set(outlets().values())  # what is the worker's, which user code never closes
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
        count = self._board.get(COUNT)
        if self._board.get(OVERFLOW) or count >= MAX_COUNT:
            return True
        if self._board.get(SNAPSHOTS) and not self._board.get(STANDBY):
            return True  # the one there was had to end, and what the board has is not all
        limit_s = WORTH * self._cost_s
        return self._spent_s > max(MAX_SPENT_S if count < SOME_COUNT else 0.0, limit_s)

    @property
    def idle_s(self) -> float:
        """How long to wait for another request before one is made."""
        return max(IDLE_S, self._cost_s)

    def spent(self, seconds: float) -> None:
        """An evaluation took so long."""
        self._spent_s += seconds

    @property
    def threads(self) -> int:
        """How many threads of user code run: they would not live on in a copy."""
        return max(0, count_threads() - self._strays - OWN_THREADS)

    def still_threads(self) -> int:
        """As ``threads``, without those that are about to end: a thread that was joined, or that fills a pipe whose end was read, may be counted a moment longer."""
        deadline = time.monotonic() + ENDING_S
        while self.threads and time.monotonic() < deadline:
            time.sleep(0.001)
        return self.threads

    def renew(self) -> int | None:
        """Make a new one, which replaces the old one; nothing happens where that is not safe.

        Returns None in the worker. In the standby it returns when that has become the worker: the status of the dead one.
        """
        if self.threads:
            return None
        if not self._channel.rest():
            return None
        started = time.perf_counter()
        try:
            with self._streams.lock, self._channel.writing:  # in the order of the thread that drains
                old = self._board.get(STANDBY)
                if self.fork(STANDBY):
                    return self.sleep()
                self._shared = [one for one in outlets().items() if one[1] not in self.own]
                self._board.forget()
                self._board.set(SNAPSHOTS, 1)
                self._spent_s = 0.0
                if old:
                    _kill(old)
                self._cost_s = time.perf_counter() - started
        finally:
            self._channel.wake()
        return None

    def look(self) -> bool:
        """End the standby if it holds what was closed meanwhile; whether there is anything to look for. See Note [A copy holds what the worker closes]."""
        standby = self._board.get(STANDBY)
        if not self._shared or not standby:
            return False
        if all(_inode(number) == inode for number, inode in self._shared):
            return True
        self._shared = []
        self._board.set(STANDBY, 0)
        _kill(standby)
        return False

    def fork(self, field: int) -> bool:
        """Fork twice; true in the grandchild, whose process the board has in ``field``. Nothing may be read or written meanwhile."""
        self.forking = True
        chance = _random_state()
        on_child = _unheard()
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
            _heard(on_child)
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


def outlets() -> dict[int, int]:
    """The pipes and sockets that lead out of this process: descriptor and inode of each. A pipe whose ends are both here leads nowhere."""
    found: dict[int, int] = {}
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:  # not on this system
        return found
    for number in map(int, names):
        try:
            status = os.fstat(number)
        except OSError:
            continue
        if number > 2 and status.st_mode & 0o170000 in (FIFO, SOCKET):
            found[number] = status.st_ino
    inodes = list(found.values())
    return {number: inode for number, inode in found.items() if inodes.count(inode) == 1}


def let_go(own: set[int]) -> None:
    """In a copy that may live long: nothing is written from here to the processes of user code. See Note [A copy holds what the worker closes]."""
    import fcntl

    null = os.open(os.devnull, os.O_WRONLY)
    for number, inode in outlets().items():
        is_pipe = os.fstat(number).st_mode & 0o170000 == FIFO
        if inode not in own and is_pipe and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
            os.dup2(null, number, inheritable=False)
    os.close(null)


def _inode(number: int) -> int:
    try:
        return os.fstat(number).st_ino
    except OSError:
        return 0


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


def _unheard() -> Any:
    """Have the end of a child of ours wait for us, and not heard by a handler of user code, which may raise or reap it; gives what was there."""
    import _signal  # type: ignore[import-not-found]  # without the enums

    before = _signal.getsignal(_signal.SIGCHLD)
    if before in (None, _signal.SIG_DFL):  # None: a handler in C
        return None
    return _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)


def _heard(before: Any) -> None:
    """Undo :func:`_unheard`; what has ended meanwhile of user code's own children is told now."""
    if before is None:
        return
    import _signal

    _signal.signal(_signal.SIGCHLD, before)
    try:
        if callable(before) and os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            os.kill(os.getpid(), _signal.SIGCHLD)
    except ChildProcessError:  # there are none
        return


def _random_state() -> Any:
    random: Any = sys.modules.get("random")
    try:
        return random.getstate()
    except Exception:  # not imported, or patched
        return None


def _kill(pid: int) -> None:
    import _signal  # without the enums

    try:
        os.kill(pid, _signal.SIGKILL)
    except ProcessLookupError:
        return
