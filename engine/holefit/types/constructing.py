"""The constructions at a place of a file: facts from the checker, drafts from those, and trials of the drafts."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from holefit.holes.constructions.bodies import bodies
from holefit.holes.constructions.case_split import case_splits
from holefit.holes.constructions.construction import Change, Draft, changed
from holefit.holes.constructions.definition_from_use import TRIAL as METHOD
from holefit.holes.constructions.definition_from_use import definitions, method, method_use
from holefit.holes.constructions.facts import Facts
from holefit.holes.constructions.lambdas import lambdas
from holefit.holes.constructions.layout import Layout
from holefit.holes.constructions.match_arms import arms_at
from holefit.holes.constructions.protocol_from_constraints import (
    parameter_at,
    parameter_trial,
    protocol_of_hole,
    protocol_of_parameter,
)
from holefit.session.options import HoleOptions
from holefit.syntax import Position, Source
from holefit.types.checking import Holes
from holefit.types.program import Program
from holefit.types.surroundings import Surroundings
from holefit.types.trial import Trial
from holefit_wire.types import ChangeInfo, ConstructionInfo

LIMIT_S = 1.2
_QUIET = HoleOptions(show_valid_hole_fits=False, max_relevant_binds=0)


@dataclass(frozen=True, slots=True)
class PlacedHole:
    """Where mypy has a hole: ``line`` is 1-based."""

    line: int
    column: int
    name: str


def construction_info(source: Source, draft: Draft) -> ConstructionInfo:
    """A draft that was accepted, as a message."""
    changes = []
    for change in draft.changes:
        start, end = source.position(change.start), source.position(change.end)
        changes.append(ChangeInfo(start.line, start.column, end.line, end.column, change.text))
    return ConstructionInfo(draft.kind.value, draft.title, changes)


class Constructing:
    """Finds constructions in one file of a program, whose text is ``text`` there.

    ``column_of`` tells the column of a hole in code points. What was found when ``cancelled`` says so, or :data:`LIMIT_S` is over, is all there is.
    """

    def __init__(
        self,
        program: Program,
        path: str,
        text: str,
        column_of: Callable[[PlacedHole, str], int],
        cancelled: Callable[[], bool],
    ) -> None:
        self._program = program
        self._path = path
        self._column_of = column_of
        self._cancelled = cancelled
        self._until = time.monotonic() + LIMIT_S
        self.layout = Layout(Source(Path(path), text), program.options.python_version)
        self._trial = Trial(program, path, text)

    def at(self, position: Position) -> list[Draft]:
        """Those at ``position`` that the checker accepts."""
        try:
            assert self.layout.tree
        except (SyntaxError, ValueError, RecursionError):
            return []
        found = []
        for draft in self._drafts(self.layout.source.offset(position)):
            if self._over():
                break
            accepted = self._accepted(draft)
            if accepted is not None:
                found.append(accepted)
        return found

    def _accepted(self, draft: Draft) -> Draft | None:
        tried: Draft | None = draft
        while tried is not None and not self._over():
            text = changed(self.layout.text, tried.changes)
            if _parses(text) and self._trial.accepts(text):
                return tried
            tried = tried.otherwise
        return None

    def _drafts(self, offset: int) -> Iterator[Draft]:
        layout = self.layout
        facts = self._facts(layout.text, offset, offset)
        start = next(
            (place for place, one in facts.items() if place <= offset <= place + len(one.name)), None
        )
        if start is not None:
            here = facts[start]
            yield from case_splits(layout, start, here)
            yield from lambdas(layout, start, here)
            yield from definitions(layout, start, here)
            yield from self._protocol(start, facts)
        yield from bodies(layout, offset)
        yield from self._arms(offset)
        yield from self._method(offset)
        yield from self._parameter(offset)

    def _protocol(self, offset: int, facts: dict[int, Facts]) -> Iterator[Draft]:
        here = facts[offset]
        function = self.layout.function(offset)
        same = {
            place: one
            for place, one in facts.items()
            if one.name == here.name
            and one.use is not None
            and (place == offset or (function is not None and self.layout.function(place) is function))
        }
        if here.use is None or (here.use.member == "" and len(same) == 1):
            return
        if not here.name.strip("_"):
            same = {offset: here}
        uses = [one.use for one in same.values() if one.use is not None]
        draft = protocol_of_hole(self.layout, offset, here.name, list(same), uses, here.in_scope)
        if draft is not None:
            yield draft

    def _arms(self, offset: int) -> Iterator[Draft]:
        arms = arms_at(self.layout, offset)
        if arms is None:
            return
        text, place = arms.trial(self.layout)
        facts = self._facts_of_trial(text, place, place).get(place)
        draft = None if facts is None else arms.draft(self.layout, facts)
        if draft is not None:
            yield draft

    def _method(self, offset: int) -> Iterator[Draft]:
        used = method_use(self.layout, offset)
        if used is None:
            return
        start = self.layout.start(used[0])
        trial = Change(start, self.layout.end(used[0]), METHOD)
        facts = self._facts_of_trial(changed(self.layout.text, (trial,)), start, start).get(start)
        draft = None if facts is None else method(self.layout, offset, facts)
        if draft is not None:
            yield draft

    def _parameter(self, offset: int) -> Iterator[Draft]:
        found = parameter_at(self.layout, offset)
        if found is None:
            return
        parameter, function = found
        trial = changed(self.layout.text, parameter_trial(self.layout, parameter, function))
        end = self.layout.end(function) + len(trial) - len(self.layout.text)
        facts = self._facts_of_trial(trial, self.layout.start(function), end)
        uses = [one.use for one in facts.values() if one.use is not None and one.name.startswith("_holefit")]
        taken = next((one.in_scope for one in facts.values()), frozenset())
        draft = protocol_of_parameter(self.layout, offset, parameter, uses, taken)
        if draft is not None:
            yield draft

    def _facts_of_trial(self, text: str, start: int, end: int) -> dict[int, Facts]:
        with self._trial.instead(text) as good:
            return self._facts(text, start, end) if good else {}

    def _facts(self, text: str, start: int, end: int) -> dict[int, Facts]:
        """The facts of the holes of ``text``, which the program has, that are checked together with one between ``start`` and ``end``; by offset."""
        tree = self._program.tree(self._path)
        if tree is None:
            return {}
        found: dict[int, Facts] = {}
        source = Source(Path(self._path), text)

        def inspect(around: Surroundings) -> None:
            node = around.hole.node
            column = self._column_of(PlacedHole(node.line, node.column, node.name), text)
            place = Position(node.line - 1, column)
            found[source.offset(place)] = around.facts()

        finder = Holes(self._program, _QUIET, self._cancelled)
        first, last = source.position(start).line + 1, source.position(end).line + 1
        for target, holes in finder.targets(self._path, text):
            if any(first <= hole.node.line <= last for hole in holes):
                finder.examine(self._path, target, holes, inspect)
        return found

    def _over(self) -> bool:
        return time.monotonic() > self._until or self._cancelled()


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
