"""Definitions that moved to another module in the same edit.

A statement that is gone here and new there, doing the same, has moved: its live value goes along instead of being made anew, a function still
held is forwarded to its new home, instances of a class become instances of the class there.
"""

from __future__ import annotations

from . import codes
from .plan import NEW
from .seals import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .patch import Patch
    from .source import Leaf, Statement

_ABSENT: Any = object()
_MAKE_FUNCTIONS = frozenset({"def", "initialiser", "run"})


def bring_along(patch: Patch, leaf: Leaf) -> bool:
    """Give the names of a new initialiser the live values that they have in the module that it comes from, if it comes from one."""
    statement = leaf.statement
    if any(codes.is_function(code) for code in codes.tree(statement.code)):
        return False  # functions look up their globals in the old module
    form = codes.shape(statement.code)
    for peer in patch.peers:
        if peer is patch:
            continue
        for old, _ in peer.plan.pool:
            if old.kind != "initialiser" or old.names != statement.names or codes.shape(old.code) != form:
                continue
            space = peer.record.namespace
            values = {name: space.get(name, peer.before.get(name, _ABSENT)) for name in old.names}
            if any(value is _ABSENT or callable(value) for value in values.values()):
                continue  # what can be called looks up its globals in the old module
            patch.record.namespace.update(values)
            statement.seals = {name: old.seals.get(name) or Seal(value) for name, value in values.items()}
            return True
    return False


def new_home(patch: Patch, old: Statement, name: str) -> object:
    """What the definition ``old``, gone from this module, is in the one that it moved to; None if it did not move."""
    form = codes.shape(old.code)
    found = None
    for peer in patch.peers:
        if peer is patch:
            continue
        for leaf in _leaves(peer):
            statement = leaf.statement
            if (
                (statement.kind == old.kind or (old.kind != "class" and statement.kind in _MAKE_FUNCTIONS))
                and name in statement.names
                and peer.plan.of(leaf).relation == NEW
                and name in peer.record.namespace
            ):
                found = peer.record.namespace[name]
                if codes.shape(statement.code) == form:
                    return found
    return found


def _leaves(peer: Patch) -> Iterator[Leaf]:
    pending = [leaf for chunk in peer.plan.chunks for leaf in chunk.leaves]
    while pending:
        leaf = pending.pop()
        yield leaf
        pending += [*leaf.body, *leaf.orelse]
