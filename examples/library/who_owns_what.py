"""Who owns what: group the functions and classes of a project by the owner that their annotations name.

Looks for annotations such as ``# ANN area: Owner("geometry")``; any class with a field ``name`` will do.

    python who_owns_what.py [PROJECT] [CLASS]
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import holefit


def owners(session: holefit.Session, type: str) -> dict[str, list[str]]:
    """What each owner owns, by qualified names."""
    found = defaultdict(list)
    for one in session.annotations(type=type):
        if isinstance(one.value, dict) and "name" in one.value:
            what = one.module if one.name is None else f"{one.module}.{one.name}"
            found[str(one.value["name"])].append(what)
    return dict(found)


def main(project: str = ".", type: str = "Owner") -> int:
    """Print them, and on stderr what is wrong with annotations."""
    with holefit.Session.open(holefit.find_root(Path(project))) as session:
        for owner, what in sorted(owners(session, type).items()):
            print(f"{owner}: {', '.join(what)}")
        wrong = [one for one in session.load().diagnostics if one.code == "annotation"]
    for one in wrong:
        print(f"{one.path}:{one.range.start.line + 1}: {one.message}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
