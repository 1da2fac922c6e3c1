"""Types and classes as the module at hand can write them, with the imports that they need there."""

from __future__ import annotations

import collections.abc
import re
from collections.abc import Iterable, Iterator

from mypy import nodes as N
from mypy import types as T

from holefit.holes.constructions.facts import ANYTHING, Written
from holefit.types.render import render
from holefit.types.scope import MODULE, Visible

_SPECIAL = {
    "Literal": "typing",
    "Callable": "collections.abc",
    "Concatenate": "typing",
    "Self": "typing",
    "Any": "typing",
}
_WORD = re.compile(r"(?<![\w.\"'])(Literal|Callable|Concatenate|Self|Any)(?=[\[\s,|\]]|$)")


class Spelling:
    """How to write what the checker knows. ``scope`` is what can be named at the place."""

    def __init__(self, tree: N.MypyFile, scope: Iterable[Visible]) -> None:
        self._tree = tree
        self._scope = list(scope)

    def type(self, type: T.Type | None) -> Written:
        """``type`` as an annotation at the top level; ``object`` for what cannot be written there."""
        if type is None or isinstance(T.get_proper_type(type), (T.AnyType, T.UninhabitedType, T.PartialType)):
            return ANYTHING
        text = render(type)
        imports: set[str] = set()
        for name, module in _names(type):
            if name not in text:
                continue
            found = self._import(name, module)
            if found is None:
                return ANYTHING
            imports |= {found} - {""}
        for found_word in _WORD.finditer(text):
            imports |= {self._import(found_word[1], _SPECIAL[found_word[1]]) or ""} - {""}
        if "<" in text or re.search(r"\.\.\.(?![\],])", text):
            return ANYTHING
        return Written(text, tuple(sorted(imports)))

    def class_(self, info: N.TypeInfo) -> tuple[str, tuple[str, ...]] | None:
        """An expression for a class, and its imports; None where it has no name here."""
        for visible in self._scope:
            if visible.node is info:
                return visible.name, ()
        for visible in self._scope:
            if isinstance(visible.node, N.MypyFile) and visible.distance <= MODULE:
                symbol = visible.node.names.get(info.name)
                if symbol is not None and symbol.node is info:
                    return f"{visible.name}.{info.name}", ()
        if not _at_top_level(info) or info.name in self._tree.names:
            return None
        return info.name, (f"from {_home(info.name, info.module_name)} import {info.name}",)

    def _import(self, name: str, module: str) -> str | None:
        """The import that ``name`` of ``module`` needs: ``""`` for none, None where it cannot be had."""
        if module == "builtins":
            return ""
        symbol = self._tree.names.get(name)
        if symbol is not None:
            fullname = symbol.node.fullname if symbol.node is not None else symbol.fullname or ""
            same = {f"{module}.{name}", f"{_home(name, module)}.{name}", f"typing.{name}"}
            return "" if fullname in same or module == self._tree.fullname else None
        if module == self._tree.fullname or module.startswith("_"):
            return None
        return f"from {_home(name, module)} import {name}"


def _home(name: str, module: str) -> str:
    """Where a programmer imports from what typeshed keeps in ``typing``."""
    return "collections.abc" if module == "typing" and hasattr(collections.abc, name) else module


def _at_top_level(info: N.TypeInfo) -> bool:
    return info.fullname == f"{info.module_name}.{info.name}"


def _names(type: T.Type, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The named types in ``type``: name and module."""
    alias = type.alias if isinstance(type, T.TypeAliasType) else None
    if alias is not None and not alias.name.startswith("_"):
        yield alias.name, alias.fullname.rpartition(".")[0]
        return
    proper = T.get_proper_type(type)
    if depth > 8:
        return
    inner: list[T.Type] = []
    match proper:
        case T.Instance():
            yield proper.type.name, proper.type.fullname.rpartition(".")[0]
            inner = list(proper.args)
        case T.TupleType():
            if proper.partial_fallback.type.fullname != "builtins.tuple":
                yield from _names(proper.partial_fallback, depth + 1)
            else:
                inner = list(proper.items)
        case T.TypedDictType():
            yield proper.fallback.type.name, proper.fallback.type.fullname.rpartition(".")[0]
        case T.LiteralType() if proper.is_enum_literal():
            yield from _names(proper.fallback, depth + 1)
        case T.UnionType():
            inner = list(proper.items)
        case T.CallableType():
            inner = [*proper.arg_types, proper.ret_type]
        case T.TypeType():
            inner = [proper.item]
        case T.TypeVarType():
            yield proper.name, proper.fullname.rpartition(".")[0]
    for one in inner:
        yield from _names(one, depth + 1)
