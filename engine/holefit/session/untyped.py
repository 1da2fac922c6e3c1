"""Holes as far as syntax alone tells, and how a hole reads as a diagnostic."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError, with_remedy
from holefit.holes.hole import Fit, Hole
from holefit.session.options import HoleOptions
from holefit.syntax import ParsedModule, Position, Range

_UNDERSCORED = re.compile(r"(?<![\w.])_(?!_\w+__\b)\w*")


def may_have_holes(parsed: ParsedModule, builtins: Container[str], *, running: bool) -> bool:
    """Whether it is worth asking the type service; names in ``builtins`` are never holes.

    One that is running already finds holes in less time than a parse takes here, so that any ``_name`` counts; as it does
    behind a syntax error (of our Python: the project's may be newer).
    """
    if all(found[0] in builtins for found in _UNDERSCORED.finditer(parsed.source.text)):
        return False
    return running or parsed.error is not None or any(one.name not in builtins for one in parsed.hole_sites)


def untyped_holes(parsed: ParsedModule, position: Position | None) -> list[Hole]:
    """The hole sites of a text as holes of which nothing is known. Names that a star import might bind are left out."""
    return [
        Hole(
            parsed.source.path, site.range, site.name, "object", complete=False, version=parsed.source.version
        )
        for site in parsed.hole_sites
        if site.certain and (position is None or position in site.range)
    ]


def hole_diagnostic(hole: Hole, options: HoleOptions) -> Diagnostic:
    """``Hole `_x`: list[int]`` and what is known of it; a warning when holes may run, else an error."""
    lines = [f"Hole `{hole.name}`: {hole.expected}"]
    if options.show_hole_constraints:
        lines += [f"  {constraint}" for constraint in hole.constraints]
    if options.show_valid_hole_fits and hole.fits:
        lines.append("Fits:")
        lines += [_fit_line(fit, options) for fit in hole.fits]
    lines += hole.messages
    lines += [f"Or perhaps it is misspelled: `{name}`" for name in hole.misspelled]
    severity = Severity.WARNING if options.defer_typed_holes else Severity.ERROR
    return Diagnostic(hole.path, hole.range, severity, "hole", "\n".join(lines))


def types_failure(path: Path, range: Range, error: HolefitError) -> Diagnostic:
    """Why there are no types."""
    text = f"the type service cannot run, so nothing is known of types: {with_remedy(error)}"
    return Diagnostic(path, range, Severity.WARNING, "types", text)


def _fit_line(fit: Fit, options: HoleOptions) -> str:
    """``  area(_) : float  (from shapes import area)``, as much of it as the options ask for."""
    line = f"  {fit.text}"
    if options.show_type_of_hole_fits:
        line += f" : {fit.type}"
    if options.show_provenance_of_hole_fits and fit.provenance:
        line += f"  ({fit.provenance})"
    return line
