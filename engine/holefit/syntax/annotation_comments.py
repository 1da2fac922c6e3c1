"""Annotation comments: ``# ANN name: expression``, ``# ANN type Name: expression``, ``# ANN module: expression``.

An expression that is not whole yet goes on in the comment lines below that are indented by two spaces or more behind
their ``#``, or that start with a closing bracket.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holefit import diagnostics
from holefit.syntax.source import Position, Range, Source

if TYPE_CHECKING:
    from holefit.syntax.parsed import Comment


@dataclass(frozen=True, slots=True)
class AnnotationComment:
    """One well-formed annotation comment.

    ``name`` is the binder with its place ``name_range`` (the word ``module`` for a module's). ``expression`` is the text behind the
    colon, of which ``expression_range`` is the place; it may have several lines, whose columns in the text are ``columns``, and may
    hold a syntax error.
    """

    range: Range
    kind: Literal["value", "type", "module"]
    name: str | None
    name_range: Range
    expression: str
    expression_range: Range
    columns: tuple[int, ...]


_ANN = re.compile(r"#[ \t]*ANN(?=[ \t:]|$)[ \t]*")
_FORM = re.compile(
    r"(?P<type>type[ \t]+(?=[^\W\d]))?(?P<name>[^\W\d][\w.]*)[ \t]*:(?!:)[ \t]*(?P<expression>.*)$"
)
_PROSE = re.compile(r"[A-Za-z'-]+(?:[ ,;.]+[A-Za-z'-]+){2,}[^:(\[{=]*$")
_MORE = re.compile(r"#(?:[ ]{2,}(?=\S)|[ ]*\t[ \t]*(?=\S)|[ ]?(?=[)\]}]))")

FORMS = "# ANN name: expression, # ANN type Name: expression or # ANN module: expression"


def annotation_comments(
    source: Source, comments: Sequence[Comment]
) -> tuple[tuple[AnnotationComment, ...], tuple[diagnostics.Diagnostic, ...]]:
    """The annotation comments among ``comments``, and what is wrong with those that are malformed."""
    found: list[AnnotationComment] = []
    problems: list[diagnostics.Diagnostic] = []
    for index, comment in enumerate(comments):
        start = _ANN.match(comment.text)
        if start is None or not comment.own_line:
            continue
        body = comment.text[start.end() :]
        form = _FORM.match(body)
        if form is None:
            if not _PROSE.match(body):
                problems.append(_problem(source, comment.range, f"this is no annotation; write {FORMS}"))
            continue
        if not form["expression"].strip() and not _goes_on(comments, index):
            problems.append(
                _problem(source, comment.range, "the annotation has no expression behind its colon")
            )
            continue
        found.append(_annotation(comments, index, start.end(), form))
    return tuple(found), tuple(problems)


def _annotation(
    comments: Sequence[Comment], index: int, column: int, form: re.Match[str]
) -> AnnotationComment:
    comment = comments[index]
    line, base = comment.range.start.line, comment.range.start.column + column
    text, end = form["expression"].rstrip(), index
    columns = [base + form.start("expression")]
    while not _is_expression(text) and _goes_on(comments, end):
        end += 1
        more = comments[end].text
        lead = _MORE.match(more)
        assert lead is not None
        text += "\n" + more[lead.end() :].rstrip()
        columns.append(comment.range.start.column + lead.end())
    name_range = Range(Position(line, base + form.start("name")), Position(line, base + form.end("name")))
    kind: Literal["value", "type", "module"] = "value"
    if form["type"]:
        kind = "type"
    elif form["name"] == "module":
        kind = "module"
    return AnnotationComment(
        Range(comment.range.start, comments[end].range.end),
        kind,
        None if kind == "module" else form["name"],
        name_range,
        text,
        Range(Position(line, columns[0]), comments[end].range.end),
        tuple(columns),
    )


def _goes_on(comments: Sequence[Comment], index: int) -> bool:
    """Whether the comment behind ``index`` is on the next line, as deep as this one, and indented behind its ``#``."""
    if index + 1 >= len(comments):
        return False
    this, after = comments[index].range.start, comments[index + 1].range.start
    if (after.line, after.column) != (this.line + 1, this.column):
        return False
    return _MORE.match(comments[index + 1].text) is not None and not _ANN.match(comments[index + 1].text)


def _is_expression(text: str) -> bool:
    try:
        ast.parse(f"({text}\n)", "<holefit source>", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(text.strip())


def _problem(source: Source, range: Range, message: str) -> diagnostics.Diagnostic:
    return diagnostics.Diagnostic(
        source.path, range, diagnostics.Severity.WARNING, "annotation", message[0].upper() + message[1:] + "."
    )
