"""Compiling code with holes: each becomes a call that :mod:`holefit_worker.holes` answers.

Names are resolved as Python does, within one statement of a module; what the module binds elsewhere is seen when the hole is reached.
"""

from __future__ import annotations

import ast
from copy import deepcopy

from holefit_worker.holes import HOOK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def marked(tree: Any) -> Any:
    """``tree``, or a copy of it with a call for every hole; it may be a module, an interactive statement or an expression."""
    if not holes(tree):
        return tree
    copy = deepcopy(tree)
    _Calls({id(node) for node in holes(copy)}).visit(copy)
    return ast.fix_missing_locations(copy)


class _Calls(ast.NodeTransformer):
    def __init__(self, holes: set[int]) -> None:
        self._holes = holes

    def visit_Name(self, node: ast.Name) -> ast.expr:  # type: ignore[explicit-override]  # not in 3.10
        if id(node) not in self._holes:
            return node
        arguments: list[ast.expr] = [
            ast.Constant(node.id),
            ast.Constant(node.lineno),
            ast.Constant(node.col_offset),
        ]
        call = ast.Call(ast.Name(HOOK, ast.Load()), arguments, [])
        for one in ast.walk(call):
            ast.copy_location(one, node)
        return call


def holes(tree: Any) -> list[ast.Name]:
    """The holes of ``tree``."""
    if not isinstance(tree, ast.AST):
        return []
    body = tree.body if isinstance(tree, (ast.Module, ast.Interactive)) else [tree]
    found: list[ast.Name] = []
    _Walk(found).scope(_Scope(None, bound=_bound(body)), body)
    return found


class _Scope:
    def __init__(self, outer: _Scope | None, *, bound: set[str], is_class: bool = False) -> None:
        self.outer = outer
        self.bound = bound
        self.is_class = is_class

    def has(self, name: str) -> bool:
        """Whether ``name`` is bound here or, as functions see it, further out."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.bound and (scope is self or not scope.is_class):
                return True
            scope = scope.outer
        return False


class _Walk:
    """Collects the names that are loaded and bound nowhere. Deep code is no matter: it has been compiled, or will be."""

    def __init__(self, found: list[ast.Name]) -> None:
        self._found = found

    def scope(self, scope: _Scope, nodes: Iterable[Any]) -> None:
        for node in nodes:
            if node is not None:
                self._visit(scope, node)

    def _visit(self, scope: _Scope, node: Any) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and is_hole_name(node.id) and not scope.has(node.id):
                self._found.append(node)
        elif isinstance(node, _FUNCTIONS):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
            body = node.body if isinstance(node.body, list) else [node.body]
            self.scope(
                scope, [*arguments.defaults, *arguments.kw_defaults, *getattr(node, "decorator_list", ())]
            )
            bound = _bound(body) | {one.arg for one in every}
            self.scope(_Scope(scope, bound=bound), body)
        elif isinstance(node, ast.ClassDef):
            self.scope(scope, [*node.decorator_list, *node.bases, *node.keywords])
            self.scope(_Scope(scope, bound=_bound(node.body), is_class=True), node.body)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(scope, node)
        elif isinstance(node, ast.AnnAssign):
            self.scope(scope, [node.target, node.value])
        else:
            self.scope(scope, ast.iter_child_nodes(node))

    def _comprehension(self, scope: _Scope, node: Any) -> None:
        self._visit(scope, node.generators[0].iter)
        inner = _Scope(scope, bound=_bound([one.target for one in node.generators]))
        for number, generator in enumerate(node.generators):
            self.scope(inner, generator.ifs if number == 0 else [generator.iter, *generator.ifs])
        self.scope(inner, [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])


def _bound(nodes: Iterable[Any]) -> set[str]:
    """What ``nodes`` bind in their own scope."""
    found: set[str] = set()
    elsewhere: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, _COMPREHENSIONS):
            targets = {id(target) for one in node.generators for target in ast.walk(one.target)}
            pending += [
                one.target
                for one in ast.walk(node)
                if isinstance(one, ast.NamedExpr) and id(one) not in targets
            ]
        else:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found.update(one.asname or one.name.partition(".")[0] for one in node.names)
            elif isinstance(node, ast.Global):
                elsewhere.update(node.names)
            elif type(node).__name__ in ("ExceptHandler", "MatchAs", "MatchStar") and node.name:
                found.add(node.name)
            elif type(node).__name__ == "MatchMapping" and node.rest:
                found.add(node.rest)
            pending += ast.iter_child_nodes(node)
    return found - elsewhere


def is_hole_name(name: str) -> bool:
    """Whether an unbound ``name`` is a hole: it starts with ``_`` and is not Python's own, as ``__name__``."""
    return name.startswith("_") and not (len(name) > 4 and name.startswith("__") and name.endswith("__"))
