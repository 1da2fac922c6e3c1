"""What may fit: names in scope, literals, short expressions made of them, and what the code nearby says in such places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from holefit.holes.hole import FitKind
from holefit.holes.site import Known, Role, Site, Type
from holefit.holes.terms import (
    Binary,
    Call,
    Comprehension,
    Constant,
    Name,
    Term,
    Unary,
    blanks,
    bound,
    names,
    parts,
    read,
)

RECEIVERS = ("self", "cls")
_UNKNOWN = Type(None, str)
# How many expressions of the function around the hole are tried, and how many that stand in such a place elsewhere.
_MOST_ECHOES = 40
_MOST_HABITS = 24


def candidates(site: Site, known: list[Known], *, quick: bool = False) -> Iterator[Known]:
    """Cheap ones first, so that a budget that runs out has cost the least likely ones; ``quick``: without attributes of attributes."""
    yield from known
    yield from site.constants()
    for one in known:
        if one.distance <= 3:
            yield from site.members(one)
            if not quick and isinstance(one.term, Name) and one.term.name in RECEIVERS:
                for attribute in site.attributes(one):
                    yield from site.members(attribute)
    modules = site.module_members()
    yield from modules
    for one in [*known, *modules]:
        needs = site.parameters(one)
        if needs is not None and not any(parameter.required for parameter in needs):
            yield Known(Call(one.term), one.type, one.provenance, one.distance, one.order)
    yield from echoes(site)


def echoes(site: Site, *, habits: bool = True) -> Iterator[Known]:
    """Expressions that the function around the hole has already; with ``habits`` also those that stand in such a place elsewhere in the project.

    Their types are not known yet.
    """
    symbols = site.symbols()
    here = [written for written, _ in site.nearby.function.of("text").most_common(_MOST_ECHOES)]
    there = _habits(site) if habits else []
    taken = 0
    for number, written in enumerate(dict.fromkeys([*here, *there])):
        local = number < len(here)
        term = read(written)
        used = () if term is None else names(term)
        if term is None or isinstance(term, Name) or not all(name in symbols for name in used):
            continue
        if isinstance(term, Constant) and local:
            continue
        taken += not local
        if taken > _MOST_HABITS:
            break
        distance = max((symbols[name].distance for name in used), default=1)
        provenance = "as in this function" if local else "as elsewhere"
        yield Known(bound(term, symbols), _UNKNOWN, provenance, min(distance, 3))


def _habits(site: Site) -> list[str]:
    """Expressions that stand in such a place elsewhere, the most frequent first; those of this file count more."""
    nearby, place = site.nearby, site.place
    seen: Counter[str] = Counter()
    for weight, counts in ((3, nearby.file), (1, nearby.project)):
        groups = [counts.of("argument", place.callee, place.slot)] if place.callee else []
        if place.role is Role.RETURNED and weight > 1:
            groups.append(counts.of("returned"))
        if place.role is Role.ASSIGNED:
            groups += [counts.of("assigned", hint) for hint in place.hints]
        for group in groups:
            for written, number in group.most_common(_MOST_HABITS * 2):
                seen[written] += weight * number
    return [written for written, _ in seen.most_common()]


def kind_of(term: Term) -> FitKind:
    """How ``term`` came about: with new holes, put together by search, or as it stands in scope."""
    if blanks(term):
        return FitKind.REFINEMENT
    return FitKind.SEARCH if _composed(term) else FitKind.FIT


def _composed(term: Term) -> bool:
    if isinstance(term, (Binary, Comprehension, Unary)) or (isinstance(term, Call) and term.arguments):
        return True
    return any(_composed(part) for part in parts(term))
