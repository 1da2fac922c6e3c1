"""Looking ahead: what a reload would do, statement by statement, without running or changing anything.

A plan is made as for a reload and read instead of carried out. What only a run can tell is said as a condition: a statement below
a guard that has changed, an initialiser whose value nobody has seen.
"""

from __future__ import annotations

import ast
import threading
from types import ModuleType

from holefit_wire.codec import replaced
from holefit_wire.interpreter import (
    PlannedModule,
    PlannedStep,
    ReloadError,
    ReloadPlanned,
    StaleFrameInfo,
)

from . import classes, codes, functions
from .module import Module
from .names import bound
from .plan import BODIES, EQUAL, Plan
from .report import failure
from .source import Parse, lines_of, normalised, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from .plan import Match
    from .report import Report
    from .source import Leaf, Statement

_ALWAYS = "always"
_KEEP = "keep"


def foresee(
    differing: Iterable[tuple[Module, str, tuple[int, ...]]], order: list[str], policy: str
) -> ReloadPlanned:
    """What a reload of ``differing`` modules (record, new text, stamp) would do, in that order."""
    plans: dict[str, Plan] = {}
    errors: list[ReloadError] = []
    for record, text, found in differing:
        try:
            if text == "\0":  # it cannot be decoded, or could not be read a moment ago
                text, found = read(record.path)
            plans[record.name] = Plan(record, text, found)
        except (SyntaxError, ValueError, RecursionError, OverflowError, OSError) as error:
            errors.append(failure(record.name, record.path, error))
    modules = [_planned(plans[name], policy, loaded=True) for name in order if name in plans]
    return ReloadPlanned(modules, errors, list(running_frames(plans.values())))


def compare(old: Mapping[str, str], new: Mapping[str, str], policy: str) -> ReloadPlanned:
    """What a reload would do in a process that had loaded the ``old`` texts (by path) and found the ``new`` ones."""
    modules, errors = [], []
    for path, text in new.items():
        record = _unloaded(path)
        try:
            record.text = normalised(old[path])
            record.lines = lines_of(record.text)
            record.chunks = record.parse.chunks(record.lines)
        except (SyntaxError, ValueError, RecursionError) as error:
            trouble = failure(record.name, record.path, error)
            errors.append(replaced(trouble, message=f"the old text: {trouble.message}"))
            continue
        _assume_loaded(record)
        try:
            modules.append(_planned(Plan(record, normalised(text), ()), policy, loaded=False))
        except (SyntaxError, ValueError, RecursionError) as error:
            errors.append(failure(record.name, record.path, error))
    return ReloadPlanned(modules, errors, [])


def refuse(report: Report, plans: Iterable[Plan]) -> None:
    """Make ``report`` an error when a function that would change is running."""
    plans = list(plans)
    frames = list(running_frames(plans))
    if not frames:
        return
    places = {plan.record.name: plan.record.path for plan in plans}
    report.refused = True
    report.stale_frames = frames
    for frame in frames:
        text = f"{frame.module}.{frame.function} would change, and is running in {frame.thread}"
        report.errors.append(ReloadError(frame.module, places[frame.module], frame.line, 0, text, ""))


def running_frames(plans: Iterable[Plan]) -> Iterator[StaleFrameInfo]:
    """The calls that are running code that would change or go, in every thread. Generators that wait are none."""
    changing: dict[int, str] = {}
    for plan in plans:
        for code in _changing(plan):
            changing[id(code)] = plan.record.name
    if not changing:
        return
    threads = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, code_id, function, line in functions.running_frames()[1]:
        if code_id in changing:
            yield StaleFrameInfo(changing[code_id], function, line, threads.get(ident, str(ident)))


def _changing(plan: Plan) -> Iterator[Any]:
    """Code of functions that is to be replaced by code that does something else, or goes."""
    for leaf in _leaves(plan):
        match = plan.of(leaf)
        if match.old is None or match.relation == EQUAL:
            continue
        for tree in (match.old.code, *match.old.extra):
            for old, new in codes.pair(tree, leaf.statement.code):
                if codes.is_function(old) and codes.shape(old) != codes.shape(new):
                    yield old
    for statement, _ in plan.pool:
        for tree in (statement.code, *statement.extra):
            yield from (code for code in codes.tree(tree) if codes.is_function(code))


def _leaves(plan: Plan) -> Iterator[Leaf]:
    pending = [leaf for chunk in plan.chunks for leaf in chunk.leaves]
    while pending:
        leaf = pending.pop(0)
        yield leaf
        pending = [*leaf.body, *leaf.orelse, *pending]


def _planned(plan: Plan, policy: str, *, loaded: bool) -> PlannedModule:
    steps = [
        step
        for chunk in plan.chunks
        for leaf in chunk.leaves
        for step in _steps(plan, leaf, policy, loaded=loaded)
    ]
    for chunk in [*plan.kept(), *plan.moved()]:
        for statement in chunk.statements:
            if statement.on_reload:
                line = statement.line + (plan.delta if chunk in plan.moved() else 0)
                steps.append(_step(statement, "run", True, "it runs at every reload", line=line))
    there = _bound(plan)
    for statement, _ in plan.pool:
        gone = [name for name in statement.names if name not in there]
        if gone or not statement.names:
            why = "its names go" if gone else "it is gone; what it did stays done"
            steps.append(PlannedStep(statement.line, "remove", False, gone, why))
    return PlannedModule(plan.record.name, plan.record.path, sorted(steps, key=lambda step: step.line))


def _steps(plan: Plan, leaf: Leaf, policy: str, *, loaded: bool, under: str = "") -> Iterator[PlannedStep]:
    statement, match = leaf.statement, plan.of(leaf)
    if statement.kind == "guard":
        yield from _guard_steps(plan, leaf, match, policy, loaded=loaded, under=under)
        return
    if statement.kind in {"text", "doc"} and match.relation != EQUAL:
        yield _step(statement, "document", False, "a text")
        return
    if match.relation == EQUAL:
        if statement.on_reload:
            yield _step(statement, "run", True, "it runs at every reload")
        return
    if match.relation == BODIES:
        yield _step(statement, "swap", False, "functions in it get their new code where they are")
        return
    old = match.old
    if old is None:
        effect = "define" if statement.kind in {"def", "class"} else "run"
        yield _step(statement, effect, True, under or "it is new")
    elif statement.kind == "def" == old.kind and leaf.node is not None:
        yield _function_step(plan, leaf, match)
    elif statement.kind == "class" == old.kind and leaf.node is not None:
        yield _class_step(plan, leaf, match)
    elif statement.kind == "initialiser":
        yield _initialiser_step(plan, statement, old, policy, loaded=loaded)
    else:
        yield _step(statement, "run", True, under or "it has changed")


def _guard_steps(
    plan: Plan, leaf: Leaf, match: Match, policy: str, *, loaded: bool, under: str
) -> Iterator[PlannedStep]:
    statement = leaf.statement
    if match.relation != EQUAL:
        yield _step(statement, "test", True, under or "the condition is new or has changed")
        under = "if the condition opens its branch"
    if match.relation == EQUAL and loaded:
        branches = [leaf.body if statement.truth else leaf.orelse]
    else:
        branches = [leaf.body, leaf.orelse]
    for branch in branches:
        for inner in branch:
            yield from _steps(plan, inner, policy, loaded=loaded, under=under)


def _function_step(plan: Plan, leaf: Leaf, match: Match) -> PlannedStep:
    former = _old_node(plan, match)
    node = leaf.node
    if [ast.dump(one) for one in getattr(former, "decorator_list", ())] == [
        ast.dump(one) for one in node.decorator_list
    ]:
        why = "its defaults and annotations are evaluated anew; its decorators do not run"
        return _step(leaf.statement, "header", True, why)
    return _step(leaf.statement, "define", True, "its decorators have changed")


def _class_step(plan: Plan, leaf: Leaf, match: Match) -> PlannedStep:
    former, node, statement = _old_node(plan, match), leaf.node, leaf.statement
    if not isinstance(former, ast.ClassDef) or classes.header(former) != classes.header(node):
        return _step(
            statement,
            "rebuild",
            True,
            "its bases, keywords or decorators have changed: it is made anew, and its instances move",
        )
    difference = classes.Difference(former, node)
    parts = [name for one in difference.run for name in bound(one)]
    parts += [inner.name for _, inner in difference.nested]
    told = [f"{', '.join(dict.fromkeys(parts))} run again"] if parts else []
    told += [f"{', '.join(difference.removed)} go"] if difference.removed else []
    return _step(statement, "patch", bool(parts), "; ".join(told) or "in place")


def _initialiser_step(
    plan: Plan, statement: Statement, old: Statement, policy: str, *, loaded: bool
) -> PlannedStep:
    if policy == _ALWAYS:
        return _step(statement, "run", True, "the initialiser has changed")
    if policy == _KEEP:
        return _step(statement, "keep", False, "live values stay (policy keep)")
    if not loaded:
        return _step(statement, "run", True, "if the value is still the one that the old initialiser gave")
    namespace = plan.record.namespace
    touched = [
        name
        for name in statement.names
        if name in namespace and name in old.seals and not old.seals[name].whole(namespace[name])
    ]
    if touched and len(touched) == len(statement.names):
        return _step(statement, "keep", False, "its value has changed since it was initialised")
    why = f"{', '.join(touched)} keep their live values" if touched else "its value is untouched"
    return _step(statement, "run", True, why)


def _step(
    statement: Statement, effect: str, runs: bool, reason: str, *, line: int | None = None
) -> PlannedStep:
    return PlannedStep(statement.line if line is None else line, effect, runs, list(statement.names), reason)


def _old_node(plan: Plan, match: Match) -> ast.stmt | None:
    if match.old is None or match.chunk is None:
        return None
    return plan.record.parse.node_at(plan.record.lines, match.chunk, match.old.line)


def _bound(plan: Plan) -> set[str]:
    """The names that the new text binds, wherever at top level."""
    statements = [one for chunk in [*plan.kept(), *plan.moved()] for one in chunk.statements]
    return {name for one in [*statements, *(leaf.statement for leaf in _leaves(plan))] for name in one.names}


def _unloaded(path: str) -> Module:
    return Module("", ModuleType(""), path, Parse(path, ""))


def _assume_loaded(record: Module) -> None:
    """All that could have run has, both branches of every guard."""
    for chunk in record.chunks:
        pending, chunk.leaves = list(chunk.leaves), []
        while pending:
            leaf = pending.pop(0)
            chunk.statements.append(leaf.statement)
            pending = [*leaf.body, *leaf.orelse, *pending]
