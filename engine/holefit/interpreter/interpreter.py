"""The client of the worker: one call at a time, the worker started when it is first needed and replaced when it died."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

from holefit.interpreter.breakpoints import Breakpoints
from holefit.interpreter.errors import RequestFailedError, StaleRemoteRefError, WormholeError
from holefit.interpreter.holes import Holes
from holefit.interpreter.inside import WorkerThread
from holefit.interpreter.link import Link
from holefit.interpreter.linker import Linker
from holefit.interpreter.native_parts import declared_parts
from holefit.interpreter.patience import Patience
from holefit.interpreter.profiling import Profiling
from holefit.interpreter.refs import ForeignRef
from holefit.interpreter.snapshots import Checkpoint, Fork, Snapshots
from holefit.interpreter.values import Values, values_of
from holefit.interpreter.wire import reload_plan, reload_report, tweakable
from holefit.reload.plan import ReloadPlan
from holefit.reload.report import ReloadReport
from holefit.reload.running import patiently
from holefit.reload.tweak import Tweakable, TweakRefusedError
from holefit_wire import interpreter as messages
from holefit_wire.codec import replaced
from holefit_wire.interpreter import (
    AnnotationValues,
    ChangedModules,
    Display,
    Done,
    EvalAnnotations,
    EvalBreak,
    EvalComplete,
    EvalOpts,
    EvalSource,
    EvalStmt,
    EvalSuccess,
    MimeBundle,
    ModuleNames,
    Reload,
    Reloaded,
    ReloadPlanned,
    ResetGlobal,
    Rollback,
    Tweak,
    Tweakables,
    Tweaks,
    ValueInfo,
)

_R = TypeVar("_R")
AHEAD = 32  # evaluations that are sent before the first is answered
PIPE_SIZE = 1 << 14  # bytes that go into a pipe although nobody reads it, with a margin


class How(TypedDict, total=False):
    """How :meth:`Interpreter.eval_stmt` evaluates: its arguments, for who hands them on."""

    module: str
    scope: str
    filename: str
    line: int
    timeout_s: float
    cancelled: threading.Event | None
    capture: bool
    output_limit: int | None
    alloc: bool


@dataclass(frozen=True, slots=True)
class EvalItem:
    """Statements for :meth:`Interpreter.eval_stmts`; the fields are those of :meth:`Interpreter.eval_stmt`."""

    text: str
    scope: str = ""
    filename: str = "<evaluation>"
    line: int = 1
    among: tuple[str, int] = ("", 0)


class Interpreter(Link):
    """Runs the user's code in a worker process. Every method may be called from any thread; calls take turns, ``interrupt`` does not wait."""

    @cached_property
    def breakpoints(self) -> Breakpoints:
        """Breakpoints, and evaluations that stop at them."""
        return Breakpoints(self)

    @cached_property
    def linker(self) -> Linker:
        """Native code in the worker."""
        return Linker(self)

    @cached_property
    def profiling(self) -> Profiling:
        """Cost centres, and evaluations that tell where their time went."""
        return Profiling(self)

    @cached_property
    def holes(self) -> Holes:
        """Holes that evaluations stand at, live values, and tries of what may fill a hole."""
        return Holes(self)

    @cached_property
    def values(self) -> Values:
        """What can be done with values that stay in the worker."""
        return Values(self)

    # Evaluation

    def eval_stmt(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
        among: tuple[str, int] = ("", 0),
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
        capture: bool = True,
        output_limit: int | None = None,
        alloc: bool = False,
    ) -> EvalComplete:
        """Run statements; the value of the last expression among them is the result. ``line`` is 1-based; ``timeout_s`` 0: no limit. ``alloc`` measures memory.
        ``among`` names a group and a number in it: those behind it in the group may call its value ``_1``, by the number, or ``it``.

        When the time is up or ``cancelled`` is set, the code is interrupted, and its worker is replaced if it goes on regardless.
        Refs in the answer free themselves.
        Raises: WorkerDiedError, and as :meth:`start`.
        """
        limit = self.options.eval.output_limit if output_limit is None else output_limit
        opts = EvalOpts(
            module=module,
            scope=scope,
            capture=capture,
            timeout_s=timeout_s,
            output_limit=limit,
            alloc=alloc,
        )
        body = EvalStmt(opts, EvalSource(text, filename, line, *among))
        patience = Patience(timeout_s, cancelled, self.grace_s)
        with self._lock:
            answer = self._call(body, EvalComplete, text, patience)
            return self._finished(answer, patience)

    def value(self, text: str, **how: Unpack[How]) -> ValueInfo | None:
        """The value of the last expression in ``text``, which is evaluated; None for statements.

        Raises: RemoteError, what the code raises; and as :meth:`eval_stmt`.
        """
        values = values_of(self.eval_stmt(text, **how))
        return values[-1] if values else None

    def eval_stmts(
        self,
        items: Iterable[EvalItem],
        *,
        module: str = "__main__",
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> Iterator[EvalComplete]:
        """Run many, as :meth:`eval_stmt` runs one, but send some ahead: the worker goes on while an answer is looked at.

        Answers come in order, each as soon as it is there. When ``cancelled`` is set, or the iterator is closed, what runs is interrupted
        and what is behind it does not start. Other calls wait until the iterator has ended.
        Raises: WorkerDiedError, for the first item without an answer; those behind it did not run. And as :meth:`start`.
        """
        limit = self.options.eval.output_limit
        waiting = [
            EvalStmt(
                EvalOpts(module=module, scope=item.scope, timeout_s=timeout_s, output_limit=limit),
                EvalSource(item.text, item.filename, item.line, *item.among),
            )
            for item in items
        ]
        with self._lock:
            while waiting:
                some = _batch(waiting)
                calls = [
                    (body, body.expr.text, Patience(timeout_s, cancelled, self.grace_s)) for body in some
                ]
                for answer, (_, _, patience) in zip(self._calls(calls, EvalComplete), calls, strict=False):
                    yield self._finished(answer, patience)
                    if cancelled is not None and cancelled.is_set():
                        return

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
        patience = Patience(timeout_s, cancelled, self.grace_s)
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
        wishes = self.options.reload
        return patiently(
            lambda running: self._reloading(Reload(wishes.globals, tuple(force), running), "a reload"),
            wishes.running,
            wishes.wait_s,
        )

    def reload_plan(
        self, *, old: Mapping[Path, str] | None = None, new: Mapping[Path, str] | None = None
    ) -> ReloadPlan:
        """What a reload would do now, without running anything; or one from ``old`` texts to ``new`` ones, of the same files.

        Without a worker nothing is loaded; one is started only to compare texts.
        Raises: RequestFailedError, WorkerDiedError, and as :meth:`start`.
        """
        old, new = old or {}, new or {}
        with self._lock:
            if self._worker is None and not new:
                return ReloadPlan()
            body = messages.ReloadPlan(
                self.options.reload.globals,
                {str(path): text for path, text in old.items()},
                {str(path): text for path, text in new.items()},
            )
            return reload_plan(self._call(body, ReloadPlanned, "a look ahead"))

    def tweaks(self) -> list[Tweakable]:
        """The loaded globals that are marked ``# holefit: tweak(low, high, step)``, with their live values. Does not wait for an evaluation.

        Raises: RequestFailedError, WorkerDiedError.
        """
        if self._worker is None:
            return []
        return [tweakable(one) for one in self._aside(Tweaks(), Tweakables, "it told of tweaks").found]

    def tweak(self, module: str, name: str, value: bool | int | float | str) -> Tweakable:
        """Give a marked global another value, in place and without a reload. Does not wait for an evaluation.

        Raises: TweakRefusedError, RequestFailedError, WorkerDiedError.
        """
        if self._worker is None:
            raise TweakRefusedError(module=module, name=name, reason="no code is loaded")
        try:
            body = Tweak(module, name, repr(value))
            return tweakable(self._aside(body, messages.Tweakable, f"a tweak of {module}.{name}"))
        except RequestFailedError as error:
            if error.kind != "Tweak":
                raise
            raise TweakRefusedError(module=module, name=name, reason=str(error)) from None

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
            native = declared_parts(self.root, self.options)
            if native != self._native:
                self._native = native
                self._call(native, Done, "the native parts")
            answer = self._call(body, Reloaded, running)
            self._set_generation(answer.generation)
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

    # Copies of the state

    @cached_property
    def _snapshots(self) -> Snapshots:
        return Snapshots(self)

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Those that can be gone back to, oldest first. Up to eight are kept."""
        return self._snapshots.kept

    def checkpoint(self) -> Checkpoint:
        """Keep the state of this moment, to :meth:`restore` it later. It costs a fork, and the memory of what changes afterwards.

        Raises: CannotCopyError (threads of user code run, say), WorkerDiedError, and as :meth:`start`.
        """
        return self._snapshots.checkpoint()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint, which stays, as do those made after it. What lies outside of the process, such as files, is not changed.

        Raises: CheckpointGoneError, CannotCopyError, WorkerDiedError.
        """
        self._snapshots.restore(checkpoint)

    def fork(self) -> Fork:
        """A copy that runs beside the interpreter, to try something in: what happens in it stays in it.

        Raises: CannotCopyError, WorkerDiedError, and as :meth:`start`.
        """
        return self._snapshots.fork()

    # Requests of other parts of the interpreter

    def ask(self, body: Any, expected: type[_R]) -> _R:
        """The answer to any request. Raises: RequestFailedError, StaleRemoteRefError, WorkerDiedError."""
        with self._lock:
            return self._call(body, expected, f"a request ({type(body).__name__})")

    def ask_any(self, body: Any, expected: tuple[type[Any], ...]) -> Any:
        """As :meth:`ask`, where the answer may be of several kinds."""
        with self._lock:
            return self._call(body, expected, f"a request ({type(body).__name__})")

    def ask_patiently(self, body: Any, expected: type[_R], running: str, patience: Patience) -> _R:
        """As :meth:`ask`, for what may take long. ``running`` says what it is, in words."""
        with self._lock:
            return self._call(body, expected, running, patience)

    def eval_expr(self, expr: Any, running: str) -> EvalComplete | EvalBreak:
        """Evaluate what is made of refs."""
        opts = EvalOpts(output_limit=self.options.eval.output_limit)
        return self.ask_status(EvalStmt(opts, expr), running)

    def ask_aside(self, body: Any, expected: type[_R]) -> _R:
        """As :meth:`ask`, for requests that the worker answers while code runs: does not wait for that."""
        return self._aside(body, expected, f"a request ({type(body).__name__})")

    def ask_status(
        self, body: Any, running: str, patience: Patience | None = None
    ) -> EvalComplete | EvalBreak:
        """The answer to a request that evaluates, and may stop."""
        patience = patience or Patience()
        with self._lock:
            answer = self._call(body, (EvalComplete, EvalBreak), running, patience)
            if isinstance(answer, EvalComplete):
                return self._finished(answer, patience)
            assert isinstance(answer, EvalBreak)
            if isinstance(answer.value, ValueInfo):
                answer = replaced(answer, value=self._foreign(answer.value))
            return answer

    def reach(self, ref: int) -> object:
        """The value that ``ref`` stands for, where it lies in this process. Raises: WormholeError, StaleRemoteRefError."""
        if self.kind == "external":
            raise WormholeError(int(ref))
        with self._lock:
            self._check_ref(ref)
            worker = self._running_worker()
            assert isinstance(worker, WorkerThread)
            return worker.value(int(ref))

    def ask_profiled(self, body: messages.ProfileStmt, running: str, patience: Patience) -> messages.Profiled:
        """The answer to a request that evaluates with a profile."""
        with self._lock:
            answer = self._call(body, messages.Profiled, running, patience)
            return replaced(answer, complete=self._finished(answer.complete, patience))

    def foreign(self, ref: int) -> int:
        """``ref`` as one that frees itself."""
        return ForeignRef(ref, self._series, self._pending_frees) if ref else ref

    def _finished(self, answer: EvalComplete, patience: Patience) -> EvalComplete:
        """``answer`` with refs that free themselves, and what the user should know."""
        notes = [*self._news, *([patience.reason] if patience.interrupted and patience.reason else [])]
        self._news.clear()
        result = answer.result
        if isinstance(result, EvalSuccess):
            result = EvalSuccess([self._foreign(value) for value in result.values])
        if answer.generation != self._life.generation:
            self._set_generation(answer.generation)
        if not notes and not isinstance(result, EvalSuccess):
            return answer
        return replaced(answer, result=result, notes=(*answer.notes, *notes))

    def _foreign(self, value: ValueInfo) -> ValueInfo:
        if not value.ref:
            return value
        return replaced(value, ref=self.foreign(value.ref))

    def _check_ref(self, ref: int) -> None:
        if isinstance(ref, ForeignRef) and (ref.series != self._series or self._worker is None):
            raise StaleRemoteRefError(int(ref))


def _batch(waiting: list[EvalStmt]) -> list[EvalStmt]:
    """Take the next requests off ``waiting`` that may be sent in one go: never more than a pipe holds, or both ends could wait for each other."""
    size, number = 0, 0
    while number < min(len(waiting), AHEAD) and (
        not number or size + len(waiting[number].expr.text) < PIPE_SIZE
    ):
        size += len(waiting[number].expr.text) + 512  # names and options besides
        number += 1
    some = waiting[:number]
    del waiting[:number]
    return some
