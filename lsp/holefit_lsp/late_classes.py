"""The types of LSP, most of them not made before they are needed.

``lsprotocol.types`` has five hundred classes for attrs, which writes and compiles methods for each: half of what a server does until it has
answered ``initialize``, for thirty classes that it uses. Imported through :func:`import_lsp_types` a class is made when its first
instance is, or when somebody asks for its fields.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from typing import Any

import attrs

_making = threading.RLock()


def import_lsp_types() -> None:
    """Import ``lsprotocol.types`` with late classes; nothing happens when it is there already."""
    if "lsprotocol.types" in sys.modules:
        return
    names: dict[str, Any] = {}
    define = attrs.define
    attrs.define = late(names)  # type: ignore[assignment]  # the one of its uses that lsprotocol makes
    try:
        types = importlib.import_module("lsprotocol.types")
    finally:
        attrs.define = define
    names.update(types.ALL_TYPES_MAP)
    # Its converter would look at every class to replace names in annotations; here that is done class by class.
    hooks = importlib.import_module("lsprotocol._hooks")
    hooks._resolved_forward_references = True  # type: ignore[attr-defined]  # a version without it has no use for it


def late(names: dict[str, Any]) -> Callable[[type[Any]], type[Any]]:
    """``attrs.define`` that waits; ``names`` are those that annotations are written with, complete when the first class is used."""
    define = attrs.define

    def mark(cls: type[Any]) -> type[Any]:
        def make() -> None:
            with _making:
                if vars(cls).get("__attrs_attrs__") is not unmade:
                    return
                del cls.__attrs_attrs__, cls.__init__
                define(cls, slots=False)  # with slots it would be another class
                attrs.resolve_types(cls, names, {})

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            make()
            cls.__init__(self, *args, **kwargs)

        unmade = _Unmade(make)
        cls.__attrs_attrs__ = unmade
        cls.__init__ = __init__
        return cls

    return mark


class _Unmade:
    """Stands for the fields of a class until somebody looks."""

    def __init__(self, make: Callable[[], None]) -> None:
        self._make = make

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        self._make()
        return owner.__attrs_attrs__
