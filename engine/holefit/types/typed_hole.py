"""A hole as plugins see it."""

from __future__ import annotations

from pathlib import Path

from mypy import types as T

from holefit.plugins.hole_fits import TypedHole
from holefit.types.render import render
from holefit.types.tree import Dug


def typed_hole(path: str, hole: Dug, expected: T.Type | None, constraints: tuple[str, ...]) -> TypedHole:
    """What is known of ``hole`` before fits are looked for."""
    node = hole.node
    return TypedHole(Path(path), node.line - 1, node.column, node.name, render(expected), constraints)
