"""Forks: copies of the worker that run beside it. The session speaks to them through the worker, which passes requests on and answers back."""

from __future__ import annotations

import os
import select
import time

from holefit_wire.frames import Decoder
from holefit_wire.interpreter import Done, Failed, Interrupt, Reply, Request, Shutdown
from holefit_wire.interpreter.snapshots import Forked
from holefit_worker.board import FORKED
from holefit_worker.channel import Closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any, NoReturn

    from holefit_wire.packing import Packing
    from holefit_worker.board import Board
    from holefit_worker.channel import Channel
    from holefit_worker.standby import Standbys
    from holefit_worker.streams import Streams
    from holefit_worker.worker import Worker

GRACE_S = 1.0  # for code in a fork to end after an interrupt; less than the session has patience
LOOK_MS = 100


class Forks:
    """The forks of one worker. ``settle()`` makes a worker of a copy."""

    def __init__(self, worker: Worker, packing: Packing, settle: Callable[[], None]) -> None:
        self._worker = worker
        self._packing = packing
        self._settle = settle
        self._all: dict[int, _Fork] = {}
        self._newest = 0

    def make(self, channel: Channel, streams: Streams, board: Board, standbys: Standbys) -> Forked | Failed:
        """A new one. Does not return in it."""
        if not channel.rest():
            return Failed("Busy", "requests are waiting: ask again when there are none")
        streams.flush()
        import socket

        ours, theirs = socket.socketpair()
        try:
            with streams.lock, channel.writing:  # in the order of the thread that drains
                copied = standbys.fork(FORKED)
                if copied:
                    ours.close()
                    channel.move(theirs.detach())
                    streams.move()
        finally:
            channel.wake()
        if copied:
            self._live(channel)
        theirs.close()
        self._newest += 1
        self._all[self._newest] = fork = _Fork(board.get(FORKED), ours, self._packing)
        return Forked(self._newest, fork.process)

    def answer(self, request_id: int, number: int, body: Any) -> Any:
        """What a fork answers."""
        fork = self._all.get(number)
        if fork is None:
            return Failed("NoFork", f"there is no fork {number}: it has ended")
        try:
            reply = self._worker.runs.run(
                request_id, lambda: self._passed_on(fork, Request(request_id, body))
            )
        except KeyboardInterrupt:  # before it was passed on
            return Failed("Interrupted", "it was interrupted before it began")
        if type(body) is Shutdown or (type(reply) is Failed and reply.kind == "ForkDied"):
            self._end(number)
        return Done() if type(body) is Shutdown else reply

    def end_all(self) -> None:
        """End all of them."""
        for number in list(self._all):
            self._end(number)

    def forget(self) -> None:
        """In a copy: they are the affair of the one that made them."""
        for fork in self._all.values():
            fork.socket.close()
        self._all.clear()

    def _end(self, number: int) -> None:
        fork = self._all.pop(number)
        fork.socket.close()
        try:
            os.kill(fork.process, 9)
        except ProcessLookupError:
            return

    def _passed_on(self, fork: _Fork, request: Request) -> Any:
        """The body of the reply. An interrupt is passed on, too; who does not hear it for ``GRACE_S`` is killed."""
        runs = self._worker.runs
        patience_ends = 0.0
        runs.shielded(lambda: fork.send(request))
        while not (patience_ends and time.monotonic() > patience_ends):
            try:
                if not fork.poll.poll(LOOK_MS):
                    continue
                found: list[Any] = []
                runs.shielded(lambda: found.append(fork.reply(request.id)))  # noqa: B023  # called at once
                if found[0] is not None:
                    return found[0]
            except KeyboardInterrupt:
                fork.send(Request(0, Interrupt(request.id)))
                patience_ends = time.monotonic() + GRACE_S
        return Failed("ForkDied", "the fork did not stop when it was interrupted, and was ended")

    def _live(self, channel: Channel) -> NoReturn:
        """The life of a fork."""
        self.forget()
        self._worker.serve_inside = None  # nothing stops in it
        self._settle()
        try:
            while True:
                received = channel.receive()
                assert received is not None
                request = received[0]
                if type(request.body) is Shutdown:
                    os._exit(0)
                self._worker.refs.free(request.free)
                channel.send(Reply(request.id, self._worker.answer(request.id, request.body)))
        except Closed:
            os._exit(0)


class _Fork:
    """A fork, seen from the worker."""

    def __init__(self, process: int, ours: socket.socket, packing: Packing) -> None:
        self.process = process
        self.socket = ours
        self.poll = select.poll()
        self.poll.register(ours, select.POLLIN)
        self._packing = packing
        self._decoder = Decoder()
        self._arrived: list[bytes] = []

    def send(self, request: Request) -> None:
        """Pass a request on; one that does not arrive is never answered, which the other end of the socket tells."""
        try:
            self.socket.sendall(self._packing.pack(request))
        except OSError:
            return

    def reply(self, request_id: int) -> Any:
        """What one read brings: the body of that reply, or None when it was something else."""
        try:
            data = self.socket.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            return Failed("ForkDied", "the fork's process has ended")
        for payload in self._decoder.feed(data):
            message = self._packing.unpack(payload)
            if type(message) is Reply and message.id == request_id:
                return message.body
        return None
