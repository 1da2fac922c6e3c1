"""The fits of a hole.

Candidates are collected (:mod:`holefit.holes.candidates`), judged cheaply by their own type, ordered
(:mod:`holefit.holes.ranking`), and then tried in that order: each is put into the statement, until as many as are wanted have
been accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from holefit.holes.candidates import candidates, kind_of
from holefit.holes.hole import FitKind
from holefit.holes.ranking import distinct, ranked
from holefit.holes.search import Supply, refinements, searched, supplied
from holefit.holes.site import Known, Site
from holefit.holes.terms import Name, Term, blanks, text
from holefit.session.options import HoleOptions


@dataclass(frozen=True, slots=True)
class Draft:
    """A fit before it is placed in a text. ``partners`` are what other holes of the statement (by index) are filled with along with it."""

    term: Term
    type: str
    provenance: str
    kind: FitKind = FitKind.FIT
    level: int = 0
    partners: tuple[tuple[int, Term], ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found while the hole itself was being checked: everything that can stand there on its own."""

    bindings: tuple[tuple[str, str], ...] = ()
    pool: tuple[Known, ...] = ()
    refinements: tuple[Known, ...] = ()
    complete: bool = True
    tried: int = 0


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found for one hole. ``tried`` counts candidates."""

    bindings: tuple[tuple[str, str], ...] = ()
    fits: tuple[Draft, ...] = ()
    complete: bool = True
    tried: int = 0


Offered = Callable[[Iterable[Known]], Iterable[Known]]
# So many candidates, the nearest, are judged and so many, the likeliest, are tried when there is no time left: no answer is empty for want of it.
ALWAYS_JUDGED = 24
ALWAYS_TRIED = 6


def gather(
    site: Site, options: HoleOptions, *, quick: bool = False, offered: Offered | None = None
) -> Gathered:
    """Relevant bindings, and the candidates that ``site`` accepts by their own type, likeliest first.

    ``quick``: without the search for longer terms; the answer is not complete then. ``offered`` may put candidates in and take some out before they are judged.
    """
    names = list(site.names())
    bindings = _relevant(site, names, options.max_relevant_binds)
    if not options.show_valid_hole_fits:
        return Gathered(bindings)
    search = _Judge(site, offered)
    pool = search.accepted(candidates(site, names, quick=quick))
    supply = Supply(site, [], shallow=True) if quick or not search.complete else supplied(site, names)
    if not quick:
        pool += search.accepted(searched(site, names, supply))
    calls: list[Known] = []
    level = options.refinement_level_hole_fits
    if level > 0 and options.max_refinement_hole_fits > 0:
        calls = search.accepted(
            refinements(site, names, supply, level, abstract=options.abstract_refinement_hole_fits)
        )
    return Gathered(
        bindings,
        tuple(ranked(site, distinct(pool), options)),
        tuple(ranked(site, distinct(calls), options)),
        search.complete and not quick,
        search.tried,
    )


def choose(site: Site, gathered: Gathered, options: HoleOptions, *, spare: int = 0) -> Solution:
    """Those of ``gathered`` that the whole statement accepts: as many as are wanted, and ``spare`` more."""
    fits, complete = _checked(site, gathered.pool, options.max_valid_hole_fits + spare)
    more, finished = _checked(site, gathered.refinements, options.max_refinement_hole_fits + spare)
    return Solution(
        gathered.bindings, (*fits, *more), gathered.complete and complete and finished, gathered.tried
    )


class _Judge:
    """Asks the site about candidates, each text once, until the time is up; ``tried`` counts them."""

    def __init__(self, site: Site, offered: Offered | None) -> None:
        self._site = site
        self._offered = offered
        self._seen: set[str] = set()
        self.tried = 0
        self.complete = True

    def accepted(self, found: Iterable[Known]) -> list[Known]:
        """What of ``found`` the site accepts, with the types that it has there."""
        pool: list[Known] = []
        if not self.complete:
            return pool
        for known in found if self._offered is None else self._offered(found):
            if self.tried >= ALWAYS_JUDGED and self._site.expired():
                self.complete = False
                break
            written = text(known.term)
            if written in self._seen or written == self._site.place.target:
                continue
            self._seen.add(written)
            self.tried += 1
            if (type := self._site.accepts(known.term)) is not None:
                pool.append(replace(known, type=type))
        return pool


def _checked(site: Site, pool: Iterable[Known], wanted: int) -> tuple[list[Draft], bool]:
    """The first ``wanted`` of ``pool`` that fit, and whether the time sufficed."""
    fits: list[Draft] = []
    for number, known in enumerate(pool):
        if len(fits) >= wanted:
            break
        if number >= ALWAYS_TRIED and site.expired():
            return fits, False
        if site.fits(known.term):
            fits.append(
                Draft(known.term, known.type.text, known.provenance, kind_of(known.term), blanks(known.term))
            )
    return fits, True


def _relevant(site: Site, names: list[Known], limit: int) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for known in names:
        if len(found) >= limit:
            break
        if known.distance <= 3 and isinstance(known.term, Name) and site.related(known.type):
            found.append((text(known.term), known.type.text))
    return tuple(found)
