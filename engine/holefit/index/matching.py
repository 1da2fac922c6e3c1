"""How well a signature answers a query: unification with a cost.

The cost counts what stands between the two: a type variable that is filled in, a class where a base class is asked for, an argument out of order, an
optional one left out. 0 is the same signature; None is no match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from holefit.index.store import ClassEntry
from holefit.index.summary import Parameter
from holefit.index.type import (
    ANYTHING,
    NONE,
    OBJECT,
    Anything,
    Function,
    Named,
    Tuple,
    Type,
    Union,
    Variable,
    mapped,
    union,
)

GENERAL = 1.0  # a type variable is filled in
FREE = 4.0  # the result is a type variable that no argument decides
DECIDED_LATER = 0.4  # the same in brackets: ``list[T]``
WIDER = 0.8  # a base class stands where the class does, or a subclass
LOOSE = 3.0  # ``object`` or ``Any``: everything would do
INHERITED = 0.3  # of the cost counts, where a method is called on an object of a subclass
STRUCTURAL = 0.7  # a protocol is met by names alone
CHOICE = 0.3  # one of a union
UNTOLD = 0.4  # the arguments of a generic are not given
TECHNICALLY = 1.2
LIMITED = 0.5  # a type variable of the query stands for one that not all types may be put for
MOVED = 0.6  # arguments stand in another order
LEFT_OUT = 0.15  # an optional argument is not given
MAY_BE_NONE = 2.5
AWAITED = 2.0
SKIPPED = 1.5  # a required argument is among those that the query leaves open
_MOST_SLOTS = 12
_KEPT = 20_000
_MOST_CHOICES = 60
_PROMOTED = {"builtins.int": ("builtins.float", "builtins.complex"), "builtins.float": ("builtins.complex",)}
# What is a subclass, and yet nobody means it who asks for the other.
_TECHNICALLY = {("builtins.bool", "builtins.int"), ("builtins.bool", "builtins.float")}
_AWAITABLE = ("typing.Coroutine", "typing.Awaitable", "asyncio.futures.Future")


@dataclass(slots=True)
class Classes:
    """Classes by full name, looked up once each."""

    look_up: Callable[[str], ClassEntry | None]
    _known: dict[str, ClassEntry | None] = field(default_factory=dict)
    _names: dict[str, frozenset[str]] = field(default_factory=dict)
    _above: dict[Named, tuple[tuple[Named, int], ...]] = field(default_factory=dict)
    _pairs: dict[tuple[int, int, bool], bool] = field(default_factory=dict)

    def get(self, name: str) -> ClassEntry | None:
        """The class, if the index has it."""
        if name not in self._known:
            self._known[name] = self.look_up(name)
        return self._known[name]

    def possible(self, given: Type, declared: Type) -> bool:
        """Whether ``given`` may be handed to a parameter of type ``declared``, whatever the other arguments are."""
        key = (id(given), id(declared), True)
        known = self._pairs.get(key)
        if known is None:
            known = self._pairs[key] = _Match(self).assignable(given, declared) is not None
        return known

    def may_give(self, result: Type, wanted: Type) -> bool:
        """Whether what has the type ``result`` may be what is ``wanted``, whatever the arguments are."""
        key = (id(result), id(wanted), False)
        known = self._pairs.get(key)
        if known is None:
            known = self._pairs[key] = _Match(self).gives(result, wanted) is not None
        return known

    def forget_pairs(self) -> None:
        """A new search begins.

        What is remembered of pairs goes by identity, which is quick: a search holds all of its types, and those of entries are each there once.
        """
        self._pairs.clear()

    def supertypes(self, type: Named) -> tuple[tuple[Named, int], ...]:
        """The classes that ``type`` derives from, itself first, with the arguments that they have then, and how far they are."""
        known = self._above.get(type)
        if known is None:
            known = self._above[type] = tuple(self._walk(type))
            if len(self._above) > _KEPT:
                self._above.clear()
        return known

    def _walk(self, type: Named) -> Iterator[tuple[Named, int]]:
        queue: list[tuple[Named, int]] = [(type, 0)]
        seen: set[str] = set()
        while queue:
            one, far = queue.pop(0)
            if one.name in seen or far > 12:
                continue
            seen.add(one.name)
            yield one, far
            entry = self.get(one.name)
            if entry is None:
                continue
            args = one.args or (ANYTHING,) * len(entry.variables)
            given = {v.name: arg for v, arg in zip(entry.variables, args, strict=False)}
            for base in entry.bases:
                put = _put(base, given)
                if isinstance(put, Named):
                    queue.append((put, far + 1))
        for wider in _PROMOTED.get(type.name, ()):
            yield Named(wider), 1

    def meets(self, name: str, protocol: str) -> bool:
        """Whether a class has all that a protocol asks for, by name."""
        needed = self.members(protocol) - _EVERYWHERE
        return bool(needed) and needed <= self.members(name)

    def members(self, name: str) -> frozenset[str]:
        """The names of what an object of the class has."""
        known = self._names.get(name)
        if known is None:
            found: set[str] = set()
            for one, _ in self.supertypes(Named(name)):
                entry = self.get(one.name)
                found.update(entry.members if entry is not None else ())
            known = self._names[name] = frozenset(found)
        return known


def cost(
    parameters: Sequence[Parameter],
    result: Type,
    wanted: Sequence[Type],
    wanted_result: Type,
    classes: Classes,
    *,
    more: bool = False,
) -> float | None:
    """How far a callable with these parameters is from one that takes ``wanted`` and gives ``wanted_result``."""
    if not classes.may_give(result, wanted_result):
        return None
    best: float | None = None
    for chosen, extra in _assignments(parameters, wanted, classes, more):
        if best is not None and extra >= best:
            continue
        match = _Match(classes)
        total = extra
        for parameter, argument in zip(chosen, wanted, strict=True):
            one = match.assignable(argument, parameter.type)
            if one is None:
                break
            total += INHERITED * one if _is_object(parameter) else one
        else:
            last = match.gives(result, wanted_result)
            if last is not None and (best is None or total + last < best):
                best = total + last
        if best == 0.0:
            break
    return best


def value_cost(result: Type, wanted: Type, classes: Classes) -> float | None:
    """How far a value of type ``result`` is from one of type ``wanted``."""
    return _Match(classes).gives(result, wanted)


def _assignments(
    parameters: Sequence[Parameter], wanted: Sequence[Type], classes: Classes, more: bool
) -> Iterator[tuple[list[Parameter], float]]:
    """Which parameters the arguments may be given for, and what that costs; in order first."""
    slots = [one for one in parameters if one.kind != "**"]
    if len(slots) > _MOST_SLOTS:
        required = [one for one in slots if not one.optional]
        slots = [*required, *[one for one in slots if one.optional]][: max(_MOST_SLOTS, len(required))]
    must = frozenset() if more else frozenset(index for index, one in enumerate(slots) if not one.optional)
    if len(must) > len(wanted):
        return
    possible: list[list[int]] = []
    for argument in wanted:
        fitting = [index for index, one in enumerate(slots) if classes.possible(argument, one.type)]
        if not fitting:
            return
        possible.append(fitting)
    if not must.issubset(index for indices in possible for index in indices):
        return
    for chosen in islice(_choices(possible, slots, must), _MOST_CHOICES):
        moved = sum(one > other for one, other in pairwise(chosen))
        rest = [one for index, one in enumerate(slots) if index not in chosen]
        left = sum(one.optional and one.kind != "*" for one in rest)
        skipped = sum(not one.optional for one in rest)
        keyword = sum(slots[index].kind == "k" for index in chosen)
        extra = MOVED * moved + LEFT_OUT * min(left, 4) + 0.2 * keyword + SKIPPED * skipped
        yield [slots[index] for index in chosen], extra


def _choices(
    possible: Sequence[Sequence[int]], slots: Sequence[Parameter], must: frozenset[int]
) -> Iterator[tuple[int, ...]]:
    """One of the ``possible`` slots for each argument, none twice but ``*args``; those that ``must`` be filled are."""
    if not possible:
        if not must:
            yield ()
        return
    if len(must) > len(possible):
        return
    for index in possible[0]:
        again = slots[index].kind == "*"
        rest = possible[1:] if again else [[one for one in later if one != index] for later in possible[1:]]
        for others in _choices(rest, slots, must - {index}):
            yield (index, *others)


class _Match:
    """One attempt: what the candidate's type variables stand for."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._bound: dict[str, Type] = {}

    def gives(self, result: Type, wanted: Type) -> float | None:
        """What it costs to take ``result`` where ``wanted`` is looked for; ``None`` apart and awaited, if need be."""
        before = dict(self._bound)
        found = self.result(result, wanted)
        if found is not None:
            return found
        self._bound = before
        if isinstance(result, Union) and NONE in result.items:
            rest = [one for one in result.items if one != NONE]
            if rest:
                found = self.result(union(rest), wanted)
                if found is not None:
                    return found + MAY_BE_NONE
        if isinstance(result, Named) and result.name in _AWAITABLE and result.args:
            found = self.result(result.args[-1], wanted)
            if found is not None:
                return found + AWAITED
        return None

    def result(self, actual: Type, wanted: Type) -> float | None:
        """What it costs that the candidate's ``actual`` is a subtype of ``wanted``; the variables are the candidate's."""
        if isinstance(wanted, Anything):
            return 0.0
        match actual:
            case Variable(name, bound):
                known = self._bound.get(name)
                if known is not None:
                    return FREE if isinstance(known, Anything) else self._compare(known, wanted)
                if isinstance(wanted, Variable):
                    self._bound[name] = wanted
                    return 0.0
                over = 0.0 if bound is None else self._compare(wanted, bound)
                if over is None:
                    return None
                self._bound[name] = wanted
                return FREE
            case Anything():
                return LOOSE
            case Union(items):
                several = isinstance(wanted, Union) and NONE in wanted.items
                costs = [0.0 if several and one == NONE else self.result(one, wanted) for one in items]
                known_costs = [one for one in costs if one is not None]
                return max(known_costs) + CHOICE if len(known_costs) == len(items) else None
        if isinstance(wanted, Union):
            if actual == NONE:
                return FREE  # what gives nothing is not looked for
            found = [
                one for item in wanted.items if (one := self._attempt(self.result, actual, item)) is not None
            ]
            return min(found) + CHOICE if found else None
        if isinstance(wanted, Variable):
            return None
        return self._named(actual, wanted, self.result)

    def _inside(self, actual: Type, wanted: Type) -> float | None:
        """As :meth:`result`, for an argument of a generic: a variable that nothing has decided is what was wanted, as the caller will have it."""
        if not isinstance(actual, Variable) or actual.name in self._bound or isinstance(wanted, Variable):
            return self.result(actual, wanted)
        found = self.result(actual, wanted)
        return found if found is None else min(found, DECIDED_LATER)

    def assignable(self, actual: Type, formal: Type) -> float | None:
        """What it costs to hand the query's ``actual`` to a parameter of type ``formal``; the variables are the candidate's."""
        if isinstance(actual, Anything):
            return 0.1
        match formal:
            case Anything():
                return LOOSE
            case Variable(name, bound):
                known = self._bound.get(name)
                if known is not None:
                    same = self._compare(actual, known)
                    if same is not None:
                        return same
                    wider = self._compare(known, actual)
                    if wider is not None:
                        self._bound[name] = actual
                    return wider
                over = 0.0
                if bound is not None and bound != OBJECT and isinstance(actual, Variable):
                    over = LIMITED
                elif bound is not None and bound != OBJECT:
                    met = self._compare(actual, bound)
                    if met is None:
                        return None
                    over = min(met, 0.5)
                self._bound[name] = actual
                if name == "Self":
                    return over
                return over if isinstance(actual, Variable) else GENERAL + over
            case Named("builtins.object"):
                return LOOSE
        if isinstance(actual, Union):
            costs = [self.assignable(one, formal) for one in actual.items]
            known_costs = [one for one in costs if one is not None]
            return max(known_costs) if len(known_costs) == len(costs) else None
        if isinstance(formal, Union):
            found = [
                one
                for item in formal.items
                if (one := self._attempt(self.assignable, actual, item)) is not None
            ]
            return min(found) + CHOICE if found else None
        if isinstance(actual, Variable):
            return None
        return self._named(actual, formal, self.assignable)

    def _attempt(self, how: Callable[[Type, Type], float | None], one: Type, other: Type) -> float | None:
        before = dict(self._bound)
        found = how(one, other)
        if found is None:
            self._bound = before
        return found

    def _compare(self, one: Type, other: Type) -> float | None:
        """Whether ``one`` is a subtype of ``other`` where neither has open variables."""
        if one == other or isinstance(other, Anything) or isinstance(one, Anything):
            return 0.0
        if isinstance(one, Variable) and isinstance(other, Union):
            found = [cost for item in other.items if (cost := self._compare(one, item)) is not None]
            return min(found) + CHOICE if found else None
        if isinstance(one, Variable) or isinstance(other, Variable):
            both = isinstance(one, Variable) and isinstance(other, Variable)
            return 0.0 if both and one.name == other.name else None  # type: ignore[union-attr]  # both are variables
        return self.result(one, other)

    def _named(self, actual: Type, formal: Type, how: Callable[[Type, Type], float | None]) -> float | None:
        """Types that are neither variables nor unions. ``how`` compares their parts."""
        if isinstance(formal, Function):
            return self._callable(actual, formal, how)
        if isinstance(actual, Tuple):
            if isinstance(formal, Tuple):
                if len(actual.items) != len(formal.items):
                    return None
                return self._all(actual.items, formal.items, how)
            actual = Named("builtins.tuple", (union(list(actual.items)),) if actual.items else ())
        if isinstance(actual, Function):
            return WIDER if formal == OBJECT else None
        if isinstance(formal, Tuple):
            return None
        if not isinstance(actual, Named) or not isinstance(formal, Named):
            return None
        if formal.name == "builtins.object":
            return LOOSE
        for base, far in self._classes.supertypes(actual):
            if base.name == formal.name:
                inner = self._args(base, formal, how)
                if inner is None:
                    return None
                unlikely = TECHNICALLY if (actual.name, formal.name) in _TECHNICALLY else 0.0
                return inner + unlikely + (WIDER + 0.1 * (far - 1) if far else 0.0)
        entry = self._classes.get(formal.name)
        if entry is not None and "p" in entry.flags and self._classes.meets(actual.name, formal.name):
            self._bind_items(actual, formal)
            return STRUCTURAL
        return None

    def _bind_items(self, actual: Named, formal: Named) -> None:
        """What the variables of a protocol are that ``actual`` meets by the names of its methods: its items, if it has any."""
        found: Type = ANYTHING
        for base, _ in self._classes.supertypes(actual):
            if base.name == "typing.Iterable" and base.args:
                found = base.args[0]
        for arg in formal.args:
            if isinstance(arg, Variable):
                self._bound.setdefault(arg.name, found)

    def _args(self, one: Named, other: Named, how: Callable[[Type, Type], float | None]) -> float | None:
        if not one.args and not other.args:
            return 0.0
        if not one.args or not other.args:
            open_ended = all(isinstance(arg, Variable) for arg in one.args or other.args)
            for arg in one.args or other.args:
                if isinstance(arg, Variable) and how == self.assignable:
                    self._bound.setdefault(arg.name, ANYTHING)
            return UNTOLD if not open_ended else 0.2
        return self._all(one.args, other.args, how)

    def _all(
        self, one: Sequence[Type], other: Sequence[Type], how: Callable[[Type, Type], float | None]
    ) -> float | None:
        total = 0.0
        if how == self.result:
            how = self._inside
        for left, right in zip(one, other, strict=False):
            found = how(left, right)
            if found is None:
                return None
            total += found
        return total

    def _callable(
        self, actual: Type, formal: Function, how: Callable[[Type, Type], float | None]
    ) -> float | None:
        if isinstance(actual, Named):
            return UNTOLD if actual.name in ("builtins.type", "types.FunctionType") else None
        if not isinstance(actual, Function):
            return None
        total = 0.0
        if actual.parameters is None or formal.parameters is None:
            total += UNTOLD
        elif len(actual.parameters) != len(formal.parameters):
            return None
        else:
            for left, right in zip(actual.parameters, formal.parameters, strict=True):
                found = how(left, right)
                if found is None:
                    return None
                total += found
        last = how(actual.result, formal.result)
        return None if last is None else total + last


def _is_object(parameter: Parameter) -> bool:
    """Whether it is the object that a method is called on, and its class all that is asked of it."""
    if parameter.name != "self" or parameter.kind != "/":
        return False
    return isinstance(parameter.type, Variable) or (
        isinstance(parameter.type, Named) and not parameter.type.args
    )


def _put(type: Type, given: dict[str, Type]) -> Type:
    """``type`` with its variables replaced."""
    return mapped(type, lambda part: given.get(part.name) if isinstance(part, Variable) else None)


_EVERYWHERE = frozenset({"__init__", "__new__", "__doc__", "__hash__", "__class_getitem__", "__slots__"})
