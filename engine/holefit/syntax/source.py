"""Source text and places in it.

A *position* is a 0-based line and a 0-based column counted in Unicode code points (what ``len`` counts), whatever
encoding an editor prefers; ``holefit_lsp`` converts. Lines end at ``\\n``, ``\\r\\n`` and ``\\r`` only, as Python's
tokenizer has it: a form feed or a U+2028 is an ordinary character.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place in a text: 0-based line, 0-based column in code points."""

    line: int
    column: int


@dataclass(frozen=True, order=True, slots=True)
class Range:
    """A half-open stretch of text from ``start`` up to ``end``."""

    start: Position
    end: Position

    def __contains__(self, position: Position) -> bool:
        """Whether ``position`` lies in the range or just behind it: a cursor behind a name counts as on it."""
        return self.start <= position <= self.end

    def overlaps(self, other: Range) -> bool:
        """Whether both share a place; touching ends count."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True)
class Source:
    """The text of one module as an editor shows it, and conversions between its places."""

    path: Path
    text: str
    version: int | None = None

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of every line."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def lines(self) -> list[str]:
        """Every line without its line end; the last one may be empty."""
        return _LINE_END.split(self.text)

    def offset(self, position: Position) -> int:
        """Offset of ``position`` in code points; a place behind a line's end is that line's end."""
        if position.line >= len(self.line_starts):
            return len(self.text)
        start = self.line_starts[position.line]
        return start + min(position.column, len(self.lines[position.line]))

    def position(self, offset: int) -> Position:
        """The position of an offset in code points."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset) - 1
        return Position(line, offset - self.line_starts[line])

    def ast_position(self, line: int, byte_column: int) -> Position:
        """The position of what ``ast`` calls line (1-based) and column (0-based, in UTF-8 bytes)."""
        text = self.lines[line - 1]
        if text.isascii():
            return Position(line - 1, byte_column)
        return Position(line - 1, len(text.encode()[:byte_column].decode(errors="ignore")))

    def slice(self, range: Range) -> str:
        """The text in ``range``."""
        return self.text[self.offset(range.start) : self.offset(range.end)]
