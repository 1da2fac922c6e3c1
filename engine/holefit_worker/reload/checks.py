"""What ``abc`` and ``typing`` remember of classes: answers of ``isinstance`` and ``issubclass``, and the members of protocols.

They are worked out once and kept for ever. A class that has gained or lost a member may answer otherwise, and a protocol may ask for more.
"""

from __future__ import annotations

import abc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .journal import Journal


class Checks:
    """Gathers the classes whose members a reload has changed, and has answers about them worked out anew."""

    __slots__ = ("_changed", "_lost")

    def __init__(self) -> None:
        self._changed: list[type] = []
        self._lost = False

    def note(self, journal: Journal, cls: type, before: set[str]) -> None:
        """``cls``, which had the members ``before``, has those that it has now."""
        after = set(vars(cls))
        if after != before:
            self._changed.append(cls)
            self._lost = self._lost or not before <= after
            _count_members(journal, cls)

    def hook_changed(self, cls: type) -> None:
        """The ``__subclasshook__`` of ``cls`` does something else."""
        self._changed.append(cls)

    def bases_changed(self, cls: type) -> None:
        """``cls`` has other bases."""
        self._changed.append(cls)
        self._lost = True

    def work_out_anew(self) -> None:
        """Have all that may have changed forgotten."""
        if not self._changed:
            return
        forgetting = _every_class() if self._lost else iter(self._changed)
        for cls in forgetting:
            if issubclass(type(cls), abc.ABCMeta):
                abc.ABCMeta._abc_caches_clear(cls)  # type: ignore[attr-defined]  # there in every CPython
        # a registration anywhere makes all abstract classes forget whom they have turned down
        abc.ABCMeta("_Any", (), {}).register(int)
        self._changed, self._lost = [], False


def _every_class() -> Iterator[type]:
    seen: set[int] = set()
    pending: list[type] = [object]
    while pending:
        direct: list[type] = type.__subclasses__(pending.pop())
        for sub in direct:
            if id(sub) not in seen:
                seen.add(id(sub))
                pending.append(sub)
                yield sub


def _count_members(journal: Journal, cls: Any) -> None:
    """Since Python 3.12 a protocol's metaclass keeps a list of its members."""
    if "__protocol_attrs__" not in vars(cls):
        return
    for name in ("__protocol_attrs__", "__callable_proto_members_only__", "__non_callable_proto_members__"):
        if name in vars(cls):
            journal.set_class_attribute(cls, name, vars(cls)[name])
    type(cls).__init__(cls, cls.__name__, cls.__bases__, {})
    if "__non_callable_proto_members__" in vars(cls):
        vars(sys.modules[type(cls).__module__])["runtime_checkable"](cls)
