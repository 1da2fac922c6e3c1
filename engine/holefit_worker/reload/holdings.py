"""Where the project's modules keep things: containers in which decorators register what they decorate."""

from __future__ import annotations

from types import FunctionType

from . import functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .module import Module

_DEPTH = 3  # how far a container may lie inside others
_LONGEST = 1000  # longer ones are not looked into


def containers(modules: Iterable[Module]) -> Iterator[Any]:
    """Lists, dictionaries and sets in which the project's modules keep things: in globals, in attributes of what is there, behind
    closures of functions that dispatch."""
    seen: set[int] = set()
    for record in modules:
        own = id(record.namespace)
        for value in list(record.namespace.values()):
            for container in _containers_in(value, record.name):
                if id(container) != own and id(container) not in seen:
                    seen.add(id(container))
                    yield container


def of_names(record: Module, names: Iterable[str]) -> Iterator[Any]:
    """The containers in which the values of some globals of a module keep things."""
    for name in names:
        if name in record.namespace:
            yield from _containers_in(record.namespace[name], record.name)


def forget_dispatch(modules: Iterable[Module]) -> None:
    """An implementation was taken out of a registry: generic functions must not remember it."""
    for record in modules:
        for value in list(record.namespace.values()):
            if issubclass(type(value), FunctionType) and "_clear_cache" in value.__dict__:
                value.__dict__["_clear_cache"]()


def _containers_in(value: Any, module: str) -> Iterator[Any]:
    pending = [(one, 0) for one in _own_containers(value, module)]
    while pending:
        container, depth = pending.pop(0)
        yield container
        if depth < _DEPTH and len(container) <= _LONGEST:
            inside = dict.values(container) if issubclass(type(container), dict) else container
            pending += [(one, depth + 1) for one in list(inside) if _is_container(one)]


def _own_containers(value: Any, module: str) -> list[Any]:
    """``value`` itself, or those that it has for attributes, or behind its closure."""
    if _is_container(value):
        return [value]
    inside: list[Any] = []
    if issubclass(type(value), type):
        own = vars(value).items() if value.__module__ == module else ()
        inside = [
            held for name, held in own if not name.startswith("__")
        ]  # those are no registries of the user's
    elif issubclass(type(value), FunctionType):
        # a generic function keeps its implementations behind its method register
        inner = [one for one in value.__dict__.values() if issubclass(type(one), FunctionType)]
        for function in [value, *inner]:
            for cell in list(function.__closure__ or ()):
                try:
                    inside.append(cell.cell_contents)
                except ValueError:
                    continue
    else:
        inside = list((functions.state_of(value) or {}).values())
    return [one for one in inside if _is_container(one)]


def _is_container(value: Any) -> bool:
    return issubclass(type(value), (list, dict, set))
