"""Enums: members are compared by identity, so those that stay must stay the same objects."""

from __future__ import annotations

import sys
import types

from . import classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .journal import Journal

_TABLES = ("_member_map_", "_value2member_map_")
_LISTS = ("_member_names_", "_unhashable_values_", "_hashable_values_")
_NOT_MOVED = frozenset(
    {"__dict__", "__weakref__", "__module__", "__qualname__", *_TABLES, *_LISTS, "_unhashable_values_map_"}
)


def is_enum(cls: type) -> bool:
    """Whether ``cls`` is an enum (of any kind)."""
    enum: Any = sys.modules.get("enum")
    return enum is not None and isinstance(cls, enum.EnumMeta)


def fits(cls: type, made: type) -> bool:
    """Whether the members of one can become members of the other."""
    return (
        type(cls) is type(made)
        and cls.__bases__ == made.__bases__
        and cls.__basicsize__ == made.__basicsize__
    )


def patch(journal: Journal, cls: Any, made: Any) -> None:
    """Give ``cls`` the members, values and methods of ``made``; members that were there keep their identity."""
    stays: dict[int, Any] = {}
    for name, member in made._member_map_.items():
        if id(member) in stays:
            continue
        mine = cls._member_map_.get(name)
        if mine is None or id(mine) in {id(kept) for kept in stays.values()}:
            journal.add(object.__setattr__, member, "__class__", made)
            object.__setattr__(member, "__class__", cls)
            stays[id(member)] = member
        else:
            journal.snapshot(mine.__dict__)
            mine.__dict__.update(
                {key: value for key, value in member.__dict__.items() if key != "__objclass__"}
            )
            stays[id(member)] = mine
        if "__objclass__" in stays[id(member)].__dict__:
            stays[id(member)].__dict__["__objclass__"] = cls
    for table in _TABLES:
        _refill(
            journal,
            cls.__dict__[table],
            {key: stays[id(member)] for key, member in made.__dict__[table].items()},
        )
    for names in _LISTS:
        if names in made.__dict__:
            live, fresh = cls.__dict__[names], made.__dict__[names]
            if isinstance(live, list):
                journal.add(live.__setitem__, slice(None), list(live))
                live[:] = fresh
            else:
                journal.set_class_attribute(cls, names, fresh)
    for name, value in list(vars(made).items()):
        if name in _NOT_MOVED or isinstance(value, types.GetSetDescriptorType):
            continue
        if id(value) in stays:
            value = stays[id(value)]
        elif getattr(value, "member", None) is not None and id(value.member) in stays:
            value.member = stays[id(value.member)]  # enum.property of 3.12 keeps its member
            value.clsname = cls.__name__
        if type(value) is types.FunctionType:
            classes.set_attribute(journal, cls, name, value)
        else:
            journal.set_class_attribute(cls, name, value)
    for name in list(vars(cls)):
        if name not in vars(made) and name not in _NOT_MOVED:
            journal.delete_class_attribute(cls, name)


def _refill(journal: Journal, live: dict[Any, Any], fresh: dict[Any, Any]) -> None:
    copy = dict(live)

    def undo() -> None:
        live.clear()
        live.update(copy)

    journal.add(undo)
    live.clear()
    live.update(fresh)
