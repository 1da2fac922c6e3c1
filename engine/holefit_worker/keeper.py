"""The keeper: the process that the session starts. It forks the worker, waits, and sees to it that another takes over when it dies."""

# Note [Who dies, who takes over]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# session --pipe--> keeper --fork--> worker --fork twice--> standby
#
# The keeper has loaded everything, holds the pipe open and runs no user code: it is the zygote of all workers. Before an evaluation the
# worker forks a standby, which sleeps with a copy of all state. Forking twice leaves it to the keeper (a subreaper), so that user code
# never meets it in os.wait(). When the worker dies the keeper learns how, and hands the standby the baton; the standby repeats the few
# evaluations that came to their end after it was forked (they stand on the board), and goes on reading where the dead worker stopped.
# Without a standby the keeper forks a fresh worker, which repeats all that the board has. Checkpoints are such copies too; one of them is handed the
# baton when the worker has put its slot on the board before it ended itself.

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # without the enums, whose import takes 3 ms
import os

from holefit_worker.board import (
    FINISHED,
    FRESH,
    MAX_CHECKPOINTS,
    REPLAYING,
    RESTORE,
    SNAPSHOTS,
    STANDBY,
    STARTING,
    TORN_IN,
    TORN_OUT,
    WHOLE,
    WORKER,
    checkpoint_field,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_worker.board import Board

PR_SET_CHILD_SUBREAPER = 36


def can_keep() -> bool:
    """Whether this system lets a process adopt the children of its children; asks for it."""
    try:
        import _ctypes

        calls: Any = _ctypes
        prctl = calls.dlsym(calls.dlopen(None, 1), "prctl")
        return bool(calls.call_function(prctl, (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0)
    except (ImportError, AttributeError, OSError):
        return False


def keep(board: Board, start: Callable[[int | None], None]) -> None:
    """Fork a worker and look after it; returns in the worker's process, after ``start(status)``: the status of the one before, None for the first.

    The keeper itself ends with the worker's exit code once that has finished in an orderly way.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # workers set their own
    status: int | None = None
    while True:
        pid = _fork(board)
        if pid == 0:
            board.keep_no_baton()
            start(status)
            return
        status = _look_after(board, pid)


def _fork(board: Board) -> int:
    board.set(STARTING, 1)
    pid = os.fork()
    board.set(WORKER, pid or os.getpid())
    return pid


def _look_after(board: Board, worker: int) -> int:
    """Wait while ``worker`` and those that take over from it live; gives the status of the last, when nobody is left to take over."""
    while True:
        try:
            died, status = os.waitpid(-1, 0)
        except ChildProcessError:
            os._exit(1)
        if died != worker:
            for field in (STANDBY, *map(checkpoint_field, range(1, MAX_CHECKPOINTS + 1))):
                if died == board.get(field):
                    board.set(field, 0)
            continue  # a standby that was replaced, or a stray of the user's
        standby = board.get(STANDBY)
        if any(map(board.get, (FINISHED, STARTING, TORN_IN, TORN_OUT))):
            if standby:
                _kill(standby)
            os._exit(
                os.waitstatus_to_exitcode(status) & 0xFF
            )  # a torn message cannot be followed by another's
        slot = board.get(RESTORE)
        chosen = board.get(checkpoint_field(slot)) if slot else 0
        board.set(RESTORE, 0)
        if chosen and _alive(chosen):
            if standby:
                _kill(standby)
            board.set(STANDBY, 0)
            board.forget()
            worker = chosen
            board.set(WORKER, chosen)
            board.hand_over(status, slot)
            continue
        fresh = board.get(FRESH) or board.get(REPLAYING)
        board.set(STANDBY, 0)
        if standby and fresh:
            _kill(standby)
        elif standby and _alive(standby):
            worker = standby
            board.set(WORKER, standby)
            board.hand_over(status)
            continue
        whole = not fresh and not board.get(SNAPSHOTS)
        if not whole:
            board.forget()
            board.set(SNAPSHOTS, 0)
        board.set(WHOLE, whole)
        return status


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    """Whether a child of ours still runs; reaps it when not."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False
