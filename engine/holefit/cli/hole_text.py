"""A hole as text for a terminal."""

from __future__ import annotations

from rich.text import Text

from holefit.cli.places import shown
from holefit.holes import Fit, FitKind, Hole
from holefit.holes.constructions import Construction
from holefit.session.options import HoleOptions

_LABELS = {
    FitKind.FIT: "fits",
    FitKind.REFINEMENT: "refines",
    FitKind.SPLIT: "splits",
    FitKind.SEARCH: "found",
}


def hole_text(hole: Hole, options: HoleOptions) -> Text:
    """Where the hole is and what it expects, then what fits, then what is in scope; as much as the options ask for."""
    at = hole.range.start
    text = Text()
    text.append(f"{shown(hole.path)}:{at.line + 1}:{at.column + 1}: ", "bold")
    text.append(f"{hole.name} : ", "cyan").append(hole.expected, "bold cyan")
    for constraint in hole.constraints:
        text.append(f"\n    needs    {constraint}", "yellow")
    for message in hole.messages:
        text.append("".join(f"\n    {line}" for line in message.splitlines()), "yellow")
    for name in hole.misspelled:
        text.append(f"\n    or perhaps it is misspelled: {name}", "yellow")
    width = min(40, max((len(fit.text) for fit in hole.fits), default=0))
    for fit in hole.fits:
        text.append(f"\n    {_LABELS[fit.kind]:9}", "green").append(fit.text.partition("\n")[0], "bold")
        text.append(" " * max(0, width - len(fit.text)) + _aside(fit, options), "dim")
    if not hole.fits and options.show_valid_hole_fits:
        text.append("\n    nothing found fits", "red" if hole.complete else "yellow")
    if not hole.complete:
        text.append(
            "\n    (not every candidate was tried: the time for this hole ran out, or nothing is known of types)",
            "yellow",
        )
    width = max((len(binding.name) for binding in hole.bindings), default=0)
    for binding in hole.bindings:
        value = "" if binding.value is None else f" = {binding.value}"
        text.append(f"\n    in scope {binding.name:{width}} : {binding.type}{value}", "dim")
    return text


def construction_text(construction: Construction) -> Text:
    """What a construction does, and the lines that it writes."""
    text = Text("    builds   ", "green").append(construction.title, "bold")
    for edit in construction.edits:
        for line in edit.text.strip("\r\n").splitlines():
            text.append(f"\n             | {line}", "dim")
    return text


def _aside(fit: Fit, options: HoleOptions) -> str:
    """Type, origin and import of a fit, and whether examples passed with it."""
    type = fit.type if options.show_type_of_hole_fits else ""
    provenance = fit.provenance if options.show_provenance_of_hole_fits else ""
    parts = list(dict.fromkeys(part for part in (type, provenance, fit.import_text) if part))
    parts += [f"examples {fit.examples}"] if fit.examples else []
    parts += [f"gives {' '.join(fit.value.split())[:60]}"] if fit.value is not None else []
    parts += [f"with {name} = {text}" for name, text in fit.partners]
    parts += [fit.documentation] if fit.documentation else []
    return f"   {', '.join(parts)}" if parts else ""
