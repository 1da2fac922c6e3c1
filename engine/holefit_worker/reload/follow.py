"""From-imports follow: a name that another module took from a reloaded one gets the new value, unless it was given another since."""

from __future__ import annotations

import sys
from types import FunctionType

from .names import FromImport, imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .journal import Journal

_GONE: Any = object()
_ATOMS = (int, str, bytes, float, bool, complex, type(None), tuple, frozenset)


class Followers:
    """Who took which names from which module.

    Kept by the module that the names come from, so that a reload asks only about those that it touched.
    """

    __slots__ = ("_by_source", "_imported", "_sources")

    def __init__(self) -> None:
        self._by_source: dict[str, dict[str, list[FromImport]]] = {}
        self._sources: dict[str, set[str]] = {}  # by importer
        self._imported: dict[str, set[str]] = {}  # by importer: names that plain imports bind

    def put(self, importer: str, taken: Iterable[FromImport], imported: set[str]) -> None:
        """``importer`` takes exactly these names, and imports modules as ``imported``."""
        self.drop(importer)
        self._imported[importer] = imported
        for one in taken:
            self._edges(importer, one.module).append(one)

    def add(self, importer: str, tree: ast.AST, package: str) -> list[str]:
        """``importer`` has also run ``tree``; gives the modules that it imports."""
        modules, taken = imports(tree, package)
        for one in taken:
            edges = self._edges(importer, one.module)
            if not any(edge.name == one.name and edge.local == one.local for edge in edges):
                edges.append(one)
        return modules

    def drop(self, importer: str) -> None:
        """``importer`` takes nothing any more."""
        self._imported.pop(importer, None)
        for source in self._sources.pop(importer, ()):
            self._by_source[source].pop(importer, None)

    def _edges(self, importer: str, source: str) -> list[FromImport]:
        self._sources.setdefault(importer, set()).add(source)
        return self._by_source.setdefault(source, {}).setdefault(importer, [])

    def imports(self, importer: str, local: str) -> bool:
        """Whether ``importer`` has a module by that name from an import of its own."""
        return local in self._imported.get(importer, ())

    def elsewhere(self, importer: str, local: str, source: str) -> object:
        """What ``importer`` takes as ``local`` from another module than ``source``."""
        found: object = _GONE
        for other in self._sources.get(importer, ()):
            namespace = _namespace(other)
            if other == source or namespace is None:
                continue
            for edge in self._by_source[other].get(importer, ()):
                if edge.local == local and edge.name != "*":
                    found = namespace.get(edge.name, found)
                elif edge.name == "*" and local in offered(namespace):
                    found = namespace[local]
        return found

    def of(self, source: str) -> Iterator[tuple[str, FromImport]]:
        """Everything that is taken from ``source``."""
        for importer, edges in self._by_source.get(source, {}).items():
            for edge in edges:
                yield importer, edge


def follow(
    followers: Followers,
    source: str,
    changes: dict[str, tuple[object, object]],
    before: list[str],
    journal: Journal,
) -> None:
    """Carry the changes of ``source`` (name to old and new value) to all that took the names, through chains of re-exports.

    ``before`` are the names that it offered to star imports.
    """
    pending = [(source, changes, before)]
    seen: set[tuple[str, str]] = set()
    while pending:
        module, changed, before = pending.pop(0)
        onward: dict[str, dict[str, tuple[object, object]]] = {}
        offers: dict[str, list[str]] = {}
        for importer, edge in followers.of(module):
            namespace = _namespace(importer)
            if namespace is None:
                continue
            offers.setdefault(importer, offered(namespace))
            found = _from_star(module, changed, before) if edge.name == "*" else _named(edge, changed)
            for local, old, new in found:
                if namespace.get(local, _GONE) is not old or (importer, local) in seen:
                    continue
                seen.add((importer, local))
                if _is_gone(new) and edge.name == "*":
                    if followers.imports(importer, local):
                        continue
                    new = followers.elsewhere(importer, local, module)
                if not _is_gone(new):
                    journal.set_item(namespace, local, new)
                elif edge.name == "*":
                    journal.delete_item(namespace, local)
                else:
                    continue
                if not _is_gone(old):
                    onward.setdefault(importer, {})[local] = (old, new)
        _follow_main(module, changed, journal)
        for importer, names in offers.items():
            if importer != "__main__" and (
                importer in onward or offered(_namespace(importer) or {}) != names
            ):
                pending.append((importer, onward.get(importer, {}), names))


def _is_at_home(module: str, value: Any) -> bool:
    """Whether the object is still to be found under a name: then it was not replaced, a name was pointed elsewhere."""
    if any(value is other for other in (_namespace(module) or {}).values()):
        return True
    if not issubclass(type(value), (type, FunctionType)):
        return False
    home = _namespace(value.__module__ or "") or {}
    return bool(home.get(value.__name__) is value)


def _is_gone(value: object) -> bool:
    return type(value) is object


def _named(edge: FromImport, changed: dict[str, tuple[object, object]]) -> list[tuple[str, object, object]]:
    return [(edge.local, *changed[edge.name])] if edge.name in changed else []


def _from_star(
    module: str, changed: dict[str, tuple[object, object]], before: list[str]
) -> list[tuple[str, object, object]]:
    """What a star import gave and gives: names with old and new values; what was or is not offered has none."""
    now = exported(module)
    namespace = _namespace(module) or {}
    found: list[tuple[str, object, object]] = []
    for name in dict.fromkeys([*before, *now]):
        old, new = changed.get(name, (namespace.get(name, _GONE),) * 2)
        old, new = old if name in before else _GONE, new if name in now else _GONE
        if old is not new:
            found.append((name, old, new))
    return found


def exported(module: str) -> dict[str, Any]:
    """What ``from module import *`` gives."""
    namespace = _namespace(module) or {}
    return {name: namespace[name] for name in offered(namespace)}


def offered(namespace: dict[str, Any]) -> list[str]:
    """The names that a star import of a module takes."""
    listed: Any = namespace.get("__all__")
    if issubclass(type(listed), (list, tuple)):
        return [name for name in listed if type(name) is str and name in namespace]
    return [name for name in namespace if not name.startswith("_")]


def _follow_main(module: str, changed: dict[str, tuple[object, object]], journal: Journal) -> None:
    """What was evaluated holds things by names that no source tells of: go by identity, where that means something."""
    namespace = _namespace("__main__")
    if namespace is None:
        return
    successors = {
        id(old): (old, new)
        for old, new in changed.values()
        if not _is_gone(new)
        and not issubclass(type(old), (*_ATOMS, type(sys)))
        and not _is_at_home(module, old)
    }
    if successors:
        for local, value in list(namespace.items()):
            if id(value) in successors:
                journal.set_item(namespace, local, successors[id(value)][1])


def _namespace(module: str) -> dict[str, Any] | None:
    found = sys.modules.get(module)
    return None if found is None else vars(found)
