"""Holes examined while the code around them is being checked.

Every hole of a target (a function, or a module's top level) is replaced by a synthetic call, and before every statement that
holds one a synthetic call, the *probe*, is put. Then the target is checked once. When the checker comes to a probe, everything that
stands above the statement is known, narrowing included. The probe checks the statement several times on its own, each time
throwing away what the check did to the checker's state:

1. with ``Any`` for the hole: its errors are those that the statement has anyway (the baseline);
2. with a value that cannot exist (``Never``) for the hole, which leaves inference to what else is known: the type contexts seen
   at the hole are collected (a callee with overloads, or a generic one, is tried in several ways);
3. the same again, and at the last visit of the hole the candidates are judged by their own type;
4. with each promising candidate in the hole's place: it fits when no error appears that is not in the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from mypy import nodes as N
from mypy import types as T
from mypy.errors import ErrorInfo, Errors
from mypy.plugin import FunctionContext
from mypy.subtypes import is_subtype

from holefit.holes.fits import ALWAYS_TRIED, Draft, Gathered, Offered, Solution, choose, gather
from holefit.holes.terms import Term, text
from holefit.holes.usage import NOTHING, Nearby
from holefit.session.options import HoleOptions
from holefit.types.demands import Demand, demand_of, place_of
from holefit.types.expressions import build
from holefit.types.formatted import can_be_formatted, in_formatted_string
from holefit.types.hooks import PREFIX, Hooks, synthetic_call
from holefit.types.live import with_live_types
from holefit.types.outside import from_outside, solved_by_result
from holefit.types.scope import Visible, not_assigned_yet, visible
from holefit.types.site import CheckerSite
from holefit.types.structure import loosened, parts, union, unsettled
from holefit.types.surroundings import Surroundings, perhaps_meant
from holefit.types.tree import Dug, descendants
from holefit.types.typed_hole import typed_hole

if TYPE_CHECKING:
    from mypy.checker import TypeChecker


@dataclass(slots=True)
class Finding:
    """What the check told about one hole. ``expected`` None: nothing is demanded (or the hole is in code that never runs)."""

    hole: Dug
    expected: T.Type | None = None
    constraints: tuple[str, ...] = ()
    solution: Solution = field(default_factory=Solution)
    reached: bool = False
    misspelled: tuple[str, ...] = ()


class Examination:
    """The holes of one target: dig, check (by the caller), fill in again."""

    def __init__(
        self,
        holes: Sequence[Dug],
        hooks: Hooks,
        tree: N.MypyFile,
        modules: dict[str, N.MypyFile],
        options: HoleOptions,
        clock: Callable[[], Callable[[], bool]],
        inspect: Callable[[Surroundings], None] | None = None,
        nearby: Callable[[int], Nearby] = lambda _: NOTHING,
        *,
        quick: bool = False,
    ) -> None:
        self.findings = [Finding(hole) for hole in holes]
        self._hooks = hooks
        self._tree = tree
        self._modules = modules
        self._options = options
        self._clock = clock
        self._inspect = inspect
        self._nearby = nearby
        self._quick = quick
        function = modules["builtins"].names["function"].node
        assert isinstance(function, N.TypeInfo)
        self._function = function
        self._calls: list[N.CallExpr] = []
        self._probes: list[_Probe] = []
        self._inert = False
        self._watch: dict[int, Callable[[FunctionContext], T.Type]] = {}
        self._own_options: dict[int, HoleOptions] = {}  # where plugins have changed them
        self._stacks: dict[
            int, tuple[T.Type | None, ...]
        ] = {}  # the type contexts of what is around each hole

    def __enter__(self) -> Examination:
        """Put the synthetic calls in place."""
        statements: dict[int, _Probe] = {}
        for index, finding in enumerate(self.findings):
            hole = finding.hole
            _declare(hole)
            call = synthetic_call(f"{PREFIX}hole.{index}", hole.node, self._function)
            call.end_line, call.end_column = hole.node.end_line, hole.node.end_column
            self._calls.append(call)
            self._hooks.active[f"{PREFIX}hole.{index}"] = self._hole_hook(index)
            probe = statements.get(id(hole.statement))
            if probe is None:
                probe = statements[id(hole.statement)] = _Probe(hole.statement, hole.siblings, [])
                probe.reaches = _reaches(hole)
                self._probes.append(probe)
            probe.holes.append(index)
        for index, probe in enumerate(self._probes):
            name = f"{PREFIX}probe.{index}"
            probe.call = N.ExpressionStmt(synthetic_call(name, probe.statement, self._function))
            probe.call.set_line(probe.statement)
            probe.variables = _variables(probe.statement)
            self._hooks.active[name] = self._probe_hook(probe)
        for finding, call in zip(self.findings, self._calls, strict=True):
            for slot in finding.hole.slots:
                slot.put(call)
        for probe in self._probes:
            probe.siblings.insert(_position(probe.siblings, probe.statement), probe.call)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the tree as it was."""
        for probe in self._probes:
            position = _position(probe.siblings, probe.call)
            del probe.siblings[position]
        for finding in self.findings:
            for slot in finding.hole.slots:
                slot.put(finding.hole.node)
        for name in [name for name in self._hooks.active if name.startswith(PREFIX)]:
            del self._hooks.active[name]

    def substitute(self, index: int, term: Term) -> None:
        """Put ``term`` in the place of hole ``index`` until :meth:`restore`."""
        hole = self.findings[index].hole
        for slot in hole.slots:
            slot.put(build(term, hole.node))

    def restore(self, index: int) -> None:
        """Undo :meth:`substitute`."""
        for slot in self.findings[index].hole.slots:
            slot.put(self._calls[index])

    def confirm(self, check: Callable[[], frozenset[Error]], baseline: frozenset[Error]) -> None:
        """Try the fits of statements that bind names in the whole target: what follows must have no new error either.

        ``check`` checks the target as the tree stands; ``baseline`` are its errors with the holes.
        """
        self._inert = True
        for probe in self._probes:
            if not probe.binds:
                continue
            types = [(variable, variable.type) for variable in probe.variables]
            for index in probe.holes:
                solution = self.findings[index].solution
                expired = self._clock()
                kept: list[Draft] = []
                counted: list[int] = []
                complete = solution.complete
                for number, draft in enumerate(solution.fits):
                    limit = (
                        self._options.max_refinement_hole_fits
                        if draft.level
                        else self._options.max_valid_hole_fits
                    )
                    if sum(bool(one.level) is bool(draft.level) for one in kept) >= limit:
                        continue
                    if number >= ALWAYS_TRIED and expired():
                        complete = False
                        break
                    self.substitute(index, draft.term)
                    if (errors := check()) <= baseline:
                        kept.append(draft)
                        counted.append(len(errors))
                    self.restore(index)
                # Some of the errors with the hole may come from the hole itself.
                fewest = min(counted, default=0)
                fits = tuple(draft for draft, number in zip(kept, counted, strict=True) if number == fewest)
                self.findings[index].solution = replace(solution, fits=fits, complete=complete)
            for variable, type in types:
                variable.type = type
        self._inert = False

    def _hole_hook(self, index: int) -> Callable[[FunctionContext], T.Type]:
        def hook(context: FunctionContext) -> T.Type:
            watch = self._watch.get(index)
            return watch(context) if watch is not None else _UNKNOWN

        return hook

    def _forget(self, probe: _Probe) -> None:
        """Watch the holes of a statement no more; those of a statement around it may be watched just now."""
        for index in probe.holes:
            self._watch.pop(index, None)

    def _probe_hook(self, probe: _Probe) -> Callable[[FunctionContext], T.Type]:
        def hook(context: FunctionContext) -> T.Type:
            if not probe.running and not self._inert:
                probe.running = True
                # Emptied containers take their types from here, or lose them.
                probe.reaches = probe.reaches or any(scope.map for scope in context.api.partial_types)  # type: ignore[attr-defined]
                try:
                    for index in probe.holes:
                        self._examine(context.api, probe, index)  # type: ignore[arg-type]  # the checker itself
                    self._forget(probe)
                    if not self._quick:
                        for one, other in combinations(probe.holes, 2):
                            self._join(context.api, probe, one, other)  # type: ignore[arg-type]
                finally:
                    probe.running = False
                    self._forget(probe)
            return _ANY

        return hook

    def _examine(self, checker: TypeChecker, probe: _Probe, index: int) -> None:
        finding = self.findings[index]
        hole = finding.hole
        finding.reached = True
        expired = self._clock()
        baseline = attempt(checker, probe)
        demand = demand_of(hole, self._calls[index], checker)
        contexts, visits = self._contexts(checker, probe, index, baseline)
        if not contexts:
            outside = from_outside(hole, self._calls[index], self._outer(index), checker)
            contexts = [one for one in (outside or demand.expected,) if one is not None]
        finding.constraints = demand.constraints
        finding.misspelled = perhaps_meant(hole.name, self._visible(hole))
        finding.expected = union(contexts) or demand.shown
        judged = self._judge(checker, probe, index, contexts, visits, demand, expired, baseline)
        if judged is not None:
            site, gathered = judged
            options = self._own_options.get(index, self._options)
            spare = 0 if not probe.binds else _SPARE_FAR if probe.reaches else _SPARE
            solution = choose(site, gathered, options, spare=spare)
            finding.solution = self._cleanest(checker, probe, index, solution) if baseline else solution

    def _cleanest(self, checker: TypeChecker, probe: _Probe, index: int, solution: Solution) -> Solution:
        """Where the statement has errors with the hole: only those fits with which it has the fewest, as some may come from the hole itself."""
        counted: list[tuple[int, Draft]] = []
        for draft in solution.fits:
            self.substitute(index, draft.term)
            counted.append((len(attempt(checker, probe)), draft))
            self.restore(index)
        fewest = min((number for number, _ in counted), default=0)
        return replace(solution, fits=tuple(draft for number, draft in counted if number == fewest))

    def _join(self, checker: TypeChecker, probe: _Probe, one: int, other: int) -> None:
        """Fill two holes of a statement together where what one may hold depends on the other.

        Each fit was tried with the other hole left open. If not all of them go together, each carries the likeliest partner that it
        goes with; those without a partner come last.
        """
        solutions = self.findings[one].solution, self.findings[other].solution
        drafts = [[draft for draft in solution.fits if not draft.level][:_JOINED] for solution in solutions]
        if any(draft.partners for draft in drafts[0] + drafts[1]):
            return
        expired = self._clock()
        baseline = attempt(checker, probe)
        together: set[tuple[int, int]] = set()
        for row, first in enumerate(drafts[0]):
            self.substitute(one, first.term)
            for column, second in enumerate(drafts[1]):
                if expired():
                    break
                self.substitute(other, second.term)
                if attempt(checker, probe) <= baseline:
                    together.add((row, column))
            self.restore(other)
        self.restore(one)
        if expired() or not together or len(together) == len(drafts[0]) * len(drafts[1]):
            return
        for side, (index, partner) in enumerate(((one, other), (other, one))):
            paired: list[Draft] = []
            alone: list[Draft] = []
            for number, draft in enumerate(drafts[side]):
                with_it = sorted(pair[1 - side] for pair in together if pair[side] == number)
                if with_it:
                    terms = [drafts[1 - side][place].term for place in with_it]
                    term = next((one for one in terms if one != draft.term), terms[0])
                    paired.append(replace(draft, partners=((partner, term),)))
                else:
                    alone.append(draft)
            rest = [draft for draft in solutions[side].fits if draft not in drafts[side]]
            self.findings[index].solution = replace(solutions[side], fits=(*paired, *alone, *rest))

    def _contexts(
        self, checker: TypeChecker, probe: _Probe, index: int, baseline: frozenset[Error]
    ) -> tuple[list[T.Type], int]:
        """The types that the place demands, and how often the checker looks at the hole in one check of the statement."""
        never = T.UninhabitedType()
        never.ambiguous = True
        seen = self._seen(checker, probe, index, never)
        known = _demanded(seen)
        # Given Never, the checker stops at the first overload; given Any, it looks at all of them.
        for other in _demanded(self._seen(checker, probe, index, _UNKNOWN)):
            if not any(is_subtype(loosened(one), loosened(other)) for one in known):
                known.append(other)
        known = [one for one in known if not _is_sentinel(one)] or known
        if len(known) > 1:
            known = [one for one in known if self._possible(checker, probe, index, one, baseline)] or known
        else:
            known = [self._narrowed(checker, probe, index, one, baseline) for one in known]
        self._watch.pop(index, None)
        return known, len(seen)

    def _narrowed(
        self, checker: TypeChecker, probe: _Probe, index: int, type: T.Type, baseline: frozenset[Error]
    ) -> T.Type:
        """``type`` without the parts that what stands around the hole lets nobody use: the left of ``s or _`` may be None, its right not;
        and where a callee leaves a variable open that its own place decides, with what that makes of it."""
        if unsettled(type):
            solved = solved_by_result(
                self.findings[index].hole, self._calls[index], self._outer(index), checker
            )
            if solved is not None and self._possible(checker, probe, index, solved, baseline):
                return solved
        proper = T.get_proper_type(type)
        if not isinstance(proper, T.UnionType) or self._possible(checker, probe, index, type, baseline):
            return type
        possible = [one for one in proper.items if self._possible(checker, probe, index, one, baseline)]
        return T.UnionType.make_union(possible) if possible else type

    def _seen(self, checker: TypeChecker, probe: _Probe, index: int, value: T.Type) -> list[T.Type | None]:
        """The type contexts at the hole, in the order of the visits, in a check with ``value`` for it."""
        hole = self.findings[index].hole
        seen: list[T.Type | None] = []
        # mypy gives no context to the value of ``(n := value)``, though the place of the whole demands something of it.
        depth = 1
        while depth <= len(hole.above) and isinstance(hole.above[-depth], N.AssignmentExpr):
            depth += 1

        def watch(context: FunctionContext) -> T.Type:
            stack = context.api.type_context
            seen.append(stack[-depth])
            if len(stack) > depth:
                self._stacks[index] = _settled(
                    stack[-depth - 4 : len(stack) - depth + 1], self._stacks.get(index)
                )
            return value

        self._watch[index] = watch
        attempt(checker, probe)
        return seen

    def _outer(self, index: int) -> T.Type | None:
        """The type context of the expression around a hole."""
        stack = self._stacks.get(index, ())
        return stack[-2] if len(stack) > 1 else None

    def _possible(
        self, checker: TypeChecker, probe: _Probe, index: int, type: T.Type, baseline: frozenset[Error]
    ) -> bool:
        """Whether a value of just ``type`` could stand in the hole: an overload that cannot match does not count."""
        self._watch[index] = lambda _: type
        return attempt(checker, probe) <= baseline

    def _judge(
        self,
        checker: TypeChecker,
        probe: _Probe,
        index: int,
        contexts: list[T.Type],
        visits: int,
        demand: Demand,
        expired: Callable[[], bool],
        baseline: frozenset[Error],
    ) -> tuple[CheckerSite, Gathered] | None:
        """Gather candidates at the last visit of the hole, when everything around it has been inferred."""
        hole = self.findings[index].hole
        result: list[tuple[CheckerSite, Gathered]] = []
        never = T.UninhabitedType()
        never.ambiguous = True
        left = visits
        formatted = in_formatted_string(hole)

        def try_statement(term: Term) -> bool:
            if formatted and not can_be_formatted(text(term), checker.options.python_version):
                return False
            self.substitute(index, term)
            try:
                return attempt(checker, probe) <= baseline
            finally:
                self.restore(index)

        def watch(context: FunctionContext) -> T.Type:
            nonlocal left
            left -= 1
            if left == 0:
                site = CheckerSite(
                    hole.name,
                    checker,
                    self._visible(hole),
                    context.context,
                    contexts,
                    place_of(hole, self._calls[index], checker),
                    self._nearby(hole.node.line - 1),
                    attribute=demand.attribute,
                    called=demand.called,
                    assigned=demand.assigned,
                    try_statement=try_statement,
                    expired=expired,
                    importable=self._terms_to_import(hole),
                    later=not_assigned_yet(hole),
                )
                options, offered = self._plugged(index, contexts, demand)
                result.append((site, gather(site, options, quick=self._quick, offered=offered)))
                if self._inspect is not None:
                    expected, stack = union(contexts), self._stacks.get(index, ())
                    scope = tuple(self._visible(hole))
                    self._inspect(Surroundings(hole, self._calls[index], checker, expected, stack, scope))
            return never

        self._watch[index] = watch
        attempt(checker, probe)
        del self._watch[index]
        return result[-1] if result else None

    def _terms_to_import(self, hole: Dug) -> Callable[[T.Type, Sequence[str]], Sequence[Term]] | None:
        """What may be imported for a hole with that type and those names, if there is an index."""
        importable = self._hooks.importable
        if importable is None:
            return None
        return lambda wanted, hints: importable.terms(wanted, hints, self._visible(hole), hole, self._tree)

    def _plugged(
        self, index: int, contexts: list[T.Type], demand: Demand
    ) -> tuple[HoleOptions, Offered | None]:
        """What plugins make of the options for a hole, and their choice of candidates."""
        plugins, finding = self._hooks.plugins, self.findings[index]
        if plugins is None:
            return self._options, None
        hole = typed_hole(self._tree.path, finding.hole, union(contexts) or demand.shown, demand.constraints)
        self._own_options[index] = plugins.options(hole, self._options)
        scope = self._visible(finding.hole)
        return self._own_options[index], lambda found: plugins.candidates(hole, found, scope)

    def _visible(self, hole: Dug) -> list[Visible]:
        live = self._hooks.live.get(self._tree.path)
        if "scope" not in hole.seen or hole.seen["live"] is not live:
            scope = visible(hole, self._tree, self._modules)
            if live is not None:
                scope = with_live_types(scope, live, hole.node.line, self._modules)
            hole.seen.update(scope=scope, live=live)
        found: list[Visible] = hole.seen["scope"]
        return found


def _demanded(seen: Sequence[T.Type | None]) -> list[T.Type]:
    """The distinct types of ``seen`` that say something; those that inference had settled, if there are any."""
    found: list[T.Type] = []
    for one in seen:
        proper = None if one is None else T.get_proper_type(one)
        if one is None or isinstance(proper, (T.UninhabitedType, T.AnyType, T.ErasedType)):
            continue
        if isinstance(proper, T.TypeVarType) and proper.id.is_meta_var() and proper.values:
            return [
                T.UnionType.make_union(proper.values)
            ]  # what it is solved to is only the first that would do
        if not any(_same(one, other) for other in found):
            found.append(one)
    if settled := [one for one in found if not unsettled(one)]:
        return settled
    known = [one for one in found if not any(isinstance(part, T.UninhabitedType) for part in parts(one))]
    fewest = min((_open(one) for one in known), default=0)
    return [one for one in known if _open(one) == fewest] or found


def _settled(
    stack: Sequence[T.Type | None], before: tuple[T.Type | None, ...] | None
) -> tuple[T.Type | None, ...]:
    """The contexts of this visit, with those of an earlier one where this one has none."""
    if before is None or len(before) != len(stack):
        return tuple(stack)
    return tuple(now or then for now, then in zip(stack, before, strict=True))


def _is_sentinel(type: T.Type) -> bool:
    """Whether ``type`` is a member of a private enum: what stands for "not given", and nobody writes."""
    proper = T.get_proper_type(type)
    return (
        isinstance(proper, T.LiteralType)
        and proper.is_enum_literal()
        and proper.fallback.type.name.startswith("_")
    )


def _open(type: T.Type) -> int:
    """How many parts of ``type`` are still to be inferred."""
    return sum(
        isinstance(part, T.ErasedType) or (isinstance(part, T.TypeVarType) and part.id.is_meta_var())
        for part in parts(type)
    )


Error = tuple[int, str]
_ANY = T.AnyType(T.TypeOfAny.special_form)
# Overloads are only searched for ambiguity when an argument is an Any that is not of this special kind.
_UNKNOWN = T.AnyType(T.TypeOfAny.from_error)
# So many of the fits of two holes are tried together, each with each.
_JOINED = 6
# A statement that binds names may make others fail: more candidates are kept, to be tried in the whole target.
_SPARE = 8
_SPARE_FAR = 24


# An assignment to what is declared narrows it too.
_NARROWING = (N.AssignmentStmt, N.AssertStmt, N.IfStmt, N.WhileStmt, N.MatchStmt)


@dataclass(slots=True)
class _Probe:
    """A statement with holes, and the synthetic statement before it."""

    statement: N.Statement
    siblings: list[N.Statement]
    holes: list[int]
    call: Any = None
    variables: list[N.Var] = field(default_factory=list)
    running: bool = False
    reaches: bool = False

    @property
    def binds(self) -> bool:
        """Whether the rest of the function depends on the statement: it binds names, it narrows, or it ``reaches`` out in another way."""
        return self.reaches or bool(self.variables) or isinstance(self.statement, _NARROWING)


def attempt(checker: TypeChecker, probe: _Probe) -> frozenset[Error]:
    """The errors of the probe's statement as the tree stands; the checker is as it was before."""
    types = [(variable, variable.type, variable.is_ready) for variable in probe.variables]
    partial = [dict(scope.map) for scope in checker.partial_types]
    jumps = [list(frames) for frames in checker.binder.options_on_return]
    deferred, waiting = checker.current_node_deferred, len(checker.deferred_nodes)
    # What an attempt infers for an attribute must not bind the next one.
    attributes, checker.inferred_attribute_types = checker.inferred_attribute_types, None
    checker.expr_checker.expr_cache.clear()
    with (
        checker.msg.filter_errors(save_filtered_errors=True) as watcher,
        checker.binder.frame_context(can_skip=True, fall_through=0, discard=True),
    ):
        checker.accept(probe.statement)
    checker.inferred_attribute_types = attributes
    checker.expr_checker.expr_cache.clear()
    for variable, type, ready in types:
        variable.type, variable.is_ready = type, ready
    for scope, entries in zip(checker.partial_types, partial, strict=True):
        scope.map.clear()
        scope.map.update(entries)
    checker.binder.options_on_return[:] = jumps
    del checker.deferred_nodes[waiting:]
    checker.current_node_deferred = deferred
    return frozenset(
        (info.line, info.message) for info in watcher.filtered_errors() if counts(info, checker.errors)
    )


def counts(info: ErrorInfo, errors: Errors) -> bool:
    """Whether mypy would report this: what is filtered has errors of kinds that nobody asked for."""
    return info.severity == "error" and (info.code is None or errors.is_error_code_enabled(info.code))


def _reaches(hole: Dug) -> bool:
    """Whether a function is judged by more than its statements: it is checked for each value of a type variable, or has to say what it does with exceptions."""
    for one in hole.above:
        if isinstance(one, N.FuncDef):
            called = T.get_proper_type(one.type) if one.type is not None else None
            variables = called.variables if isinstance(called, T.CallableType) else ()
            of_class = one.info.defn.type_vars if one.info else []
            if any(isinstance(each, T.TypeVarType) and each.values for each in (*variables, *of_class)):
                return True
            if one.name in ("__exit__", "__aexit__"):
                return True
    return False


def _declare(hole: Dug) -> None:
    """Give an attribute the type that the hole's statement declares for it.

    mypy puts a statement with an unknown name off, so that a later assignment to the same attribute comes to define it, without annotation.
    """
    statement = hole.statement
    info = next((one.info for one in reversed(hole.above) if isinstance(one, N.ClassDef)), None)
    if not isinstance(statement, N.AssignmentStmt) or statement.type is None or info is None:
        return
    for lvalue in statement.lvalues:
        if isinstance(lvalue, N.MemberExpr) and isinstance(lvalue.expr, N.NameExpr) and not lvalue.is_new_def:
            symbol = info.names.get(lvalue.name)
            node = None if symbol is None else symbol.node
            receiver = lvalue.expr.node
            if isinstance(node, N.Var) and isinstance(receiver, N.Var) and receiver.is_self:
                node.type, node.is_inferred, node.is_ready = statement.type, False, True
                for other in descendants(info.defn):
                    if isinstance(other, N.MemberExpr) and other.def_var is node:
                        other.is_inferred_def, other.is_new_def, other.def_var = False, False, None


def _variables(statement: N.Statement) -> list[N.Var]:
    """Variables whose type a check of ``statement`` may infer."""
    found: dict[int, N.Var] = {}
    for node in descendants(statement):
        variable: object = None
        if isinstance(node, N.NameExpr) and (node.is_inferred_def or node.is_new_def):
            variable = node.node
        elif isinstance(node, N.MemberExpr) and (node.is_inferred_def or node.def_var is not None):
            variable = node.def_var or node.node
        elif isinstance(node, N.Decorator):
            variable = node.var
        if isinstance(variable, N.Var):
            found[id(variable)] = variable
    return list(found.values())


def _position(siblings: list[N.Statement], statement: N.Statement) -> int:
    return next(index for index, one in enumerate(siblings) if one is statement)


def _same(one: T.Type, other: T.Type) -> bool:
    return one is other or (type(one) is type(other) and str(one) == str(other))
