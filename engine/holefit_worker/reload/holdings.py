"""Where the project's modules keep things: containers in which decorators register what they decorate."""

from __future__ import annotations

from types import FunctionType

from . import functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .module import Module


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


def forget_dispatch(modules: Iterable[Module]) -> None:
    """An implementation was taken out of a registry: generic functions must not remember it."""
    for record in modules:
        for value in list(record.namespace.values()):
            if issubclass(type(value), FunctionType) and "_clear_cache" in value.__dict__:
                value.__dict__["_clear_cache"]()


def _containers_in(value: Any, module: str) -> Iterator[Any]:
    if issubclass(type(value), (list, dict, set)):
        yield value
        return
    if issubclass(type(value), type):
        if value.__module__ == module:
            yield from (
                inner for inner in list(vars(value).values()) if issubclass(type(inner), (list, dict, set))
            )
        return
    if issubclass(type(value), FunctionType):
        # a generic function keeps its implementations behind its method register
        for function in [
            value,
            *(inner for inner in value.__dict__.values() if issubclass(type(inner), FunctionType)),
        ]:
            for cell in list(function.__closure__ or ()):
                try:
                    if issubclass(type(cell.cell_contents), (list, dict, set)):
                        yield cell.cell_contents
                except ValueError:
                    continue
        return
    state = functions.state_of(value)
    if state is not None:
        yield from (inner for inner in list(state.values()) if issubclass(type(inner), (list, dict, set)))
