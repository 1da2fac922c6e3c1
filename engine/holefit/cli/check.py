"""Find every hole below the given files and folders and say what fits there.

Without PATHS it looks at the folder that you are in. Syntax errors and faulty annotations are named as well.

examples:
  holefit check                   the project
  holefit check src/ setup.py     these
  holefit check --json            for a program; there lines and characters are 0-based
  holefit check --explain         and why each module was processed again
  holefit check -fplugin=lint     with a plugin

Exit status: 0 when nothing is left to fill, 1 when there are holes or errors.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from holefit.cli import as_json, plugin_flags, terminal
from holefit.cli.places import Place, by_project, expanded, place, shown
from holefit.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from holefit.holes import Hole
    from holefit.session import BuiltModule
    from holefit.session.options import HoleOptions


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="files and folders; the working folder by default"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="tell first why each module was processed again since last time",
    )
    plugin_flags.configure(parser)
    parser.add_argument("--json", action="store_true", help="print one object: files, holes, diagnostics")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from holefit.session import Session

    files: list[Place] = []
    holes: list[tuple[Hole, HoleOptions]] = []
    diagnostics: list[Diagnostic] = []
    built: list[BuiltModule] = []
    for root, places in by_project(place(word) for word in arguments.paths or ["."]).items():
        with Session.open(root) as session:
            if arguments.flags:
                session.set_options(plugin_flags.applied(session.options, arguments.flags))
            if arguments.explain:
                built += session.load().modules
            diagnostics += session.problems
            here = expanded(places, root, session.options)
            files += here
            for one in here:
                said = session.check(one.path)
                diagnostics += [found for found in said if found.code != "hole"]
                if any(found.code == "hole" for found in said):
                    holes += [(hole, session.hole_options(one.path)) for hole in session.holes(one.path)]
    if arguments.json:
        terminal.write_json(
            {
                "files": [str(one.path) for one in files],
                "holes": [as_json.hole(hole) for hole, _ in holes],
                "diagnostics": [as_json.diagnostic(found) for found in diagnostics],
                **({"processed": {one.name: one.reason for one in built}} if arguments.explain else {}),
            }
        )
    else:
        if arguments.explain:
            _explain(built)
        _show(files, holes, diagnostics)
    return 1 if holes or any(found.severity is Severity.ERROR for found in diagnostics) else 0


def _explain(built: list[BuiltModule]) -> None:
    out = terminal.console()
    for one in built:
        out.print(f"{one.name}: {one.reason}")
    out.print(f"{terminal.counted(len(built), 'module')} processed", style="bold")


def _show(files: list[Place], holes: list[tuple[Hole, HoleOptions]], diagnostics: list[Diagnostic]) -> None:
    from holefit.cli.hole_text import hole_text

    out = terminal.console()
    for found in diagnostics:
        at = found.range.start
        style = "red" if found.severity is Severity.ERROR else "yellow"
        out.print(
            f"{shown(found.path)}:{at.line + 1}:{at.column + 1}: {found.severity.value}: {found.message} [{found.code}]",
            style=style,
        )
    for hole, options in holes:
        out.print(hole_text(hole, options))
    errors = sum(found.severity is Severity.ERROR for found in diagnostics)
    errors_too = f", {terminal.counted(errors, 'error')}" if errors else ""
    in_files = f"{len({hole.path for hole, _ in holes})} of " if holes else ""
    out.print(
        f"{terminal.counted(len(holes), 'hole')}{errors_too} in {in_files}{terminal.counted(len(files), 'file')}",
        style="bold red" if holes or errors else "bold green",
    )
