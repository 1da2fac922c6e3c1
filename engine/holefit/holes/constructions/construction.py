"""Constructions as values: edits of several lines that leave holes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from holefit.edits import Edit


class ConstructionKind(Enum):
    """What a construction makes."""

    SPLIT = "split"
    ARMS = "arms"
    LAMBDA = "lambda"
    BODY = "body"
    DEFINITION = "definition"
    METHOD = "method"
    CLASS = "class"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class Construction:
    """An edit that the type checker has accepted: the file has no error with it that it did not have before.

    ``title`` says what it does: ``Split on color``. ``edits`` do not overlap.
    """

    kind: ConstructionKind
    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Characters from ``start`` to ``end`` (offsets in the text) that become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A construction that has not been checked. ``otherwise`` is tried when the checker refuses it."""

    kind: ConstructionKind
    title: str
    changes: tuple[Change, ...]
    otherwise: Draft | None = None


def changed(text: str, changes: tuple[Change, ...]) -> str:
    """``text`` with all ``changes`` made; those at one place in the order given."""
    parts, at = [], 0
    for change in sorted(changes, key=lambda one: one.start):
        parts += [text[at : change.start], change.text]
        at = change.end
    return "".join([*parts, text[at:]])
