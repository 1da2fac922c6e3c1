"""The worker's life: its start and end, what it is doing, and what it says unasked.

A worker that dies is replaced: by its standby, which has all its state, or else by a fresh one when it is next needed.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from holefit.interpreter.errors import (
    InterpreterError,
    ProtocolError,
    WorkerDiedError,
)
from holefit.interpreter.inside import WorkerThread
from holefit.interpreter.native_parts import declared_parts
from holefit.interpreter.patience import Patience
from holefit.interpreter.pipe import Gone, Pipe
from holefit.interpreter.places import Places
from holefit.interpreter.process import WorkerProcess, describe_ending
from holefit.interpreter.python import project_python
from holefit.interpreter.questions import OnInput, Questions
from holefit.session.options import Options
from holefit_wire.interpreter import (
    AskInput,
    Failed,
    Hello,
    InputAnswer,
    InputOver,
    Interrupt,
    Output,
    Reply,
    Request,
    Restart,
    Shutdown,
    TookOver,
)
from holefit_wire.interpreter.linker import SetNative
from holefit_wire.interpreter.snapshots import Restored

SLICE_S = 0.02  # how often a waiting call looks at its event and its clock
IDLE_S = 0.05  # without a call, until the pipe is watched for notices


@dataclass(frozen=True, slots=True)
class InterpreterStatus:
    """``state`` is ``stopped``, ``starting``, ``idle``, ``busy`` or ``dead``; the rest is known once a worker has started."""

    state: str
    pid: int | None = None
    python: str = ""
    version: str = ""
    generation: int = 0


class Lost(Exception):
    """The worker died, and what was asked of it is lost; another has taken over."""

    def __init__(self, news: TookOver) -> None:
        self.news = news


class Life:
    """A worker that is there when it is needed.

    ``on_output(stream, text)`` gets what user code prints outside capturing evaluations, ``on_state(status)`` every change; both are called
    from the thread at hand and must not call back. ``on_input(prompt)`` gives the line that user code reads, or None for the end of input; it is called
    in a thread of its own, and the time that it takes does not count. ``grace_s`` is how long user code may go on after its time is up.
    ``kind`` is ``external`` (a process) or ``internal`` (a thread of this process, on its Python, for tests and tools that want to reach the values).
    """

    def __init__(
        self,
        root: Path,
        options: Options,
        *,
        python: Path | None = None,
        kind: Literal["external", "internal"] = "external",
    ) -> None:
        self.on_output: Callable[[str, str], None] | None = None
        self.on_state: Callable[[InterpreterStatus], None] | None = None
        self.on_input: OnInput | None = None
        self.grace_s = 2.0
        self.root = Path(root).absolute()
        self.options = options
        self.kind = kind
        self._python = python
        self._lock = threading.RLock()
        self._worker: Pipe | None = None
        self._life = self._told = InterpreterStatus("stopped")  # idle also while something runs: see status()
        self._series = 0
        self._ids = itertools.count(1)
        self._in_flight: set[int] = set()  # requests that the worker takes in turn and has not answered yet
        self._answers: dict[int, Any] = {}  # those of requests in flight that nobody has taken yet
        self._unwanted: set[int] = set()
        self._asides: dict[int, Future[Any]] = {}
        self._pending_frees: deque[int] = deque()
        self._freed: list[int] | None = None  # since the first checkpoint, which holds them still
        self._buffers: dict[str, str] = {}
        self._buffers_sent = True
        self._native: SetNative | None = None  # what the worker knows
        self._news: list[str] = []
        self._questions = Questions()
        self._wish = ""  # why the worker is being ended, when somebody asked for it
        self._idle = threading.Event()
        self._last_call = 0.0

    # Life

    def start(self) -> InterpreterStatus:
        """Start the worker unless it runs.

        Raises: PythonNotFoundError, PythonTooOldError, WorkerStartError.
        """
        with self._lock:
            self._running_worker()
            return self.status()

    def warm_up(self) -> None:
        """Have the worker started beforehand, in a thread: the first evaluation finds it ready. What goes wrong is said when it is needed.

        Where it runs elsewhere, by a spawn command, nothing is started before it is needed.
        """
        if self._worker is None and not self.options.interpreter.spawn:
            threading.Thread(target=self._warm_up, name="holefit-warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        try:
            self.start()
        except InterpreterError:
            self._begin_life(InterpreterStatus("stopped"))

    def stop(self) -> None:
        """End the worker: in an orderly way when it is idle, at once when it is not."""
        worker = self._worker
        if not self._lock.acquire(timeout=0.2):
            if worker is not None:
                self._wish = "the worker was stopped"
                worker.kill()  # who waits for it gets WorkerDiedError
            self._lock.acquire()
        try:
            worker, self._wish = self._worker, ""
            if worker is None:
                return
            with suppress(Gone):
                worker.send(Request(self._next_id(), Shutdown()))
                worker.wait(self.grace_s)
            self._drop(worker, "stopped")
            self._news.clear()
        finally:
            self._lock.release()

    def restart(self) -> InterpreterStatus:
        """A new worker in place of the old one, whose state is given up.

        Raises: as :meth:`start`.
        """
        worker = self._worker
        if not self._lock.acquire(timeout=0.2):
            if worker is not None:
                self._wish = "the worker was restarted"
                worker.end_current()  # who waits for it gets WorkerDiedError
            self._lock.acquire()
        try:
            worker, self._wish = self._worker, ""
            if worker is not None and not self._refreshed(worker):
                self._drop(worker, "stopped")
            self._news.clear()
            return self.start()
        finally:
            self._lock.release()

    def interrupt(self) -> bool:
        """Raise KeyboardInterrupt in what runs; gives whether anything does. Does not wait for it."""
        worker, in_flight = self._worker, sorted(self._in_flight)
        if worker is None or not in_flight:
            return False
        self._send_interrupt(worker, in_flight[0])
        return True

    def set_options(self, options: Options) -> None:
        """Other options. What concerns the start of a worker acts from the next one on."""
        self.options = options

    @property
    def features(self) -> frozenset[str]:
        """What the running worker can do, in words; empty without one."""
        worker = self._worker
        return frozenset(worker.welcome.features if worker is not None and worker.welcome is not None else ())

    @property
    def series(self) -> int:
        """Counts how often state was lost: with a worker that was stopped, restarted or died and had no standby."""
        return self._series

    def status(self) -> InterpreterStatus:
        """What it is doing, without waiting: busy while a request is in flight that it has not answered."""
        life = self._life
        return replace(life, state="busy") if life.state == "idle" and self._in_flight else life

    # What it says

    def _accept(self, message: Any) -> None:
        """Take what the worker says: answers go to who waits for them, whoever has read them."""
        if isinstance(message, Output):
            if self.on_output is not None:
                self.on_output(message.stream, message.data)
        elif isinstance(message, AskInput):
            worker, number = self._worker, message.number
            assert worker is not None
            self._questions.ask(message, self.on_input, lambda text: self._answer(worker, number, text))
        elif isinstance(message, InputOver):
            self._questions.withdraw(message.number)
        elif isinstance(message, TookOver):
            self._take_over(message)
        elif isinstance(message, Reply):
            self._accept_reply(message)
        else:
            raise ProtocolError(f"the worker sent {type(message).__name__}, which is no reply")

    def _accept_reply(self, reply: Reply) -> None:
        in_turn = reply.id in self._in_flight
        if in_turn:
            self._in_flight.discard(reply.id)
            self._tell()
        if reply.id in self._unwanted:
            self._unwanted.discard(reply.id)
        elif in_turn:
            self._answers[reply.id] = reply.body
        elif (aside := self._asides.pop(reply.id, None)) is not None:
            aside.set_result(reply.body)
        elif isinstance(reply.body, Failed):
            raise ProtocolError(f"the worker could not read what it was sent: {reply.body.text}")
        else:
            raise ProtocolError(f"the worker answered request {reply.id}, which nobody made")

    def _answer(self, worker: Pipe, number: int, text: str | None) -> None:
        """Answer a question of user code; from any thread."""
        request = Request(self._next_id(), InputAnswer(number, text))
        self._unwanted.add(request.id)
        with suppress(Gone):
            worker.send(request)

    def _send_interrupt(self, worker: Pipe, target: int) -> None:
        number = self._next_id()
        self._unwanted.add(number)
        with suppress(Gone):
            worker.send(Request(number, Interrupt(target)))

    def _next_id(self) -> int:
        return next(self._ids)

    # The worker's life

    def _running_worker(self) -> Pipe:
        """The worker, started if need be. The caller has the lock."""
        worker = self._worker
        if worker is not None:
            return worker
        internal = self.kind == "internal"
        python = Path(sys.executable) if internal else self._python or project_python(self.root, self.options)
        self._begin_life(InterpreterStatus("starting", python=str(python)))
        try:
            worker = WorkerThread(self.root) if internal else self._process(python)
            try:
                welcome = worker.shake_hands(self._hello())
            except BaseException:
                worker.kill()
                worker.close()
                raise
        except BaseException:
            self._begin_life(InterpreterStatus("dead", python=str(python)))
            raise
        self._series += 1
        self._unwanted.clear()
        self._pending_frees = deque()
        self._buffers_sent = not self._buffers
        self._worker = worker
        self._begin_life(InterpreterStatus("idle", welcome.pid, welcome.python, welcome.python_version))
        threading.Thread(target=self._listen, args=(worker,), name="holefit-listener", daemon=True).start()
        return worker

    @property
    def _places(self) -> Places:
        return Places(self.root, self.options.interpreter.path_map)

    def here(self, path: str) -> str:
        """What a file that the worker calls ``path`` is called here, which differs where it runs elsewhere."""
        return self._places.here(path) if path else path

    def _process(self, python: Path) -> WorkerProcess:
        return WorkerProcess(python, self.options.interpreter.spawn, self.root, self._places)

    def _hello(self) -> Hello:
        roots = [
            str((self.root / folder).resolve())
            for folder in self.options.src
            if (self.root / folder).is_dir()
        ]
        wishes = self.options.interpreter
        self._native = declared_parts(self.root, self.options)
        options = {
            "cwd": str(self.root),
            "memory_mb": wishes.memory_mb,
            "standby": wishes.standby,
            "native": self._native,
        }
        return Hello(1, list(dict.fromkeys(roots)), [], options)

    def _buried(self, worker: Pipe, running: str, patience: Patience | None) -> InterpreterError:
        """The error for a worker that ended during a call."""
        status = worker.wait(self.grace_s)
        if status is None:
            status = worker.kill()
        reason = self._wish or (patience.reason if patience is not None and patience.killed else "")
        wished = self._wish
        error = WorkerDiedError(status=status, running=running, stderr=worker.new_words(), reason=reason)
        self._drop(worker, "dead")
        self._wish = ""
        if not wished:
            self._news.append(
                f"A new worker was started, because {reason or describe_ending(status)}: earlier state is lost."
            )
        return error

    def _take_over(self, news: TookOver) -> None:
        """Another process goes on as the worker."""
        self._questions.withdraw_all()
        worker = self._worker
        assert worker is not None
        worker.current_pid = news.pid
        self._buffers_sent = not self._buffers
        self._life = replace(self._life, pid=news.pid, generation=news.generation)
        for lost in [number for number in self._in_flight if number <= news.read]:
            self._in_flight.discard(lost)
            if lost in self._unwanted:
                self._unwanted.discard(lost)
            else:
                self._answers[lost] = Lost(news)
        how = describe_ending(news.status)
        if not news.kept:
            self._series += 1
            self._pending_frees = deque()
            self._news.append(f"A fresh worker took over, because {how}: earlier state is lost.")
        elif not news.lost:
            self._news.append(f"Another worker took over with all state, because {how} while it was idle.")
        if news.kept and news.repeated:
            self._news.append(_repetition(news))
        self._tell()

    @property
    def life(self) -> object:
        """The same as long as the worker has the same keeper; None without one."""
        return self._worker

    def turn(self) -> AbstractContextManager[object]:
        """Have several calls follow one another without those of other threads between them."""
        return self._lock

    def remember_frees(self) -> None:
        """There is a checkpoint from now on."""
        self._freed = [] if self._freed is None else self._freed

    def went_back(self, answer: Restored, series: int) -> None:
        """A checkpoint goes on as the worker. ``series`` is that of its refs. The caller has the lock."""
        assert self._worker is not None
        self._worker.current_pid = answer.pid
        self._buffers_sent = not self._buffers
        if series == self._series:
            self._pending_frees.extend(self._freed or ())
        else:
            self._series += 1  # the numbers of refs mean something else
            self._pending_frees = deque()
        self._begin_life(replace(self._life, pid=answer.pid, generation=answer.generation))

    def _survived(
        self, worker: Pipe, running: str, patience: Patience | None, news: TookOver
    ) -> WorkerDiedError:
        """The error for an evaluation that has killed its worker, when another took over."""
        return WorkerDiedError(
            status=news.status,
            running=running,
            stderr=worker.new_words(),
            reason=self._wish or (patience.reason if patience is not None and patience.killed else ""),
            survived=news.kept,
            output=(news.stdout, news.stderr),
        )

    def _refreshed(self, worker: Pipe) -> bool:
        """Ask for a fresh worker in place of the one there is; false where that cannot be had. The caller has the lock."""
        if "standby" not in self.features:
            return False
        patience = Patience(self.grace_s)
        self._idle.clear()
        try:
            worker.send(Request(self._next_id(), Restart()))
            while not patience.must_interrupt():
                message = worker.receive(SLICE_S)
                if isinstance(message, TookOver):
                    self._take_over(message)
                    if not message.kept:
                        return True
        except (Gone, ProtocolError):
            return False
        finally:
            self._last_call = time.monotonic()
            self._idle.set()
        return False

    def _drop(self, worker: Pipe, state: str) -> None:
        """Forget the worker. ``state`` is what it is then, if nobody wished its end."""
        self._questions.withdraw_all()
        if worker.kill() is None:
            self._news.append("An earlier worker could not be ended.")
        if self._worker is worker:
            self._worker = None
            self._in_flight.clear()
            python, version = self._life.python, self._life.version
            self._begin_life(InterpreterStatus("stopped" if self._wish else state, None, python, version))
        self._idle.set()

    def _listen(self, worker: Pipe) -> None:
        """Between calls, pass notices on and see when the worker dies."""
        while self._worker is worker:
            self._idle.wait()
            quiet_s = time.monotonic() - self._last_call
            if quiet_s < IDLE_S:
                time.sleep(IDLE_S - quiet_s)
                continue
            worker.wait_readable(None)
            if not self._lock.acquire(blocking=False):
                time.sleep(IDLE_S)  # a call came in between, and reads it
                continue
            try:
                if self._worker is worker and worker.wait_readable(0):
                    self._take_notice(worker)
            finally:
                self._lock.release()
        worker.close()

    def _take_notice(self, worker: Pipe) -> None:
        try:
            message = worker.receive(0)
            if message is not None:
                self._accept(message)
        except (Gone, ProtocolError) as error:
            status = worker.wait(self.grace_s) if isinstance(error, Gone) else worker.kill()
            wished = self._wish
            self._drop(worker, "dead")
            if wished:
                return
            how = describe_ending(status) if isinstance(error, Gone) else str(error)
            self._news.append(
                f"A new worker was started, because {how} while it was idle: earlier state is lost."
            )

    # Status

    def _begin_life(self, life: InterpreterStatus) -> None:
        self._life = life
        self._tell()

    def _set_generation(self, generation: int) -> None:
        self._begin_life(replace(self._life, generation=generation))

    def _tell(self) -> None:
        """Say what it is doing, if that has changed."""
        status = self.status()
        if status != self._told:
            self._told = status
            if self.on_state is not None:
                self.on_state(status)


def _repetition(news: TookOver) -> str:
    """What the user should know of evaluations that ran again."""
    text = f"{news.repeated} earlier evaluation{'s' if news.repeated > 1 else ''} ran again to come back to that state"
    return text + (f"; some gave exceptions: {'; '.join(news.differences)}." if news.differences else ".")
