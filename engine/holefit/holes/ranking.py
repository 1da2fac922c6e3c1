"""Which fit comes first: evidence from the scope, the types, the hole's name and the size. No table of known answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

from holefit.holes.site import Known, Role, Site
from holefit.holes.terms import Attribute, Call, Name, Term, size, text
from holefit.session.options import HoleOptions

_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def distinct(pool: Iterable[Known]) -> list[Known]:
    """The first of each text."""
    return list({text(known.term): known for known in reversed(list(pool))}.values())[::-1]


def ranked(site: Site, pool: list[Known], options: HoleOptions) -> list[Known]:
    """``pool`` with the likeliest first; ties keep their order."""
    if not options.sort_valid_hole_fits:
        return pool
    if options.sort_by_size_hole_fits:
        return sorted(pool, key=lambda known: (size(known.term), len(text(known.term))))
    if options.sort_by_subsumption_hole_fits:
        return sorted(pool, key=lambda known: (site.exactness(known.type), known.distance))
    return sorted(pool, key=lambda known: -score(site, known, options))


def score(site: Site, known: Known, options: HoleOptions) -> float:
    """How likely ``known`` is what is meant."""
    points = _SCOPE[known.distance] - min(known.order, 12) * 0.08
    exact = site.exactness(known.type)
    points += _EXACTNESS[exact]
    points -= 1.3 * (size(known.term) - 1)
    written = text(known.term)
    if known.provenance == "literal":
        points += _literal(site, written)
    elif wanted := site.name.strip("_"):
        points += 9.0 * similarity(wanted, written)
    else:
        points += max((_HINT[site.role] * similarity(hint, written) for hint in site.hints), default=0.0)
    if _last_name(known.term).startswith("_"):
        points -= 0.7
    if (
        options.unclutter_valid_hole_fits
        and isinstance(known.term, Name)
        and known.distance == 3
        and exact >= 2
    ):
        points -= 1.0
    return points


_SCOPE = {0: 7.0, 1: 6.0, 2: 3.5, 3: 2.0, 4: -2.0}
_EXACTNESS = {0: 3.0, 1: 1.5, 2: 0.0, 3: -1.5}
# How much the name that the place has tells: a parameter's most, a function's least.
_HINT = {Role.ARGUMENT: 8.0, Role.ASSIGNED: 6.0, Role.RETURNED: 3.0, Role.OTHER: 4.0}


def _literal(site: Site, written: str) -> float:
    """Variables start empty; elsewhere a literal is less likely than a name, ``None`` and the like less so than others."""
    if site.role is Role.ASSIGNED:
        return 4.0 if written in ("None", "[]", "{}", "set()") else 0.5
    if written in ("[]", "{}", '""', "0", "0.0", 'b""', "set()"):
        return -6.0
    return -2.0


@lru_cache(maxsize=4096)
def similarity(wanted: str, candidate: str) -> float:
    """From 0 (nothing shared) to 1 (the same name): shared words count most, then shared letters."""
    last = candidate.rstrip("()").rpartition(".")[2]
    if wanted == last:
        return 1.0
    one, other = _words(wanted), _words(last)
    shared = len(one & other) / max(len(one | other), 1)
    letters = SequenceMatcher(None, wanted.lower(), last.lower()).ratio()
    return max(0.85 * shared, 0.6 * letters if letters > 0.6 else 0.0)


def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORDS.findall(name))


def _last_name(term: Term) -> str:
    match term:
        case Name(name) | Attribute(_, name):
            return name
        case Call(callee):
            return _last_name(callee)
        case _:
            return ""
