"""List every hole of a project with what is expected there and the first fit.

python list_holes.py [PROJECT]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import holefit


def holes(session: holefit.Session) -> Iterator[holefit.Hole]:
    """The holes of all modules, module by module."""
    for module in sorted(session.module_graph()):
        if (path := session.path_of(module)) is not None:
            yield from session.holes(path)


def main(project: str = ".") -> int:
    """Print them; 1 when there are any."""
    count = 0
    with holefit.Session.open(holefit.find_root(Path(project))) as session:
        for hole in holes(session):
            count += 1
            place = f"{hole.path.relative_to(session.root)}:{hole.range.start.line + 1}"
            best = hole.fits[0].text if hole.fits else "nothing fits"
            print(f"{place}  {hole.name}: {hole.expected}  <-  {best}")
    print(f"{count} holes")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
