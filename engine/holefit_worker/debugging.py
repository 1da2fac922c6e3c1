"""Requests about breakpoints and stopped evaluations."""

from __future__ import annotations

import sys

from holefit_wire.interpreter import (
    AbandonStmt,
    BreakArray,
    BreakArrayLines,
    BreakpointInfo,
    BreakpointsSet,
    BreakpointState,
    BreakpointStatus,
    Done,
    Failed,
    FrameInfo,
    FreeBreakArray,
    GetBreakpointVar,
    History,
    Lines,
    ListBreakpoints,
    NewBreakArray,
    ResumeSeq,
    ResumeStmt,
    SetupBreakpoint,
)
from holefit_worker.breakpoints import Breakpoints
from holefit_worker.failures import OURS, message_of, source_line
from holefit_worker.stops import Abandoned, Stops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

    from holefit_wire.interpreter import EvalOpts
    from holefit_worker.worker import Worker

MAX_SHOWN = 10_000  # characters of a variable


class Debugging:
    """The breakpoints and stops of a worker."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.stops = Stops(worker)
        self.breakpoints = Breakpoints(self.stops.wait, worker.loaded_text)
        self.urgent: dict[type, Callable[[Any], Any]] = {
            NewBreakArray: self._refusing(self._new_array),
            SetupBreakpoint: self._refusing(self._setup),
            BreakpointStatus: self._refusing(self._status),
            FreeBreakArray: self._refusing(self._free),
            BreakArrayLines: self._refusing(self._lines),
            ListBreakpoints: self._refusing(self._all),
        }
        self.answers: dict[type, Callable[[int, Any], Any]] = {
            GetBreakpointVar: self._variable,
            History: self._history,
            ResumeStmt: self._nothing_stopped,
            ResumeSeq: self._nothing_stopped,
            AbandonStmt: self._nothing_stopped,
        }

    def run(self, opts: EvalOpts, function: Callable[[], Any]) -> Any:
        """``function()``, which may stop where ``opts`` says so."""
        if not opts.breaks or self._worker.serve_inside is None:
            return function()
        if self.stops.any:  # in the middle of a call of ours, where nothing is noticed otherwise
            return sys.call_tracing(self._run, (opts, function))
        return self._run(opts, function)

    def _run(self, opts: EvalOpts, function: Callable[[], Any]) -> Any:
        hook = sys.breakpointhook
        sys.breakpointhook = self._called
        activity = self.breakpoints.begin(opts, self._worker.runs.running)
        try:
            return function()
        except Abandoned:
            raise
        except BaseException as error:
            if opts.break_on_error:
                frames = list(_frames_of(error))
                if frames:
                    self.breakpoints.stop_after(frames, error)
            raise
        finally:
            self.breakpoints.end()
            self.stops.ended(activity)
            if sys.breakpointhook == self._called:
                sys.breakpointhook = hook

    def frame(self, resume: int, index: int) -> FrameType:
        """Frame ``index`` of a stopped evaluation. Raises LookupError."""
        return self.stops.get(resume).frames[index]

    def _called(self, *arguments: object, **named: object) -> None:
        """``breakpoint()``."""
        self.breakpoints.stop(sys._getframe(1), None, None)

    def _new_array(self, body: NewBreakArray) -> BreakArray:
        return BreakArray(*self.breakpoints.new_array(body.path, body.extra))

    def _setup(self, body: SetupBreakpoint) -> Done:
        self.breakpoints.setup(body.array, body.index, body.count, body.condition)
        return Done()

    def _lines(self, body: BreakArrayLines) -> BreakArray:
        return BreakArray(body.array, self.breakpoints.lines(body.array))

    def _all(self, body: ListBreakpoints) -> BreakpointsSet:
        found = [
            BreakpointInfo(path, site.line, site.array, site.index, site.count, site.hits, site.condition)
            for path, site in self.breakpoints.all()
        ]
        return BreakpointsSet(found)

    def _status(self, body: BreakpointStatus) -> BreakpointState:
        return BreakpointState(*self.breakpoints.status(body.array, body.index))

    def _free(self, body: FreeBreakArray) -> Done:
        self.breakpoints.free(body.array)
        return Done()

    def _variable(self, request_id: int, body: GetBreakpointVar) -> Any:
        try:
            frame = self.frame(body.resume, body.frame)
            value = frame.f_locals[body.name] if body.name in frame.f_locals else frame.f_globals[body.name]
        except LookupError:
            return Failed(
                "StaleRef", f"there is no variable {body.name} in frame {body.frame} of {body.resume}"
            )
        return self._worker.runs.run(request_id, lambda: self._worker.value_info(value, MAX_SHOWN))

    def _history(self, request_id: int, body: History) -> Lines | Failed:
        try:
            seen = list(self.stops.get(body.resume).activity.history)
        except LookupError:
            return Failed("NotStopped", f"no evaluation stands still as {body.resume}")
        return Lines([FrameInfo(path, line, name, source_line(path, line, {})) for path, line, name in seen])

    def _nothing_stopped(self, request_id: int, body: Any) -> Failed:
        """For requests that come when no evaluation stands still: who serves a stopped one answers them itself."""
        return Failed("NotStopped", f"no evaluation stands still as {body.resume}")

    def _refusing(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """``function`` with what it raises as an answer."""

        def answer(body: Any) -> Any:
            try:
                return function(body)
            except (LookupError, OSError, SyntaxError, ValueError) as error:
                return Failed("Impossible", f"{type(error).__name__}: {message_of(error)}")

        return answer


def _frames_of(error: BaseException) -> Iterator[FrameType]:
    """The user's frames that an exception went through, innermost first."""
    entries = []
    entry = error.__traceback__
    while entry is not None:
        if not entry.tb_frame.f_code.co_filename.startswith((OURS, "<frozen ")):
            entries.append(entry.tb_frame)
        entry = entry.tb_next
    return reversed(entries)
