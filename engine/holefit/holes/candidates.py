"""What may fit: names in scope, literals, and short expressions made of them."""

from __future__ import annotations

from collections.abc import Iterator

from holefit.holes.site import Known, Site
from holefit.holes.terms import Attribute, Blank, Call, Name
from holefit.session.options import HoleOptions

# Candidates for refinement are calls of things with so few arguments that the result is still easier to read than to write.
_MOST_ARGUMENTS = 4


def candidates(site: Site, names: list[Known]) -> Iterator[Known]:
    """Cheap ones first, so that a budget that runs out has cost the least likely ones."""
    yield from names
    yield from site.constants()
    for known in names:
        if known.distance <= 3:
            yield from site.members(known)
    modules = site.module_members()
    yield from modules
    for known in [*names, *modules]:
        needs = site.parameters(known)
        if needs is not None and not needs.positional and not needs.keywords:
            yield Known(Call(known.term), known.type, known.provenance, known.distance, known.order)


def refinements(site: Site, names: list[Known], options: HoleOptions) -> Iterator[Known]:
    """Calls with a new hole for every argument that must be given.

    A callable that gives back whatever it is given (``abstract``) fits everywhere and says nothing: it needs its option.
    """
    for known in [
        *names,
        *site.module_members(),
        *(one for near in names if near.distance <= 2 for one in site.methods(near)),
    ]:
        needs = site.parameters(known)
        if needs is None or not 0 < needs.positional + len(needs.keywords) <= _MOST_ARGUMENTS:
            continue
        if site.exactness(known.type) == 3 and not options.abstract_refinement_hole_fits:
            continue
        blanks = (Blank(),) * (needs.positional + len(needs.keywords))
        yield Known(
            Call(known.term, blanks, needs.keywords),
            known.type,
            known.provenance,
            known.distance,
            known.order,
        )


def is_member(known: Known, name: str) -> bool:
    """Whether ``known`` is an attribute (or its call) of the plain name ``name``."""
    term = known.term.callee if isinstance(known.term, Call) else known.term
    return isinstance(term, Attribute) and isinstance(term.of, Name) and term.of.name == name
