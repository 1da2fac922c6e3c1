"""Holes, problems and types of opened files: what the service answers, computed with mypy in this process."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mypy import nodes as N
from mypy.checker import FineGrainedDeferredNode

from holefit.holes.fits import Solution
from holefit.holes.hole import FitKind
from holefit.holes.terms import Term, is_primary, text
from holefit.holes.usage import NOTHING, Nearby
from holefit.index.import_edit import Wanted
from holefit.plugins.hole_fits import HoleFit
from holefit.session.options import HoleOptions
from holefit.types.documentation import documentation
from holefit.types.errors import MYPY_FAILED
from holefit.types.examination import Examination, Finding, counts
from holefit.types.graft import Graft
from holefit.types.hole_plugins import HolePlugins, module_of
from holefit.types.importable import imports_of
from holefit.types.program import Program
from holefit.types.render import render
from holefit.types.surroundings import Surroundings
from holefit.types.tree import Dug, find_holes, holes_below, is_hole_name
from holefit.types.typed_hole import typed_hole

log = logging.getLogger(__name__)
# No hole is looked at for longer by the clock, whatever the budget.
LONGEST_S = 2.0
_LINE_END = re.compile(r"\r\n|\r|\n")
_CANDIDATE = re.compile(r"(?<![\w.])_\w*")


@dataclass(frozen=True, slots=True)
class Partner:
    """What another hole is filled with along with a fit. ``below`` is how many lines it stands below the fit's own hole."""

    below: int
    column: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class FoundFit:
    """A fit with its text as it goes into the hole's place."""

    text: str
    type: str
    provenance: str
    kind: FitKind
    level: int
    imports: tuple[Wanted, ...] = ()
    documentation: str | None = None
    partners: tuple[Partner, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundHole:
    """A hole in mypy's terms: ``line`` is 1-based, ``column`` counts code points from 0."""

    line: int
    column: int
    name: str
    expected: str
    constraints: tuple[str, ...]
    bindings: tuple[tuple[str, str], ...]
    fits: tuple[FoundFit, ...]
    complete: bool
    elapsed_ms: float
    tried: int
    misspelled: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


def candidate_lines(text: str) -> set[int]:
    """Lines (1-based) that have a name with a leading underscore, dunders aside."""
    if "_" not in text:
        return set()
    return {
        number
        for number, line in enumerate(_LINE_END.split(text), 1)
        if "_" in line and any(is_hole_name(name) for name in _CANDIDATE.findall(line))
    }


class Holes:
    """Finds the holes of one file's tree and has them examined, target by target."""

    def __init__(
        self,
        program: Program,
        options: HoleOptions,
        cancelled: Callable[[], bool],
        nearby: Callable[[int], Nearby] = lambda _: NOTHING,
        *,
        quick: bool = False,
        sparing: bool = False,
    ) -> None:
        self._program = program
        self._sparing = sparing
        self._options = options
        self._cancelled = cancelled
        self._nearby = nearby
        self._quick = quick

    def targets(self, path: str, source: str) -> list[tuple[Target, list[Dug]]]:
        """What has to be checked to see all holes of the file, in text order."""
        tree = self._program.tree(path)
        return [] if tree is None else by_target(find_holes(tree, candidate_lines(source)))

    def targets_in(self, graft: Graft, source: str) -> list[tuple[Target, list[Dug]]]:
        """The same for one function that was grafted."""
        above, node, first, last = graft.site.checked
        lines = source.split("\n")[first - 1 : last]
        near = {line + first - 1 for line in candidate_lines("\n".join(lines))}
        return by_target(holes_below(above, node, near))

    def examine(
        self,
        path: str,
        target: Target,
        holes: list[Dug],
        inspect: Callable[[Surroundings], None] | None = None,
    ) -> list[FoundHole]:
        """Check ``target`` once with its holes dug; ``inspect`` is called for each while the checker stands at it.

        When that makes mypy fail, and this is ``sparing``, nothing is known of them, so that those of other targets have their answers.
        """
        try:
            return self._examined(path, target, holes, inspect)
        except MYPY_FAILED:
            if not self._sparing:
                raise
            log.exception("mypy failed in %s", name_of(target))
            return [self._found(Finding(hole, solution=Solution(complete=False)), [], 0.0) for hole in holes]

    def _examined(
        self,
        path: str,
        target: Target,
        holes: list[Dug],
        inspect: Callable[[Surroundings], None] | None,
    ) -> list[FoundHole]:
        started = time.perf_counter()
        tree = self._program.tree(path)
        assert tree is not None
        state = self._program.graph[self._program.module(path)]
        manager = self._program.manager
        checker = state.type_checker()
        manager.errors.set_file(path, state.id, options=state.options)
        examination = Examination(
            holes,
            self._program.hooks,
            tree,
            manager.modules,
            self._options,
            self._deadline,
            inspect,
            self._nearby,
            quick=self._quick,
        )
        with examination:
            baseline = check(checker, target)
            examination.confirm(lambda: check(checker, target), baseline)
        elapsed = (time.perf_counter() - started) * 1000 / max(len(holes), 1)
        state.free_state()
        return [self._found(finding, examination.findings, elapsed) for finding in examination.findings]

    def _deadline(self) -> Callable[[], bool]:
        # The budget is of work: on a busy machine answers come later, and are as good.
        end, latest = time.thread_time() + self._options.hole_budget_ms / 1000, time.monotonic() + LONGEST_S
        return lambda: time.thread_time() > end or time.monotonic() > latest or self._cancelled()

    def _found(self, finding: Finding, examined: Sequence[Finding], elapsed: float) -> FoundHole:
        hole = finding.hole
        fits = []
        for draft in finding.solution.fits:
            written = placed(draft.term, hole)
            needed = tuple(dict.fromkeys(imports_of(draft.term)))
            documented = (
                documentation(draft.term, self._program) if self._options.show_docs_of_hole_fits else None
            )
            partners = tuple(_partner(examined[index].hole, term, hole) for index, term in draft.partners)
            fits.append(
                FoundFit(
                    written,
                    draft.type,
                    draft.provenance,
                    draft.kind,
                    draft.level,
                    needed,
                    documented,
                    partners,
                )
            )
        messages: tuple[str, ...] = ()
        if (plugins := self._program.hooks.plugins) is not None:
            fits, messages = _plugged(plugins, finding, fits)
        return FoundHole(
            hole.node.line,
            hole.node.column,
            hole.name,
            render(finding.expected),
            finding.constraints if self._options.show_hole_constraints else (),
            finding.solution.bindings,
            tuple(fits),
            finding.solution.complete,
            elapsed,
            finding.solution.tried,
            finding.misspelled,
            messages,
        )


def _plugged(
    plugins: HolePlugins, finding: Finding, fits: list[FoundFit]
) -> tuple[list[FoundFit], tuple[str, ...]]:
    """``fits`` as plugins leave them, and what those have to say."""
    terms = (draft.term for draft in finding.solution.fits)
    shown = {
        HoleFit(fit.text, fit.type, module_of(term), fit.provenance, fit.level): fit
        for fit, term in zip(fits, terms, strict=True)
    }
    path = str(getattr(finding.hole.above[0], "path", ""))
    hole = typed_hole(path, finding.hole, finding.expected, finding.constraints)
    chosen, messages = plugins.fits(hole, list(shown))
    return [shown[one] for one in chosen], tuple(messages)


@dataclass(frozen=True, slots=True)
class Target:
    """What mypy checks at once: a function or method with the class that it is in, or a module's top level."""

    node: N.FuncDef | N.OverloadedFuncDef | N.Decorator | N.MypyFile
    info: N.TypeInfo | None


def check(checker: object, target: Target) -> frozenset[tuple[int, str]]:
    """Run mypy's checker over ``target``; gives its errors as lines and messages."""
    checker.reset()  # type: ignore[attr-defined]
    checker.pass_num, checker.last_pass = 0, 3  # type: ignore[attr-defined]
    node = FineGrainedDeferredNode(target.node, target.info)  # type: ignore[arg-type]  # decorators are accepted too
    with checker.msg.filter_errors(save_filtered_errors=True) as watcher:  # type: ignore[attr-defined]
        more = checker.check_second_pass(  # type: ignore[attr-defined]
            [node],
            allow_constructor_cache=False,
            recurse_into_functions=not isinstance(target.node, N.MypyFile),
        )
        while more and checker.deferred_nodes:  # type: ignore[attr-defined]
            more = checker.check_second_pass(allow_constructor_cache=False)  # type: ignore[attr-defined]
    return frozenset(
        (info.line, info.message)
        for info in watcher.filtered_errors()
        if counts(info, checker.errors)  # type: ignore[attr-defined]
    )


def name_of(target: Target) -> str:
    """The full name of a target; the same after an update, when the nodes may be others."""
    return target.node.fullname


def by_target(holes: list[Dug]) -> list[tuple[Target, list[Dug]]]:
    """Holes grouped by what has to be checked to see them."""
    groups: dict[int, tuple[Target, list[Dug]]] = {}
    for hole in holes:
        target = target_of(hole)
        groups.setdefault(id(target.node), (target, []))[1].append(hole)
    return list(groups.values())


def target_of(hole: Dug) -> Target:
    """The function at the top level or in a class at the top level whose body holds the hole; else the module."""
    info: N.TypeInfo | None = None
    outer: N.FuncDef | N.OverloadedFuncDef | N.Decorator | None = None
    chain = (*hole.above, hole.node)
    for node, below in pairwise(chain):
        if isinstance(node, N.ClassDef):
            info = node.info
        elif isinstance(node, (N.Decorator, N.OverloadedFuncDef)):
            outer = outer or node
        elif isinstance(node, N.FuncDef):
            if below is node.body:
                return Target(outer or node, info)
            break
        elif isinstance(node, N.LambdaExpr):
            break
    tree = chain[0]
    assert isinstance(tree, N.MypyFile)
    return Target(tree, None)


def _partner(other: Dug, term: Term, hole: Dug) -> Partner:
    return Partner(other.node.line - hole.node.line, other.node.column, other.name, placed(term, other))


def placed(term: Term, hole: Dug) -> str:
    """The text of ``term`` for the place of ``hole``, in parentheses where what is around it binds tighter."""
    written, parent = text(term), hole.parent
    is_base = (
        isinstance(parent, (N.MemberExpr, N.AwaitExpr))
        or (isinstance(parent, N.IndexExpr) and parent.base is hole.node)
        or (isinstance(parent, N.CallExpr) and parent.callee is hole.node)
    )
    is_operand = isinstance(parent, (N.UnaryExpr, N.OpExpr, N.ComparisonExpr, N.StarExpr, N.ConditionalExpr))
    stands = is_primary(term) or (is_operand and written.isdigit())
    return f"({written})" if (is_base or is_operand) and not stands else written
