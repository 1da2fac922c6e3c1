"""The client of the worker: one call at a time, the worker started when it is first needed and replaced when it died."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from holefit.interpreter.errors import (
    InterpreterError,
    ProtocolError,
    RequestFailedError,
    StaleRemoteRefError,
    WorkerDiedError,
)
from holefit.interpreter.process import Gone, WorkerProcess, describe_ending
from holefit.interpreter.python import project_python
from holefit.interpreter.refs import ForeignRef
from holefit.interpreter.wire import reload_report
from holefit.reload.report import ReloadReport
from holefit.session.options import Options
from holefit_wire.codec import MalformedMessageError, replaced
from holefit_wire.interpreter import (
    AnnotationValues,
    ChangedModules,
    Display,
    EvalAnnotations,
    EvalComplete,
    EvalOpts,
    EvalSource,
    EvalStmt,
    EvalSuccess,
    Failed,
    Hello,
    Interrupt,
    MimeBundle,
    ModuleNames,
    Output,
    Reload,
    Reloaded,
    Reply,
    Request,
    ResetGlobal,
    Rollback,
    SetBuffers,
    Shutdown,
    ValueInfo,
)

_R = TypeVar("_R")
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


class Interpreter:
    """Runs the user's code in a worker process. Every method may be called from any thread; calls take turns, ``interrupt`` does not wait.

    ``on_output(stream, text)`` gets what user code prints outside capturing evaluations, ``on_state(status)`` every change; both are called
    from the thread at hand and must not call back. ``grace_s`` is how long user code may go on after its time is up.
    """

    def __init__(self, root: Path, options: Options, *, python: Path | None = None) -> None:
        self.on_output: Callable[[str, str], None] | None = None
        self.on_state: Callable[[InterpreterStatus], None] | None = None
        self.grace_s = 2.0
        self.root = Path(root).absolute()
        self.options = options
        self._python = python
        self._lock = threading.RLock()
        self._worker: WorkerProcess | None = None
        self._status = InterpreterStatus("stopped")
        self._series = 0
        self._last_id = 0
        self._current = 0
        self._unwanted: set[int] = set()
        self._pending_frees: deque[int] = deque()
        self._buffers: dict[str, str] = {}
        self._buffers_sent = True
        self._news: list[str] = []
        self._idle = threading.Event()
        self._last_call = 0.0

    # Life

    def start(self) -> InterpreterStatus:
        """Start the worker unless it runs.

        Raises: PythonNotFoundError, PythonTooOldError, WorkerStartError.
        """
        with self._lock:
            self._running_worker()
            return self._status

    def stop(self) -> None:
        """End the worker: in an orderly way when it is idle, at once when it is not."""
        worker = self._worker
        if not self._lock.acquire(timeout=0.2):
            if worker is not None:
                worker.kill()  # who waits for it gets WorkerDiedError
            self._lock.acquire()
        try:
            worker = self._worker
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
        if worker is not None:
            worker.kill()
        with self._lock:
            if self._worker is not None:
                self._drop(self._worker, "stopped")
            self._news.clear()
            return self.start()

    def interrupt(self) -> bool:
        """Raise KeyboardInterrupt in what runs; gives whether anything does. Does not wait for it."""
        worker, current = self._worker, self._current
        if worker is None or not current:
            return False
        self._send_interrupt(worker, current)
        return True

    def set_options(self, options: Options) -> None:
        """Other options. What concerns the start of a worker acts from the next one on."""
        self.options = options

    @property
    def features(self) -> frozenset[str]:
        """What the running worker can do, in words; empty without one."""
        worker = self._worker
        return frozenset(worker.welcome.features if worker is not None and worker.welcome is not None else ())

    def status(self) -> InterpreterStatus:
        """What it is doing, without waiting."""
        return self._status

    # Evaluation

    def eval_stmt(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
        capture: bool = True,
        output_limit: int | None = None,
    ) -> EvalComplete:
        """Run statements; the value of the last expression among them is the result. ``line`` is 1-based; ``timeout_s`` 0: no limit.

        When the time is up or ``cancelled`` is set, the code is interrupted, and its worker is replaced if it goes on regardless.
        Refs in the answer free themselves.
        Raises: WorkerDiedError, and as :meth:`start`.
        """
        limit = self.options.eval.output_limit if output_limit is None else output_limit
        opts = EvalOpts(module=module, scope=scope, capture=capture, timeout_s=timeout_s, output_limit=limit)
        body = EvalStmt(opts, EvalSource(text, filename, line))
        patience = _Patience(timeout_s, cancelled, self.grace_s)
        with self._lock:
            answer = self._call(body, EvalComplete, text, patience)
            return self._finished(answer, patience)

    def display(self, ref: int, mime: Sequence[str] = ()) -> dict[str, str]:
        """Representations of a value by MIME type; base64 where they are binary.

        Raises: StaleRemoteRefError, RequestFailedError, WorkerDiedError.
        """
        with self._lock:
            self._check_ref(ref)
            return dict(
                self._call(Display(int(ref), list(mime)), MimeBundle, f"the display of value {int(ref)}").data
            )

    def eval_annotations(
        self,
        module: str,
        *,
        filename: str,
        imports: str,
        expressions: Sequence[str],
        lines: Sequence[int],
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> AnnotationValues:
        """Values of annotation expressions; see the message.

        Raises: RequestFailedError (``Interrupted`` when the time was up), WorkerDiedError, and as :meth:`start`.
        """
        body = EvalAnnotations(module, filename, imports, list(expressions), list(lines))
        patience = _Patience(timeout_s, cancelled, self.grace_s)
        with self._lock:
            return self._call(body, AnnotationValues, f"the annotations of {module}", patience)

    # Code

    def set_buffers(self, texts: Mapping[Path, str]) -> None:
        """Unsaved texts, all there are. They reach the worker, this one and later ones, before the next call that needs them."""
        fresh = {str(Path(path).absolute()): text for path, text in texts.items()}
        with self._lock:
            if fresh != self._buffers:
                self._buffers = fresh
                self._buffers_sent = False

    def reload(self, *, force: Sequence[str] = ()) -> ReloadReport:
        """Bring loaded modules up to date with files and buffers. Without a worker nothing is loaded, and none is started.

        Raises: RequestFailedError, WorkerDiedError.
        """
        with self._lock:
            if self._worker is None:
                return ReloadReport(generation=0)
            body = Reload(self.options.reload.globals, tuple(force))
            answer = self._call(body, Reloaded, "a reload")
            self._set_status("idle", generation=answer.generation)
            return reload_report(answer)

    def rollback(self, generation: int) -> ReloadReport:
        """Go back to the source texts of an earlier generation, up to ten back. Files are taken up again when they change.

        Raises: RequestFailedError, WorkerDiedError.
        """
        return self._reloading(Rollback(generation, self.options.reload.globals), "a rollback")

    def reset_global(self, module: str, name: str) -> ReloadReport:
        """Give a global whose live value a reload kept what its initialiser gives now.

        Raises: RequestFailedError, WorkerDiedError.
        """
        return self._reloading(ResetGlobal(module, name), f"a reset of {module}.{name}")

    def _reloading(self, body: Any, running: str) -> ReloadReport:
        with self._lock:
            if self._worker is None:
                return ReloadReport(generation=0)
            answer = self._call(body, Reloaded, running)
            self._set_status("idle", generation=answer.generation)
            return reload_report(answer)

    def changed_modules(self) -> list[str]:
        """Loaded modules that differ from their files and buffers, dependencies first.

        Raises: RequestFailedError, WorkerDiedError.
        """
        with self._lock:
            return (
                []
                if self._worker is None
                else self._call(ChangedModules(), ModuleNames, "a look for changes").names
            )

    # Calls

    def _call(self, body: Any, expected: type[_R], running: str, patience: _Patience | None = None) -> _R:
        """Send ``body`` and wait for its answer. The caller has the lock."""
        worker = self._running_worker()
        self._idle.clear()
        requests: list[Request] = []
        if not self._buffers_sent:
            requests.append(Request(self._next_id(), SetBuffers(self._buffers)))
            self._unwanted.add(self._last_id)
        request = Request(self._next_id(), body, self._take_frees())
        requests.append(request)
        try:
            self._set_state("busy")
            worker.send(*requests)
            self._buffers_sent = True
            self._current = request.id
            reply = self._await(worker, request.id, patience or _Patience())
            if not isinstance(reply, (expected, Failed)):
                raise ProtocolError(f"{type(body).__name__} was answered with {type(reply).__name__}")
        except Gone:
            raise self._buried(worker, running, patience) from None
        except ProtocolError:
            worker.kill()
            self._drop(worker, "dead")
            self._news.append("The worker was replaced after a protocol error: its state is lost.")
            raise
        except MalformedMessageError as error:  # nothing was sent
            self._set_state("idle")
            raise RequestFailedError("MalformedMessage", str(error)) from None
        except BaseException:  # a Ctrl-C of our own: the answer will come, and nobody wants it
            self._unwanted.add(request.id)
            with suppress(Gone):
                self._send_interrupt(worker, request.id)
            raise
        finally:
            self._current = 0
            self._last_call = time.monotonic()
            self._idle.set()
        self._set_state("idle")
        if isinstance(reply, Failed):
            if reply.kind == "StaleRef":
                raise StaleRemoteRefError(getattr(body, "ref", 0))
            raise RequestFailedError(reply.kind, reply.text)
        return reply

    def _await(self, worker: WorkerProcess, request_id: int, patience: _Patience) -> Any:
        while True:
            message = worker.receive(SLICE_S if patience.limited else None)
            if message is None:
                if patience.must_interrupt():
                    self._send_interrupt(worker, request_id)
                elif patience.must_kill():
                    worker.kill()
                continue
            body = self._accept(message, request_id)
            if body is not None:
                return body

    def _accept(self, message: Any, request_id: int) -> Any:
        """The body of the reply to ``request_id``; None for anything else that may come."""
        if isinstance(message, Output):
            if self.on_output is not None:
                self.on_output(message.stream, message.data)
            return None
        if not isinstance(message, Reply):
            raise ProtocolError(f"the worker sent {type(message).__name__}, which is no reply")
        if message.id == request_id:
            return message.body
        if message.id in self._unwanted:
            self._unwanted.discard(message.id)
            return None
        if isinstance(message.body, Failed):
            raise ProtocolError(f"the worker could not read what it was sent: {message.body.text}")
        raise ProtocolError(f"the worker answered request {message.id}, which nobody made")

    def _finished(self, answer: EvalComplete, patience: _Patience) -> EvalComplete:
        """``answer`` with refs that free themselves, and what the user should know."""
        notes = [*self._news, *([patience.reason] if patience.interrupted and patience.reason else [])]
        self._news.clear()
        result = answer.result
        if isinstance(result, EvalSuccess):
            result = EvalSuccess([self._foreign(value) for value in result.values])
        if answer.generation != self._status.generation:
            self._set_status(self._status.state, generation=answer.generation)
        if not notes and not isinstance(result, EvalSuccess):
            return answer
        return replaced(answer, result=result, notes=(*answer.notes, *notes))

    def _foreign(self, value: ValueInfo) -> ValueInfo:
        if not value.ref:
            return value
        return replaced(value, ref=ForeignRef(value.ref, self._series, self._pending_frees))

    def _check_ref(self, ref: int) -> None:
        if isinstance(ref, ForeignRef) and (ref.series != self._series or self._worker is None):
            raise StaleRemoteRefError(int(ref))

    def _send_interrupt(self, worker: WorkerProcess, target: int) -> None:
        number = self._next_id()
        self._unwanted.add(number)
        with suppress(Gone):
            worker.send(Request(number, Interrupt(target)))

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _take_frees(self) -> tuple[int, ...]:
        frees = []
        while self._pending_frees:
            frees.append(self._pending_frees.popleft())
        return tuple(frees)

    # The worker's life

    def _running_worker(self) -> WorkerProcess:
        """The worker, started if need be. The caller has the lock."""
        worker = self._worker
        if worker is not None:
            return worker
        python = self._python or project_python(self.root, self.options)
        self._status = InterpreterStatus("starting", python=str(python))
        self._tell()
        try:
            worker = WorkerProcess(python, self.options.interpreter.spawn, self.root)
            try:
                welcome = worker.shake_hands(self._hello())
            except BaseException:
                worker.kill()
                worker.close()
                raise
        except BaseException:
            self._set_status("dead")
            raise
        self._series += 1
        self._unwanted.clear()
        self._pending_frees = deque()
        self._buffers_sent = not self._buffers
        self._worker = worker
        self._status = InterpreterStatus("idle", welcome.pid, welcome.python, welcome.python_version, 0)
        self._tell()
        threading.Thread(target=self._listen, args=(worker,), name="holefit-listener", daemon=True).start()
        return worker

    def _hello(self) -> Hello:
        roots = [
            str((self.root / folder).resolve())
            for folder in self.options.src
            if (self.root / folder).is_dir()
        ]
        options = {"cwd": str(self.root), "memory_mb": self.options.interpreter.memory_mb}
        return Hello(1, list(dict.fromkeys(roots)), [], options)

    def _buried(self, worker: WorkerProcess, running: str, patience: _Patience | None) -> InterpreterError:
        """The error for a worker that ended during a call."""
        status = worker.wait(self.grace_s)
        if status is None:
            status = worker.kill()
        reason = patience.reason if patience is not None and patience.killed else ""
        error = WorkerDiedError(status=status, running=running, stderr=worker.last_words(), reason=reason)
        self._drop(worker, "dead")
        self._news.append(
            f"A new worker was started, because {reason or describe_ending(status)}: earlier state is lost."
        )
        return error

    def _drop(self, worker: WorkerProcess, state: str) -> None:
        """Forget the worker."""
        if worker.kill() is None:
            self._news.append("An earlier worker could not be ended.")
        if self._worker is worker:
            self._worker = None
        self._set_status(state)
        self._idle.set()

    def _listen(self, worker: WorkerProcess) -> None:
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

    def _take_notice(self, worker: WorkerProcess) -> None:
        try:
            message = worker.receive(0)
            if message is not None:
                self._accept(message, -1)
        except (Gone, ProtocolError) as error:
            status = worker.wait(self.grace_s) if isinstance(error, Gone) else worker.kill()
            self._drop(worker, "dead")
            how = describe_ending(status) if isinstance(error, Gone) else str(error)
            self._news.append(
                f"A new worker was started, because {how} while it was idle: earlier state is lost."
            )

    # Status

    def _set_state(self, state: str) -> None:
        self._set_status(state, generation=self._status.generation)

    def _set_status(self, state: str, *, generation: int = 0) -> None:
        old = self._status
        pid = old.pid if state in ("idle", "busy") else None
        self._status = InterpreterStatus(state, pid, old.python, old.version, generation)
        self._tell()

    def _tell(self) -> None:
        if self.on_state is not None:
            self.on_state(self._status)


class _Patience:
    """How long a call is waited for: a time limit, an event that ends it, and the grace after an interrupt."""

    def __init__(
        self, timeout_s: float = 0.0, cancelled: threading.Event | None = None, grace_s: float = 2.0
    ) -> None:
        self.limited = timeout_s > 0 or cancelled is not None
        self.interrupted = False
        self.killed = False
        self.reason = ""
        self._cancelled = cancelled
        self._grace_s = grace_s
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s if timeout_s > 0 else None

    def must_interrupt(self) -> bool:
        """Whether to interrupt now; true once."""
        if self.interrupted:
            return False
        if self._cancelled is not None and self._cancelled.is_set():
            self.reason = "it was cancelled"
        elif self._deadline is not None and time.monotonic() > self._deadline:
            self.reason = f"it was interrupted after {self._timeout_s:g} s"
        else:
            return False
        self.interrupted = True
        self._deadline = time.monotonic() + self._grace_s
        return True

    def must_kill(self) -> bool:
        """Whether the interrupt has been ignored for long enough; true once."""
        if not self.interrupted or self.killed or self._deadline is None or time.monotonic() < self._deadline:
            return False
        self.killed = True
        self.reason += f", did not stop within {self._grace_s:g} s and was killed"
        return True
