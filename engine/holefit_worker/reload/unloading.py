"""Unloading modules that nothing imports any more."""

from __future__ import annotations

import sys
from types import FunctionType

from .plan import imports_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .journal import Journal
    from .module import Module
    from .patch import Patch
    from .reloader import Reloader
    from .report import Report


def unload(reloader: Reloader, report: Report, journal: Journal, patches: list[Patch]) -> None:
    """Unload what a reloaded module no longer imports and nothing else does."""
    fresh = {patch.record.name: imports_of(patch.new_statements()) for patch in patches}
    if all(set(patch.record.imports) <= set(fresh[patch.record.name]) for patch in patches):
        return
    dropped: list[str] = []
    remaining = {name: set(reloader.edges(record.imports)) for name, record in reloader.modules.items()}
    for name, now in [(name, set(reloader.edges(imported))) for name, imported in fresh.items()]:
        dropped += sorted(remaining.get(name, set()) - now, reverse=True)
        remaining[name] = now
    while dropped:
        name = dropped.pop(0)
        record = reloader.modules.get(name)
        if record is None or _is_held(reloader, name, record, remaining):
            continue
        journal.add(_load_back, reloader, name, record)
        for key in [name]:
            journal.delete_item(sys.modules, key)
        parent, _, tail = name.rpartition(".")
        if parent in sys.modules and vars(sys.modules[parent]).get(tail) is record.module:
            journal.delete_item(vars(sys.modules[parent]), tail)
        reloader.forget(name)
        reloader.handlers.drop_module(name)
        report.note(f"{name} was unloaded: nothing imports it any more")
        dropped += sorted(remaining.pop(name, set()), reverse=True)


def _load_back(reloader: Reloader, name: str, record: Module) -> None:
    reloader.modules[name] = record
    reloader.register_imports(record)


def _is_held(reloader: Reloader, name: str, record: Module, remaining: dict[str, set[str]]) -> bool:
    if name in reloader.main_imports or any(
        name in imported for other, imported in remaining.items() if other != name
    ):
        return True
    if any(other.startswith(name + ".") for other in remaining):
        return True
    main = sys.modules.get("__main__")
    values = list(vars(main).values()) if main is not None else []
    return any(value is record.module or name in (type(value).__module__, _home(value)) for value in values)


def _home(value: Any) -> str | None:
    """The module of a function or class."""
    return value.__module__ if issubclass(type(value), (type, FunctionType)) else None
