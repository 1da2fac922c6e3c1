"""Source text to a parsed module.

Everything is found when it is first asked for, and then kept: the comments and snippets need no tree (so that they
survive a syntax error), the tree needs no comments.
"""

from __future__ import annotations

import ast
import shlex
import warnings
from dataclasses import dataclass
from functools import cached_property

from holefit import diagnostics
from holefit.syntax.annotation_comments import AnnotationComment, annotation_comments
from holefit.syntax.lexing import Lexed, lex
from holefit.syntax.scopes import HoleSite, hole_sites
from holefit.syntax.snippets import Snippet, snippets
from holefit.syntax.source import Position, Range, Source

_FILENAME = "<holefit source>"
# What a literal's dubious escape makes the compiler print would land on the server's stderr at every keystroke.
warnings.filterwarnings("ignore", module=r"<holefit source>")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its ``#``. ``own_line``: nothing but white space stands before it."""

    range: Range
    text: str
    own_line: bool


@dataclass(frozen=True, slots=True)
class Pragma:
    """A comment ``# holefit: words``. ``own_line`` tells one that speaks of the file from one that speaks of its statement."""

    range: Range
    words: tuple[str, ...]
    own_line: bool


class ParsedModule:
    """One text and what can be known about it without its neighbours. Safe to share between threads."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree; None when there is a syntax error."""
        return self._parse[0]

    @property
    def error(self) -> diagnostics.Diagnostic | None:
        """The syntax error with its place, if there is one."""
        return self._parse[1]

    @cached_property
    def lexed(self) -> Lexed:
        """Offsets of comments and string literals."""
        return lex(self.source.text)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments, in text order."""
        return tuple(self._comment(start, end) for start, end in self.lexed.comments)

    @cached_property
    def pragmas(self) -> tuple[Pragma, ...]:
        """The ``# holefit:`` comments, in text order."""
        if "holefit:" not in self.source.text:
            return ()
        found = []
        for comment in self.comments:
            body = comment.text[1:].strip()
            if body.startswith("holefit:"):
                found.append(Pragma(comment.range, _words(body.removeprefix("holefit:")), comment.own_line))
        return tuple(found)

    @cached_property
    def snippets(self) -> tuple[Snippet, ...]:
        """The ``# >>>`` and docstring snippets, in text order."""
        if ">>>" not in self.source.text and "prop>" not in self.source.text:
            return ()
        return snippets(self.source, self.lexed)

    @property
    def annotation_comments(self) -> tuple[AnnotationComment, ...]:
        """The well-formed ``# ANN`` comments, in text order."""
        return self._annotations[0]

    @property
    def annotation_errors(self) -> tuple[diagnostics.Diagnostic, ...]:
        """What is wrong with the others."""
        return self._annotations[1]

    @cached_property
    def hole_sites(self) -> tuple[HoleSite, ...]:
        """Unbound names that start with ``_`` and are used as expressions; none while there is a syntax error."""
        if self.tree is None or "_" not in self.source.text:
            return ()
        return hole_sites(self.tree, self.range_of)

    def range_of(
        self, node: ast.stmt | ast.expr | ast.alias | ast.excepthandler | ast.arg | ast.keyword
    ) -> Range:
        """The range of a node of :attr:`tree`."""
        place = self._parsable.ast_position
        end_line, end_column = node.end_lineno, node.end_col_offset
        assert end_line is not None
        assert end_column is not None
        return Range(place(node.lineno, node.col_offset), place(end_line, end_column))

    def place(self, line: int, byte_column: int) -> Position:
        """The position of what :attr:`tree` calls line (1-based) and column (0-based, in UTF-8 bytes)."""
        return self._parsable.ast_position(line, byte_column)

    @cached_property
    def _annotations(self) -> tuple[tuple[AnnotationComment, ...], tuple[diagnostics.Diagnostic, ...]]:
        if "ANN" not in self.source.text:
            return (), ()
        return annotation_comments(self.source, self.comments)

    @cached_property
    def _parsable(self) -> Source:
        """The source as the parser takes it: a byte order mark becomes a form feed, which it skips, so that columns stay."""
        if not self.source.text.startswith("\ufeff"):
            return self.source
        return Source(self.source.path, "\f" + self.source.text[1:], self.source.version)

    @cached_property
    def _parse(self) -> tuple[ast.Module | None, diagnostics.Diagnostic | None]:
        try:
            return ast.parse(self._parsable.text, _FILENAME), None
        except SyntaxError as error:
            return None, self._syntax_error(error.msg, error)
        except (ValueError, UnicodeError) as error:
            return None, self._syntax_error(str(error), None)
        except (RecursionError, MemoryError):
            return None, self._syntax_error("the code is nested too deeply to be parsed", None)

    def _syntax_error(self, message: str, error: SyntaxError | None) -> diagnostics.Diagnostic:
        start = end = Position(0, 0)
        if error is not None and error.lineno:
            start = end = self._clamped(error.lineno, error.offset or 1)
            if error.end_lineno and error.end_offset and error.end_offset > 0:
                end = max(start, self._clamped(error.end_lineno, error.end_offset))
        return diagnostics.Diagnostic(
            self.source.path, Range(start, end), diagnostics.Severity.ERROR, "syntax", message
        )

    def _clamped(self, line: int, column: int) -> Position:
        """The place of a 1-based line and column as a SyntaxError has them, moved into the text."""
        line = max(0, min(line - 1, len(self.source.lines) - 1))
        return Position(line, max(0, min(column - 1, len(self.source.lines[line]))))

    def _comment(self, start: int, end: int) -> Comment:
        first = self.source.position(start)
        before = self.source.lines[first.line][: first.column]
        last = Position(first.line, first.column + end - start)
        return Comment(Range(first, last), self.source.text[start:end], not before.strip(" \t\f\ufeff"))


def parse(source: Source) -> ParsedModule:
    """``source`` as a module; every part of it is worked out when it is first looked at. Never raises."""
    return ParsedModule(source)


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:  # a quote that is not closed
        return tuple(text.split())
