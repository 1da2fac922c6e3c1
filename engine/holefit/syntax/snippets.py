"""Snippets: code in comments and docstrings, with the output that stands below it.

In a comment each ``# >>>`` line starts a snippet and ``# ...`` lines go on with it; in a docstring ``>>>`` and ``...``,
as doctest has it. The lines behind it, up to a blank one or the next snippet, are its present output. Snippets whose lines
follow each other without a gap are one group. A line ``$setup`` makes setup of the group that it stands on top of,
``$teardown`` teardown. In a comment, ``# prop>`` is short for ``# >>> :prop``.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from enum import Enum

from holefit.syntax.lexing import Lexed, Literal
from holefit.syntax.source import Position, Range, Source

_BLANK = " \t\r\n\f\ufeff"


class SnippetKind(Enum):
    """Where a snippet stands."""

    COMMENT = "comment"
    DOCTEST = "doctest"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One snippet.

    ``range`` is that of its input, from the first ``#`` or ``>>>``. ``output`` runs from the end of the input's last
    line to the end of the last line of present output (it is empty where there is none): put ``"".join(end_of_line + prefix +
    line for line in new_lines)`` in its place. ``text`` is the code, ``line`` its first line (1-based), ``want`` the
    output's text. ``scope`` is the qualified name of the docstring's owner (``""`` for the module's docstring and for comments).
    ``docstring`` is the 1-based line on which the docstring starts, 0 for comments; two may have one owner's name.
    ``quote`` is what would end the docstring early and ``raw`` whether backslashes stand for themselves; for comments ``""``, True.
    ``closes`` says that the closing quotes stand right behind the output.
    """

    kind: SnippetKind
    range: Range
    output: Range
    text: str
    line: int
    indent: str
    prefix: str
    group: int
    scope: str
    want: str
    setup: bool = False
    teardown: bool = False
    docstring: int = 0
    quote: str = ""
    raw: bool = True
    closes: bool = False


_COMMENT_INPUT = re.compile(r"^([ \t\f\ufeff]*)#[ \t]?(?:>>>|(prop>))(?:[ ](.*)|())$")
_COMMENT_MORE = re.compile(r"^([ \t\f]*)#[ \t]?\.\.\.(?:[ ](.*)|())$")
_COMMENT_LINE = re.compile(r"^([ \t\f]*)#[ \t]?(.*)$")
_STOPS = re.compile(
    r"\s*$|\$(?:setup|teardown)\b|prop>|>>>|\.\.\.(?:\s|$)|ANN\s|!|-\*-|%%|(?:holefit|type|fmt|pylint|pragma|mypy|pyright|ruff|isort):"
    r"|(?:noqa|region|endregion|TODO|FIXME|XXX)\b"
)
_MARK = re.compile(r"\s*#\s*\$(setup|teardown)\b")
_DOC_INPUT = re.compile(r"([ \t]*)>>>(?:[ ](.*)|())\Z", re.DOTALL)
_DOC_MORE = re.compile(r"([ \t]*)\.\.\.(?:[ ](.*)|())\Z", re.DOTALL)
_HEADER = re.compile(r"([ \t]*)(?:async[ \t]+def|def|class)[ \t]+(\w+)")


def snippets(source: Source, lexed: Lexed) -> tuple[Snippet, ...]:
    """All snippets of a text, in text order."""
    found = [*_in_comments(source, lexed), *_in_docstrings(source, lexed)]
    found.sort(key=lambda one: one.range)
    numbered: list[Snippet] = []
    group = 0
    behind: tuple[int, int] | None = None
    for snippet in found:
        if behind is not None and behind != (snippet.docstring, snippet.range.start.line):
            group += 1
        above = numbered[-1] if numbered and numbered[-1].group == group else None
        setup = snippet.setup or (above is not None and above.setup)
        teardown = snippet.teardown or (above is not None and above.teardown)
        numbered.append(replace(snippet, group=group, setup=setup, teardown=teardown))
        behind = (snippet.docstring, snippet.output.end.line + 1)
    return tuple(numbered)


def stops_output(text: str) -> bool:
    """Whether a comment that reads ``text`` behind its ``#`` and one space is no output: blank, a snippet, a pragma ..."""
    return _STOPS.match(text) is not None


def _in_comments(source: Source, lexed: Lexed) -> list[Snippet]:
    """Snippets in comments that have their line to themselves."""
    lines, found = source.lines, []
    properties = "prop>" in source.text
    for number, line in enumerate(lines):
        if ">>>" not in line and not (properties and "prop>" in line):
            continue
        if (first := _COMMENT_INPUT.match(line)) is None:
            continue
        indent = first[1]
        if lexed.in_literal(source.line_starts[number] + len(indent)):
            continue
        code = [(":prop " if first[2] else "") + (first[3] or "")]
        last = number
        while last + 1 < len(lines) and (more := _COMMENT_MORE.match(lines[last + 1])) and more[1] == indent:
            code.append(more[2] or "")
            last += 1
        want, out = [], last
        while out + 1 < len(lines) and (more := _COMMENT_LINE.match(lines[out + 1])) and more[1] == indent:
            if stops_output(more[2]):
                break
            want.append(more[2].rstrip())
            out += 1
        marked = _MARK.match(lines[number - 1]) if number else None
        mark = marked[1] if marked is not None else ""
        found.append(
            Snippet(
                SnippetKind.COMMENT,
                Range(Position(number, len(indent)), Position(last, len(lines[last]))),
                Range(Position(last, len(lines[last])), Position(out, len(lines[out]))),
                "\n".join(code),
                number + 1,
                indent,
                indent.replace("\ufeff", "") + "# ",
                0,
                "",
                "\n".join(want),
                setup=mark == "setup",
                teardown=mark == "teardown",
            )
        )
    return found


def _in_docstrings(source: Source, lexed: Lexed) -> list[Snippet]:
    """Doctest's examples in the docstrings of the module, its classes and functions."""
    text = source.text
    able = [
        one
        for one in lexed.literals
        if one.prefix in ("", "r", "u") and text.find(">>>", one.start, one.end) >= 0
    ]
    if not able:
        return []
    outline = _Outline(source, lexed)
    found: list[Snippet] = []
    for literal in able:
        scope = outline.docstring_owner(literal)
        if scope is not None:
            found += _examples(source, literal, scope)
    return found


@dataclass(frozen=True, slots=True)
class _Header:
    """The first line of a ``def`` or ``class``: offset of the line, offset behind the name, width of the indent, name."""

    start: int
    name_end: int
    indent: int
    name: str


class _Outline:
    """The classes and functions of a text by their indents. It needs no tree, so it is fast and survives syntax errors."""

    def __init__(self, source: Source, lexed: Lexed) -> None:
        self._source, self._lexed = source, lexed
        self._headers: list[_Header] = []
        for line, start in zip(source.lines, source.line_starts, strict=True):
            if not line.lstrip(" \t").startswith(("def", "class", "async")) or lexed.in_literal(start):
                continue
            if found := _HEADER.match(line):
                self._headers.append(_Header(start, start + found.end(), _width(found[1]), found[2]))
        self._starts = [one.start for one in self._headers]
        self._gaps: dict[int, int] = {}

    def docstring_owner(self, literal: Literal) -> str | None:
        """The qualified name of what ``literal`` is the docstring of (``""``: the module); None when it is none."""
        source, lexed = self._source, self._lexed
        line = source.position(literal.start).line
        behind = lexed.blanked(source.text, literal.end, _line_end(source, literal.end)).strip()
        if behind and not behind.startswith(";"):
            return None
        if lexed.literals[0] is literal and not lexed.blanked(source.text, 0, literal.start).strip(_BLANK):
            return ""
        number = bisect_right(self._starts, literal.start) - 1
        if number < 0 or not _is_header(
            lexed.blanked(source.text, self._headers[number].name_end, literal.start)
        ):
            return None
        lead = source.text[source.line_starts[line] : literal.start]
        if not lead.strip(_BLANK) and _width(lead) <= self._headers[number].indent:
            return None
        return self._qualified(number)

    def _qualified(self, number: int) -> str:
        """The name of a header behind those of the headers that enclose it."""
        names, floor = [self._headers[number].name], self._headers[number].indent
        for upper in range(number - 1, -1, -1):
            if floor == 0:
                break
            floor = min(floor, self._least_indent(upper))
            if self._headers[upper].indent < floor:
                names.append(self._headers[upper].name)
            floor = min(floor, self._headers[upper].indent)
        return ".".join(reversed(names))

    def _least_indent(self, number: int) -> int:
        """The least indent of the code lines between a header's first line and the next header."""
        if number in self._gaps:
            return self._gaps[number]
        source, least = self._source, 1 << 30
        first, last = (source.position(one.start).line for one in self._headers[number : number + 2])
        for line in range(first + 1, last):
            text = source.lines[line]
            code = text.lstrip(" \t\f")
            if not code or code[0] in "#)]}" or self._lexed.in_literal(source.line_starts[line]):
                continue
            least = min(least, _width(text[: len(text) - len(code)]))
        self._gaps[number] = least
        return least


def _width(indent: str) -> int:
    return len(indent.rpartition("\f")[2].lstrip("\ufeff").expandtabs())


def _is_header(text: str) -> bool:
    """Whether ``text`` (from behind the name of a ``def`` or ``class``) is the rest of its header and no more."""
    depth = 0
    for at, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == ":" and depth == 0:
            return not text[at + 1 :].strip()
    return False


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a docstring: its text in the source, the number of its first physical line and the place behind its last."""

    text: str
    first: int
    end: Position


def _examples(source: Source, literal: Literal, scope: str) -> list[Snippet]:
    """The examples in one docstring."""
    raw = "r" in literal.prefix
    closed = source.text.endswith(literal.quote, literal.content_start, literal.end)
    lines = _docstring_lines(source, literal, literal.end - len(literal.quote) if closed else literal.end)
    found, at, mark = [], 0, ""
    while at < len(lines):
        start = _DOC_INPUT.match(lines[at].text)
        if start is None:
            mark = lines[at].text.strip()
            at += 1
            continue
        indent, begin, code = start[1], at, [start[2] or ""]
        shown = _lead(source.lines[lines[0].first]) if begin == 0 else indent
        while at + 1 < len(lines) and (more := _DOC_MORE.match(lines[at + 1].text)) and more[1] == shown:
            code.append(more[2] or "")
            at += 1
        last, want = at, []
        while at + 1 < len(lines) and (line := lines[at + 1].text.strip(" \t")):
            if _DOC_INPUT.match(lines[at + 1].text) or line == "```":
                break
            want.append(lines[at + 1].text.removeprefix(shown))
            at += 1
        found.append(
            Snippet(
                SnippetKind.DOCTEST,
                Range(Position(lines[begin].first, len(indent)), lines[last].end),
                Range(lines[last].end, lines[at].end),
                _unescaped("\n".join(code), literal.quote, raw),
                lines[begin].first + 1,
                shown,
                shown,
                0,
                scope,
                _unescaped("\n".join(want), literal.quote, raw),
                setup=mark == "$setup",
                teardown=mark == "$teardown",
                docstring=source.position(literal.start).line + 1,
                quote=literal.quote,
                raw=raw,
                closes=closed and at == len(lines) - 1,
            )
        )
        mark = ""
        at += 1
    return found


def _docstring_lines(source: Source, literal: Literal, end_offset: int) -> list[_Line]:
    """The lines of a docstring; unless it is raw, one that ends in a backslash is one with the next."""
    first, end = source.position(literal.content_start), source.position(end_offset)
    lines: list[_Line] = []
    goes_on = False
    for number in range(first.line, end.line + 1):
        text = source.lines[number]
        if number == end.line:
            text = text[: end.column]
        place = Position(number, len(text))
        if number == first.line:
            text = " " * first.column + text[first.column :]
        if goes_on:
            lines[-1] = _Line(lines[-1].text + "\n" + text, lines[-1].first, place)
        else:
            lines.append(_Line(text, number, place))
        backslashes = len(text) - len(text.rstrip("\\"))
        goes_on = "r" not in literal.prefix and backslashes % 2 == 1
    return lines


def _lead(line: str) -> str:
    """The white space that ``line`` starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unescaped(text: str, quote: str, raw: bool) -> str:
    """``text`` as the string literal that it stands in means it."""
    if raw or "\\" not in text:
        return text
    try:
        value = ast.literal_eval(f"{quote}{text}\n{quote}" if len(quote) == 3 else f"{quote}{text}{quote}")
    except (SyntaxError, ValueError):
        return text
    return str(value).removesuffix("\n")


def _line_end(source: Source, offset: int) -> int:
    number = source.position(offset).line
    return source.line_starts[number] + len(source.lines[number])
