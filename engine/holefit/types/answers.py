"""What was found in one file, kept until an edit concerns it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mypy import nodes as N

from holefit.types.checking import FoundHole, Holes, Target, name_of
from holefit.types.graft import Graft
from holefit.types.tree import Dug

_Kept = dict[tuple[str, tuple[tuple[int, int, str], ...]], list[FoundHole]]


@dataclass(slots=True)
class _Entry:
    """One target. ``lines`` are those of its holes in the newest text: the tree keeps its own until the next whole update."""

    target: Target
    holes: list[Dug]
    lines: list[int]
    found: list[FoundHole] | None = None

    @property
    def places(self) -> tuple[tuple[int, int, str], ...]:
        return tuple(
            (line, hole.node.column, hole.name) for line, hole in zip(self.lines, self.holes, strict=True)
        )


class Answers:
    """The holes of one file by the target that they are in. ``text`` is what the tree was brought to; None: unknown.

    After a graft that adds or removes lines, nodes below it have the lines that they had before; only the grafted function may be
    grafted again until the whole module is brought up to date.
    """

    def __init__(self) -> None:
        self.text: str | None = None
        self.stale = False
        self._moved: N.FuncDef | None = None
        self._entries: list[_Entry] | None = None
        self._kept: _Kept = {}

    def forget(self) -> None:
        """Nothing that was found holds any more."""
        self._kept = {}
        for entry in self._entries or ():
            entry.found = None

    def updated(self, text: str | None, *, same: bool = False) -> None:
        """The whole module was checked as ``text``; with ``same`` only to bring the tree up to date, so that answers stay."""
        self._kept = self._collected() if same else {}
        self.text, self.stale, self._moved, self._entries = text, False, None, None

    def _collected(self) -> _Kept:
        return {
            (name_of(entry.target), entry.places): self._shown(entry)
            for entry in self._entries or ()
            if entry.found is not None
        }

    def may_graft(self, function: N.FuncDef) -> bool:
        """Whether the lines of ``function`` in the tree are those that it has in the text."""
        return self._entries is not None and (self._moved is None or self._moved is function)

    def grafted(self, graft: Graft, finder: Holes, text: str) -> None:
        """One function was brought to ``text``."""
        self.text, self.stale = text, True
        if graft.delta:
            self._moved = graft.site.function
        entries = []
        for entry in self._entries or ():
            if any(graft.site.checked[1] is node for node in (*entry.holes[0].above, entry.holes[0].node)):
                continue
            entry.lines = [line + graft.delta if line >= graft.after else line for line in entry.lines]
            entries.append(entry)
        self._entries = entries + _fresh(finder.targets_in(graft, text))

    def holes(self, finder: Holes, path: str, text: str, line: int | None) -> list[FoundHole]:
        """All holes in text order, or with ``line`` (0-based) those of the targets that have one in that line."""
        if self._entries is None:
            self._entries = _fresh(finder.targets(path, text))
            for entry in self._entries:
                entry.found = self._kept.get((name_of(entry.target), entry.places))
            self._kept = {}
        found: list[FoundHole] = []
        for entry in self._entries:
            if line is not None and line + 1 not in entry.lines:
                continue
            if entry.found is None:
                examined = finder.examine(path, entry.target, entry.holes)
                found += self._shown(replace(entry, found=examined))
                if all(hole.complete for hole in examined):
                    entry.found = examined
            else:
                found += self._shown(entry)
        return sorted(found, key=lambda hole: (hole.line, hole.column))

    def _shown(self, entry: _Entry) -> list[FoundHole]:
        return [replace(hole, line=line) for hole, line in zip(entry.found or (), entry.lines, strict=True)]


def _fresh(targets: list[tuple[Target, list[Dug]]]) -> list[_Entry]:
    return [_Entry(target, holes, [hole.node.line for hole in holes]) for target, holes in targets]
