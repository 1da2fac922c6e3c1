"""The transaction: what a reload changed, and how to take it back.

Changes are made in place, because functions look up live globals while a reload runs; each writes down how to undo it. Taking them
back in reverse order gives the old generation.
"""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ABSENT: Any = object()


class Journal:
    """Undo actions, newest last, and actions to be done once the reload has succeeded."""

    __slots__ = ("_undo", "_when_done", "problems")

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []
        self._when_done: list[Callable[[], object]] = []
        self.problems: list[str] = []

    def add(self, undo: Callable[..., object], *arguments: object) -> None:
        """Have ``undo(*arguments)`` called if the reload fails."""
        self._undo.append(partial(undo, *arguments))

    def when_done(self, action: Callable[[], object]) -> None:
        """Have ``action`` called if the reload succeeds: what cannot be taken back waits until then."""
        self._when_done.append(action)

    def set(self, target: Any, name: str, value: object) -> None:
        """Set an attribute that exists (of a function, a cell, a code record)."""
        old = getattr(target, name)
        self._undo.append(lambda: setattr(target, name, old))
        setattr(target, name, value)

    def set_class_attribute(self, cls: type, name: str, value: object) -> None:
        """Set an attribute in the class's own dictionary, past a metaclass that would object."""
        old = cls.__dict__.get(name, _ABSENT)
        self._undo.append(lambda: _put(cls, name, old))
        _put(cls, name, value)

    def keep_class(self, cls: type) -> None:
        """Remember all attributes in the class's own dictionary."""
        copy = dict(vars(cls))

        def undo() -> None:
            for name in [*vars(cls)]:
                if name not in copy:
                    _put(cls, name, _ABSENT)
            for name, value in copy.items():
                if vars(cls).get(name, _ABSENT) is not value:
                    _put(cls, name, value)

        self._undo.append(undo)

    def delete_class_attribute(self, cls: type, name: str) -> None:
        """Delete an attribute from the class's own dictionary."""
        self.set_class_attribute(cls, name, _ABSENT)

    def set_item(self, mapping: dict[Any, Any], key: object, value: object) -> None:
        """Set one item of a dictionary."""
        old = mapping.get(key, _ABSENT)
        self._undo.append(lambda: _put_item(mapping, key, old))
        mapping[key] = value

    def delete_item(self, mapping: dict[Any, Any], key: object) -> None:
        """Delete one item of a dictionary, if it is there."""
        old = mapping.get(key, _ABSENT)
        if old is not _ABSENT:
            self._undo.append(lambda: mapping.__setitem__(key, old))
            del mapping[key]

    def snapshot(self, mapping: dict[str, Any]) -> None:
        """Remember all of a namespace."""
        copy = dict(mapping)
        self._undo.append(lambda: _restore(mapping, copy))

    def rollback(self) -> None:
        """Take everything back. An undo that fails is written to ``problems``; the others still happen."""
        while self._undo:
            undo = self._undo.pop()
            try:
                undo()
            except Exception as error:
                self.problems.append(f"could not take back a change: {type(error).__name__}: {error}")
        self._when_done.clear()

    def commit(self) -> None:
        """Keep everything."""
        self._undo.clear()
        for action in self._when_done:
            try:
                action()
            except Exception as error:
                self.problems.append(f"{type(error).__name__}: {error}")
        self._when_done.clear()


def _restore(mapping: dict[str, Any], copy: dict[str, Any]) -> None:
    for key in list(mapping):
        if key not in copy:
            del mapping[key]
    for key, value in copy.items():
        if mapping.get(key, _ABSENT) is not value:
            mapping[key] = value


def _put(cls: type, name: str, value: object) -> None:
    if value is _ABSENT:
        if name in cls.__dict__:
            try:
                type.__delattr__(cls, name)
            except TypeError:  # the metaclass is made by C code, and sets attributes by itself
                delattr(cls, name)
    else:
        try:
            type.__setattr__(cls, name, value)
        except TypeError:
            setattr(cls, name, value)


def _put_item(mapping: dict[Any, Any], key: object, value: object) -> None:
    if value is _ABSENT:
        mapping.pop(key, None)
    else:
        mapping[key] = value
