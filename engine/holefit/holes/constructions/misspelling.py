"""Perhaps a hole is none, but a name that was misspelled."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 3


def misspelled(hole: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of ``names`` that ``hole`` may be meant for, nearest first.

    Only names with a leading underscore: a hole ``_width`` beside a parameter ``width`` is a hole that says what it is for.
    The measure is that of GHC: about one slip (a character more, less, changed, or two swapped) for every three characters.
    """
    letters = len(hole.strip("_"))
    if letters < 3:
        return ()
    most = max(1, letters // 4)
    near = [
        (distance(hole, name, most), name)
        for name in dict.fromkeys(names)
        if name.startswith("_") and name != hole and abs(len(name) - len(hole)) <= most
    ]
    return tuple(name for slips, name in sorted(near) if slips <= most)[:_MOST]


def distance(one: str, other: str, most: int) -> int:
    """How many slips lie between two names (optimal string alignment); anything above ``most`` counts as ``most + 1``."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
