"""The worker's mind: requests in, answers out, whoever carries them. Everything here runs in the main thread."""

from __future__ import annotations

import os
import sys
import time

from holefit_wire.interpreter import (
    ChangedModules,
    Display,
    Done,
    EvalAnnotations,
    EvalApp,
    EvalComplete,
    EvalException,
    EvalOpts,
    EvalSource,
    EvalStmt,
    EvalSuccess,
    EvalThis,
    Failed,
    FreeRefs,
    MimeBundle,
    ModuleNames,
    Reload,
    ReloadPlan,
    ResetGlobal,
    Rollback,
    SetBuffers,
    Tweak,
    Tweakables,
    Tweaks,
    ValueInfo,
)
from holefit_worker.allocation import Allocation
from holefit_worker.annotate import annotation_values
from holefit_worker.debugging import Debugging
from holefit_worker.evaluate import NOTHING, Loop, Namespaces, Results, Sources, execute
from holefit_worker.failures import exception_info, own_traceback, qualified
from holefit_worker.later import answers_for
from holefit_worker.show import mime_bundle, safe_repr
from holefit_worker.stops import write_back
from holefit_worker.values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from holefit_wire.interpreter import ExceptionInfo
    from holefit_worker.interrupt import Runs
    from holefit_worker.streams import Streams

MAX_DISPLAY = 1_000_000  # characters of text/plain


class Refs:
    """Values that the session holds on to, by number."""

    def __init__(self) -> None:
        self._values: dict[int, object] = {}
        self.newest = 0

    def add(self, value: object) -> int:
        """A new ref to ``value``."""
        self.newest += 1
        self._values[self.newest] = value
        return self.newest

    def get(self, ref: int) -> object:
        """Raises: KeyError, for a ref that was freed or never given."""
        return self._values[ref]

    def free(self, refs: Iterable[int]) -> None:
        """Forget ``refs``; those that are unknown are passed over."""
        for ref in refs:
            self._values.pop(ref, None)

    def __len__(self) -> int:
        return len(self._values)


class Worker:
    """Answers requests. ``pack`` packs plain data; ``reloader`` is the hot reloader of the project's modules; ``load`` gives a module of the worker."""

    def __init__(
        self,
        streams: Streams,
        runs: Runs,
        reloader: Any,
        pack: Callable[[Any], bytes],
        load: Callable[[str], Any],
    ) -> None:
        self.refs = Refs()
        self.sources = Sources()
        self._streams = streams
        self.runs = runs
        self._reloader = reloader
        self._pack = pack
        self._load = load
        self._namespaces = Namespaces()
        self._results = Results()
        self.loop = Loop()
        self._pid = os.getpid()
        self._capturing: int | None = None  # the limit of the running evaluation's output
        self.serve_inside: Callable[[Any, int], tuple[int, str]] | None = (
            None  # set by who can serve a stopped evaluation
        )
        self.debugging = Debugging(self)
        self.values = Values(self)
        self._answers: dict[type, Callable[[int, Any], Any]] = {
            EvalStmt: self._eval_stmt,
            Display: self._display,
            FreeRefs: self._free_refs,
            SetBuffers: self._set_buffers,
            Reload: self._reload,
            Rollback: self._rollback,
            ResetGlobal: self._reset_global,
            ReloadPlan: self._reload_plan,
            Tweaks: self._tweaks,
            Tweak: self._tweak,
            ChangedModules: self._changed_modules,
            EvalAnnotations: self._eval_annotations,
        }
        for part in (self.debugging, self.values):
            self._answers.update(part.answers)

    def settle(self) -> None:
        """After a fork: this is another process."""
        self._pid = os.getpid()

    @property
    def generation(self) -> int:
        """How many reloads have taken effect."""
        found: int = self._reloader.generation
        return found

    def loaded_text(self, path: str) -> str | None:
        """The text that runs of the project's file at ``path``, or would; None where that is the file's."""
        found: str | None = self._reloader.loaded_text(path)
        return found

    @property
    def native(self) -> Any:
        """The native parts of the project, and the linker."""
        return self._reloader.native

    def set_native(self, wishes: Any) -> None:
        """Native parts that the project declares, and how to build."""
        self._reloader.set_native(wishes)

    def evaluate(self, opts: EvalOpts, expr: Any) -> object:
        """The value of what EvalStmt may hold; NOTHING for none. Raises what the code raises."""
        return self._evaluate(opts, expr)

    def connect_costs(self, costs: Any) -> None:
        """Who is told of cost centres that code names itself; None: nobody."""
        self._reloader.costs = costs

    def answer(self, request_id: int, body: Any) -> Any:
        """The reply's body for the request ``body``; Failed for one that cannot be carried out."""
        try:
            function = self._answers.get(type(body))
            if function is None:
                self._answers.update(answers_for(type(body), self, self._load))
                function = self._answers.get(type(body))
            if function is None:
                return Failed("UnknownMessage", f"{type(body).__name__} is no request to a worker")
            return function(request_id, body)
        except KeyboardInterrupt:
            return Failed("Interrupted", f"{type(body).__name__} was interrupted")
        except StaleRef as error:
            return Failed("StaleRef", f"the worker holds no value {error.ref}")
        except Unusable as error:
            return Failed("MalformedMessage", str(error))
        except Exception as error:  # the one guard: a bug of ours must not cost the user's state
            return Failed("Bug", f"the worker failed over {type(body).__name__}: {own_traceback(error)}")

    def _eval_stmt(self, request_id: int, body: EvalStmt) -> EvalComplete:
        if type(body.opts) is not EvalOpts or type(body.expr) not in (EvalSource, EvalThis, EvalApp):
            raise Unusable(
                f"EvalStmt evaluates sources and refs with EvalOpts, not {type(body.expr).__name__}"
            )
        return self.evaluated(request_id, body.opts, lambda: self._evaluate(body.opts, body.expr))

    def evaluated(self, request_id: int, opts: EvalOpts, function: Callable[[], object]) -> EvalComplete:
        """``function()`` as an evaluation: its output, its value or exception, its time. NOTHING is no value."""
        outside, self._capturing = self._capturing, None
        self.resume_capture(opts.output_limit if opts.capture else None)
        result: EvalSuccess | EvalException
        measured = Allocation() if opts.alloc else None
        started = time.perf_counter()
        try:
            result = self._user(
                request_id, lambda: self.debugging.run(opts, lambda: self._succeeded(opts, function()))
            )
        except StaleRef:
            if measured is not None:
                measured.end()
            self.pause_capture()
            raise
        except BaseException as error:  # user code: SystemExit, KeyboardInterrupt and GeneratorExit too
            result = EvalException(self._described(request_id, error))
        duration_ms = (time.perf_counter() - started) * 1000
        blocks, alloc = measured.end() if measured is not None else (0, 0)
        out, err, out_cut, err_cut = "", "", 0, 0
        if opts.capture:
            kept_out, kept_err = self._streams.end()
            out, err, out_cut, err_cut = kept_out.text(), kept_err.text(), kept_out.cut, kept_err.cut
        self._capturing = outside
        generation = self._reloader.generation
        return EvalComplete(result, out, err, duration_ms, generation, out_cut, err_cut, (), blocks, alloc)

    def pause_capture(self) -> tuple[str, str, int | None]:
        """The running evaluation stands still: what it has written so far, and what to give to :meth:`resume_capture`."""
        limit, self._capturing = self._capturing, None
        if limit is None:
            return "", "", None
        self._streams.flush()
        out, err = self._streams.end()
        return out.text(), err.text(), limit

    def resume_capture(self, limit: int | None) -> None:
        """It goes on, or begins."""
        self._capturing = limit
        if limit is not None:
            self._streams.begin(limit)

    def _succeeded(self, opts: EvalOpts, value: object) -> EvalSuccess:
        return EvalSuccess([] if value is NOTHING else [self.value_info(value, opts.output_limit)])

    def guarded(self, request_id: int, function: Callable[[], Any]) -> Any:
        """``function()`` as user code, or the exception that it raises as a message."""
        try:
            return self._user(request_id, function)
        except BaseException as error:  # user code
            return EvalException(self._described(request_id, error))

    def _evaluate(self, opts: EvalOpts, expr: Any) -> object:
        if type(expr) is not EvalSource:
            return self.values.applied(expr, lambda source: self._evaluate(opts, source))
        if opts.resume:
            return self._evaluate_in_frame(opts, expr)
        namespace = self._namespaces.get(opts.module, opts.scope)
        filename = self.sources.add(expr.text, expr.filename, expr.line)
        try:
            if not expr.group:
                return execute(expr.text, filename, max(expr.line, 1), namespace, self.loop)
            return self._results.execute(expr, filename, namespace, self.loop)
        finally:
            self._note_evaluation(expr.text, opts.module)

    def _note_evaluation(self, text: str, module: str) -> None:
        """The reloader follows what was imported at the prompt."""
        try:
            self._reloader.evaluated(text, module)
        except Exception:  # text that is no Python, or user code has patched what the standard library needs
            return

    def _evaluate_in_frame(self, opts: EvalOpts, expr: EvalSource) -> object:
        """In a frame of a stopped evaluation: its variables can be read and changed."""
        frame = self.debugging.frame(opts.resume, opts.frame)
        filename = self.sources.add(expr.text, expr.filename, expr.line)
        if frame.f_locals is frame.f_globals:
            return execute(expr.text, filename, max(expr.line, 1), frame.f_globals, self.loop)
        namespace = {**frame.f_globals, **frame.f_locals}  # one, so that lambdas and comprehensions see all
        before = dict(namespace)
        try:
            return execute(expr.text, filename, max(expr.line, 1), namespace, self.loop)
        finally:
            write_back(frame, before, namespace)

    def namespace(self, module: str) -> dict[str, Any]:
        """The globals of ``module``, imported if need be. Raises what the import raises."""
        return self._namespaces.get(module, "")

    def value_info(self, value: object, limit: int) -> ValueInfo:
        if value is None:
            return ValueInfo(0, "NoneType", "", is_none=True)
        text, cut, problem = safe_repr(value, limit)
        return ValueInfo(self.refs.add(value), qualified(type(value)), text, cut=cut, repr_error=problem)

    def _display(self, request_id: int, body: Display) -> MimeBundle:
        value = self.value(body.ref)
        return MimeBundle(self._user(request_id, lambda: mime_bundle(value, body.mime, MAX_DISPLAY)))

    def _free_refs(self, request_id: int, body: FreeRefs) -> Done:
        self.refs.free(body.refs)
        return Done()

    def _set_buffers(self, request_id: int, body: SetBuffers) -> Done:
        self._reloader.set_buffers(body.texts)
        return Done()

    def _reload(self, request_id: int, body: Reload) -> Any:
        return self._user(request_id, lambda: self._reloader.reload(body.policy, body.force, body.running))

    def _reload_plan(self, request_id: int, body: ReloadPlan) -> Any:
        if body.new and body.new.keys() != body.old.keys():
            raise Unusable("ReloadPlan compares texts of the same files")
        return self._user(request_id, lambda: self._reloader.plan(body.policy, body.old, body.new))

    def _tweaks(self, request_id: int, body: Tweaks) -> Tweakables:
        return Tweakables(self._reloader.tweaks())

    def _tweak(self, request_id: int, body: Tweak) -> Any:
        try:
            return self._reloader.tweak(body.module, body.name, body.text)
        except ValueError as error:
            return Failed("Tweak", str(error))

    def _rollback(self, request_id: int, body: Rollback) -> Any:
        return self._user(request_id, lambda: self._reloader.rollback(body.generation, body.policy))

    def _reset_global(self, request_id: int, body: ResetGlobal) -> Any:
        return self._user(request_id, lambda: self._reloader.reset(body.module, body.name))

    def _changed_modules(self, request_id: int, body: ChangedModules) -> ModuleNames:
        return ModuleNames(self._reloader.changed())

    def _eval_annotations(self, request_id: int, body: EvalAnnotations) -> Any:
        return self._user(request_id, lambda: annotation_values(body, self._pack))

    def value(self, ref: int) -> object:
        try:
            return self.refs.get(ref)
        except KeyError:
            raise StaleRef(ref) from None

    def _user(self, request_id: int, function: Callable[[], Any]) -> Any:
        """``function()`` as user code: it can be interrupted, and a child that it forks ends with it."""
        try:
            return self.runs.run(request_id, lambda: self._flushed(function))
        except BaseException as error:
            if os.getpid() != self._pid:
                _end_child(error)
            raise
        finally:
            if os.getpid() != self._pid:
                _end_child(None)

    def _flushed(self, function: Callable[[], Any]) -> Any:
        try:
            return function()
        finally:
            self._streams.flush()

    def _described(self, request_id: int, error: BaseException) -> ExceptionInfo:
        """``error`` as a message; kept where a debugger looks for the last one, as at Python's own prompt."""
        info: ExceptionInfo
        self.sources.publish()
        try:
            info = self.runs.run(request_id, lambda: exception_info(error))
        except KeyboardInterrupt as interrupt:  # its __str__ does not end
            error = interrupt
            error.__context__ = None  # which is the one that does not end
            info = exception_info(error)
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        return info


class StaleRef(Exception):
    """A ref that names no value."""

    def __init__(self, ref: int) -> None:
        super().__init__(ref)
        self.ref = ref


class Unusable(Exception):
    """A request whose parts are of the wrong kinds."""


def _end_child(error: BaseException | None) -> None:
    """End a process that user code forked and let run on into the worker: the pipe is its parent's."""
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    elif error is not None:
        os.write(2, exception_info(error).traceback.encode("utf-8", "backslashreplace"))
        status = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # a stream of the user's own
            status = status or 1
    os._exit(status)
