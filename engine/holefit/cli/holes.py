"""Show the holes of one file, line or place: the type that is expected there, what is in scope, and what fits.

A hole is an unbound name that starts with an underscore and stands where an expression does: `_`, `_key`.

examples:
  holefit holes app.py            every hole of the file
  holefit holes app.py:12         those of line 12, with the examples of their functions tried on the fits
  holefit holes app.py:12:9       the one at line 12, column 9, and what can be built there: case splits, bodies, definitions
  holefit holes app.py --json     for a program; there lines and characters are 0-based
  holefit holes src --verify      check every fit of a folder again, by a plain run of mypy

Exit status: with --verify 0 when every fit holds, 1 when one is refused; else 0 when holes were found, 1 when there are none at that place.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from holefit.cli import as_json, terminal
from holefit.cli.places import NotAFileError, Place, place, shown
from holefit.cli.verifying import verify
from holefit.syntax.source import Position, Range

if TYPE_CHECKING:
    from holefit.holes.constructions import Construction
    from holefit.session import Session


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "place", metavar="FILE[:LINE[:COLUMN]]", help="where to look; lines and columns start at 1"
    )
    parser.add_argument(
        "--json", action="store_true", help="print a list of objects, the shape of holefit/holes"
    )
    parser.add_argument(
        "--verify", action="store_true", help="check every fit again by a plain mypy run; takes folders too"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from holefit.session import Session, find_root

    asked = place(arguments.place)
    if arguments.verify:
        return verify([asked], json=arguments.json)
    if asked.path.is_dir():
        raise NotAFileError(asked.path)
    with Session.open(find_root(asked.path)) as session:
        session.types.start()
        session.ready_index()
        found = [hole for hole in session.holes(asked.path) if _is_at(asked, hole.range)]
        if asked.line is not None:
            found = [session.examine(hole) for hole in found]
        built = _constructions(session, asked)
        error = session.parsed(asked.path).error
        options = session.hole_options(asked.path)
    if arguments.json:
        shapes = [as_json.construction(one) for one in built]
        told = [as_json.hole(hole) for hole in found]
        terminal.write_json(
            [{**one, "constructions": shapes} for one in told] if asked.column is not None else told
        )
    else:
        from holefit.cli.hole_text import construction_text, hole_text

        out = terminal.console()
        for hole in found:
            out.print(hole_text(hole, options))
        for one in built:
            out.print(construction_text(one))
        if not found and not built:
            out.print(f"{shown(asked.path)}: no holes there")
    if error is not None:
        start = error.range.start
        terminal.console(stderr=True).print(
            f"{shown(asked.path)}:{start.line + 1}:{start.column + 1}: syntax error: {error.message}",
            style="red",
        )
        return 1
    return 0 if found or built else 1


def _constructions(session: Session, asked: Place) -> list[Construction]:
    """Those of a place with a column."""
    if asked.line is None or asked.column is None:
        return []
    return session.constructions(asked.path, Position(asked.line, asked.column))


def _is_at(asked: Place, span: Range) -> bool:
    if asked.line is None:
        return True
    if asked.column is None:
        return span.start.line <= asked.line <= span.end.line
    return Position(asked.line, asked.column) in span
