"""Breakpoints and stopped evaluations, from the session's side."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.interpreter.patience import Patience
from holefit_wire.codec import replaced
from holefit_wire.interpreter import (
    AbandonStmt,
    BreakArray,
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
        at = bisect_left(self.lines, line)
        if at == len(self.lines):
            raise LookupError(f"{self.path} has no code at line {line} or below")
        return at


class Breakpoints:
    """What stops, and what has stopped. Breakpoints can be set and read while code runs; all else waits its turn.

    Every method raises WorkerDiedError, and RequestFailedError for what cannot be done.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def array(self, path: Path) -> Array:
        """A new break array for the file at ``path``, all its counters off."""
        answer = self._interpreter.ask_aside(NewBreakArray(str(path)), BreakArray)
        return Array(answer.ref, path, tuple(answer.lines))

    def set(self, array: Array, line: int, count: int = 0) -> int:
        """Stop at ``line``, after passing it ``count`` times; gives the index in the array. -1 switches off.

        Raises: LookupError, when there is no code there.
        """
        index = array.index(line)
        self._interpreter.ask_aside(SetupBreakpoint(array.ref, index, count), Done)
        return index

    def status(self, array: Array, index: int) -> BreakpointState:
        """The counter, and how often its line was reached."""
        return self._interpreter.ask_aside(BreakpointStatus(array.ref, index), BreakpointState)

    def free(self, array: Array) -> None:
        """Forget the array and its breakpoints."""
        self._interpreter.ask_aside(FreeBreakArray(array.ref), Done)

    def run(
        self,
        text: str,
        *,
        module: str = "__main__",
        filename: str = "<evaluation>",
        line: int = 1,
        single_step: bool = False,
        break_on_exception: bool = False,
        break_on_error: bool = False,
        trace: bool = False,
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> EvalComplete | EvalBreak:
        """Evaluate as ``eval_stmt`` does, but stop at breakpoints, at ``breakpoint()`` and where the flags say."""
        opts = EvalOpts(
            module=module,
            output_limit=self._interpreter.options.eval.output_limit,
            single_step=single_step,
            break_on_exception=break_on_exception,
            break_on_error=break_on_error,
            breaks=True,
            trace=trace,
        )
        body = EvalStmt(opts, EvalSource(text, filename, line))
        return self._interpreter.ask_status(
            body, text, Patience(timeout_s, cancelled, self._interpreter.grace_s)
        )

    def evaluate(self, stop: EvalBreak, text: str, *, frame: int = 0) -> EvalComplete:
        """Evaluate in a frame of a stopped evaluation (0: the innermost); assignments change its variables."""
        limit = self._interpreter.options.eval.output_limit
        opts = EvalOpts(output_limit=limit, resume=stop.resume, frame=frame)
        answer = self._interpreter.ask_status(EvalStmt(opts, EvalSource(text, "<evaluation>", 1)), text)
        assert isinstance(answer, EvalComplete)
        return answer

    def resume(
        self, stop: EvalBreak, mode: str = "continue", *, timeout_s: float = 0.0
    ) -> EvalComplete | EvalBreak:
        """Go on: ``continue``, or ``step`` to the next line, ``over`` calls, ``out`` of this one."""
        patience = Patience(timeout_s, None, self._interpreter.grace_s)
        return self._interpreter.ask_status(ResumeStmt(stop.resume, mode), "a stopped evaluation", patience)

    def abandon(self, stop: EvalBreak) -> None:
        """Give a stopped evaluation up; its ``finally`` clauses run."""
        self._interpreter.ask(AbandonStmt(stop.resume), Done)

    def variable(self, stop: EvalBreak, name: str, *, frame: int = 0) -> ValueInfo:
        """A variable of a stopped frame, as a value."""
        value = self._interpreter.ask(GetBreakpointVar(stop.resume, frame, name), ValueInfo)
        return replaced(value, ref=self._interpreter.foreign(value.ref))

    def history(self, stop: EvalBreak) -> Lines:
        """The last lines of a traced evaluation, oldest first."""
        return self._interpreter.ask(History(stop.resume), Lines)
