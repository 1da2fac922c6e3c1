"""Markers follow: values that mean something only by being themselves (``MISSING = object()``), and are compared with ``is``.

A changed initialiser makes another marker. Defaults, attributes of classes and instances, and containers that hold the old one would never
be told from it again, for the statements that put it there do not run. A marker has no state that could be lost: so the new one takes the
place of the old one wherever that is held, unless the old one still has a name of its own somewhere.
"""

from __future__ import annotations

import gc
import sys
from types import CellType, FunctionType, MemberDescriptorType

from . import functions, seals
from .exchange import in_dictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .journal import Journal
    from .patch import Patch

_UNLIKE = (type, FunctionType, type(sys), list, tuple, dict, set, frozenset)


def follow(patches: Iterable[Patch], journal: Journal) -> None:
    """Put new markers in the place of old ones, after all modules have been dealt with."""
    patches = list(patches)
    for patch in patches:
        for before, after in patch.changes().values():
            if _is_marker(before) and _is_marker(after):
                _exchange(patches, journal, before, after)


def _is_marker(value: Any) -> bool:
    """Whether ``value`` has no state: an ``object()``, or an instance of a class statement's class without attributes."""
    kind = type(value)
    if kind is object:
        return True
    if kind in seals._PLAIN or issubclass(kind, _UNLIKE) or not seals._is_made_of_attributes(kind):
        return False
    return not functions.state_of(value) and not _slots(value)


def _slots(value: Any) -> list[tuple[MemberDescriptorType, Any]]:
    """What stands in the slots of an instance, with the descriptor of each."""
    found: list[tuple[MemberDescriptorType, Any]] = []
    for cls in type(value).__mro__:
        for member in list(vars(cls).values()):
            if type(member) is MemberDescriptorType:
                try:
                    found.append((member, member.__get__(value)))
                except AttributeError:
                    continue
    return found


def _exchange(patches: list[Patch], journal: Journal, old: Any, new: Any) -> None:
    holders = gc.get_referrers(old)
    namespaces = {id(vars(module)) for module in list(sys.modules.values()) if type(module) is type(sys)}
    if any(id(holder) in namespaces for holder in holders):
        return  # a name was pointed elsewhere
    ours = {id(holders), *(id(patch.before) for patch in patches)}
    for holder in [*holders, *_unfollowed(set(patches[0].reloader.modules))]:
        kind = type(holder)
        if id(holder) in ours or kind is CellType:  # the journal's are among the cells
            continue
        if kind is dict:
            in_dictionary(journal, holder, old, new)
        elif kind is list:
            journal.add(holder.__setitem__, slice(None), tuple(holder))
            holder[:] = [new if item is old else item for item in holder]
        elif kind is FunctionType:
            _in_defaults(journal, holder, old, new)
        elif not issubclass(kind, _UNLIKE):
            _in_instance(journal, holder, old, new)


def _unfollowed(modules: set[str]) -> list[Any]:
    """All functions, and instances of classes of ``modules``: the collector does not look into their tuples and dictionaries while
    these hold nothing but things without references."""
    heap = gc.get_objects()
    kinds = {id(type(value)): type(value) for value in heap}
    wanted = {
        key
        for key, kind in kinds.items()
        if kind is FunctionType or type.__getattribute__(kind, "__dict__").get("__module__") in modules
    }
    return [value for value in heap if id(type(value)) in wanted]


def _in_defaults(journal: Journal, function: FunctionType, old: Any, new: Any) -> None:
    defaults = function.__defaults__ or ()
    named: dict[str, Any] = function.__kwdefaults__ or {}
    if any(item is old for item in defaults):
        journal.set(function, "__defaults__", tuple(new if item is old else item for item in defaults))
    for name, value in list(named.items()):
        if value is old:
            journal.set_item(named, name, new)


def _in_instance(journal: Journal, holder: Any, old: Any, new: Any) -> None:
    state: dict[str, Any] = functions.state_of(holder) or {}
    for name, value in list(state.items()):
        if value is old:
            journal.set_item(state, name, new)
    for member, value in _slots(holder):
        if value is old:
            journal.add(member.__set__, holder, old)
            member.__set__(holder, new)
