"""What the top level of a module binds, and which of it an expression may use before the module runs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from holefit.syntax import resolved


class OutOfReachError(Exception):
    """An expression uses a name that it cannot have before its module runs."""

    def __init__(self, node: ast.Name, message: str) -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True, slots=True)
class Imported:
    """An import statement that binds a name: its text with everything absolute, and what it loads."""

    text: str
    uses: tuple[str, ...]


class TopLevel:
    """What the top level of a module binds and how; and what deeper levels bind."""

    def __init__(self, tree: ast.Module, module: str, is_package: bool) -> None:
        self.module = module
        self._is_package = is_package
        self.defined: dict[str, tuple[str, int]] = {}
        self.imported: dict[str, list[Imported]] = {}
        self.stars: list[Imported] = []
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
                for name in bound_in(node):
                    self.defined.setdefault(name, ("variable", node.lineno))
                for inner in _bodies(node):
                    self._top(inner)

    def _import(self, name: str, node: ast.Import | ast.ImportFrom, uses: tuple[str, ...]) -> None:
        self.imported.setdefault(name, []).append(Imported(ast.unparse(node), uses))

    def _import_from(self, node: ast.ImportFrom) -> None:
        base = resolved(node, self.module, self._is_package)
        if base is None or base == "__future__":
            return
        for alias in node.names:
            one = ast.ImportFrom(base, [alias], 0)
            if alias.name == "*":
                self.stars.append(Imported(ast.unparse(one), (base,)))
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
                        for name in bound_in(node):
                            self.nested.setdefault(name, (outer.name, node.lineno))

    def needed(self, tree: ast.expr) -> tuple[str, tuple[str, ...]]:
        """The import statements that an expression needs when it stands alone, and the modules that they load.

        Raises: OutOfReachError, when it needs what this module defines, or what nothing binds.
        """
        texts: dict[str, None] = {}
        uses: dict[str, None] = {}
        unknown = []
        for node in free_names(tree):
            if node.id in self.imported:
                for one in self.imported[node.id]:
                    texts[one.text] = None
                    uses.update(dict.fromkeys(one.uses))
            elif node.id in self.defined:
                kind, line = self.defined[node.id]
                raise OutOfReachError(
                    node,
                    f"`{node.id}` is a {kind} of this module (line {line}): an annotation is evaluated before its module runs,"
                    " so it may use builtins and imported names only. Move it to a module that this one imports.",
                )
            elif not hasattr(builtins, node.id):
                unknown.append(node)
        if unknown and not self.stars:
            raise OutOfReachError(
                unknown[0], f"`{unknown[0].id}` is neither imported by this module nor a builtin."
            )
        if unknown:
            for one in self.stars:
                texts[one.text] = None
                uses.update(dict.fromkeys(one.uses))
        return "\n".join(_guarded(texts, self)), tuple(uses)


def free_names(tree: ast.expr) -> Iterator[ast.Name]:
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


def _guarded(texts: dict[str, None], names: TopLevel) -> Iterator[str]:
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


def bound_in(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds itself, its inner statements and imports left out."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
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
