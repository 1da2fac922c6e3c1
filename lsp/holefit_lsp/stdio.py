"""Standard input and output as the protocol's own, and the thread that reads.

The protocol moves to private descriptors; descriptor 1 becomes a copy of standard error and descriptor 0 is empty, so
that a stray ``print`` (ours, a plugin's, a child's) cannot get into the stream. Standard library only: it runs while the
rest of the server is still being imported.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from holefit_lsp.framing import Decoder, Malformed

Received = bytes | Malformed | None
"""A body, bytes that are no frame, or None at the end of the stream."""


class Stdio:
    """The two private descriptors."""

    def __init__(self) -> None:
        self._input = os.dup(0)
        self._output = os.dup(1)
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(self._input, os.O_BINARY)
            msvcrt.setmode(self._output, os.O_BINARY)
        empty = os.open(os.devnull, os.O_RDWR)
        os.dup2(empty, 0, inheritable=True)
        try:
            os.dup2(2, 1, inheritable=True)
        except OSError:  # no standard error: nothing to print to
            os.dup2(empty, 1, inheritable=True)
        os.close(empty)

    def read(self) -> bytes:
        """What has arrived, waiting for at least one byte; empty at the end of the stream."""
        try:
            return os.read(self._input, 1 << 16)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._output, view) :]


class Reader:
    """The thread that reads. What arrives before :meth:`deliver_to` is kept."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self.wait_for_room: Callable[[], None] = lambda: None
        self._read = read
        self._kept: list[Received] = []
        self._sink: Callable[[Received], None] | None = None
        self._arrived = threading.Condition()
        threading.Thread(target=self._run, name="holefit-reader", daemon=True).start()

    def first(self) -> Received:
        """What arrives first; it will still be delivered."""
        with self._arrived:
            while not self._kept:
                self._arrived.wait()
            return self._kept[0]

    def deliver_to(self, sink: Callable[[Received], None]) -> None:
        """Hand everything to ``sink`` from now on, beginning with what was kept."""
        with self._arrived:
            for received in self._kept:
                sink(received)
            self._kept.clear()
            self._sink = sink

    def _run(self) -> None:
        decoder = Decoder()
        while data := self._read():
            for received in decoder.feed(data):
                self._take(received)
            self.wait_for_room()
        self._take(None)

    def _take(self, received: Received) -> None:
        with self._arrived:
            if self._sink is None:
                self._kept.append(received)
                self._arrived.notify_all()
            else:
                self._sink(received)
