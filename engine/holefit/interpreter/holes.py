"""Holes in code that runs, from the session's side: stopped evaluations that stand at one, live values, and tries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holefit_wire.interpreter import Done, EvalBreak, EvalComplete, EvalSource
from holefit_wire.interpreter.holes import (
    DeferHoles,
    FillHole,
    HolePlace,
    LiveNames,
    LiveValue,
    LiveValues,
    Tried,
    Try,
)

if TYPE_CHECKING:
    from holefit.interpreter.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class Reached:
    """A stopped evaluation that stands at a hole. ``place`` says where, as the text was that runs."""

    stop: EvalBreak
    place: HolePlace


@dataclass(frozen=True, slots=True)
class Begun:
    """What had begun an evaluation that stands at a hole: a ``snippet`` of the file at ``path``. ``text`` is the newest text of the hole's file then."""

    path: Path
    snippet: str
    text: str


class Holes:
    """What a worker knows of holes. Every method may raise WorkerDiedError and RequestFailedError."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._deferring: tuple[int, int | None, bool] | None = None
        self.begun: dict[int, Begun] = {}
        """By stop; for who lets evaluations go on."""

    def defer(self, on: bool) -> None:
        """Code that is imported, reloaded or evaluated from now on stops at its holes, or raises HoleReached; with ``on`` False no longer."""
        now = (self._interpreter.series, self._interpreter.status().pid, on)
        if self._deferring == now or (not on and self._deferring is None):
            return
        self._interpreter.ask(DeferHoles(on), Done)
        self._deferring = (self._interpreter.series, self._interpreter.status().pid, on)

    @property
    def reached(self) -> list[Reached]:
        """The holes that evaluations stand at, the one that goes on first last."""
        return [
            Reached(stop, stop.hole)
            for stop in self._interpreter.breakpoints.stops
            if isinstance(stop.hole, HolePlace)
        ]

    def fill(self, reached: Reached, text: str) -> EvalComplete | EvalBreak:
        """Evaluate ``text`` in the frame of a hole that was reached, and go on with its value for the hole.

        Where that raises, the answer is its EvalComplete, and the evaluation still stands.
        """
        given = self._interpreter.ask(FillHole(reached.stop.resume, text), EvalComplete)
        if getattr(given.result, "error", None) is not None:
            return given
        return self._interpreter.breakpoints.resume(reached.stop)

    def abandon(self) -> None:
        """Give up the evaluations that stand at holes on top of all others."""
        while (stops := self._interpreter.breakpoints.stops) and isinstance(stops[-1].hole, HolePlace):
            self._interpreter.breakpoints.abandon(stops[-1])
        self.begun.clear()

    def live(self, module: str, names: Sequence[str], *, stop: EvalBreak | None = None) -> list[LiveValue]:
        """The globals of a loaded module among ``names``, with the variables of ``stop``. Imports nothing, and starts no worker."""
        if self._interpreter.status().pid is None:
            return []
        resume = 0 if stop is None else stop.resume
        return self._interpreter.ask(LiveNames(module, list(names), resume), LiveValues).values

    def classes(
        self, module: str, stop: EvalBreak | None = None
    ) -> tuple[dict[str, str], dict[str, str]] | None:
        """The classes of the globals of a loaded module, and of the variables of ``stop``, qualified; None while the interpreter is at something else."""
        lock = self._interpreter._lock
        if self._interpreter.status().state != "idle" or not lock.acquire(blocking=False):
            return None
        try:
            told = self._interpreter.ask(LiveNames(module, []), LiveValues).values
        finally:
            lock.release()
        frame = stop.call_stack[0].variables if stop is not None else ()
        return {one.name: one.type for one in told}, {one.name: one.type for one in frame}

    def attempt(
        self,
        module: str,
        sources: Sequence[EvalSource],
        *,
        stop: EvalBreak | None = None,
        timeout_s: float = 1.0,
        memory_mb: int = 512,
        keep_going: bool = True,
    ) -> Tried:
        """Evaluate ``sources`` in a forked copy of the worker, in which all that they do stays; see the message.

        Raises: RequestFailedError, ``Unsupported`` where processes cannot be copied, ``Impossible`` where ``module`` is not loaded.
        """
        resume = 0 if stop is None else stop.resume
        return self._interpreter.ask(
            Try(module, list(sources), resume, timeout_s, memory_mb, keep_going), Tried
        )
