"""``holefit holes --verify``: every fit that is shown is checked again, by a mypy run of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.cli import as_json, terminal
from holefit.cli.places import Place, by_project, expanded, shown

if TYPE_CHECKING:
    from holefit.holes import Hole
    from holefit.types.verification import Rejected


def verify(places: Iterable[Place], *, json: bool) -> int:
    """Look for the holes of the places, check all their fits, and say which are refused; gives the exit status."""
    from holefit.session import Session
    from holefit.types.verification import Verifier

    holes: list[Hole] = []
    rejected: list[Rejected] = []
    for root, named in by_project(places).items():
        with Session.open(root) as session:
            texts: dict[Path, str] = {}
            here: list[Hole] = []
            for one in expanded(named, root, session.options):
                found = [
                    hole
                    for hole in session.holes(one.path)
                    if one.line is None or hole.range.start.line == one.line
                ]
                if found:
                    texts[one.path] = session.parsed(one.path).source.text
                    here += found
            verifier = Verifier(root, session.options, session.python)
            try:
                rejected += verifier.rejected(here, texts)
            finally:
                verifier.close()
            holes += here
    fits = sum(len(hole.fits) for hole in holes)
    if json:
        refused = [
            {"hole": as_json.hole(one.hole), "fit": one.fit.text, "messages": list(one.messages)}
            for one in rejected
        ]
        terminal.write_json({"holes": len(holes), "fits": fits, "rejected": refused})
    else:
        _tell(holes, fits, rejected)
    return 1 if rejected else 0


def _tell(holes: list[Hole], fits: int, rejected: list[Rejected]) -> None:
    out = terminal.console()
    for one in rejected:
        at = one.hole.range.start
        out.print(
            f"{shown(one.hole.path)}:{at.line + 1}:{at.column + 1}: {one.fit.text} is refused", style="red"
        )
        for message in one.messages:
            out.print(f"    {message}")
    counted = f"{terminal.counted(fits, 'fit')} of {terminal.counted(len(holes), 'hole')} checked by mypy"
    refused = f": {terminal.counted(len(rejected), 'fit')} refused" if rejected else ": all hold"
    out.print(counted + refused, style="bold red" if rejected else "bold green")
