"""Annotations as values: data that code carries since it was compiled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from holefit.syntax.source import Range


class Target(Enum):
    """What an annotation is attached to."""

    VALUE = "value"
    TYPE = "type"
    MODULE = "module"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Data attached to ``module`` or to ``name`` in it.

    ``value`` is plain data (None, bool, int, float, str, bytes, list, dict); an object of a class is a dict of its fields, with
    the class's qualified name in ``type`` (``shapes.Owner``; ``str``, ``dict`` ... for plain data). ``repr`` is as the
    worker printed it. ``range`` is that of the comment, or of the metadata in ``typing.Annotated``; there ``name`` may be dotted: ``area.side``.
    """

    module: str
    name: str | None
    target: Target
    type: str
    value: object
    repr: str
    range: Range
