"""The worker's end of the pipe: requests in, replies out, shared by the main thread and a watcher.

Whoever holds the *reader's role* reads. See Note [One hop at most].
"""

# Note [One hop at most]
# ~~~~~~~~~~~~~~~~~~~~~~
# Handing a request from a protocol thread to the main thread costs more than reading it. So the main thread reads its requests itself while it
# has nothing else to do. A watcher takes the role once user code has run for some milliseconds (waking it for every evaluation would cost
# as much as the evaluation): it answers interrupts at once and queues the rest. If the main thread becomes idle while the watcher sits
# in a read, the watcher hands over the next request and gives the role up. Nobody ever waits for the watcher to get its turn.

from __future__ import annotations

import errno
import os
import select
import time
from _thread import allocate_lock, start_new_thread
from collections import deque

from holefit_wire.codec import MalformedMessageError
from holefit_wire.frames import Decoder, FrameTooLargeError
from holefit_wire.interpreter import Done, Failed, Interrupt, Reply, Request, Restart, Tweak, Tweaks
from holefit_wire.interpreter.life import End

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_wire.packing import Packing


LOOK_S = 0.005  # how often the watcher looks whether the same user code still runs
LOOK_MS = 20  # how often it looks for something else, where there is anything to look for
PATIENCE = 40  # looks without any, until it sleeps for good


class Closed(Exception):
    """The session has gone."""


class Channel:
    """Frames over two descriptors. ``on_interrupt(target)`` is called from whichever thread reads; ``on_gone()`` by the watcher when the session vanishes."""

    def __init__(self, read_fd: int, write_fd: int, packing: Packing) -> None:
        self.on_interrupt: Callable[[int], None] = lambda target: None
        self.on_gone: Callable[[], None] = lambda: None
        self.on_torn: Callable[[bool, bool], None] = lambda inward, torn: (
            None
        )  # half a message was read (inward) or written
        self.on_read: Callable[[int], None] = lambda request_id: None
        self.on_restart: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None  # user code has closed our descriptors
        self.on_look: Callable[[], bool] = lambda: (
            False
        )  # called now and then while user code runs, if it has to
        self._last_act: Callable[[], None] | None = None
        self.urgent: dict[type, Callable[[Any], Any]] = {}  # requests that are answered while user code runs
        self.on_aside: Callable[[Request], None] | None = None  # what is answered although user code runs
        self._poll = select.poll()
        self._poll.register(read_fd, select.POLLIN)
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._packing = packing
        self._decoder = Decoder()
        self._queue: deque[tuple[Request, bytes] | None] = deque()
        self._role = allocate_lock()
        self._arrived = allocate_lock()
        self._armed = allocate_lock()
        self.writing = allocate_lock()
        self._waiting = False
        self._busy = False
        self._run = 0  # counts the runs of user code
        self._asleep = True
        self._over = False
        self._closed = False  # by us
        self._arrived.acquire()
        self._armed.acquire()

    @property
    def descriptors(self) -> tuple[int, int]:
        """What is read and written."""
        return self._read_fd, self._write_fd

    def start_watcher(self) -> None:
        """Start the thread that reads while user code runs; in a forked process anew."""
        self._armed = allocate_lock()
        self._armed.acquire()
        self._busy, self._asleep = False, True
        start_new_thread(self._watch, ())

    def receive(self, timeout_s: float | None = None) -> tuple[Request, bytes] | None:
        """The next request and its bytes, for the main thread; None when none comes in time.

        Raises: Closed.
        """
        while True:
            if self._queue:
                request = self._queue.popleft()
                if request is None:
                    raise Closed
                return request
            if self._role.acquire(False):
                try:
                    if timeout_s is not None and not self._poll.poll(timeout_s * 1000):
                        return None
                    self._read()
                finally:
                    self._role.release()
            else:
                self._waiting = True
                self._arrived.acquire()
                self._waiting = False

    def rest(self) -> bool:
        """Take the reader's role, if nothing is read or waits: then a copy of the process can go on from here. :meth:`wake` gives it back."""
        if self._queue or not self._role.acquire(False):
            return False
        if self._queue or self._decoder.pending:
            self._role.release()
            return False
        return True

    def wake(self) -> None:
        """Give the role back after :meth:`rest`."""
        self._role.release()

    def put_back(self, received: tuple[Request, bytes]) -> None:
        """Let the next :meth:`receive` give this."""
        self._queue.appendleft(received)

    def busy(self) -> None:
        """User code is about to run in the main thread."""
        self._run += 1
        self._busy = True
        if self._asleep:
            self._asleep = False
            self._armed.release()

    def idle(self) -> None:
        """User code has ended."""
        self._busy = False

    def send(self, message: Any) -> None:
        """Write ``message``; from any thread.

        Raises: MalformedMessageError, before anything is written; Closed.
        """
        with self.writing:
            data = self._packing.pack(message)
            try:
                done = os.write(self._write_fd, data)
                if done < len(data):
                    self.on_torn(False, True)
                    view = memoryview(data)
                    while done < len(data):
                        done += os.write(self._write_fd, view[done:])
                    self.on_torn(False, False)
            except OSError as error:
                self._look_whether_lost(error)
                raise Closed from None

    def end(self) -> None:
        """Let the watcher end; nothing is received any more."""
        self._over = True
        if self._armed.locked():
            self._armed.release()

    def move(self, descriptor: int) -> None:
        """Read and write somewhere else from now on, in a copy of the process that rests."""
        self.close()
        self._read_fd = self._write_fd = descriptor
        self._closed = False
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._decoder = Decoder()

    def close(self) -> None:
        """Close both descriptors: in a forked child, which must not speak to the session."""
        self._closed = True
        os.close(self._read_fd)
        os.close(self._write_fd)

    def _watch(self) -> None:
        while not self._over:
            self._armed.acquire()
            seen, quiet = -1, 0
            while quiet < PATIENCE and not self._over:
                time.sleep(LOOK_S)
                if self._busy and self._run == seen:
                    self._take_over()
                quiet = 0 if self._run != seen else quiet + 1
                seen = self._run
            self._asleep = True
            if self._busy and self._asleep:  # it began just now, and saw a watcher still awake
                self._asleep = False
                self._armed.release()

    def _take_over(self) -> None:
        """Read while user code runs."""
        if not self._role.acquire(False):
            return
        try:
            poll = select.poll()
            poll.register(self._read_fd, select.POLLIN)
            while self._busy:
                if not poll.poll(LOOK_MS if self.on_look() else None):
                    continue
                self._read()
                self._wake()
                if self._queue:
                    if self._queue[-1] is None:
                        self.on_gone()
                        return
                    if self._waiting:
                        break
        finally:
            self._role.release()
            self._wake()

    def _read(self) -> None:
        """One read, and what it brings. The caller has the role."""
        try:
            data = os.read(self._read_fd, 1 << 16)
            payloads = self._decoder.feed(data)
            self.on_torn(True, self._decoder.pending > 0)
        except FrameTooLargeError as error:
            self._refuse(0, "FrameTooLarge", str(error))
            data, payloads = b"", []
        except OSError as error:
            self._look_whether_lost(error)
            data, payloads = b"", []
        for payload in payloads:
            self._accept(payload)
        if self._last_act is not None:  # not before it is known what else has been read, and is lost
            act, self._last_act = self._last_act, None
            act()
        if not data:
            self._queue.append(None)

    def _look_whether_lost(self, error: OSError) -> None:
        """Tell a session that has gone from a descriptor that user code has closed: then a standby, which has it still, can go on."""
        if error.errno == errno.EBADF and not self._closed:
            self.on_lost()

    def _wake(self) -> None:
        """Let the main thread look at the queue and the role again. Only the watcher calls it."""
        if self._arrived.locked():
            self._arrived.release()

    def _accept(self, payload: bytes) -> None:
        plain = None
        try:
            plain = self._packing.unpack_plain(payload)
            request = self._packing.to_message(plain)
        except MalformedMessageError as error:
            given = plain.get("id") if type(plain) is dict else 0
            self._refuse(
                given if type(given) is int else 0, type(error).__name__.removesuffix("Error"), str(error)
            )
            return
        if type(request) is not Request:
            self._refuse(0, "OutOfOrder", f"a worker takes requests only, not {type(request).__name__}")
        elif type(request.body) is Interrupt:
            self.on_interrupt(request.body.target)
            self.send(Reply(request.id, Done()))
        elif type(request.body) is Restart:
            self._last_act = self.on_restart
        elif type(request.body) is End:
            self._last_act = self.on_end
        elif type(request.body) in self.urgent:
            self.send(Reply(request.id, self.urgent[type(request.body)](request.body)))
        elif self._busy and self.on_aside is not None and type(request.body) in (Tweak, Tweaks):
            self.on_aside(request)
        else:
            self.on_read(request.id)
            self._queue.append((request, payload))

    def _refuse(self, request_id: int, kind: str, text: str) -> None:
        self.send(Reply(request_id, Failed(kind, text)))
