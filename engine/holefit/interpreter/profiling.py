"""Profiles: evaluations with their cost centres, from the session's side."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.interpreter.patience import Patience
from holefit_wire.interpreter import (
    CostCentre,
    CostCentres,
    CostCentreStackInfo,
    EvalComplete,
    EvalOpts,
    EvalSource,
    MakeCostCentres,
    Profiled,
    ProfileStmt,
    StackNames,
)

if TYPE_CHECKING:
    from holefit.interpreter.interpreter import Interpreter

SAMPLE_S = 0.001


@dataclass(frozen=True, slots=True)
class Stack:
    """A cost centre as it was entered from others. Times and bytes are its own, without those of stacks that go on from it.

    ``parent`` is the index of the stack it goes on from, which comes before it; -1 for the beginning of a thread.
    """

    parent: int
    centre: CostCentre
    entries: int
    nanoseconds: int
    allocated: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one cost centre took in all: by itself, and with what it entered. Times in nanoseconds, ``allocated`` in bytes of its own."""

    centre: CostCentre
    entries: int
    nanoseconds: int
    with_inner: int
    allocated: int


@dataclass(frozen=True, slots=True)
class HotLine:
    """A line (1-based) with the time in which it ran, and in which it or what it called ran, in nanoseconds; from samples."""

    path: Path
    line: int
    nanoseconds: int
    with_calls: int


@dataclass(frozen=True)
class Profile:
    """An evaluation, and where its time went. ``ref`` names the profile in the worker."""

    complete: EvalComplete
    stacks: tuple[Stack, ...]
    lines: tuple[HotLine, ...]
    allocation: bool = False
    ref: int = 0

    @cached_property
    def nanoseconds(self) -> int:
        """The time of the main thread."""
        return self._with_inner[0] if self.stacks else 0

    @cached_property
    def _with_inner(self) -> list[int]:
        times = [stack.nanoseconds for stack in self.stacks]
        for at in range(len(times) - 1, 0, -1):
            if self.stacks[at].parent >= 0:
                times[self.stacks[at].parent] += times[at]
        return times

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """By cost centre, that with most time of its own first."""
        found: dict[CostCentre, list[int]] = {}
        for stack, with_inner in zip(self.stacks, self._with_inner, strict=True):
            entries = found.setdefault(stack.centre, [0, 0, 0, 0])
            for column, value in enumerate((stack.entries, stack.nanoseconds, with_inner, stack.allocated)):
                entries[column] += value
        costs = (Cost(centre, *columns) for centre, columns in found.items())
        return tuple(sorted(costs, key=lambda cost: (-cost.nanoseconds, -cost.with_inner)))


class Heat:
    """The hot lines of the newest profile, beside the texts that it was made with: an edit moves them, and takes away those of lines that were changed."""

    def __init__(self, profile: Profile, texts: Mapping[Path, str]) -> None:
        self.nanoseconds = max((line.with_calls for line in profile.lines), default=0)
        self._texts = {path: text.splitlines() for path, text in texts.items()}
        self._lines: dict[Path, list[HotLine]] = {}
        for line in profile.lines:
            self._lines.setdefault(line.path, []).append(line)

    def of(self, path: Path, text: str) -> dict[int, HotLine]:
        """The hot lines of a file by where they are in ``text`` (1-based), all that took a hundredth of the time or more."""
        hot = [one for one in self._lines.get(path, ()) if one.with_calls * 100 >= self.nanoseconds]
        before, now = self._texts.get(path), text.splitlines()
        if not hot or before is None:
            return {}
        if before == now:
            return {one.line: one for one in hot}
        blocks = SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks()
        found = {}
        for one in hot:
            for block in blocks:
                if block.a < one.line <= block.a + block.size:
                    found[one.line - block.a + block.b] = one
        return found


class Profiling:
    """Cost centres and profiles. Every method raises WorkerDiedError, and RequestFailedError for what cannot be done."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self.heat: Heat | None = None  # what the editor shows

    def make(self, module: str, names: Sequence[str] = ()) -> list[CostCentre]:
        """Make cost centres of functions of ``module``, by qualified name, or of all its own functions, for profiles with ``every=False``."""
        return self._interpreter.ask(MakeCostCentres(module, list(names)), CostCentres).centres

    def run(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
        every: bool = True,
        modules: Sequence[str] = (),
        allocation: bool = False,
        sample_s: float = SAMPLE_S,
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> Profile:
        """Evaluate as ``eval_stmt`` does, and tell where the time went.

        ``every`` function of ``modules`` (all, when that is empty) is a cost centre; else those of :meth:`make`. What is none is charged to who called it.
        ``allocation`` counts memory too, which takes several times as long. ``sample_s`` 0 looks at no lines.
        """
        opts = EvalOpts(module=module, scope=scope, output_limit=self._interpreter.options.eval.output_limit)
        body = ProfileStmt(
            opts=opts,
            expr=EvalSource(text, filename, line),
            centres="every" if every else "made",
            modules=tuple(modules),
            allocation=allocation,
            sample_s=sample_s,
        )
        patience = Patience(timeout_s, cancelled, self._interpreter.grace_s)
        return self._told(self._interpreter.ask_profiled(body, text, patience), allocation)

    def stack_names(self, profile: Profile, stack: int) -> list[str]:
        """The names on a stack, outermost first."""
        return self._interpreter.ask(CostCentreStackInfo(profile.ref, stack), StackNames).names

    def _told(self, told: Profiled, allocation: bool) -> Profile:
        columns = told.stacks
        stacks = tuple(
            Stack(parent, told.centres[centre], entries, nanoseconds, allocated)
            for parent, centre, entries, nanoseconds, allocated in zip(
                columns.parents,
                columns.centres,
                columns.entries,
                columns.nanoseconds,
                columns.allocated,
                strict=True,
            )
        )
        lines = tuple(
            HotLine(Path(one.path), one.line, one.nanoseconds, one.with_calls) for one in told.lines
        )
        return Profile(told.complete, stacks, lines, allocation, told.ref)
