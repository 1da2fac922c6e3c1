"""Open documents, as immutable snapshots, and places in the encoding that the client chose.

A :class:`Document` is one version of one text. A change gives a new one and shares the lines that it left alone, so
that whoever still works on the old version keeps reading the old text. Lines end at ``\\n``, ``\\r\\n`` and ``\\r`` only,
as LSP and Python's tokenizer have it: a form feed is an ordinary character.

Columns on the wire count UTF-8 bytes, UTF-16 units or code points; columns of the engine count code points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from holefit.syntax.source import Position, Source
from holefit_lsp.uris import canonical, path_of, uri_of

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Change:
    """New text for the stretch between two places in the client's units; for the whole document without them."""

    text: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None


@dataclass(frozen=True)
class Document:
    """One version of a text. ``lines`` keep their ends; the last one has none and may be empty.

    ``path`` is absolute; None for a URI that is no file (a buffer without a name, a cell of a notebook).
    """

    uri: str
    path: Path | None
    version: int | None
    lines: Sequence[str] = field(repr=False)
    encoding: Encoding = "utf-16"

    @classmethod
    def of(cls, uri: str, text: str, version: int | None = None, encoding: Encoding = "utf-16") -> Document:
        """A document with this text."""
        return cls(uri, path_of(uri), version, split_lines(whole(text)), encoding)

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @cached_property
    def source(self) -> Source:
        """The text as the engine takes it."""
        return Source(self.path or Path(self.uri), self.text, self.version)

    def position(self, line: int, character: int) -> Position:
        """The engine's position of a place in the client's units.

        A place behind the end of its line is the end of the line (before the line end), one behind the last line is the end
        of the text; a place inside a character is the place before it.
        """
        if line >= len(self.lines):
            return Position(len(self.lines) - 1, len(self.lines[-1]))
        text = self.lines[line].rstrip("\r\n")
        return Position(line, code_points(text, max(0, character), self.encoding))

    def units(self, position: Position) -> tuple[int, int]:
        """Line and character, in the client's units, of the engine's ``position``."""
        if position.line >= len(self.lines):
            last = len(self.lines) - 1
            return last, units(self.lines[last], self.encoding)
        text = self.lines[position.line].rstrip("\r\n")
        return position.line, units(text[: position.column], self.encoding)

    def changed(self, changes: Sequence[Change], version: int | None) -> Document:
        """The document after ``changes``, each of which speaks of the text that the one before it left."""
        lines: list[str] | None = None
        for change in changes:
            if change.start is None or change.end is None:
                lines = split_lines(whole(change.text))
                continue
            if lines is None:
                lines = list(self.lines)
            _replace(lines, change.start, change.end, whole(change.text), self.encoding)
        return Document(self.uri, self.path, version, self.lines if lines is None else lines, self.encoding)


class Documents:
    """The documents that the client has open, newest version each. Used by the event loop's thread alone."""

    def __init__(self, encoding: Encoding = "utf-16") -> None:
        self.encoding: Encoding = encoding
        self._open: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        """The open documents."""
        return iter(list(self._open.values()))

    def open(self, uri: str, text: str, version: int | None) -> Document:
        """Take ``uri`` over from the disk."""
        return self._put(Document.of(uri, text, version, self.encoding))

    def change(self, uri: str, changes: Sequence[Change], version: int | None) -> Document:
        """The document after a change.

        Raises: KeyError, when ``uri`` is not open.
        """
        return self._put(self._open[canonical(uri)].changed(changes, version))

    def close(self, uri: str) -> None:
        """Give ``uri`` back to the disk."""
        self._open.pop(canonical(uri), None)

    def get(self, uri: str) -> Document | None:
        """The open document ``uri``."""
        return self._open.get(canonical(uri))

    def snapshot(self) -> Mapping[str, Document]:
        """The open documents as they are now, by canonical URI."""
        return dict(self._open)

    def at(self, path: Path) -> Document | None:
        """The open document of a file."""
        return next((document for document in self._open.values() if document.path == path), None)

    def look(self, uri: str) -> Document:
        """The open document ``uri``, or the file itself; an unreadable one is empty."""
        if found := self.get(uri):
            return found
        path = path_of(uri)
        try:
            text = path.read_bytes().decode("utf-8-sig", "replace") if path else ""
        except (OSError, ValueError):
            text = ""
        return Document.of(uri, text, None, self.encoding)

    def look_at(self, path: Path) -> Document:
        """The same by path."""
        return self.at(path) or self.look(uri_of(path))

    def _put(self, document: Document) -> Document:
        self._open[canonical(document.uri)] = document
        return document


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` with their ends; at least one, and the last one has no end."""
    lines: list[str] = _LINE.findall(text)
    lines.append(text[max(text.rfind("\n"), text.rfind("\r")) + 1 :])
    return lines


def whole(text: str) -> str:
    """``text`` without lone surrogates, which no file can hold: halves of a pair are joined, others replaced.

    The number of UTF-16 units stays the same, so that the client's places still hold.
    """
    if not _LONE_SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def code_points(line: str, character: int, encoding: Encoding) -> int:
    """How many characters of ``line`` stand before ``character`` units."""
    if encoding == "utf-32" or line.isascii():
        return min(character, len(line))
    if encoding == "utf-8":
        return len(line.encode()[:character].decode(errors="ignore"))
    taken = 0
    for index, char in enumerate(line):
        taken += 2 if char > "\uffff" else 1
        if taken > character:
            return index
    return len(line)


def units(text: str, encoding: Encoding) -> int:
    """The length of ``text`` in the units of ``encoding``."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode())
    return len(text) + sum(char > "\uffff" for char in text)


def _replace(
    lines: list[str], start: tuple[int, int], end: tuple[int, int], text: str, encoding: Encoding
) -> None:
    """Put ``text`` in place of what stands between two places, touching only the lines concerned."""
    first, before = _split_at(lines, start, encoding)
    last, after = _split_at(lines, max(start, end), encoding)
    middle = lines[first][:before] + text + lines[last][after:]
    # A carriage return and a line feed that become neighbours are one line end.
    if first > 0 and middle.startswith("\n") and lines[first - 1].endswith("\r"):
        first -= 1
        middle = lines[first] + middle
    if last + 1 < len(lines) and middle.endswith("\r") and lines[last + 1].startswith("\n"):
        last += 1
        middle += lines[last]
    if last + 1 == len(lines):
        lines[first:] = split_lines(middle)
    elif not middle:
        del lines[first : last + 1]
    else:
        parts = split_lines(middle)
        rest = parts.pop()
        if rest:  # the end of the last line went away: the next one continues it
            parts.append(rest + lines[last + 1])
            last += 1
        lines[first : last + 1] = parts


def _split_at(lines: list[str], place: tuple[int, int], encoding: Encoding) -> tuple[int, int]:
    """Line and code point column of a place in the client's units, inside the text."""
    line, character = place
    if line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return line, code_points(lines[line].rstrip("\r\n"), max(0, character), encoding)
