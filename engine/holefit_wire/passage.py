"""Large payloads, on a way of their own: a named pipe, which one end fills while the other empties it.

Each byte is copied in once and out once, at the same time, through pages that stay in the processor's cache. In shared memory, where the writer must have ended
before the reader begins, the same takes half as long again, and in messages ten times as long.
"""

from __future__ import annotations

import os
import select
import time
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGE = 1 << 17  # bytes, from which on this is faster than a message
PIECE = 1 << 20  # bytes
LOOK_S = 0.0002
PATIENCE_S = 30.0  # for the other end to open it, and to write its first byte
SET_SIZE = 1031  # F_SETPIPE_SZ, on Linux


class StalledError(OSError):
    """The other end does not come, or has stopped in the middle."""


class Filling:
    """A new named pipe, for this user alone, that a thread fills with ``data`` once somebody empties it. Raises: OSError."""

    def __init__(self, path: str, data: Any) -> None:
        os.mkfifo(path, 0o600)
        self._path = path
        self._data = memoryview(data)
        self._wanted = True
        self._over = allocate_lock()
        self._over.acquire()
        start_new_thread(self._fill, ())

    def end(self) -> None:
        """Nobody is emptying it any more; returns once nobody fills it."""
        self._wanted = False
        with self._over:
            return

    def _fill(self) -> None:
        try:
            descriptor = self._opened()
            try:
                done = 0
                while done < len(self._data):
                    done += os.write(descriptor, self._data[done : done + PIECE])
            finally:
                os.close(descriptor)
        except OSError:  # the other end has gone, and knows
            return
        finally:
            self._over.release()

    def _opened(self) -> int:
        """It as somebody reads it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return _wide(os.open(self._path, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:  # nobody reads it yet
                if not self._wanted or time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_S)


def _wide(descriptor: int) -> int:
    os.set_blocking(descriptor, True)
    try:
        import fcntl

        fcntl.fcntl(descriptor, SET_SIZE, PIECE)
    except (ImportError, OSError):  # smaller pieces will do
        return descriptor
    return descriptor


def name() -> str:
    """One for a pipe that nobody else has, whatever else makes them in this folder."""
    return f"holefit-{os.getpid()}-{os.urandom(6).hex()}"


def take(path: str, size: int) -> bytes:
    """The ``size`` bytes that somebody fills a named pipe with, which is removed. Raises: OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb", buffering=1 << 16) as file:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ready = poll.poll(PATIENCE_S * 1000)
        os.unlink(path)
        if not ready:
            raise StalledError(f"{path} stays empty")
        os.set_blocking(descriptor, True)
        data = file.read(size)
    if len(data) < size:
        raise StalledError(f"{size - len(data)} of {size} bytes did not come")
    return data
