"""Seals: telling whether a value is still what its initialiser gave.

A seal is taken when an initialiser has run. The value is *untouched* while its seal is whole: the name still holds the same object (or an
equal plain one), and nothing inside it has changed. What cannot be looked into (a lock, a socket, a database connection) is a live resource:
it counts as touched, and stays.
"""

from __future__ import annotations

import functools
import re
import sys
import types
import weakref
from types import FunctionType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NODES = 120  # how many values a seal looks at
_DEPTH = 4
_COPIED = 5000

_PLAIN = frozenset({int, str, bytes, float, bool, complex, type(None), type(...), range, slice})
_BY_IDENTITY = (
    FunctionType,
    ModuleType,
    type,
    types.BuiltinFunctionType,
    types.MethodType,
    types.GenericAlias,
    types.UnionType,
    types.MappingProxyType,
    property,
    classmethod,
    staticmethod,
    re.Pattern,
)
_MADE_BY_C = (types.WrapperDescriptorType, types.MethodDescriptorType)


class _Id(int):
    """The identity of an object, told from a number."""

    __slots__ = ()


class Seal:
    """The value that an initialiser gave, and what it looked like. It does not keep the value alive."""

    __slots__ = ("_identity", "_looks", "_plain", "_reference")

    def __init__(self, value: object) -> None:
        self._identity = id(value)
        self._plain = type(value) in _PLAIN
        try:
            self._reference: Any = value if self._plain else weakref.ref(value)
        except TypeError:
            self._reference = None
        self._looks = _looks(value)

    @property
    def value(self) -> Any:
        """The sealed value; None if it is gone, or of a kind that cannot be referred to weakly."""
        return self._reference if self._plain or self._reference is None else self._reference()

    def whole(self, value: object) -> bool:
        """Whether ``value`` is what was sealed, unchanged."""
        if self._plain:
            same = type(value) is type(self._reference)
        else:
            same = id(value) == self._identity and (self._reference is None or self._reference() is value)
        return same and self._looks is not None and _looks(value) == self._looks

    def refresh(self, value: object) -> None:
        """Something inside the sealed value was changed on the reload's own behalf."""
        self._looks = _looks(value)


class _Opaque(Exception):
    pass


def _looks(value: object) -> Any:
    """A value that changes when something in ``value`` does; None if that cannot be seen."""
    budget = [_NODES]
    try:
        return _look(value, budget, 0, set())
    except (_Opaque, RecursionError):
        return None


def _look(value: Any, budget: list[int], depth: int, open_: set[int]) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return (kind, repr(value)) if kind is float or kind is complex else (kind, value)
    if issubclass(type(value), _BY_IDENTITY):
        return _Id(id(value))
    budget[0] -= 1
    if depth > _DEPTH or id(value) in open_:
        return _Id(id(value))
    open_.add(id(value))
    try:
        if issubclass(type(value), (list, tuple, dict, set, frozenset)):
            return (
                _Id(id(value)),
                kind,
                _items(value, budget, depth, open_),
                _attributes(value, budget, depth, open_),
            )
        if issubclass(type(value), (bytearray, memoryview)):
            return (_Id(id(value)), hash(bytes(value[:4096])), len(value))
        if issubclass(type(value), functools.partial):
            parts = [
                _look(part, budget, depth + 1, open_) for part in (value.func, value.args, value.keywords)
            ]
            return (_Id(id(value)), *parts)
        if _is_made_of_attributes(kind):
            return (_Id(id(value)), kind, _attributes(value, budget, depth, open_))
        return (_Id(id(value)), _reduced(value, budget, depth, open_))
    finally:
        open_.discard(id(value))


def _items(value: Any, budget: list[int], depth: int, open_: set[int]) -> Any:
    # a long container is told by its length, its beginning and its end
    size = len(value)
    if size <= _COPIED:
        # what holds plain values alone is compared whole, at the speed of C
        kinds = set(map(type, value))
        if issubclass(type(value), dict):
            kinds.update(map(type, dict.values(value)))
        if kinds <= _PLAIN:
            copied: Any = tuple(dict.items(value)) if issubclass(type(value), dict) else tuple(value)
            return (
                frozenset(kinds),
                frozenset(copied) if issubclass(type(value), (set, frozenset)) else copied,
            )
    parts: list[Any] = [size]
    if issubclass(type(value), dict):
        sequence: Any = dict.items(value)
    elif issubclass(type(value), (set, frozenset)):
        return (
            size,
            frozenset(id(item) if type(item) not in _PLAIN else item for item in value) if size < 1000 else 0,
        )
    else:
        sequence = value
    for i, item in enumerate(sequence):
        if budget[0] <= 0 or i > 100:
            break
        if issubclass(type(value), dict):
            parts.append(_look(item[0], budget, depth + 1, open_))
            parts.append(_look(item[1], budget, depth + 1, open_))
        else:
            parts.append(_look(item, budget, depth + 1, open_))
    if size > 100 and issubclass(type(value), (list, tuple)):
        parts.append(_Id(id(value[-1])))
    return tuple(parts)


def _is_made_of_attributes(kind: type) -> bool:
    """Whether all classes of ``kind`` were made by class statements: then instances hold their state in attributes."""
    return all(
        base is object or not any(isinstance(member, _MADE_BY_C) for member in vars(base).values())
        for base in kind.__mro__
    )


def _attributes(value: Any, budget: list[int], depth: int, open_: set[int]) -> Any:
    parts: list[Any] = []
    try:
        state = object.__getattribute__(value, "__dict__")
    except AttributeError:
        state = None
    if state:
        if type(state) is not dict:
            return _Id(id(state))
        for name, item in list(state.items()):
            if budget[0] <= 0:
                break
            parts.append((name, _look(item, budget, depth + 1, open_)))
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__")
        if not slots:
            continue
        for slot in [slots] if isinstance(slots, str) else slots:
            descriptor = cls.__dict__.get(slot)
            if isinstance(descriptor, types.MemberDescriptorType):
                try:
                    parts.append((slot, _look(descriptor.__get__(value), budget, depth + 1, open_)))
                except AttributeError:
                    parts.append((slot, None))
    return tuple(parts)


def _reduced(value: Any, budget: list[int], depth: int, open_: set[int]) -> Any:
    """What pickling would write of an object made by C code; a thing that refuses is a live resource."""
    try:
        reduced = value.__reduce_ex__(4) if sys.getsizeof(value) < 100_000 else None
    except Exception:
        reduced = None
    if reduced is None:
        if depth < 2:
            raise _Opaque
        return _Id(id(value))
    if isinstance(reduced, str):
        return reduced
    parts = [_look(part, budget, depth + 1, open_) for part in reduced[:3]]
    for iterator in reduced[3:5]:
        if iterator is not None:
            parts.append(
                tuple(
                    _look(item, budget, depth + 1, open_)
                    for _, item in zip(range(100), iterator, strict=False)
                )
            )
    # objects that a reduction makes anew have new identities every time: compare what they hold
    return _without_identity(parts)


def _without_identity(parts: Any) -> Any:
    if isinstance(parts, (tuple, list)):
        return tuple(_without_identity(part) for part in parts if type(part) is not _Id)
    return parts
