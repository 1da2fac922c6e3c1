"""The main loop of a worker, and what it does when it takes over from one that died."""

from __future__ import annotations

import os
import time
from _thread import start_new_thread

from holefit_wire.interpreter import (
    Done,
    EvalComplete,
    EvalException,
    Failed,
    FetchData,
    FreeRefs,
    MallocData,
    Reply,
    Request,
    Shutdown,
    TookOver,
)
from holefit_wire.interpreter.asking import InputAnswer, InputsGiven
from holefit_wire.interpreter.snapshots import Restored
from holefit_worker.board import COUNT, FINISHED, FRESH, OVERFLOW, READ, REPLAYING, RUNNING, TORN_IN, TORN_OUT
from holefit_worker.channel import Closed
from holefit_worker.deferred import DeferredReloader
from holefit_worker.interrupt import Runs
from holefit_worker.snapshots import SNAPSHOTS, Snapshots
from holefit_worker.standby import Standbys
from holefit_worker.stdin import Stdin
from holefit_worker.streams import is_open
from holefit_worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from holefit_wire.interpreter import Hello
    from holefit_wire.packing import Packing
    from holefit_worker.board import Board
    from holefit_worker.channel import Channel
    from holefit_worker.streams import Streams

HARMLESS = frozenset({FetchData, FreeRefs, MallocData})  # nothing that they do can end the process
GRACE_S = 1.0  # for user code to end after the session has gone


class Serving:
    """One worker at its work. ``board`` is None where nobody can take over."""

    def __init__(
        self,
        hello: Hello,
        channel: Channel,
        streams: Streams,
        packing: Packing,
        load: Callable[[str], Any],
        board: Board | None,
    ) -> None:
        self._channel = channel
        self._streams = streams
        self._packing = packing
        self._board = board
        self._inside = False  # whether others were served while an evaluation stood still
        self._standbys = Standbys(board, channel, streams) if board is not None else None
        self._runs = self._make_runs(channel)
        reloader = DeferredReloader(hello.roots, lambda: load("holefit_worker.reload").Reloader)
        reloader.set_native(hello.options.get("native"))
        reloader.install()
        self.worker = Worker(streams, self._runs, reloader, packing.pack_plain, load)
        self._stdin = Stdin(streams, self._runs, channel.send)
        self._snapshots = Snapshots(
            self.worker, channel, streams, packing, board, self._standbys, self._settle
        )

    def start(self) -> None:
        """Start the threads, and take part in forks."""
        channel, board = self._channel, self._board
        channel.on_interrupt = self._runs.interrupt
        channel.on_gone = self._end_orphan
        channel.on_restart = self._restart
        channel.on_end = lambda: os.kill(os.getpid(), 9)
        channel.on_lost = self._vanish
        channel.on_aside = lambda request: channel.send(
            Reply(request.id, self.worker.answer(request.id, request.body))
        )
        if board is not None:
            channel.on_torn = lambda inward, torn: board.set(TORN_IN if inward else TORN_OUT, torn)
            channel.on_read = lambda request_id: board.set(READ, request_id)
            self._streams.on_kept = board.add_output
        if self._standbys is not None:
            channel.on_look = self._standbys.look
        channel.urgent = {**self.worker.debugging.urgent, InputAnswer: self._stdin.answer}
        self.worker.serve_inside = self.serve_inside
        self._take_process()
        self._start_threads()

    def serve(self) -> None:
        """Answer requests until the session says goodbye.

        Raises: Closed.
        """
        first = True
        while True:
            standbys = self._standbys
            received = self._channel.receive(
                standbys.idle_s if standbys is not None and standbys.stale else None
            )
            due = received is None or (
                standbys is not None and type(received[0].body) not in HARMLESS and standbys.due
            )
            if due and self._renew():
                continue  # what was received then has long been answered
            if received is None:
                received = self._channel.receive()
                assert received is not None
            request, payload = received
            if type(request.body) is Shutdown:
                self.finish()
                self._channel.send(Reply(request.id, Done()))
                return
            if type(request.body) in SNAPSHOTS:
                self.worker.refs.free(request.free)
                reply_to, answer = self._snapshots.answer(request.id, request.body)
                self._channel.send(Reply(reply_to, answer))
                if type(answer) is Restored:
                    self._renew()
            elif self._board is None or standbys is None:
                self._channel.send(
                    self.worker.debugging.stops.last_reply(request.id, self._answered(request))
                )
            else:
                self._board.forget_output()
                self._board.begin(request.id, payload, self.worker.refs.newest)
                started = time.perf_counter()
                reply = self._answered(request)
                if not self._whole():
                    self._vanish()
                if self._inside:  # others wrote over it on the board
                    self._board.begin(request.id, payload, self.worker.refs.newest)
                self._board.end(payload, again=not _interrupted(reply), before=self._inputs_given())
                if type(request.body) is MallocData and request.body.shared:
                    self._board.set(OVERFLOW, 1)  # it cannot run again: its bytes have passed
                standbys.spent(time.perf_counter() - started)
                self._channel.send(self.worker.debugging.stops.last_reply(request.id, reply))
            self._inside = False
            if first:
                self.worker.sources.publish()
                first = False

    def serve_inside(self, notice: Reply, stop: int) -> tuple[int, str]:
        """Answer with a stop, and serve until it may go on: the request that lets it, and how."""
        self._inside = True
        stops = self.worker.debugging.stops
        try:
            self._channel.send(notice)
            while True:
                received = self._channel.receive()
                assert received is not None
                request, payload = received
                decision = stops.answer(request.body, stop)
                if isinstance(decision, str):
                    if type(request.body) is Shutdown:
                        self._channel.put_back(received)
                    if self._board is not None:
                        self._board.set(RUNNING, request.id)
                    return request.id, decision
                if type(request.body) in SNAPSHOTS:
                    decision = Failed("Stopped", "an evaluation stands still: end it first")
                if self._board is not None:
                    self._board.begin(request.id, payload, self.worker.refs.newest)
                reply = self._answered(request) if decision is None else decision
                if self._board is not None:
                    self._board.end(payload)
                self._channel.send(stops.last_reply(request.id, reply))
        except Closed:  # must not wander through user code
            self.finish()
            self._vanish()

    def finish(self) -> None:
        """This worker ends as it should: nobody is to take over."""
        if self._board is not None:
            self._board.set(FINISHED, 1)

    def take_over(self, status: int, *, kept: bool) -> None:
        """Go on where a worker that died has stopped. ``kept``: what the board has, added to our state, is all there was."""
        self._catch_up(status, kept=kept)
        self._renew()

    def _catch_up(self, status: int, *, kept: bool) -> None:
        board = self._board
        assert board is not None
        self._streams.take()
        out, err = board.output(0), board.output(1)
        lost, read = board.get(RUNNING), board.get(READ)
        incomplete = bool(board.get(OVERFLOW)) or not kept
        repeated, differences = board.get(COUNT), []
        board.set(RUNNING, 0)
        board.set(REPLAYING, 1)
        self.worker.serve_inside = None  # nothing stops now
        for payload, newest_ref in list(board.payloads()):
            self.worker.refs.newest = newest_ref
            request = self._packing.unpack(payload)
            if type(request.body) is InputsGiven:
                self._stdin.ahead = list(request.body.texts)
                continue
            answer = self._answered(request)
            self._stdin.ahead.clear()
            self._stdin.given.clear()
            if type(answer) is EvalComplete and type(answer.result) is EvalException:
                differences.append(f"{answer.result.error.type}: {answer.result.error.message}")
        self.worker.serve_inside = self.serve_inside
        board.set(REPLAYING, 0)
        board.set(FRESH, 0)
        self._channel.send(
            TookOver(
                pid=os.getpid(),
                status=os.waitstatus_to_exitcode(status),
                kept=not incomplete,
                lost=lost,
                read=read,
                repeated=repeated,
                differences=differences,
                stdout=out.decode("utf-8", "replace"),
                stderr=err.decode("utf-8", "replace"),
                generation=self.worker.generation,
            )
        )

    def _renew(self) -> bool:
        """Make a standby. Returns in it too, when its time has come: then true. It has made one of its own, as deep in the stack as this one."""
        woken = False
        while self._standbys is not None:
            self._streams.flush()
            status = self._standbys.renew()
            if status is None:
                break
            woken = True
            self._snapshots.forks.end_all()
            self._settle()
            self._catch_up(status, kept=True)
        return woken

    def _whole(self) -> bool:
        """Whether user code has left our descriptors alone. Where not, a standby has them still, and what closed them must not run again in it."""
        assert self._board is not None
        ours = (*self._channel.descriptors, *self._streams.descriptors, self._board.descriptor)
        return self._stdin.deaf or all(
            map(is_open, ours)
        )  # deaf: a forked child, which has closed them for us

    def _inputs_given(self) -> bytes:
        """The answers that a person gave the last request, for the log; empty without any."""
        given = self._stdin.given
        if not given:
            return b""
        self._stdin.given = []
        return self._packing.pack(Request(0, InputsGiven(given)))[4:]

    def _answered(self, request: Any) -> Any:
        if request.free:
            self.worker.refs.free(request.free)
        return self.worker.answer(request.id, request.body)

    def _make_runs(self, channel: Channel) -> Runs:
        """Who runs user code and interrupts it."""
        return Runs(channel.busy, channel.idle)

    def _take_process(self) -> None:
        """Be all that this process is for."""
        self._stdin.install()
        os.register_at_fork(after_in_child=self._in_forked_child)

    def _vanish(self) -> NoReturn:
        """End without another instruction of user code."""
        os._exit(1)

    def _settle(self, *, apart: bool = False) -> None:
        """Be a worker, in a copy of one; ``apart`` from it, so that it goes on as well."""
        self._stdin.deaf = apart
        self._runs.settle()
        self.worker.settle()
        self._stdin.settle()
        self._start_threads()

    def _start_threads(self) -> None:
        self._channel.start_watcher()
        self._streams.start()

    def _in_forked_child(self) -> None:
        """A child that user code forks has our descriptors: it must neither read nor write them."""
        if self._standbys is not None and self._standbys.forking:
            return
        self._stdin.deaf = True
        self._channel.close()
        self._streams.close()
        if self._board is not None:
            self._board.close()

    def _restart(self) -> NoReturn:
        """The session wants a fresh worker in place of this one, whatever it does."""
        if self._board is not None:
            self._board.set(FRESH, 1)
        os.kill(os.getpid(), 9)
        raise Closed

    def _end_orphan(self) -> NoReturn:
        """The session has gone while user code runs: interrupt it, and do not wait for long."""
        self.finish()
        start_new_thread(self._runs.interrupt, (0,))
        time.sleep(GRACE_S)
        os._exit(1)


def _interrupted(reply: Any) -> bool:
    """Whether an evaluation was interrupted: it must not run again, for it might not end."""
    if type(reply) is Failed:
        return bool(reply.kind == "Interrupted")
    if type(reply) is not EvalComplete or type(reply.result) is not EvalException:
        return False
    return "KeyboardInterrupt" in reply.result.error.classes
