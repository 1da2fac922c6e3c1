"""The user's own stdin, stdout and stderr, and what is written to them."""

from __future__ import annotations

import io
import os
import select
import sys
import time
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAMES = ("stdout", "stderr")
PIPE_SIZE = 1 << 20  # bytes; what a write may leave behind without waiting for us
MAX_LINE = 1000  # bytes of a prompt
PAUSE_S = 0.01  # after each look at the pipes: a print costs no switch of threads


class Kept:
    """Bytes of one stream: all up to ``limit``, then the beginning and the end."""

    def __init__(self, limit: int) -> None:
        self._head_limit = limit - limit // 4
        self._tail_limit = limit // 4
        self._head = bytearray()
        self._tail = bytearray()
        self.cut = 0

    def add(self, data: bytes) -> None:
        """More of the stream."""
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        self._tail += data
        excess = len(self._tail) - self._tail_limit
        if excess > 0:
            del self._tail[:excess]
            self.cut += excess

    def text(self) -> str:
        """What was kept, with a line in place of what was not."""
        if not self.cut:
            return (self._head + self._tail).decode("utf-8", "replace")
        missing = f"\n[{self.cut} bytes left out]\n"
        return self._head.decode("utf-8", "ignore") + missing + self._tail.decode("utf-8", "ignore")


class Streams:
    """Pipes behind descriptors 1 and 2. What comes while a capture is open belongs to it, the rest goes to ``notify(stream, text)``."""

    def __init__(self, notify: Callable[[str, str], None]) -> None:
        self._notify = notify
        self.lock = allocate_lock()
        self._kept: tuple[Kept, Kept] | None = None
        self.on_kept: Callable[[int, bytes], None] = lambda stream, data: None  # told of what a capture gets
        self._partial = [b"", b""]
        self._lines = [b"", b""]  # the last line of each stream, as far as it is written
        self.make_stdin: Callable[[], Any] = _empty_stdin
        self._readers: list[int]
        self._poll: select.poll
        self._open()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.mend()

    def _open(self) -> None:
        self._readers = []
        self._poll = select.poll()  # used under the lock
        for number in (1, 2):
            reader, writer = os.pipe()
            _enlarge(writer)
            os.dup2(writer, number)  # inheritable, so that subprocesses have it
            os.close(writer)
            os.set_blocking(reader, False)
            self._readers.append(reader)
            self._poll.register(reader, select.POLLIN)

    @property
    def descriptors(self) -> list[int]:
        """What we read of the pipes."""
        return self._readers

    def start(self) -> None:
        """Start the thread that keeps the pipes from filling up."""
        start_new_thread(self._drain_always, ())

    def take(self) -> None:
        """Take what lies in the pipes, written by a process that is no more, as part of its capture."""
        with self.lock:
            self._kept = (Kept(0), Kept(0))
            self._drain()
            self._kept = None

    def begin(self, limit: int) -> None:
        """Open a capture that keeps ``limit`` bytes of each stream."""
        with self.lock:
            self._drain()
            self._lines = [b"", b""]
            self._kept = (Kept(limit), Kept(limit))

    def end(self) -> tuple[Kept, Kept]:
        """Close the capture: all that was written since it was opened, by whomever. Flush first."""
        with self.lock:
            self._drain()
            kept = self._kept or (Kept(0), Kept(0))
            self._kept = None
        return kept

    def flush(self) -> None:
        """Push what Python holds back into the pipes, and mend what user code closed."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # a stream of the user's own may raise anything; a closed one ValueError
                continue
        self.mend()

    def line_begun(self, stream: str) -> str:
        """What stands on the last line of a stream, as far as it is written: a prompt. Whoever answers it ends the line. Flush first."""
        with self.lock:
            self._drain()
            line = self._lines[NAMES.index(stream)]
            self._lines = [b"", b""]
        return line.decode("utf-8", "replace")

    def mend(self) -> None:
        """Streams that are missing or closed are made anew, and descriptors of output that were closed."""
        for number, reader in zip((1, 2), self._readers, strict=False):
            _reopen(number, reader)
        if _closed(sys.stdin):
            sys.stdin = self.make_stdin()
        if _closed(sys.stdout):
            sys.stdout = _line_buffered(1, "surrogateescape")
        elif (
            sys.stdout is sys.__stdout__
            and isinstance(sys.stdout, io.TextIOWrapper)
            and not sys.stdout.line_buffering
        ):
            sys.stdout.reconfigure(line_buffering=True, write_through=False)
        if _closed(sys.stderr):
            sys.stderr = _line_buffered(2, "backslashreplace")

    def move(self) -> None:
        """Have pipes of our own, in a copy of a process that keeps the old ones."""
        self.close()
        self._kept, self._partial, self._lines = None, [b"", b""], [b"", b""]
        self._open()

    def close(self) -> None:
        """Close our ends: in a forked child, whose output its parent reads."""
        for reader in self._readers:
            os.close(reader)

    def _drain_always(self) -> None:
        poll = select.poll()
        for reader in self._readers:
            poll.register(reader, select.POLLIN)
        while True:
            poll.poll()
            with self.lock:
                self._drain()
            time.sleep(PAUSE_S)

    def _drain(self) -> None:
        """Read what both pipes hold. The caller has the lock."""
        if not self._poll.poll(0):
            return
        for index, reader in enumerate(self._readers):
            left = PIPE_SIZE  # all that can have been written before this moment; who writes for ever shall not keep us here
            while left > 0:
                try:
                    data = os.read(reader, 1 << 16)
                except OSError:
                    break
                if not data:
                    break
                left -= len(data)
                self.add(index, data)

    def add(self, index: int, data: bytes) -> None:
        """Take what was written. The caller has the lock."""
        self._lines[index] = _last_line(self._lines[index], data)
        if self._kept is not None:
            self._kept[index].add(data)
            self.on_kept(index, data)
        else:
            self._pass_on(index, data)

    def _pass_on(self, index: int, data: bytes) -> None:
        data = self._partial[index] + data
        end = _whole_characters(data)
        self._partial[index] = data[end:]
        if end:
            self._notify(NAMES[index], data[:end].decode("utf-8", "replace"))


def private_copy(number: int) -> int:
    """A copy of a standard descriptor that subprocesses do not inherit, out of the way of the low numbers."""
    try:
        import fcntl

        return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 100)
    except (ImportError, OSError):
        return os.dup(number)


def _enlarge(writer: int) -> None:
    try:
        import fcntl

        fcntl.fcntl(writer, 1031, PIPE_SIZE)  # F_SETPIPE_SZ; fcntl names it from 3.10 on, Linux only
    except (ImportError, OSError):
        return


def is_open(number: int) -> bool:
    """Whether a descriptor is."""
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _reopen(number: int, reader: int) -> None:
    """Where ``number`` is closed, let it lead into the pipe that ``reader`` reads again."""
    if is_open(number):
        return
    try:
        writer = os.open(f"/proc/self/fd/{reader}", os.O_WRONLY)
    except OSError:  # not on this system
        return
    if writer == number:
        os.set_inheritable(number, True)
        return
    os.dup2(writer, number)
    os.close(writer)


def _closed(stream: object) -> bool:
    return stream is None or getattr(stream, "closed", False) is True


def _empty_stdin() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape")


def _last_line(before: bytes, data: bytes) -> bytes:
    """The last line of ``before + data``, its last ``MAX_LINE`` bytes."""
    end = data.rfind(b"\n") + 1
    return (data[end:] if end else before + data)[-MAX_LINE:]


def _line_buffered(number: int, errors: str) -> io.TextIOWrapper:
    raw = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, line_buffering=True)


def _whole_characters(data: bytes) -> int:
    """How much of ``data`` ends on a character; a torn one at the end waits for its rest."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) if back >= needed else len(data) - back
        if byte < 0x80:
            break
    return len(data)
