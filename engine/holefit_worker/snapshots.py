"""Checkpoints: sleeping copies of the worker that the session goes back to when it likes. Forks: copies that run beside it.

Both are made as standbys are, see Note [Who dies, who takes over]. A checkpoint leaves a copy of itself behind when it wakes, so that it can be gone
back to again. What lies outside of the process (files, the network) is as it is; but files that are only read go on being read where they were.
"""

from __future__ import annotations

import os
import time

from holefit_wire.interpreter import Done, Failed
from holefit_wire.interpreter.snapshots import (
    Checkpoint,
    Checkpointed,
    DropCheckpoint,
    Fork,
    InFork,
    Restore,
    Restored,
)
from holefit_worker.board import MAX_CHECKPOINTS, NEWEST, NUMBERED, RESTORE, RUNNING, checkpoint_field
from holefit_worker.forks import Forks
from holefit_worker.standby import let_go

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_wire.packing import Packing
    from holefit_worker.board import Board
    from holefit_worker.channel import Channel
    from holefit_worker.standby import Standbys
    from holefit_worker.streams import Streams
    from holefit_worker.worker import Worker

SNAPSHOTS = frozenset({Checkpoint, Restore, DropCheckpoint, Fork, InFork})
UNSUPPORTED = (
    "copies of the interpreter need os.fork(), a worker of its own, and interpreter.standby switched on"
)


class Snapshots:
    """Answers the requests in ``SNAPSHOTS``. ``settle()`` makes a worker of a copy that has woken."""

    def __init__(
        self,
        worker: Worker,
        channel: Channel,
        streams: Streams,
        packing: Packing,
        board: Board | None,
        standbys: Standbys | None,
        settle: Callable[..., None],
    ) -> None:
        self._worker = worker
        self._channel = channel
        self._streams = streams
        self._board = board
        self._standbys = standbys
        self._settle = settle
        self.forks = Forks(worker, packing, self._settle_fork)

    def answer(self, request_id: int, body: Any) -> tuple[int, Any]:
        """The answer, and the request that it is for: another one, where this process has been copied and gone back to."""
        board, standbys = self._board, self._standbys
        if board is None or standbys is None:
            return request_id, Failed("Unsupported", UNSUPPORTED)
        if type(body) is Checkpoint:
            return self._checkpoint(request_id, board, standbys)
        if type(body) is Restore:
            return request_id, self._restore(request_id, body.number, board)
        if type(body) is DropCheckpoint:
            if slot := _slot(board, body.number):
                _kill(board.get(checkpoint_field(slot)))
                board.set(checkpoint_field(slot), 0)
            return request_id, Done()
        if type(body) is InFork:
            return request_id, self.forks.answer(request_id, body.number, body.body)
        if threads := standbys.still_threads():
            return request_id, _threads(threads)
        return request_id, self.forks.make(self._channel, self._streams, board, standbys)

    def _checkpoint(self, request_id: int, board: Board, standbys: Standbys) -> tuple[int, Any]:
        if threads := standbys.still_threads():
            return request_id, _threads(threads)
        slot = next((one for one in _SLOTS if not board.get(checkpoint_field(one))), 0)
        if not slot:
            return request_id, Failed("TooMany", f"there are {MAX_CHECKPOINTS} checkpoints: drop one first")
        if not self._channel.rest():
            return request_id, Failed("Busy", "requests are waiting: ask again when there are none")
        number = board.get(NUMBERED) + 1
        board.set(NUMBERED, number)
        board.set(checkpoint_field(slot) + 8, number)
        started = time.perf_counter()
        self._streams.flush()
        places = _reading_places()
        try:
            with self._streams.lock, self._channel.writing:  # in the order of the thread that drains
                copied = standbys.fork(checkpoint_field(slot))
                if copied:
                    let_go(standbys.own)
                    self._sleep(slot, places, board, standbys)
        finally:
            self._channel.wake()
        if copied:
            return self._woken(number, board)
        spent_ms = (time.perf_counter() - started) * 1000
        return request_id, Checkpointed(number, self._worker.generation, spent_ms)

    def _sleep(self, slot: int, places: list[tuple[int, int]], board: Board, standbys: Standbys) -> None:
        """Until somebody goes back to this one; another copy sleeps on then. ``places``: where files are to be read on."""
        while True:
            standbys.sleep(slot)
            if not standbys.fork(checkpoint_field(slot)):
                break
        for descriptor, place in places:
            os.lseek(descriptor, place, os.SEEK_SET)

    def _woken(self, number: int, board: Board) -> tuple[int, Restored]:
        self.forks.forget()
        self._settle()
        self._streams.take()
        refs = self._worker.refs  # numbers that were given after the checkpoint are never given again
        refs.newest = max(refs.newest, board.get(NEWEST))
        request_id = board.get(RUNNING)
        board.set(RUNNING, 0)
        return request_id, Restored(number, os.getpid(), self._worker.generation)

    def _settle_fork(self) -> None:
        """A copy is to live on its own: it has nothing to do with the board."""
        channel = self._channel
        channel.on_torn = lambda inward, torn: None
        channel.on_read = lambda request_id: None
        channel.on_restart = channel.on_end = channel.on_gone = lambda: os._exit(0)
        self._streams.on_kept = lambda stream, data: None
        channel.on_look = lambda: False
        if self._standbys is not None:
            let_go(self._standbys.own)
        self._settle(apart=True)

    def _restore(self, request_id: int, number: int, board: Board) -> Failed:
        """Give way to a checkpoint; returns only where that cannot be done."""
        slot = _slot(board, number)
        if not slot:
            return Failed(
                "NoCheckpoint", f"there is no checkpoint {number}: it was dropped, or its process has ended"
            )
        if not self._channel.rest():
            return Failed("Busy", "requests are waiting: ask again when there are none")
        self._streams.flush()
        self.forks.end_all()
        board.set(NEWEST, self._worker.refs.newest)
        board.set(RUNNING, request_id)
        board.set(RESTORE, slot)
        os.kill(os.getpid(), 9)
        raise AssertionError("not reached")


_SLOTS = range(1, MAX_CHECKPOINTS + 1)


def _slot(board: Board, number: int) -> int:
    """Where a checkpoint sleeps; 0 where there is none of that number."""
    for slot in _SLOTS:
        process = board.get(checkpoint_field(slot))
        if process and board.get(checkpoint_field(slot) + 8) == number and _runs(process):
            return slot
    return 0


def _threads(number: int) -> Failed:
    said = "a thread of your code runs" if number == 1 else f"{number} threads of your code run"
    return Failed("Threads", f"{said}, and would not live on in a copy")


def _reading_places() -> list[tuple[int, int]]:
    """Where the files stand that are open for reading alone: copies of a process share that with it."""
    import fcntl
    import stat

    places: list[tuple[int, int]] = []
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return places
    for descriptor in map(int, names):
        try:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            if is_file and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
                places.append((descriptor, os.lseek(descriptor, 0, os.SEEK_CUR)))
        except OSError:
            continue
    return places


def _runs(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def _kill(process: int) -> None:
    try:
        os.kill(process, 9)
    except ProcessLookupError:
        return
