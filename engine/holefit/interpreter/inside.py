"""The internal interpreter's worker: a thread of this process, and a socket to it.

What an external worker does over pipes this one does too, message for message, so that it can be tested and debugged in one process. It is no place for code that one does
not trust to end: a thread cannot be killed, and what crashes takes the session along.
"""

from __future__ import annotations

import importlib
import socket
import threading
from _thread import start_new_thread
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgpack

from holefit.interpreter.errors import StaleRemoteRefError
from holefit.interpreter.pipe import Pipe, override
from holefit.interpreter.places import Places

WORKER = "holefit_worker.inside"  # found by its name, as an external one is by its file: the engine does not import the worker


class WorkerThread(Pipe):
    """A worker that runs in a thread of this process."""

    def __init__(self, root: Path) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._inside: Any = importlib.import_module(WORKER).Inside(theirs, msgpack, importlib.import_module)
        self._ended = threading.Event()
        start_new_thread(self._inside.serve, (self._ended.set,))  # no frame of ours is seen where code stops
        super().__init__(ours.fileno(), ours.fileno(), ["(internal)"], Places(root, {}))

    def value(self, ref: int) -> object:
        """The object that a ref stands for. Raises: StaleRemoteRefError."""
        try:
            found: object = self._inside.value(ref)
        except KeyError:
            raise StaleRemoteRefError(ref) from None
        return found

    @override
    def wait(self, timeout_s: float) -> int | None:
        return 0 if self._ended.wait(timeout_s) else None

    @override
    def kill(self) -> int | None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # it is interrupted when it sees that
        return self.wait(1.0)

    @override
    def end_current(self) -> None:
        self.kill()

    @override
    def close(self) -> None:
        self._socket.close()

    @override
    def new_words(self) -> str:
        return ""
