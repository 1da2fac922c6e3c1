"""Which fit comes first: evidence from scope, types, names, size and the code nearby, weighted. No table of known answers."""

from __future__ import annotations

from collections.abc import Iterable

from holefit.holes.evidence import Witness
from holefit.holes.names import last_name, similarity
from holefit.holes.site import Known, Site
from holefit.holes.terms import Name, size, text
from holefit.holes.weights import WEIGHTS
from holefit.session.options import HoleOptions

# What the user has named the hole tells more than anything else.
_NAMED = 6.0
_CLUTTER = 1.0
# A name from outside of the function that is the parameter's own: rarer than the weights' packages could show, and hardly ever a coincidence.
_NAMESAKE = 3.0


def distinct(pool: Iterable[Known]) -> list[Known]:
    """The first of each text."""
    found: dict[str, Known] = {}
    for known in pool:
        found.setdefault(text(known.term), known)
    return list(found.values())


def ranked(site: Site, pool: list[Known], options: HoleOptions) -> list[Known]:
    """``pool`` with the likeliest first; ties keep their order."""
    if not options.sort_valid_hole_fits:
        return pool
    if options.sort_by_size_hole_fits:
        return sorted(pool, key=lambda known: (size(known.term), len(text(known.term))))
    if options.sort_by_subsumption_hole_fits:
        return sorted(pool, key=lambda known: (site.exactness(known.type), known.distance))
    witness = Witness(site)
    return sorted(pool, key=lambda known: -score(witness, known, options))


def score(witness: Witness, known: Known, options: HoleOptions) -> float:
    """How likely ``known`` is what is meant."""
    site = witness.site
    weights = WEIGHTS[site.place.role]
    evidence = witness.evidence(known)
    points = sum(weights.get(name, 0.0) * value for name, value in evidence.items())
    if evidence.get("is hint") and isinstance(known.term, Name) and known.distance in (2, 3):
        points += _NAMESAKE
    if wanted := site.name.strip("_"):
        points += _NAMED * similarity(wanted, last_name(known.term))
    if (
        options.unclutter_valid_hole_fits
        and isinstance(known.term, Name)
        and known.distance == 3
        and site.exactness(known.type) >= 2
    ):
        points -= _CLUTTER
    return points
