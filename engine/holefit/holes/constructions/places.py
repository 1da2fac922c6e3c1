"""Where it is worth asking for constructions: told from the lines around a place, without parsing anything."""

from __future__ import annotations

import re

from holefit.syntax import Position, Source

_HOLE = re.compile(r"(?<![\w.])_\w*")
_CALL = re.compile(r"\b\w+\.\w+\s*\(")
_HEAD = re.compile(r"\s*(?:(?:async\s+)?def\b|match\b|case\b)")
_EMPTY = re.compile(r"(?:.*:)?\s*(?:\.\.\.|pass)\s*(?:#.*)?$")


def may_build(source: Source, position: Position) -> bool:
    """Whether there may be a hole, the head of a function or a ``match``, an empty body, or a call of an attribute at ``position``."""
    if position.line >= len(source.lines):
        return False
    line = source.lines[position.line]
    if _HEAD.match(line) or _EMPTY.match(line):
        return True
    return any(
        found.start() <= position.column <= found.end()
        for pattern in (_HOLE, _CALL)
        for found in pattern.finditer(line)
    )
