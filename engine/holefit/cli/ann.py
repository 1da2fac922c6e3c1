"""Find annotations: data that functions, classes and modules carry in `# ANN` comments.

They are evaluated by your project's Python when their module has changed, without running the module itself.

examples:
  holefit ann                        all of the project that you are in
  holefit ann --of area              those of `area`, in whatever module
  holefit ann --type Owner src/      values of class Owner, in files below src/
  holefit ann --module shapes --json

Exit status: 0 when some were found, 1 when none were or an annotation is at fault.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from holefit.cli import as_json, terminal
from holefit.cli.places import Place, by_project, place, shown
from holefit.diagnostics import Diagnostic

if TYPE_CHECKING:
    from pathlib import Path

    from holefit.annotations import Annotation


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="files and folders; the working folder by default"
    )
    parser.add_argument("--of", metavar="NAME", help="attached to this name")
    parser.add_argument(
        "--type", metavar="TYPE", help="whose value is of this class: Owner, shapes.Owner, str"
    )
    parser.add_argument("--module", metavar="MODULE", help="in this module")
    parser.add_argument(
        "--json", action="store_true", help="print a list of objects, the shape of holefit/annotations"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from holefit.session import Session

    found: list[tuple[Path | None, Annotation]] = []
    errors: list[Diagnostic] = []
    for root, places in by_project(place(word) for word in arguments.paths or ["."]).items():
        with Session.open(root) as session:
            for one in session.annotations(of=arguments.of, type=arguments.type, module=arguments.module):
                path = session.path_of(one.module)
                if path is None or any(_holds(asked, path) for asked in places):
                    found.append((path, one))
    if arguments.json:
        terminal.write_json([as_json.annotation(one, path) for path, one in found])
    else:
        _show(found)
    return 0 if found and not errors else 1


def _holds(asked: Place, path: Path) -> bool:
    return path == asked.path or path.is_relative_to(asked.path)


def _show(found: list[tuple[Path | None, Annotation]]) -> None:
    from rich.text import Text

    out = terminal.console()
    for path, one in found:
        start = one.range.start
        where = one.module if path is None else f"{shown(path)}:{start.line + 1}:{start.column + 1}"
        text = Text().append(f"{where}: ", "bold")
        text.append(one.module if one.name is None else f"{one.module}.{one.name}", "cyan")
        out.print(text.append(f" = {one.repr}").append(f"   {one.type}", "dim"))
    out.print(terminal.counted(len(found), "annotation"), style="bold")
