"""Breakpoints and stopped evaluations, from the session's side."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.interpreter.errors import InterpreterError
from holefit.interpreter.patience import Patience
from holefit_wire.codec import replaced
from holefit_wire.interpreter import (
    AbandonStmt,
    BreakArray,
    BreakArrayLines,
    BreakpointsSet,
    BreakpointState,
    BreakpointStatus,
    Done,
    EvalBreak,
    EvalComplete,
    EvalOpts,
    EvalSource,
    EvalStmt,
    FreeBreakArray,
    GetBreakpointVar,
    History,
    Lines,
    ListBreakpoints,
    NewBreakArray,
    ResumeStmt,
    SetupBreakpoint,
    ValueInfo,
)

if TYPE_CHECKING:
    from holefit.interpreter.interpreter import Interpreter

OFF = -1


@dataclass(frozen=True, slots=True)
class Array:
    """The break array of ``path``: one counter for each line of code. ``lines`` are 1-based."""

    ref: int
    path: Path
    lines: tuple[int, ...]

    def index(self, line: int) -> int:
        """The index of ``line``, or of the first one after it that holds code. Raises: LookupError."""
        rising = sorted(self.lines)
        at = bisect_left(rising, max(line, 1))
        if at == len(rising):
            raise LookupError(f"{self.path} has no code at line {line} or below")
        return self.lines.index(rising[at])


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A place where evaluations stop. ``line`` is 1-based and moves with its text when that is reloaded.

    ``count``: how often the line is still passed first; ``condition``: an expression without which it is passed; ``hits``: how often it was reached.
    """

    path: Path
    line: int
    count: int = 0
    condition: str = ""
    hits: int = 0
    array: int = 0
    index: int = 0


class Breakpoints:
    """What stops, and what has stopped. Breakpoints can be set and read while code runs; all else waits its turn.

    Those made by :meth:`add` live as long as this object: a worker that takes the place of another gets them, too. Every method raises WorkerDiedError, and
    RequestFailedError for what cannot be done.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._worker: tuple[int, int | None] = (0, None)
        self._arrays: dict[Path, Array] = {}
        self._points: list[Breakpoint] = []
        self._stops: list[EvalBreak] = []
        self._origins: dict[int, str] = {}
        self.on_exception = False  # what `run` does where nothing else is said
        self.on_error = False
        self.frame = 0  # of the newest stop: the one that is looked at

    @property
    def are_used(self) -> bool:
        """Whether an evaluation may stop, or one has."""
        return bool(self._points or self.stops or self.on_exception or self.on_error)

    # Breakpoints by place

    def add(
        self, path: Path, line: int, *, count: int = 0, condition: str = "", extra: Sequence[int] = ()
    ) -> Breakpoint:
        """Stop at ``line`` of ``path``, or at the first line below it that holds code, after passing it ``count`` times where ``condition`` holds.

        ``extra`` are lines that hold code in snippets. Raises: LookupError, when there is no code there.
        """
        self._settle()
        path = path.absolute()
        array = self._array(path, tuple(extra))
        index = array.index(line)
        self._set(array.ref, index, count, condition)
        point = Breakpoint(path, array.lines[index], count, condition, 0, array.ref, index)
        self._points = [one for one in self._points if (one.array, one.index) != (array.ref, index)] + [point]
        return point

    def remove(self, point: Breakpoint) -> None:
        """Stop there no longer."""
        self._settle()
        for one in [one for one in self._points if (one.path, one.line) == (point.path, point.line)]:
            self._set(one.array, one.index, OFF, "")
            self._points.remove(one)

    def all(self) -> list[Breakpoint]:
        """Those that were added, by file and line, as they are now. One whose line is gone is gone, too."""
        self._settle()
        if not self._points:
            return []
        told = self._interpreter.ask_aside(ListBreakpoints(), BreakpointsSet).found
        now = {(one.array, one.index): one for one in told}
        self._points = [
            replace(point, line=found.line, count=found.count, hits=found.hits)
            for point in self._points
            if (found := now.get((point.array, point.index))) is not None
        ]
        return sorted(self._points, key=lambda one: (one.path, one.line))

    def _array(self, path: Path, extra: tuple[int, ...]) -> Array:
        known = self._arrays.get(path)
        if known is not None and set(extra) <= set(known.lines):
            told = self._interpreter.ask_aside(BreakArrayLines(known.ref), BreakArray)
            known = replace(known, lines=tuple(told.lines))
        else:
            known = self.array(path, extra=extra)
        self._arrays[path] = known
        return known

    def _settle(self) -> None:
        """See to it that the worker which runs knows the breakpoints."""
        if self._interpreter.status().pid is None:  # else nothing is to be waited for
            self._interpreter.start()
        worker = self._current()
        if worker == self._worker:
            return
        self._worker, points = worker, self._points
        self._arrays, self._points, self._stops = {}, [], []
        for point in points:
            try:
                self.add(point.path, point.line, count=point.count, condition=point.condition)
            except (LookupError, InterpreterError):  # its file is not what it was
                continue

    def _current(self) -> tuple[int, int | None]:
        return self._interpreter.series, self._interpreter.status().pid

    # Break arrays, as the worker has them

    def array(self, path: Path, *, extra: Sequence[int] = ()) -> Array:
        """A new break array for the file at ``path``, all its counters off."""
        answer = self._interpreter.ask_aside(NewBreakArray(str(path), tuple(extra)), BreakArray)
        return Array(answer.ref, path, tuple(answer.lines))

    def set(self, array: Array, line: int, count: int = 0, *, condition: str = "") -> int:
        """Stop at ``line``, after passing it ``count`` times; gives the index in the array. -1 switches off.

        Raises: LookupError, when there is no code there.
        """
        index = array.index(line)
        self._set(array.ref, index, count, condition)
        return index

    def _set(self, array: int, index: int, count: int, condition: str) -> None:
        self._interpreter.ask_aside(SetupBreakpoint(array, index, count, condition), Done)

    def status(self, array: Array, index: int) -> BreakpointState:
        """The counter, and how often its line was reached."""
        return self._interpreter.ask_aside(BreakpointStatus(array.ref, index), BreakpointState)

    def free(self, array: Array) -> None:
        """Forget the array and its breakpoints."""
        self._interpreter.ask_aside(FreeBreakArray(array.ref), Done)

    # Evaluations that may stop

    def run(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
        among: tuple[str, int] = ("", 0),
        single_step: bool = False,
        break_on_exception: bool | None = None,
        break_on_error: bool | None = None,
        trace: bool = False,
        origin: str = "",
        inside: EvalBreak | None = None,
        frame: int = 0,
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> EvalComplete | EvalBreak:
        """Evaluate as ``eval_stmt`` does, but stop at breakpoints, at ``breakpoint()`` and where the flags say.

        With ``inside``, in a frame of that stopped evaluation (0: the innermost). What stops while others are stopped stands on top of them. ``origin`` is for
        :meth:`origin_of`.
        """
        self._settle()
        opts = EvalOpts(
            module=module,
            scope=scope,
            output_limit=self._interpreter.options.eval.output_limit,
            single_step=single_step,
            break_on_exception=self.on_exception if break_on_exception is None else break_on_exception,
            break_on_error=self.on_error if break_on_error is None else break_on_error,
            breaks=True,
            trace=trace,
            resume=inside.resume if inside is not None else 0,
            frame=frame,
        )
        body = EvalStmt(opts, EvalSource(text, filename, line, *among))
        patience = Patience(timeout_s, cancelled, self._interpreter.grace_s)
        return self.note(self._interpreter.ask_status(body, text, patience), origin)

    def evaluate(self, stop: EvalBreak, text: str, *, frame: int = 0) -> EvalComplete:
        """Evaluate in a frame of a stopped evaluation (0: the innermost), without stopping; assignments change its variables."""
        limit = self._interpreter.options.eval.output_limit
        opts = EvalOpts(output_limit=limit, resume=stop.resume, frame=frame)
        answer = self._interpreter.ask_status(EvalStmt(opts, EvalSource(text, "<evaluation>", 1)), text)
        assert isinstance(answer, EvalComplete)
        return answer

    @property
    def stops(self) -> tuple[EvalBreak, ...]:
        """The evaluations that are stopped, the one that goes on first last."""
        if self._stops and self._current() != self._worker:  # they went with their worker
            self._stops.clear()
            self._origins.clear()
        return tuple(self._stops)

    def resume(
        self,
        stop: EvalBreak,
        mode: str = "continue",
        *,
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> EvalComplete | EvalBreak:
        """Go on: ``continue``, or ``step`` to the next line, ``over`` calls, ``out`` of this one."""
        patience = Patience(timeout_s, cancelled, self._interpreter.grace_s)
        body = ResumeStmt(stop.resume, mode)
        answer = self._interpreter.ask_status(body, "a stopped evaluation", patience)
        origin = self.origin_of(stop)
        self._forget(stop)
        return self.note(answer, origin)

    def abandon(self, stop: EvalBreak) -> None:
        """Give a stopped evaluation up; its ``finally`` clauses run."""
        self._interpreter.ask(AbandonStmt(stop.resume), Done)
        self._forget(stop)

    def variable(self, stop: EvalBreak, name: str, *, frame: int = 0) -> ValueInfo:
        """A variable of a stopped frame, as a value."""
        value = self._interpreter.ask(GetBreakpointVar(stop.resume, frame, name), ValueInfo)
        return replaced(value, ref=self._interpreter.foreign(value.ref))

    def history(self, stop: EvalBreak) -> Lines:
        """The last lines of a traced evaluation, oldest first."""
        return self._interpreter.ask(History(stop.resume), Lines)

    def origin_of(self, stop: EvalBreak) -> str:
        """Whose evaluation has stopped, as :meth:`run` was told."""
        return self._origins.get(stop.resume, "")

    def note(self, answer: EvalComplete | EvalBreak, origin: str = "") -> EvalComplete | EvalBreak:
        """Keep ``answer`` among the stops, if it is one: for what was evaluated by other means, such as ``values.seq``."""
        self.frame = 0
        if isinstance(answer, EvalBreak):
            self._stops.append(answer)
            self._origins[answer.resume] = origin
        self._tell()
        return answer

    def _forget(self, stop: EvalBreak) -> None:
        self._stops = [one for one in self._stops if one.resume != stop.resume]
        self._origins.pop(stop.resume, None)
        self.frame = 0
        self._tell()

    def _tell(self) -> None:
        if self._interpreter.on_state is not None:
            self._interpreter.on_state(self._interpreter.status())
