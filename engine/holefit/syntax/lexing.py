"""Comments and strings of a text, found without parsing it.

The search stops only at what may hide other things, comments and string literals. It is fast (about 1 ms for 1,000 lines),
and it goes on behind a syntax error, where ``tokenize`` gives up.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

_ENDS = {
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z|\\\Z)', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*+(?:'''|\Z|\\\Z)", re.DOTALL),
    '"': re.compile(r'(?:[^"\\\r\n]|\\(?:\r\n|.))*+(?:"|(?=[\r\n])|\Z|\\\Z)', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\r\n]|\\(?:\r\n|.))*+(?:'|(?=[\r\n])|\Z|\\\Z)", re.DOTALL),
}
_STOP = re.compile(r"[\"'#]")
_COMMENT = re.compile(r"[^\r\n]*")
_PREFIX = re.compile(r"(?:rb?|br?|u|[ft]r?|r[ft])\Z", re.IGNORECASE)
_FIELD = re.compile(r"""\\.|\{\{|\}\}|[{}]|\"\"\"|'''|"|'|[\r\n]""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal: offsets of its first and behind its last character, its prefix in lower case and its quotes."""

    start: int
    end: int
    prefix: str
    quote: str

    @property
    def content_start(self) -> int:
        """Offset behind the opening quotes."""
        return self.start + len(self.prefix) + len(self.quote)


@dataclass(frozen=True)
class Lexed:
    """The comments (as pairs of offsets) and the string literals of a text, in text order."""

    comments: tuple[tuple[int, int], ...]
    literals: tuple[Literal, ...]

    def in_literal(self, offset: int) -> bool:
        """Whether ``offset`` lies in a string literal, behind its first character."""
        before = bisect_left(self._literal_starts, offset) - 1
        return before >= 0 and self.literals[before].end > offset

    def blanked(self, text: str, start: int, end: int) -> str:
        """``text[start:end]`` with comments gone and every string literal replaced by an ``_`` per character."""
        spans = [
            (one.start, one.end, "_" * (one.end - one.start))
            for one in self.literals[
                bisect_left(self._literal_starts, start) : bisect_left(self._literal_starts, end)
            ]
        ]
        starts = self._comment_starts
        spans += [
            (one, other, "")
            for one, other in self.comments[bisect_left(starts, start) : bisect_right(starts, end)]
        ]
        pieces, at = [], start
        for one, other, instead in sorted(spans):
            pieces += [text[at:one], instead]
            at = other
        return "".join([*pieces, text[at:end]])

    @cached_property
    def _literal_starts(self) -> list[int]:
        return [one.start for one in self.literals]

    @cached_property
    def _comment_starts(self) -> list[int]:
        return [start for start, _ in self.comments]


def lex(text: str) -> Lexed:
    """All comments and string literals of ``text``.

    A string in single quotes that is not closed ends at its line's end; one in triple quotes at the end of the text.
    """
    comments: list[tuple[int, int]] = []
    literals: list[Literal] = []
    search, comment_end, at = _STOP.search, _COMMENT.match, 0
    while found := search(text, at):
        start = found.start()
        quote = text[start]
        if quote == "#":
            at = comment_end(text, start).end()  # type: ignore[union-attr]  # it matches anything
            comments.append((start, at))
            continue
        if text.startswith(quote * 3, start):
            quote *= 3
        prefix = _prefix(text, start) if start and text[start - 1].isalpha() else ""
        content = start + len(quote)
        if "f" in prefix or "t" in prefix:
            at = _formatted_end(text, content, quote)
        else:
            at = _plain_end(text, content, quote)
        literals.append(Literal(start - len(prefix), at, prefix, quote))
    return Lexed(tuple(comments), tuple(literals))


def _prefix(text: str, start: int) -> str:
    """The prefix, in lower case, of the string whose quotes start at ``start``."""
    word = start - 1
    while word > 0 and start - word < 3 and text[word - 1].isalnum():
        word -= 1
    if word and (text[word - 1].isalnum() or text[word - 1] == "_"):
        return ""
    found = _PREFIX.match(text[word:start])
    return found[0].lower() if found else ""


def _plain_end(text: str, start: int, quote: str) -> int:
    """Where a string ends, f-strings aside, whose content starts at ``start``."""
    found = _ENDS[quote].match(text, start)
    return found.end() if found else len(text)


def _formatted_end(text: str, start: int, quote: str) -> int:
    """Where an f-string ends whose content starts at ``start``: its replacement fields may hold strings with the same quotes (from Python 3.12 on)."""
    at, depth = start, 0
    while found := _FIELD.search(text, at):
        at, mark = found.end(), found[0]
        if mark in "\r\n":
            if len(quote) == 1 and depth == 0:
                return found.start()
        elif mark == "{" or (mark == "{{" and depth):
            depth += len(mark)
        elif mark == "}" or (mark == "}}" and depth):
            depth = max(0, depth - len(mark))
        elif mark[0] in "\"'":
            if mark == quote and (depth == 0 or not _field_closes(text, at, quote)):
                return at
            if depth:
                at = _plain_end(text, at, mark)
            elif mark[0] == quote and len(mark) == 3:
                return found.start() + 1
            elif len(mark) == 3 and len(quote) == 1:
                at = found.start() + 3
    return len(text)


def _field_closes(text: str, at: int, quote: str) -> bool:
    """Whether a replacement field goes on at ``at``: some ``}`` follows, on the same line unless quotes are triple."""
    end = len(text)
    if len(quote) == 1:
        line_end = re.compile(r"[\r\n]").search(text, at)
        end = line_end.start() if line_end else end
    return text.find("}", at, end) >= 0
