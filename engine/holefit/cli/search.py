"""Find functions, classes, methods and values by their type.

A query is a signature, or a type alone. Arguments may come in any order, optional ones may be left out; `_` stands for any type, `...` for further
arguments, a single letter for a type variable. What is found comes from the project in the working folder, the standard library and installed packages
with types.

examples:
  holefit search "(list[User]) -> User"
  holefit search "(str, str) -> list[str]"     str.split, textwrap.wrap ...
  holefit search "str -> Path"
  holefit search "(Iterable[T], Callable[[T], bool]) -> Iterator[T]"
  holefit search Decimal                       what is one, or gives one when called
  holefit search "(Path, ...) -> _" --limit 50

Exit status: 0 when something was found, 1 when nothing was, 2 for a query that cannot be read.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.cli import as_json, terminal

if TYPE_CHECKING:
    from holefit.index import Match


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("query", metavar="QUERY", help="a signature or a type, in quotes")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="show at most N; 10 by default")
    parser.add_argument(
        "--project",
        default=".",
        metavar="FOLDER",
        help="the project to search in; the working folder by default",
    )
    parser.add_argument(
        "--json", action="store_true", help="print a list of objects, the shape of holefit/search"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from holefit.index import QueryError
    from holefit.session import Session, find_root

    folder = Path(os.path.abspath(arguments.project))
    if not folder.is_dir():
        raise NotADirectoryError(20, "not a folder", str(folder))
    with Session.open(find_root(folder / "_")) as session:
        if sys.stderr.isatty():
            session.index.on_progress = _show_progress
        try:
            found = session.search(arguments.query, limit=max(arguments.limit, 1))
        except QueryError as error:
            terminal.console(stderr=True).print(f"holefit: {error}\n  {error.query}\n  {' ' * error.column}^")
            return 2
    if arguments.json:
        terminal.write_json([as_json.match(one) for one in found])
        return 0 if found else 1
    out = terminal.console()
    for one in found:
        out.print(_text(one))
    if not found:
        out.print(f"nothing takes and gives that: {arguments.query}")
    return 0 if found else 1


def _text(one: Match) -> str:
    """Two lines: what it is, and where it comes from."""
    marks = "  (deprecated)" if one.deprecated else ""
    return f"{one.name}: {one.signature}{marks}\n    {one.import_text or 'builtin'}"


def _show_progress(text: str, done: float) -> None:
    sys.stderr.write(f"\r\x1b[K{text} {done:.0%}" if done < 1 else "\r\x1b[K")
    sys.stderr.flush()
