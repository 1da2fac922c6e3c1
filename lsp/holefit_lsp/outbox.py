"""What waits to be written to the client.

One thread writes, so frames are never torn and the event loop never waits for a client that does not read. The queue is
bounded: a notification with a key replaces an older one with the same key that still waits (the newest diagnostics
of a file are the only ones of interest), those that may be lost are dropped past ``soft_limit`` bytes, and past
``hard_limit`` :meth:`Outbox.wait_for_room` holds the reader back, so that no more requests come in than answers go out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

SOFT_LIMIT = 8 << 20
HARD_LIMIT = 64 << 20
_CHUNK = 1 << 16


class Outbox:
    """A queue of frames and the thread that hands them to ``write``."""

    def __init__(
        self,
        write: Callable[[bytes], object],
        *,
        soft_limit: int = SOFT_LIMIT,
        hard_limit: int = HARD_LIMIT,
        on_broken: Callable[[], None] = lambda: None,
    ) -> None:
        self._write = write
        self._soft_limit = soft_limit
        self._hard_limit = hard_limit
        self._on_broken = on_broken
        self._frames: OrderedDict[Hashable, bytes] = OrderedDict()
        self._waiting_bytes = 0
        self._number = 0
        self._closed = False
        self._changed = threading.Condition()
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="holefit-writer", daemon=True)
        self._thread.start()

    def put(self, frame: bytes, *, key: Hashable = None, droppable: bool = False) -> None:
        """Queue a frame; never waits."""
        with self._changed:
            if self._closed:
                return
            if droppable and self._waiting_bytes > self._soft_limit:
                self.dropped += 1
                return
            if key is None:
                self._number += 1
                key = self._number
            else:
                self._waiting_bytes -= len(self._frames.pop(key, b""))
            self._frames[key] = frame
            self._waiting_bytes += len(frame)
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Wait while more than the hard limit waits to be read by the client."""
        with self._changed:
            while self._waiting_bytes > self._hard_limit and not self._closed:
                self._changed.wait()

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what waits, for no longer than ``timeout_s``, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    while not self._frames:
                        if self._closed:
                            return
                        self._changed.wait()
                    batch = bytearray()
                    while self._frames and len(batch) < _CHUNK:
                        batch += self._frames.popitem(last=False)[1]
                self._write(bytes(batch))
                with self._changed:
                    self._waiting_bytes -= len(batch)
                    self._changed.notify_all()
        except (OSError, ValueError):
            with self._changed:
                self._closed = True
                self._frames.clear()
                self._waiting_bytes = 0
                self._changed.notify_all()
            self._on_broken()
