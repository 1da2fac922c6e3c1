"""What types are made of, as far as holes ask: their parts, and what they give when iterated over, subscripted or awaited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mypy import nodes as N
from mypy import types as T
from mypy.erasetype import replace_meta_vars
from mypy.expandtype import expand_type_by_instance
from mypy.maptype import map_instance_to_supertype
from mypy.typeops import make_simplified_union

if TYPE_CHECKING:
    from mypy.checker import TypeChecker

_AWAITABLE = {
    "typing.Coroutine": 2,
    "typing.Awaitable": 0,
    "asyncio.futures.Future": 0,
    "asyncio.tasks.Task": 0,
}
# What a list or a tuple can be given for.
_LISTS = {
    f"typing.{name}" for name in ("Sequence", "Iterable", "Collection", "MutableSequence", "Reversible")
} | {"builtins.list"}


def items(type: T.Type) -> list[T.ProperType]:
    """The members of a union, or the one type."""
    proper = T.get_proper_type(type)
    return [T.get_proper_type(item) for item in proper.items] if isinstance(proper, T.UnionType) else [proper]


def instance_of(type: T.Type) -> T.Instance | None:
    """The class that tells which attributes a value of ``type`` has."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.TypeVarType):
        proper = T.get_proper_type(proper.upper_bound)
    if isinstance(proper, T.TupleType):
        proper = proper.partial_fallback
    if isinstance(proper, T.LiteralType):
        proper = proper.fallback
    return proper if isinstance(proper, T.Instance) else None


def declared_in(instance: T.Instance, info: N.TypeInfo | None, type: T.Type) -> T.Type:
    """``type``, declared in ``info``, as an attribute of ``instance`` has it."""
    if (
        info is None
        or not T.has_type_vars(T.get_proper_type(type))
        or not instance.type.has_base(info.fullname)
    ):
        return type
    return expand_type_by_instance(type, map_instance_to_supertype(instance, info))


def as_base(type: T.Type, base: str, checker: TypeChecker) -> T.Instance | None:
    """``type`` as an instance of ``base`` (a full name), with its arguments."""
    instance = instance_of(type)
    if instance is None or not instance.type.has_base(base):
        return None
    info = next((one for one in instance.type.mro if one.fullname == base), None)
    return None if info is None else map_instance_to_supertype(instance, info)


def iterated(type: T.Type, checker: TypeChecker) -> T.Type | None:
    """What iterating over ``type`` gives; None for text, whose letters nobody means."""
    proper = T.get_proper_type(type)
    instance = instance_of(type)
    if instance is None or instance.type.fullname in ("builtins.str", "builtins.bytes"):
        return None
    if isinstance(proper, T.TupleType) and proper.partial_fallback.type.fullname != "builtins.tuple":
        return None
    found = as_base(type, "typing.Iterable", checker)
    if found is None or not found.args or isinstance(T.get_proper_type(found.args[0]), T.AnyType):
        return None
    return found.args[0]


def keys(type: T.Type, checker: TypeChecker) -> tuple[list[int], T.Type | None, T.Type | None]:
    """How ``type`` is subscripted: by which numbers, or by what type, and what that gives."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.TupleType):
        plain = not any(isinstance(T.get_proper_type(item), T.UnpackType) for item in proper.items)
        named = proper.partial_fallback.type.fullname != "builtins.tuple"
        return (list(range(len(proper.items))) if plain and not named else []), None, None
    mapping = as_base(type, "typing.Mapping", checker)
    if mapping is not None and len(mapping.args) == 2:
        return [], mapping.args[0], mapping.args[1]
    sequence = as_base(type, "typing.Sequence", checker)
    instance = instance_of(type)
    if sequence is not None and instance is not None and instance.type.fullname != "builtins.str":
        return [0, -1], None, None
    return [], None, None


def awaited(type: T.Type) -> T.Type | None:
    """What awaiting a value of ``type`` gives."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.Instance) and proper.type.fullname in _AWAITABLE:
        index = _AWAITABLE[proper.type.fullname]
        return proper.args[index] if index < len(proper.args) else None
    return None


def tuples(wanted: T.Type) -> list[Sequence[T.Type]]:
    """The types of the items, for every tuple of known length in ``wanted``."""
    return [
        one.items
        for one in items(wanted)
        if isinstance(one, T.TupleType)
        and one.items
        and one.partial_fallback.type.fullname == "builtins.tuple"
        and not any(isinstance(T.get_proper_type(item), T.UnpackType) for item in one.items)
    ]


def elements(wanted: T.Type) -> list[T.Type]:
    """The type of the elements, for every kind of list in ``wanted``."""
    return [
        one.args[0]
        for one in items(wanted)
        if isinstance(one, T.Instance)
        and one.type.fullname in _LISTS
        and one.args
        and not isinstance(T.get_proper_type(one.args[0]), T.AnyType)
    ]


def union(contexts: Sequence[T.Type]) -> T.Type | None:
    """One type for all contexts: as it is for one, their union for several."""
    if not contexts:
        return None
    if len(contexts) == 1:
        return contexts[0]
    return make_simplified_union(list(contexts))


def loosened(type: T.Type) -> T.Type:
    """``type`` as a filter for candidates: what is still to be inferred becomes ``Any``."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.TypeVarType) and proper.id.is_meta_var() and not proper.values:
        type = proper.upper_bound
    return replace_meta_vars(type, T.AnyType(T.TypeOfAny.special_form))


def parts(type: T.Type, depth: int = 0) -> Iterator[T.ProperType]:
    """``type`` and the types that it is made of."""
    proper = T.get_proper_type(type)
    yield proper
    if depth > 6:
        return
    inner: Sequence[T.Type] = ()
    match proper:
        case T.Instance():
            inner = proper.args
        case T.UnionType() | T.TupleType() | T.Overloaded():
            inner = proper.items
        case T.CallableType():
            guarded = [one for one in (proper.type_guard, proper.type_is) if one is not None]
            inner = [*proper.arg_types, proper.ret_type, *guarded]
        case T.TypeType():
            inner = [proper.item]
        case T.TypedDictType():
            inner = list(proper.items.values())
        case T.LiteralType():
            inner = [proper.fallback]
    for item in inner:
        yield from parts(item, depth + 1)


def unsettled(type: T.Type) -> bool:
    """Whether ``type`` has parts that inference had not settled, or had settled to nothing."""
    return any(
        isinstance(part, (T.ErasedType, T.UninhabitedType))
        or (isinstance(part, T.TypeVarType) and part.id.is_meta_var())
        for part in parts(type)
    )


def is_callable(type: T.Type) -> bool:
    """Whether a value of ``type`` can be called."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.Instance):
        return proper.type.has_readable_member("__call__")
    if isinstance(proper, T.UnionType):
        return all(is_callable(item) for item in proper.items)
    return isinstance(proper, (T.CallableType, T.Overloaded, T.TypeType))
