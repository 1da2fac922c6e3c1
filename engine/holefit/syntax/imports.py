"""The imports of a module, as its text has them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module. ``names`` are those taken from it (``("*",)`` for all; empty for ``import module``).

    ``module`` is absolute. ``lazy`` says that it stands inside a function; ``typing_only`` that it stands below
    ``if TYPE_CHECKING``. ``line`` is 1-based.
    """

    module: str
    names: tuple[str, ...]
    line: int
    lazy: bool = False
    typing_only: bool = False


def imports(tree: ast.Module, module: str, is_package: bool) -> tuple[Import, ...]:
    """All imports of ``tree`` in text order, relative ones resolved against ``module``."""
    found = []
    for node, lazy, typing_only in import_statements(tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, (), node.lineno, lazy, typing_only) for alias in node.names]
        else:
            base = resolved(node, module, is_package)
            if base is not None:
                names = tuple(alias.name for alias in node.names)
                found.append(Import(base, names, node.lineno, lazy, typing_only))
    return tuple(found)


def resolved(node: ast.ImportFrom, module: str, is_package: bool) -> str | None:
    """The absolute name of the module that ``node`` imports from; None for a relative import beyond the top."""
    if not node.level:
        return node.module
    parts = module.split(".") if is_package else module.split(".")[:-1]
    up = node.level - 1
    if up > len(parts):
        return None
    base = parts[: len(parts) - up]
    full = ".".join([*base, node.module] if node.module else base)
    return full or None


def import_statements(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    """Every import statement with whether it is lazy and whether it is for typing only, in text order."""
    work: list[tuple[ast.stmt, bool, bool]] = [(node, False, False) for node in reversed(tree.body)]
    while work:
        node, lazy, typing_only = work.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, lazy, typing_only
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            work += [(one, True, typing_only) for one in reversed(node.body)]
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            work += [(one, lazy, typing_only) for one in reversed(node.orelse)]
            work += [(one, lazy, True) for one in reversed(node.body)]
        else:
            work += [(one, lazy, typing_only) for one in reversed([*statements_in(node)])]


def statements_in(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly inside a compound statement, in text order."""
    bodies: Iterable[object] = (
        getattr(node, name, None) for name in ("body", "handlers", "cases", "orelse", "finalbody")
    )
    for body in bodies:
        if isinstance(body, list):
            for one in body:
                if isinstance(one, ast.stmt):
                    yield one
                else:  # an except clause or a case
                    yield from statements_in(one)


def _is_type_checking(test: ast.expr) -> bool:
    if isinstance(test, ast.Attribute):
        return test.attr == "TYPE_CHECKING"
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
