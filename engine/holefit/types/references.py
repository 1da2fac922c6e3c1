"""References between trees that came from the cache, resolved before one of them is replaced.

mypy reads a cached module's symbols when they are first looked at, and resolves what they refer to then. While a module is being
replaced it has no names, so a module of the same import cycle that is looked at just then fails to find what it refers to. So
everything that both imports and is imported by a module is resolved before that module's tree is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mypy import nodes as N


def resolve_cycle(module: str, graph: Any, modules: dict[str, N.MypyFile], done: set[str]) -> None:
    """Resolve all references in the modules of the import cycle that ``module`` is in; ``done`` are those resolved before."""
    for name in cycle(module, graph):
        if name not in done and name in modules:
            done.add(name)
            resolve(modules[name].names, name + ".")


def cycle(module: str, graph: Any) -> set[str]:
    """The modules that ``module`` imports, at any remove, and that import it."""
    if module not in graph:
        return set()
    importers: dict[str, list[str]] = {}
    below = reach([module], lambda name: graph[name].dependencies if name in graph else ())
    for name in below:
        for other in graph[name].dependencies if name in graph else ():
            importers.setdefault(other, []).append(name)
    return below & reach([module], lambda name: importers.get(name, ()))


def reach(start: Iterable[str], following: Any) -> set[str]:
    """All that can be reached from ``start``, itself included."""
    seen = set(start)
    stack = list(seen)
    while stack:
        for name in following(stack.pop()):
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return seen


def resolve(names: N.SymbolTable, inside: str = "") -> None:
    """Look at every symbol, those of the classes below included: that reads and resolves it."""
    for symbol in names.values():
        node = symbol.node
        if isinstance(node, N.TypeInfo) and node.fullname.startswith(inside) and node.names is not names:
            resolve(node.names, node.fullname + ".")
