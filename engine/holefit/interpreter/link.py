"""The link to the worker: one call at a time, and calls beside it for what is answered while code runs."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from holefit.interpreter.errors import (
    InterpreterError,
    ProtocolError,
    RequestFailedError,
    StaleRemoteRefError,
)
from holefit.interpreter.life import SLICE_S, Life, Lost
from holefit.interpreter.patience import Patience
from holefit.interpreter.pipe import Gone, Pipe
from holefit_wire.codec import MalformedMessageError
from holefit_wire.interpreter import (
    Failed,
    Request,
    SetBuffers,
)

_R = TypeVar("_R")
ASIDE_S = 0.02  # how long a call that may go beside others waits for them


class Link(Life):
    """Calls to a worker that is there when it is needed."""

    def _call(
        self,
        body: Any,
        expected: type[_R] | tuple[type[_R], ...],
        running: str,
        patience: Patience | None = None,
    ) -> _R:
        """Send ``body`` and wait for its answer. The caller has the lock."""
        calls = self._calls([(body, running, patience or Patience())], expected)
        try:
            return next(calls)
        finally:
            calls.close()

    def _aside(self, body: Any, expected: type[_R], running: str) -> _R:
        """As :meth:`_call`, but beside a call that is under way, for what the worker answers while code runs. The caller has no lock."""
        worker = self._worker
        if worker is None or self._lock.acquire(timeout=ASIDE_S):
            if worker is None:
                self._lock.acquire()
            try:
                return self._call(body, expected, running)
            finally:
                self._lock.release()
        request = Request(self._next_id(), body)
        answer = self._asides[request.id] = Future()
        try:
            worker.send(request)
            while self._worker is worker and not answer.done():
                with suppress(TimeoutError):
                    answer.result(ASIDE_S)
        except Gone:
            pass
        finally:
            if self._asides.pop(request.id, None) is not None:
                self._unwanted.add(request.id)
        if not answer.done():
            raise RequestFailedError("Gone", f"the worker ended before {running}")
        reply = answer.result()
        if isinstance(reply, Failed):
            raise _refusal(reply, body)
        if not isinstance(reply, expected):
            raise ProtocolError(f"{type(body).__name__} was answered with {type(reply).__name__}")
        return reply

    def _calls(
        self, calls: Sequence[tuple[Any, str, Patience]], expected: type[_R] | tuple[type[_R], ...]
    ) -> Generator[_R, None, None]:
        """Send bodies, each with what it runs in words, and give their answers in order. The caller has the lock."""
        worker = self._running_worker()
        self._idle.clear()
        requests: list[Request] = []
        if not self._buffers_sent:
            requests.append(Request(self._next_id(), SetBuffers(self._buffers)))
            self._unwanted.add(requests[0].id)
        asked = [Request(self._next_id(), body, self._take_frees()) for body, _, _ in calls]
        running, patience = "", None
        try:
            self._in_flight.update(request.id for request in asked)
            self._tell()
            worker.send(*requests, *asked)
            self._buffers_sent = True
            for call in calls:
                body, running, patience = call
                patience.begin()
                reply = self._await(worker, [request.id for request in asked], patience)
                if not isinstance(reply, expected) and not isinstance(reply, Failed):
                    raise ProtocolError(f"{type(body).__name__} was answered with {type(reply).__name__}")
                del asked[0]
                if isinstance(reply, Failed):
                    raise _refusal(reply, body)
                yield reply
        except Gone:
            asked.clear()
            raise self._buried(worker, running, patience) from None
        except Lost as lost:
            asked = [
                request for request in asked if request.id > lost.news.read
            ]  # they are still in the pipe
            raise self._survived(worker, running, patience, lost.news) from None
        except ProtocolError:
            asked.clear()
            worker.kill()
            self._drop(worker, "dead")
            self._news.append("The worker was replaced after a protocol error: its state is lost.")
            raise
        except MalformedMessageError as error:  # nothing was sent
            self._in_flight.difference_update(request.id for request in asked)
            asked.clear()
            self._tell()
            raise RequestFailedError("MalformedMessage", str(error)) from None
        finally:
            for request in reversed(
                asked
            ):  # a Ctrl-C of our own, say: the answers will come, and nobody wants them
                if self._answers.pop(request.id, None) is None:
                    self._unwanted.add(request.id)
                    with suppress(Gone):
                        self._send_interrupt(worker, request.id)
            if asked:
                self._questions.withdraw_all()
            self._last_call = time.monotonic()
            self._idle.set()

    def _await(self, worker: Pipe, asked: list[int], patience: Patience) -> Any:
        """The body of the reply to the first of the requests ``asked``; the others wait in the worker.

        Raises: Gone, ProtocolError; Lost.
        """
        while asked[0] not in self._answers:
            message = worker.receive(SLICE_S if patience.limited else None)
            patience.hold(bool(self._questions))
            if message is not None:
                self._accept(message)
            elif patience.must_interrupt():
                # when all is cancelled, the last one first, so that none starts while others are still being interrupted
                for target in reversed(asked if patience.is_cancelled else asked[:1]):
                    self._send_interrupt(worker, target)
            elif patience.must_kill():
                worker.end_current()
            elif patience.must_end():
                worker.kill()
        answer = self._answers.pop(asked[0])
        if isinstance(answer, Lost):
            raise answer
        return answer

    def _take_frees(self) -> tuple[int, ...]:
        frees = []
        while self._pending_frees:
            frees.append(self._pending_frees.popleft())
        if self._freed is not None:
            self._freed += frees
        return tuple(frees)


def _refusal(reply: Failed, body: Any) -> InterpreterError:
    """The error for a request that the worker could not carry out."""
    if reply.kind == "StaleRef":
        return StaleRemoteRefError(getattr(body, "ref", 0))
    return RequestFailedError(reply.kind, reply.text)
