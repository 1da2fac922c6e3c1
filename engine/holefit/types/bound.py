"""Names that are bound where mypy does not look: in a branch for another platform, or by ``global`` in a function.

To mypy they are unbound, like holes. Python's scoping rules over the whole text tell; a long text takes longer to parse than a hole to
examine, so that it is parsed only for a name that occurs elsewhere too, and again only when a line changes that has the name or opens a scope.
"""

from __future__ import annotations

import re
from pathlib import Path

from holefit.syntax import Position, Source, parse
from holefit_wire.types import HoleInfo

_Key = tuple[str, ...]
_SCOPE = re.compile(r"\n[ \t]*(?:async |def |class )[^\n]*")


class BoundNames:
    """What is known of the names in one file."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Key, frozenset[int]]] = {}

    def unbound(self, holes: list[HoleInfo], path: str, text: str) -> list[HoleInfo]:
        """Those of ``holes`` that the text binds nowhere."""
        names = [hole.name for hole in holes]
        self._known = {name: known for name, known in self._known.items() if name in names}
        source = Source(Path(path), text)
        bound: set[int] = set()
        for name in set(names):
            if text.count(name) == names.count(name):
                continue
            places = [found.start() for found in re.finditer(rf"(?<![\w.]){name}(?!\w)", text)]
            if len(places) > names.count(name):
                bound |= self._bound(name, places, source)
        if not bound:
            return holes
        return [hole for hole in holes if source.offset(Position(hole.line, hole.column)) not in bound]

    def _bound(self, name: str, places: list[int], source: Source) -> set[int]:
        """Those of ``places`` where ``name`` is not unbound."""
        lines = sorted({source.position(place).line for place in places})
        key = (*_SCOPE.findall(source.text), *(source.lines[line] for line in lines))
        known = self._known.get(name)
        if known is None or known[0] != key:
            known = self._known[name] = key, _bound_places(name, places, source)
        return {places[number] for number in known[1]}


def _bound_places(name: str, places: list[int], source: Source) -> frozenset[int]:
    """Indices of those of ``places`` that are no hole sites; none behind a syntax error (of our Python: mypy may know more)."""
    parsed = parse(source)
    if parsed.error is not None:
        return frozenset()
    sites = {source.offset(site.range.start) for site in parsed.hole_sites if site.name == name}
    return frozenset(number for number, place in enumerate(places) if place not in sites)
