"""Types as the index keeps them: plain values, independent of any checker.

A *linked* type names classes by their defining module (``collections.abc.Iterable`` is ``typing.Iterable``); one that was just read from a text
names them as the text does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Named:
    """A class with its arguments; ``None`` is ``Named("None")``, ``tuple[int, ...]`` has one argument. No arguments may mean: not told."""

    name: str
    args: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple of known length."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """One of ``items``."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """Something to be called. ``parameters`` None: with any arguments."""

    parameters: tuple[Type, ...] | None
    result: Type


@dataclass(frozen=True, slots=True)
class Variable:
    """A type variable of the signature that it stands in; ``Self`` is one."""

    name: str
    bound: Type | None = None


@dataclass(frozen=True, slots=True)
class Anything:
    """``Any``, what cannot be told, or ``_`` in a query."""


Type = Named | Tuple | Union | Function | Variable | Anything

ANYTHING = Anything()
NONE = Named("None")
OBJECT = Named("builtins.object")


def union(items: list[Type]) -> Type:
    """One of ``items``, each once and unions in it taken apart."""
    flat: dict[Type, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item.items if isinstance(item, Union) else [item]))
    return next(iter(flat)) if len(flat) == 1 else Union(tuple(flat))


def mapped(type: Type, change: Callable[[Type], Type | None]) -> Type:
    """``type`` with every part for which ``change`` has something else replaced, from the outside in."""
    changed = change(type)
    if changed is not None:
        return changed
    match type:
        case Named(name, args) if args:
            return Named(name, tuple(mapped(one, change) for one in args))
        case Tuple(items):
            return Tuple(tuple(mapped(one, change) for one in items))
        case Union(items):
            return union([mapped(one, change) for one in items])
        case Function(parameters, result):
            taken = None if parameters is None else tuple(mapped(one, change) for one in parameters)
            return Function(taken, mapped(result, change))
        case _:
            return type


def heads(type: Type) -> Iterator[str]:
    """The names by which a value of ``type`` is found: its class, those of a union's items; ``?`` for a type variable, ``*`` for ``Any``."""
    match type:
        case Named(name):
            yield name
        case Tuple():
            yield "builtins.tuple"
        case Function():
            yield FUNCTION
        case Union(items):
            for item in items:
                yield from heads(item)
        case Variable():
            yield OPEN
        case _:
            yield ANY


FUNCTION = "()"
OPEN = "?"
ANY = "*"


def packed(type: Type) -> Any:
    """``type`` as plain data."""
    match type:
        case Named(name, args):
            return [name, *map(packed, args)] if args else name
        case Tuple(items):
            return [0, *map(packed, items)]
        case Union(items):
            return [1, *map(packed, items)]
        case Function(None, result):
            return [2, packed(result)]
        case Function(parameters, result):
            return [3, packed(result), *map(packed, parameters or ())]
        case Variable(name, bound):
            return [4, name] if bound is None else [4, name, packed(bound)]
        case Anything():
            return None


def unpacked(plain: Any) -> Type:
    """The type of which ``plain`` is the data."""
    if plain is None:
        return ANYTHING
    if isinstance(plain, str):
        return Named(plain)
    tag, *rest = plain
    if isinstance(tag, str):
        return Named(tag, tuple(map(unpacked, rest)))
    if tag == 0:
        return Tuple(tuple(map(unpacked, rest)))
    if tag == 1:
        return Union(tuple(map(unpacked, rest)))
    if tag == 2:
        return Function(None, unpacked(rest[0]))
    if tag == 3:
        return Function(tuple(map(unpacked, rest[1:])), unpacked(rest[0]))
    return Variable(rest[0], unpacked(rest[1]) if len(rest) > 1 else None)


def written(type: Type) -> str:
    """``type`` as a programmer writes it, classes by their last name."""
    match type:
        case Named("builtins.tuple", (item,)):
            return f"tuple[{written(item)}, ...]"
        case Named(name, args):
            short = name.rpartition(".")[2]
            return f"{short}[{', '.join(map(written, args))}]" if args else short
        case Tuple(items):
            return f"tuple[{', '.join(map(written, items)) or '()'}]"
        case Union(items):
            texts = [
                f"({written(one)})" if isinstance(one, Function) else written(one)
                for one in sorted(items, key=lambda one: one == NONE)
            ]
            return " | ".join(dict.fromkeys(texts))
        case Function(parameters, result):
            taken = "..." if parameters is None else f"[{', '.join(map(written, parameters))}]"
            return f"Callable[{taken}, {written(result)}]"
        case Variable(name):
            return name.lstrip("_") or name
        case Anything():
            return "Any"
