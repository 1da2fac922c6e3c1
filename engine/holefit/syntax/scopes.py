"""Hole sites: names that start with ``_``, are bound nowhere, and stand where an expression stands.

Names are resolved as Python does: a name bound anywhere in a function is local to all of it, class bodies are seen from
themselves only, comprehensions have a scope of their own but for their first iterable and for ``:=``. Inside a class ``__name`` is
``_Class__name``, wherever that is bound.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from holefit.syntax.source import Range


@dataclass(frozen=True, slots=True)
class HoleSite:
    """A place where a hole stands. ``scope`` is the qualified name of the function or class around it (``""``: module level).

    ``certain`` is False when the module has a star import, which might bind the name.
    """

    range: Range
    name: str
    scope: str
    certain: bool = True


def hole_sites(tree: ast.Module, range_of: Callable[[ast.expr], Range]) -> tuple[HoleSite, ...]:
    """All hole sites of a module, in text order."""
    walk = _Walk()
    walk.scope(_Scope("module", None, ""), tree.body)
    sites = []
    for node, scope in walk.loads:
        if not _bound(scope.mangled(node.id), scope):
            sites.append(HoleSite(range_of(node), node.id, scope.qualified, not walk.star))
    sites.sort(key=lambda site: site.range)
    return tuple(sites)


def is_hole_name(name: str) -> bool:
    """Whether an unbound ``name`` would be a hole: it starts with ``_`` and is not Python's own, as ``__name__``."""
    dunder = len(name) > 4 and name.startswith("__") and name.endswith("__")
    return name.startswith("_") and not dunder and name not in _BUILTINS


_BUILTINS = frozenset({"_IncompleteInputError"})  # since Python 3.13


@dataclass(eq=False)
class _Scope:
    kind: Literal["module", "class", "function", "comprehension"]
    outer: _Scope | None
    qualified: str
    private: str = ""
    bound: set[str] = field(default_factory=set)
    outside: dict[str, Literal["global", "nonlocal"]] = field(default_factory=dict)

    def module(self) -> _Scope:
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def mangled(self, name: str) -> str:
        """What Python takes ``name`` for here."""
        if not self.private or not name.startswith("__") or name.endswith("__"):
            return name
        return f"_{self.private}{name}"

    def bind(self, name: str) -> None:
        name = self.mangled(name)
        if self.outside.get(name) == "global":
            self.module().bound.add(name)
        else:
            self.bound.add(name)

    def walrus(self, name: str) -> None:
        scope = self
        while scope.kind == "comprehension" and scope.outer is not None:
            scope = scope.outer
        scope.bind(name)

    def inner(self, kind: Literal["class", "function", "comprehension"], name: str = "") -> _Scope:
        qualified = f"{self.qualified}.{name}" if self.qualified and name else name or self.qualified
        private = name.lstrip("_") if kind == "class" else self.private
        return _Scope(kind, self, qualified, private)


def _bound(name: str, scope: _Scope) -> bool:
    """Whether anything that ``scope`` sees binds ``name``."""
    own, at = True, scope
    while True:
        if (own or at.kind != "class") and (name in at.bound or name in at.outside):
            return at.outside.get(name) != "global" or name in at.module().bound
        if at.outer is None:
            return False
        own, at = False, at.outer


_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Walk:
    """One pass over a tree that fills scopes and collects the loads of names that may be holes."""

    def __init__(self) -> None:
        self.loads: list[tuple[ast.Name, _Scope]] = []
        self.star = False
        self._work: list[tuple[_Scope, ast.AST]] = []

    def scope(self, scope: _Scope, nodes: Iterable[ast.AST]) -> None:
        """Walk over ``nodes`` with everything inside them. A stack of its own: user code may be nested deeply."""
        work = self._work
        work += [(scope, node) for node in nodes]
        while work:
            where, node = work.pop()
            self._visit(where, node)

    def _visit(self, scope: _Scope, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if not node.id.startswith("_"):
                return
            if not isinstance(node.ctx, ast.Load):
                scope.bind(node.id)
            elif is_hole_name(node.id):
                self.loads.append((node, scope))
            return
        if isinstance(node, ast.Constant):
            return
        self._bindings(scope, node)
        if isinstance(node, _Function):
            self._push(scope, [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
            self._push(self._function(scope, node.args, node.name, node), node.body)
        elif isinstance(node, ast.Lambda):
            self._push(scope, [*node.args.defaults, *node.args.kw_defaults])
            self._push(self._function(scope, node.args, "", node), [node.body])
        elif isinstance(node, ast.ClassDef):
            self._push(scope, node.decorator_list)
            around = self._parameters(scope, node)
            self._push(around, [*node.bases, *node.keywords])
            self._push(around.inner("class", node.name), node.body)
        elif isinstance(node, _Comprehension):
            self._comprehension(scope, node)
        elif isinstance(node, ast.AnnAssign):
            self._push(scope, [node.target, node.value])
        elif type(node).__name__ == "TypeAlias":  # ast.TypeAlias, from Python 3.12 on
            self._push(scope, [node.name])  # type: ignore[attr-defined]  # see above
        elif isinstance(node, ast.NamedExpr):
            scope.walrus(node.target.id)
            self._push(scope, [node.value])
        else:
            self._push(scope, ast.iter_child_nodes(node))

    def _push(self, scope: _Scope, nodes: Iterable[ast.AST | None]) -> None:
        self._work += [(scope, node) for node in nodes if node is not None]

    def _bindings(self, scope: _Scope, node: ast.AST) -> None:
        """What ``node`` itself binds in ``scope``, names in ``Name`` nodes aside."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            scope.bind(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                self.star = self.star or alias.name == "*"
                scope.bind(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            for name in map(scope.mangled, node.names):
                scope.outside[name] = "global" if isinstance(node, ast.Global) else "nonlocal"
                if name in scope.bound and isinstance(node, ast.Global):
                    scope.bound.discard(name)
                    scope.module().bound.add(name)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
            scope.bind(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            scope.bind(node.rest)

    def _function(self, scope: _Scope, arguments: ast.arguments, name: str, node: ast.AST) -> _Scope:
        inner = self._parameters(scope, node).inner("function", name)
        every = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]
        inner.bound.update(inner.mangled(argument.arg) for argument in every if argument is not None)
        return inner

    def _parameters(self, scope: _Scope, node: ast.AST) -> _Scope:
        """The scope of the type parameters of ``node``; ``scope`` itself when it has none."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        inner = scope.inner("comprehension")
        inner.bound.update(parameter.name for parameter in parameters)
        return inner

    def _comprehension(self, scope: _Scope, node: _Comprehension) -> None:
        inner = scope.inner("comprehension")
        for number, generator in enumerate(node.generators):
            self._push(scope if number == 0 else inner, [generator.iter])
            self._push(inner, [generator.target, *generator.ifs])
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._push(inner, results)
