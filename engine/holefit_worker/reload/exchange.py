"""One thing in the place of another, wherever the heap holds it."""

from __future__ import annotations

import gc
from types import CellType, FunctionType

from . import classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .journal import Journal
    from .patch import Patch


def exchange(context: Patch, old: type, new: type) -> None:
    """Whatever refers to the class ``old`` is to refer to ``new``, once: names, containers, cells."""
    journal = context.journal
    own = {id(vars(old))}
    for cls in (old, new, *classes._subclasses(old), *classes._subclasses(new)):
        own |= {id(cls.__mro__), id(cls.__bases__)}
    tuples: list[tuple[Any, ...]] = []
    holders = gc.get_referrers(old)
    for holder in holders:
        if id(holder) in own:
            continue
        if type(holder) is list:
            # a copy that is a list would itself be found to hold the class, and changed
            journal.add(holder.__setitem__, slice(None), tuple(holder))
            present = any(item is new for item in holder)
            replaced = []
            for item in holder:
                if item is not old:
                    replaced.append(item)
                elif not present:
                    replaced.append(new)
                    present = True
            holder[:] = replaced
        elif type(holder) is dict:
            if any(holder is skipped for skipped in (context.before, context.record.namespace)):
                continue
            in_dictionary(journal, holder, old, new)
            for key, value in list(holder.items()):
                if key is old:
                    journal.delete_item(holder, key)
                    journal.set_item(holder, new, value)
        elif type(holder) is set:
            journal.add(holder.add, old)
            journal.add(holder.discard, new)
            holder.discard(old)
            holder.add(new)
        elif type(holder) is CellType:
            journal.set(holder, "cell_contents", new)
        elif type(holder) is tuple:
            tuples.append(holder)
    if tuples:
        _exchange_tuples(journal, tuples, old, new, holders)
    namespace = context.record.namespace
    for key, value in list(namespace.items()):
        if value is old:
            namespace[key] = new


def in_dictionary(journal: Journal, holder: dict[Any, Any], old: object, new: object) -> None:
    """Put ``new`` where ``old`` is a value of ``holder``. If that holds the attributes of a class, the class does it: the interpreter remembers
    where it found an attribute, and would go on to what may be gone."""
    names = [key for key, value in list(holder.items()) if value is old and key != "__class__"]
    if not names:
        return
    owners: list[type] = []
    if "__module__" in holder and "__doc__" in holder:  # as the attributes of every class
        owners = [
            one
            for one in gc.get_referrers(holder)
            if issubclass(type(one), type) and all(vars(one).get(name) is old for name in names)
        ]
    for name in names:
        for cls in owners:
            journal.set_class_attribute(cls, name, new)
        if not owners:
            journal.set_item(holder, name, new)


def _exchange_tuples(
    journal: Journal, tuples: list[tuple[Any, ...]], old: type, new: type, holders: list[Any]
) -> None:
    """Tuples cannot be changed: what holds them gets others. Classes keep theirs, which are of their making. ``holders`` is a list of ours."""
    changed = {id(one): tuple(new if item is old else item for item in one) for one in tuples}
    for outer in gc.get_referrers(*tuples):
        if outer is holders or outer is tuples:
            continue
        if type(outer) is dict:
            for value in list(outer.values()):
                if id(value) in changed:
                    in_dictionary(journal, outer, value, changed[id(value)])
        elif type(outer) is list:
            journal.add(outer.__setitem__, slice(None), tuple(outer))
            outer[:] = [changed.get(id(item), item) for item in outer]
        elif type(outer) is FunctionType and id(outer.__defaults__) in changed:
            journal.set(outer, "__defaults__", changed[id(outer.__defaults__)])
