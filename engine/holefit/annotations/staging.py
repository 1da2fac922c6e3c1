"""Staging: which annotation comments may be evaluated, and with what.

An annotation is evaluated before its module exists. So its binder must be at top level of this module, and its expression may use
builtins and what the module imports, but nothing that the module itself defines. What breaks a rule is reported at the
place that breaks it; what is left are requests, which carry the import statements that their expressions need.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from holefit.annotations.annotation import Target
from holefit.diagnostics import Diagnostic, Severity
from holefit.syntax import AnnotationComment, ParsedModule, Position, Range, resolved


@dataclass(frozen=True, slots=True)
class Request:
    """An annotation that may be evaluated.

    ``imports`` is the text of the import statements that ``expression`` needs, ``uses`` the absolute names of the modules
    (and of what is taken from them, which may be modules) in them. ``line`` is 1-based, that of the expression.
    """

    target: Target
    name: str | None
    expression: str
    line: int
    range: Range
    expression_range: Range
    imports: str
    uses: tuple[str, ...]


def stage(
    parsed: ParsedModule, module: str, is_package: bool
) -> tuple[tuple[Request, ...], tuple[Diagnostic, ...]]:
    """The requests of a module, in text order, and what is wrong with its other annotations."""
    problems = list(parsed.annotation_errors)
    tree = parsed.tree
    if tree is None or not parsed.annotation_comments:
        return (), tuple(problems)
    names = _Names(tree, module, is_package)
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


@dataclass(frozen=True, slots=True)
class _Imported:
    """An import statement that binds a name: its text with everything absolute, and what it loads."""

    text: str
    uses: tuple[str, ...]


class _Names:
    """What the top level of a module binds and how; and what deeper levels bind."""

    def __init__(self, tree: ast.Module, module: str, is_package: bool) -> None:
        self.module = module
        self._is_package = is_package
        self.defined: dict[str, tuple[str, int]] = {}
        self.imported: dict[str, list[_Imported]] = {}
        self.stars: list[_Imported] = []
        self.nested: dict[str, tuple[str, int]] = {}
        self._top(tree.body)
        self._deeper(tree)

    def _top(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.defined[node.name] = ("function", node.lineno)
            elif isinstance(node, ast.ClassDef):
                self.defined[node.name] = ("class", node.lineno)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self._import(
                        alias.asname or alias.name.partition(".")[0], ast.Import([alias]), (alias.name,)
                    )
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node)
            else:
                if type(node).__name__ == "TypeAlias":
                    self.defined[_alias_name(node)] = ("type", node.lineno)
                for name in _bound_in(node):
                    self.defined.setdefault(name, ("variable", node.lineno))
                for inner in _bodies(node):
                    self._top(inner)

    def _import(self, name: str, node: ast.Import | ast.ImportFrom, uses: tuple[str, ...]) -> None:
        self.imported.setdefault(name, []).append(_Imported(ast.unparse(node), uses))

    def _import_from(self, node: ast.ImportFrom) -> None:
        base = resolved(node, self.module, self._is_package)
        if base is None or base == "__future__":
            return
        for alias in node.names:
            one = ast.ImportFrom(base, [alias], 0)
            if alias.name == "*":
                self.stars.append(_Imported(ast.unparse(one), (base,)))
            else:
                self._import(alias.asname or alias.name, one, (base, f"{base}.{alias.name}"))

    def _deeper(self, tree: ast.Module) -> None:
        """Names of functions and classes that are not at top level, for the message that says so."""
        for outer in ast.walk(tree):
            if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                for node in outer.body:
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                        self.nested.setdefault(node.name, (outer.name, node.lineno))
                    else:
                        for name in _bound_in(node):
                            self.nested.setdefault(name, (outer.name, node.lineno))


def _request(comment: AnnotationComment, names: _Names) -> Request:
    """The request that ``comment`` makes.

    Raises: _BrokenRuleError.
    """
    _check_binder(comment, names)
    tree = _expression(comment)
    texts: dict[str, None] = {}
    uses: dict[str, None] = {}
    unknown = []
    for node in _free_names(tree):
        if node.id in names.imported:
            for one in names.imported[node.id]:
                texts[one.text] = None
                uses.update(dict.fromkeys(one.uses))
        elif node.id in names.defined:
            kind, line = names.defined[node.id]
            raise _BrokenRuleError(
                _place(comment, node),
                f"`{node.id}` is a {kind} of this module (line {line}): an annotation is evaluated before its module runs,"
                " so it may use builtins and imported names only. Move it to a module that this one imports.",
            )
        elif not hasattr(builtins, node.id):
            unknown.append(node)
    if unknown and not names.stars:
        raise _BrokenRuleError(
            _place(comment, unknown[0]),
            f"`{unknown[0].id}` is neither imported by this module nor a builtin.",
        )
    if unknown:
        for one in names.stars:
            texts[one.text] = None
            uses.update(dict.fromkeys(one.uses))
    return Request(
        Target(comment.kind),
        comment.name,
        comment.expression,
        comment.expression_range.start.line + 1,
        comment.range,
        comment.expression_range,
        "\n".join(_guarded(texts, names)),
        tuple(uses),
    )


def _guarded(texts: dict[str, None], names: _Names) -> Iterator[str]:
    """The import statements; where several bind one name (``try`` ... ``except ImportError``), the first that works does."""
    rivals: dict[str, list[str]] = {}
    for found in names.imported.values():
        if len(found) > 1:
            rivals[found[0].text] = [one.text for one in found]
    behind = {text for group in rivals.values() for text in group[1:]}
    for text in texts:
        if text in rivals:
            group = list(dict.fromkeys(rivals[text]))
            lines = []
            for depth, one in enumerate(group[:-1]):
                pad = " " * depth
                lines += [f"{pad}try:", f"{pad} {one}", f"{pad}except ImportError:"]
            lines.append(" " * (len(group) - 1) + group[-1])
            yield "\n".join(lines)
        elif text not in behind:
            yield text


def _check_binder(comment: AnnotationComment, names: _Names) -> None:
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


def _free_names(tree: ast.expr) -> Iterator[ast.Name]:
    """The names that an expression takes from outside, in text order; those that its own parts bind left out."""
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    loads = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    loads.sort(key=lambda node: (node.lineno, node.col_offset))
    return (node for node in loads if node.id not in bound)


def _bound_in(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds itself, its inner statements left out."""
    work: list[ast.AST] = [node]
    while work:
        inner = work.pop()
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id
        for child in ast.iter_child_nodes(inner):
            if not isinstance(child, (ast.stmt, ast.Lambda, ast.excepthandler, ast.match_case)):
                work.append(child)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        for inner in getattr(node, name, None) or ():
            if isinstance(inner, ast.stmt):
                yield [inner]
            else:
                yield from _bodies(inner)


def _alias_name(node: ast.stmt) -> str:
    name: str = node.name.id  # type: ignore[attr-defined]  # ast.TypeAlias, from Python 3.12 on
    return name
