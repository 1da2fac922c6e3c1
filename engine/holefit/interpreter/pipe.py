"""Messages to a worker and from it, over two descriptors."""

from __future__ import annotations

import os
import select
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import msgpack

from holefit.interpreter.command import archive
from holefit.interpreter.errors import ProtocolError, WorkerStartError
from holefit.interpreter.places import Places
from holefit_wire.codec import MalformedMessageError
from holefit_wire.frames import Decoder, FrameTooLargeError, frame
from holefit_wire.interpreter import PROTOCOL_VERSION, Failed, Hello, Reply, Request, Welcome
from holefit_wire.interpreter.life import WorkerWanted
from holefit_wire.packing import Packing

if TYPE_CHECKING:
    from typing_extensions import override as override
else:

    def override(method):
        return method


HELLO_TIMEOUT_S = 30.0


class Gone(Exception):
    """The worker's end of the pipe is closed."""


class Pipe(ABC):
    """The pipe to a worker that has started. One thread at a time may receive; any may send. ``command`` is how it was started, ``places`` what paths are called there."""

    def __init__(self, read_fd: int, write_fd: int, command: list[str], places: Places) -> None:
        self.command = command
        self._places = places
        self.welcome: Welcome | None = None
        self.current_pid: int | None = None
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._packing = Packing(msgpack)
        self._decoder = Decoder()
        self._arrived: list[bytes] = []
        self._sending = threading.Lock()
        self._poll = select.poll()
        self._poll.register(read_fd, select.POLLIN)
        self._watch = select.poll()  # a poll object is for one thread at a time
        self._watch.register(read_fd, select.POLLIN)

    def shake_hands(self, hello: Hello) -> Welcome:
        """Introduce the session to it.

        Raises: Gone, WorkerStartError, ProtocolError.
        """
        self.send(Request(0, hello))
        reply = self.receive(HELLO_TIMEOUT_S)
        if isinstance(reply, WorkerWanted):
            self._write(frame(archive()))
            self.send(Request(0, hello))
            reply = self.receive(HELLO_TIMEOUT_S)
        if reply is None:
            raise WorkerStartError(self.command, f"no answer within {HELLO_TIMEOUT_S:g} s", self.new_words())
        if isinstance(reply, Reply) and isinstance(reply.body, Failed):
            raise WorkerStartError(self.command, reply.body.text, self.new_words())
        if not isinstance(reply, Reply) or not isinstance(reply.body, Welcome):
            raise ProtocolError(f"the worker answered Hello with {type(reply).__name__}")
        if reply.body.version != PROTOCOL_VERSION:
            raise ProtocolError(f"the worker speaks protocol {reply.body.version}, not {PROTOCOL_VERSION}")
        self.welcome = reply.body
        self.current_pid = reply.body.pid
        return reply.body

    def send(self, *messages: Any) -> None:
        """Write messages.

        Raises: Gone; MalformedMessageError, before anything is written.
        """
        with self._sending:
            outward = self._places.outward
            self._write(b"".join([self._packing.pack(outward(message)) for message in messages]))

    def _write(self, data: bytes) -> None:
        try:
            done = os.write(self._write_fd, data)
            while done < len(data):
                done += os.write(self._write_fd, memoryview(data)[done:])
        except OSError:
            raise Gone from None

    def receive(self, timeout_s: float | None) -> Any:
        """The next message; None when none comes in time.

        Raises: Gone, ProtocolError.
        """
        if not self._arrived:
            self._read(timeout_s)
            if not self._arrived:
                return None
        try:
            return self._places.inward(self._packing.unpack(self._arrived.pop(0)))
        except MalformedMessageError as error:
            raise ProtocolError(f"the worker sent what is no message: {error}") from None

    def _read(self, timeout_s: float | None) -> None:
        """Read until a frame is whole or the time is up."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._arrived:
            if timeout_s is not None:
                assert deadline is not None
                if not self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    return
            try:
                data = os.read(self._read_fd, 1 << 18)
            except OSError:
                data = b""
            if not data:
                if self._decoder.pending:
                    raise Gone("in the middle of a message")
                raise Gone
            try:
                self._arrived = self._decoder.feed(data)
            except FrameTooLargeError as error:
                raise ProtocolError(f"the worker sent what cannot be followed: {error}") from None

    def wait_readable(self, timeout_s: float | None) -> bool:
        """Whether there is something to read, or the end of it, within the time. For one thread, beside the one that receives."""
        return bool(self._arrived or self._watch.poll(None if timeout_s is None else timeout_s * 1000))

    @abstractmethod
    def wait(self, timeout_s: float) -> int | None:
        """Its exit status (negative: a signal), once it has ended; None when it has not."""

    @abstractmethod
    def kill(self) -> int | None:
        """End it at once, with all that it has started; gives the status."""

    @abstractmethod
    def end_current(self) -> None:
        """End what evaluates, so that its standby takes over. Without one, all of it."""

    @abstractmethod
    def close(self) -> None:
        """Close our ends of the pipe. It is over."""

    @abstractmethod
    def new_words(self) -> str:
        """What it wrote to the error output that it was started with, as far as it is new since this was last asked."""
