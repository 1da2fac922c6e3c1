"""Lanes: threads of our own for the engine's calls, so that the event loop never waits.

One lane does one thing at a time, in order. A job that was cancelled while it waited is never begun; one that runs has its
flag set and its answer is not waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class Job(Generic[T]):
    """A call on its way. ``cancelled`` is what the engine looks at."""

    call: Callable[[threading.Event], T]
    answer: asyncio.Future[T]
    cancelled: threading.Event = field(default_factory=threading.Event)

    def fail(self, error: BaseException) -> None:
        """Answer with ``error`` now and tell the work to stop. Called on the event loop."""
        self.cancelled.set()
        if not self.answer.done():
            self.answer.set_exception(error)


class Lane:
    """A thread, started with its first job."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._present: Job[Any] | None = None

    def submit(self, call: Callable[[threading.Event], T]) -> Job[T]:
        """Put a call in the queue. Called on the event loop."""
        job = Job(call, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"holefit-{self.name}", daemon=True)
            self._thread.start()
        return job

    async def run(self, call: Callable[[threading.Event], T]) -> T:
        """The result of ``call``; when the caller is cancelled, the call's flag is set."""
        return await finished(self.submit(call))

    def interrupt(self) -> bool:
        """Tell the present job to stop; its answer, what there is of it, still comes. Whether there was one."""
        job = self._present
        if job is not None:
            job.cancelled.set()
        return job is not None

    def close(self) -> None:
        """End the thread after its present job."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.cancelled.is_set():
                continue
            self._present = job
            try:
                result = job.call(job.cancelled)
            except BaseException as error:  # handed over to whoever waits
                _hand_over(job, job.answer.set_exception, error)
            else:
                _hand_over(job, job.answer.set_result, result)
            finally:
                self._present = None


async def finished(job: Job[T]) -> T:
    """The result of a job, which is told when nobody waits any more."""
    try:
        return await job.answer
    except asyncio.CancelledError:
        job.cancelled.set()
        raise


def _hand_over(job: Job[Any], give: Callable[[Any], None], value: Any) -> None:
    def on_loop() -> None:
        if not job.answer.done():
            give(value)

    with contextlib.suppress(RuntimeError):  # the server may have ended meanwhile
        job.answer.get_loop().call_soon_threadsafe(on_loop)
