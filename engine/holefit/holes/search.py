"""Term search: complete expressions put together from what is in scope, and refinements, where some parts stay holes.

1. The *supply* is collected: names that are near, their attributes, what the function around the hole computes already.
2. Callables whose result may be what is expected are ordered by how often they are called in this file and in the project.
3. Each is given, in the shapes in which it is called elsewhere and with what must be given, those of the supply that suit each
   parameter by type, likeliest first; the second-best choice for one parameter at a time makes the variants.
4. Subscripts, awaits, comparisons, displays and comprehensions are made likewise.

The number of terms is bounded, so that the answer depends on the code and not on the speed of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from keyword import iskeyword
from math import log1p

from holefit.holes.candidates import RECEIVERS, echoes
from holefit.holes.names import last_name, similarity
from holefit.holes.site import Known, Parameter, Site, Type
from holefit.holes.terms import (
    Await,
    Binary,
    Blank,
    Call,
    Comprehension,
    Display,
    Name,
    Subscript,
    Term,
    Unary,
    size,
    text,
)

_MOST_CALLEES = 48
_MOST_ARGUMENTS = 6
_MOST_OPEN = 4
_CHOICES = 4


@dataclass
class Supply:
    """What arguments are made of. ``chosen`` remembers what suits a parameter; ``shallow``: only what is near is called."""

    site: Site
    terms: list[Known]
    chosen: dict[tuple[str, str, int], list[Known]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    shallow: bool = False
    _priced: list[tuple[Known, str, str, float]] = field(default_factory=list)
    _callees: dict[bool, list[tuple[Known, Sequence[Parameter]]]] = field(default_factory=dict)

    def choices(self, callee: str, slot: str, parameter: Parameter) -> list[Known]:
        """What may be given for ``parameter``, likeliest first."""
        key = (callee, slot, id(parameter.type.handle))
        if key not in self.chosen:
            self.chosen[key] = self._choose(callee, slot, parameter)
        return self.chosen[key]

    def callees(
        self, known: Sequence[Known], *, abstract: bool = False
    ) -> list[tuple[Known, Sequence[Parameter]]]:
        """See :func:`callees`; looked for once."""
        if abstract not in self._callees:
            self._callees[abstract] = callees(self.site, known, abstract=abstract, shallow=self.shallow)
        return self._callees[abstract]

    def _choose(self, callee: str, slot: str, parameter: Parameter) -> list[Known]:
        nearby = self.site.nearby
        file, project = (counts.of("argument", callee, slot) for counts in (nearby.file, nearby.project))
        likely: list[tuple[float, Known]] = []
        for known, written, last, plain in self._stock():
            points = plain + 5.0 * similarity(parameter.name, last)
            if written in project:
                points += 1.5 * log1p(2 * file[written]) + log1p(project[written])
            likely.append((points, known))
        likely.sort(key=lambda one: -one[0])
        suiting = (known for _, known in likely if self.site.suits(known.type, parameter.type))
        return list(islice(suiting, _CHOICES))

    def _stock(self) -> list[tuple[Known, str, str, float]]:
        """Everything with its text, its last name, and what speaks for it whatever it is given for."""
        if len(self._priced) != len(self.terms):
            self._priced = [
                (one, text(one.term), last_name(one.term), self._plain(one)) for one in self.terms
            ]
        return self._priced

    def _plain(self, known: Known) -> float:
        points = -0.8 * (size(known.term) - 1) - 0.05 * min(known.order, 12)
        if isinstance(known.term, Name):
            points += 1.5 * (known.term.name not in self.site.nearby.reads)
            points -= 2.5 * (known.term.name in RECEIVERS)
        return points


def supplied(site: Site, known: Sequence[Known]) -> Supply:
    """The supply of a hole."""
    near = [one for one in known if one.distance <= 1 and isinstance(one.term, Name)]
    terms = list(near)
    for one in near[:12]:
        terms += site.attributes(one)
    taken = {text(one.term) for one in terms}
    for echo in echoes(site, habits=False):
        if text(echo.term) not in taken and (type := site.typed(echo.term)) is not None:
            terms.append(Known(echo.term, type, echo.provenance, echo.distance))
    return Supply(site, terms, names=frozenset(one.term.name for one in near if isinstance(one.term, Name)))


def searched(site: Site, known: Sequence[Known], supply: Supply) -> Iterator[Known]:
    """Complete terms, likeliest forms first."""
    for callee, parameters in supply.callees(known):
        yield from _calls(callee, parameters, supply)
    yield from _subscripts(site, supply)
    yield from _displays(site, supply)
    yield from _conditions(site, supply)


def refinements(
    site: Site, known: Sequence[Known], supply: Supply, level: int, *, abstract: bool
) -> Iterator[Known]:
    """Terms with one to ``level`` new holes.

    A callable that gives back whatever it is given (``abstract``) fits everywhere and says nothing: it needs its option.
    """
    for callee, parameters in supply.callees(known, abstract=abstract):
        needed = [one for one in parameters if one.required]
        if not 0 < len(needed) <= _MOST_OPEN:
            continue
        blanks: list[Term] = [Blank()] * len(needed)
        slots = [_slot(number, one) for number, one in enumerate(needed)]
        if len(needed) <= level:
            yield _made(site, callee, slots, blanks)
        if len(needed) < 2:
            continue
        name = last_name(callee.term)
        best = [supply.choices(name, slot, one)[:1] for slot, one in zip(slots, needed, strict=True)]
        for kept in range(1, len(needed)):
            if len(needed) - kept > level:
                continue
            for start in range(len(needed)):
                filled = list(blanks)
                for number in range(start, start + kept):
                    place = number % len(needed)
                    if best[place]:
                        filled[place] = best[place][0].term
                if sum(isinstance(one, Blank) for one in filled) <= level:
                    yield _made(site, callee, slots, filled)
    for element in site.elements():
        for one in supply.terms:
            if site.item(one) is not None and isinstance(one.term, Name):
                variable = singular(last_name(one.term), site)
                yield Known(
                    Comprehension("[", Blank(), variable, one.term), element, "comprehension", one.distance
                )


def callees(
    site: Site, known: Sequence[Known], *, abstract: bool = False, shallow: bool = False
) -> list[tuple[Known, Sequence[Parameter]]]:
    """Callables whose result may be what is expected, those that are called most in this code first."""
    found: list[tuple[float, Known, Sequence[Parameter]]] = []
    nearby = site.nearby
    near = [one for one in known if one.distance <= 2]
    sources: list[Known] = [*known, *(method for one in near for method in site.methods(one))]
    if not shallow:
        receivers = [one for one in near if isinstance(one.term, Name) and one.term.name in RECEIVERS]
        attributes = [attribute for one in receivers for attribute in site.attributes(one)]
        sources += [method for one in attributes for method in site.methods(one)]
        sources += [*site.module_members(), *site.constructors()]
    for callee in sources:
        parameters = site.parameters(callee)
        if parameters is None or sum(one.required for one in parameters) > _MOST_ARGUMENTS:
            continue
        if not parameters or (site.exactness(callee.type) == 3 and not abstract):
            continue
        name = last_name(callee.term)
        shapes = sum(nearby.file.of("call", name).values()), sum(nearby.project.of("call", name).values())
        if size(callee.term) > 2 and not shapes[1]:
            continue
        points = 1.5 * log1p(shapes[0]) + log1p(shapes[1]) - 0.8 * callee.distance - size(callee.term)
        found.append((points, callee, parameters))
    found.sort(key=lambda one: -one[0])
    return [(callee, parameters) for _, callee, parameters in found[:_MOST_CALLEES]]


def _calls(callee: Known, parameters: Sequence[Parameter], supply: Supply) -> Iterator[Known]:
    """Calls of ``callee`` in the shapes in which it is called elsewhere, then with what must be given."""
    name = last_name(callee.term)
    for given in _shapes(name, parameters, supply):
        options = [supply.choices(name, slot, one) for slot, one in given]
        if not given or not all(options):
            continue
        first = _distinct(options)
        yield _filled(supply.site, callee, given, first)
        for number, others in enumerate(options):
            fresh = [other.term for other in others if other.term != first[number]]
            for other in fresh[: 1 if len(options) > 1 else _CHOICES]:
                yield _filled(supply.site, callee, given, [*first[:number], other, *first[number + 1 :]])


def _filled(
    site: Site, callee: Known, given: Sequence[tuple[str, Parameter]], arguments: Sequence[Term]
) -> Known:
    """A call with everything given; its merit is how alike parameters and arguments are named."""
    alike = sum(
        similarity(one.name, last_name(argument)) for (_, one), argument in zip(given, arguments, strict=True)
    )
    made = _made(site, callee, [slot for slot, _ in given], arguments)
    return replace(made, merit=alike / len(arguments))


def _distinct(options: Sequence[Sequence[Known]]) -> list[Term]:
    """The best choice for each parameter, none twice where there is another."""
    taken: list[Term] = []
    for choices in options:
        fresh = [one.term for one in choices if one.term not in taken]
        taken.append(fresh[0] if fresh else choices[0].term)
    return taken


def _shapes(name: str, parameters: Sequence[Parameter], supply: Supply) -> list[list[tuple[str, Parameter]]]:
    """Which parameters are given, and how: a slot is a number, or a keyword."""
    nearby = supply.site.nearby
    seen = nearby.file.of("call", name).most_common(2) + nearby.project.of("call", name).most_common(2)
    by_name = {one.name: one for one in parameters if one.name}
    plain = [one for one in parameters if not one.keyword]
    shapes: dict[str, list[tuple[str, Parameter]]] = {}
    for shape, _ in seen:
        count, *keywords = shape.split(",")
        positional = plain[: int(count)]
        if int(count) > len(plain) or any(key not in by_name for key in keywords):
            continue
        given = [
            *((str(number), one) for number, one in enumerate(positional)),
            *((key, by_name[key]) for key in keywords),
        ]
        covered = [one for _, one in given]
        if all(one in covered for one in parameters if one.required):
            shapes.setdefault(shape, given)
    needed = [(_slot(number, one), one) for number, one in enumerate(plain) if one.required]
    needed += [(one.name, one) for one in parameters if one.keyword and one.required]
    shapes.setdefault(",".join(["needed", *(slot for slot, _ in needed)]), needed)
    named = [
        (one.name, one)
        for one in parameters
        if not one.required and one.name in supply.names and one.name not in RECEIVERS
    ]
    if named:
        shapes.setdefault("named", [*needed, *named[:_MOST_ARGUMENTS]])
    return list(shapes.values())[:4]


def _slot(number: int, parameter: Parameter) -> str:
    return parameter.name if parameter.keyword else str(number)


def _made(site: Site, callee: Known, slots: Sequence[str], arguments: Sequence[Term]) -> Known:
    """A call of ``callee``, awaited where that is what fits."""
    term: Term = Call(callee.term, tuple(arguments), tuple(slot for slot in slots if not slot.isdigit()))
    return Known(
        Await(term) if site.awaits(callee) else term,
        callee.type,
        callee.provenance,
        callee.distance,
        callee.order,
    )


def _subscripts(site: Site, supply: Supply) -> Iterator[Known]:
    for one in supply.terms:
        if size(one.term) > 2:
            continue
        for index in site.indices(one):
            if isinstance(index, Type):
                keys = supply.choices("", "", Parameter(_key_name(one.term), index))
                for key in keys[:2]:
                    if key.term != one.term:
                        yield _from(one, Subscript(one.term, key.term))
            else:
                yield _from(one, Subscript(one.term, index))


def _key_name(term: Term) -> str:
    """What a key of ``users_by_id`` is called: ``id``."""
    return last_name(term).rpartition("_by_")[2]


def _displays(site: Site, supply: Supply) -> Iterator[Known]:
    """Tuples of what is expected in each place, lists of one item, comprehensions."""
    for items in site.tuples():
        options = [supply.choices("", "", Parameter("", item)) for item in items]
        if items and len(items) <= 5 and all(options):
            first = _distinct(options)
            yield Known(Display("(", tuple(first)), items[0], "tuple", 1)
            for number, choices in enumerate(options):
                for other in choices[1:2]:
                    yield Known(
                        Display("(", (*first[:number], other.term, *first[number + 1 :])),
                        items[0],
                        "tuple",
                        1,
                    )
    for element in site.elements():
        for one in supply.choices("", "", Parameter("", element)):
            yield Known(Display("[", (one.term,)), element, "list", 1)
        for one in supply.terms:
            item = site.item(one)
            if item is None or size(one.term) > 2:
                continue
            variable = singular(last_name(one.term), site)
            for attribute in site.attributes(Known(Name(variable), item, "", 0)):
                if site.suits(attribute.type, element):
                    yield _from(one, Comprehension("[", attribute.term, variable, one.term))


def _conditions(site: Site, supply: Supply) -> Iterator[Known]:
    """Where a truth value is expected: tests of what is near."""
    if not site.wants_truth():
        return
    nothing = Name("None", site.symbols()["None"])
    for one in [one for one in supply.terms if size(one.term) <= 2][:30]:
        for test in site.tests(one):
            yield _from(one, Unary(test, one.term) if test == "not" else Binary(test, one.term, nothing))


# How English plurals end.
_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("s", ""),
)


def singular(name: str, site: Site) -> str:
    """A name for one of ``names``."""
    plain = name.strip("_").rpartition("_")[2] if len(name) > 24 else name.strip("_")
    for ending, short in _ENDINGS:
        if plain.endswith(ending) and len(plain) > len(ending) + 1 and not plain.endswith("ss"):
            one = plain.removesuffix(ending) + short
            free = one.isidentifier() and not iskeyword(one) and one not in site.symbols()
            return one if free else f"one_{one}"
    return "item" if "item" not in site.symbols() else "one"


def _from(known: Known, term: Term) -> Known:
    return Known(term, known.type, known.provenance, known.distance, known.order)
