"""The fits of a hole.

Candidates are collected (:mod:`holefit.holes.candidates`), judged cheaply by their own type, ordered
(:mod:`holefit.holes.ranking`), and then tried in that order: each is put into the statement, until as many as are wanted have
been accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holefit.holes.candidates import candidates, refinements
from holefit.holes.hole import FitKind
from holefit.holes.ranking import distinct, ranked
from holefit.holes.site import Known, Site
from holefit.holes.terms import Name, Term, text
from holefit.session.options import HoleOptions


@dataclass(frozen=True, slots=True)
class Draft:
    """A fit before it is placed in a text. ``tried`` marks how sure it is: by its statement."""

    term: Term
    type: str
    provenance: str
    kind: FitKind = FitKind.FIT
    level: int = 0


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


def gather(site: Site, options: HoleOptions) -> Gathered:
    """Relevant bindings, and the candidates that ``site`` accepts by their own type, likeliest first."""
    names = list(site.names())
    bindings = _relevant(site, names, options.max_relevant_binds)
    if not options.show_valid_hole_fits:
        return Gathered(bindings)
    pool, complete, tried = _accepted(site, candidates(site, names))
    calls: list[Known] = []
    if complete and options.refinement_level_hole_fits > 0 and options.max_refinement_hole_fits > 0:
        calls, complete, more = _accepted(site, refinements(site, names, options))
        tried += more
    return Gathered(
        bindings,
        tuple(ranked(site, distinct(pool), options)),
        tuple(ranked(site, distinct(calls), options)),
        complete,
        tried,
    )


def choose(site: Site, gathered: Gathered, options: HoleOptions, *, spare: int = 0) -> Solution:
    """Those of ``gathered`` that the whole statement accepts: as many as are wanted, and ``spare`` more."""
    fits, complete = _checked(site, gathered.pool, options.max_valid_hole_fits + spare, FitKind.FIT)
    more, finished = _checked(
        site, gathered.refinements, options.max_refinement_hole_fits + spare, FitKind.REFINEMENT
    )
    return Solution(
        gathered.bindings, (*fits, *more), gathered.complete and complete and finished, gathered.tried
    )


def _accepted(site: Site, found: Iterable[Known]) -> tuple[list[Known], bool, int]:
    """What of ``found`` the site accepts, whether all were tried, and how many were."""
    pool: list[Known] = []
    tried = 0
    for known in found:
        if site.expired():
            return pool, False, tried
        tried += 1
        accepted = site.accepts(known.term)
        if accepted is not None:
            pool.append(Known(known.term, accepted, known.provenance, known.distance, known.order))
    return pool, True, tried


def _checked(site: Site, pool: Iterable[Known], wanted: int, kind: FitKind) -> tuple[list[Draft], bool]:
    """The first ``wanted`` of ``pool`` that fit, and whether the time sufficed."""
    fits: list[Draft] = []
    for known in pool:
        if len(fits) >= wanted:
            break
        if site.expired():
            return fits, False
        if site.fits(known.term):
            level = 1 if kind is FitKind.REFINEMENT else 0
            fits.append(Draft(known.term, known.type.text, known.provenance, kind, level))
    return fits, True


def _relevant(site: Site, names: list[Known], limit: int) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for known in names:
        if len(found) >= limit:
            break
        if known.distance <= 3 and isinstance(known.term, Name) and site.related(known.type):
            found.append((text(known.term), known.type.text))
    return tuple(found)
