"""Staging: which annotation comments may be evaluated, and with what.

An annotation is evaluated before its module exists. So its binder must be at top level of this module, and its expression may use
builtins and what the module imports, but nothing that the module itself defines. What breaks a rule is reported at the
place that breaks it; what is left are requests, which carry the import statements that their expressions need.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from holefit.annotations.annotation import Target
from holefit.annotations.top_level import OutOfReachError, TopLevel
from holefit.diagnostics import Diagnostic, Severity
from holefit.syntax import AnnotationComment, ParsedModule, Position, Range


@dataclass(frozen=True, slots=True)
class Request:
    """An annotation that may be evaluated.

    ``imports`` is the text of the import statements that ``expression`` needs, ``uses`` the absolute names of the modules
    (and of what is taken from them, which may be modules) in them. ``line`` is 1-based, that of the expression. ``metadata`` tells what stands
    in ``typing.Annotated``: that may be anything, so nothing is said when it is no data.
    """

    target: Target
    name: str | None
    expression: str
    line: int
    range: Range
    expression_range: Range
    imports: str
    uses: tuple[str, ...]
    metadata: bool = False


def stage(
    parsed: ParsedModule, module: str, is_package: bool
) -> tuple[tuple[Request, ...], tuple[Diagnostic, ...]]:
    """The requests of a module, in text order, and what is wrong with its other annotations."""
    problems = list(parsed.annotation_errors)
    tree = parsed.tree
    if tree is None or not parsed.annotation_comments:
        return (), tuple(problems)
    names = TopLevel(tree, module, is_package)
    requests: list[Request] = []
    for comment in parsed.annotation_comments:
        try:
            requests.append(_request(comment, names))
        except _BrokenRuleError as broken:
            problems.append(
                Diagnostic(parsed.source.path, broken.range, Severity.ERROR, "annotation", str(broken))
            )
    return tuple(requests), tuple(sorted(problems, key=lambda one: one.range))


class _BrokenRuleError(Exception):
    def __init__(self, range: Range, message: str) -> None:
        super().__init__(message)
        self.range = range


def _request(comment: AnnotationComment, names: TopLevel) -> Request:
    """The request that ``comment`` makes.

    Raises: _BrokenRuleError.
    """
    _check_binder(comment, names)
    tree = _expression(comment)
    try:
        imports, uses = names.needed(tree)
    except OutOfReachError as error:
        raise _BrokenRuleError(_place(comment, error.node), str(error)) from None
    return Request(
        Target(comment.kind),
        comment.name,
        comment.expression,
        comment.expression_range.start.line + 1,
        comment.range,
        comment.expression_range,
        imports,
        uses,
    )


def _check_binder(comment: AnnotationComment, names: TopLevel) -> None:
    name = comment.name
    if comment.kind == "module" or name is None:
        return
    if "." in name:
        raise _BrokenRuleError(
            comment.name_range,
            f"`{name}` is not at top level: only top-level names of this module can be annotated.",
        )
    if name in names.defined:
        kind, line = names.defined[name]
        if comment.kind == "type" and kind not in ("class", "type"):
            raise _BrokenRuleError(
                comment.name_range,
                f"`{name}` is a {kind} (line {line}), not a class: write `# ANN {name}: ...` without `type`.",
            )
        return
    if name in names.imported:
        raise _BrokenRuleError(
            comment.name_range, f"`{name}` is imported: annotate it in the module that defines it."
        )
    if name in names.nested:
        outer, line = names.nested[name]
        raise _BrokenRuleError(
            comment.name_range,
            f"`{name}` is defined inside `{outer}` (line {line}): only top-level names of this module can be annotated.",
        )
    raise _BrokenRuleError(comment.name_range, f"this module does not define `{name}`.")


def _expression(comment: AnnotationComment) -> ast.expr:
    """The tree of the expression, its places as in ``(expression``: a column too far on the first line.

    Raises: _BrokenRuleError, when it has a syntax error.
    """
    try:
        return ast.parse(f"({comment.expression}\n)", "<holefit source>", mode="eval").body
    except SyntaxError as error:
        line, column = (error.lineno or 1) - 1, (error.offset or 1) - 1
        lines = comment.expression.split("\n")
        if line >= len(lines):  # the error is that the text ends
            line, column = len(lines) - 1, len(lines[-1]) + (1 if len(lines) == 1 else 0)
        place = _moved(comment, line, column)
        message = re.sub(r" \(<.*\)$", "", error.msg)
        raise _BrokenRuleError(
            Range(place, place), f"the expression has a syntax error: {message}."
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise _BrokenRuleError(
            comment.expression_range, f"the expression cannot be parsed: {error}."
        ) from None


def _place(comment: AnnotationComment, node: ast.Name) -> Range:
    line = comment.expression.split("\n")[node.lineno - 1]
    shift = 1 if node.lineno == 1 else 0
    column = len(line.encode()[: max(0, node.col_offset - shift)].decode(errors="ignore")) + shift
    start = _moved(comment, node.lineno - 1, column)
    return Range(start, Position(start.line, start.column + len(node.id)))


def _moved(comment: AnnotationComment, line: int, column: int) -> Position:
    """The place in the text of a place in ``(expression``, where only the first line is moved by the bracket."""
    column = max(0, column - 1) if line == 0 else column
    return Position(comment.expression_range.start.line + line, comment.columns[line] + column)
