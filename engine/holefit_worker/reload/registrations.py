"""Classes that are registered when they are made: by a decorator, a metaclass, or ``__init_subclass__``.

What registers a class runs again when the class is made anew, or when what it is told by changes. So that the class stands in each
registry once, and under its new key, it is taken out of the project's containers before; where it was not registered again, it is put back.
"""

from __future__ import annotations

import ast

from . import holdings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .patch import Patch


class Registrations:
    """Where a class stood in the containers of the project's modules, alone or in a tuple; made, it stands there no more."""

    def __init__(self, patch: Patch, cls: type) -> None:
        self._journal = patch.journal
        self._cls = cls
        self._found: list[tuple[Any, Any]] = []
        for container in holdings.containers(list(patch.reloader.modules.values())):
            if type(container) in (list, dict, set) and any(_has(item, cls) for item in _entries(container)):
                self._found.append((container, container.copy()))
        for container, before in self._found:
            self._journal.add(_refill, container, before)
            if type(container) is dict:
                rest: Any = {key: value for key, value in before.items() if not _has((key, value), cls)}
            else:
                rest = [item for item in before if not _has(item, cls)]
            _refill(container, rest)

    def settle(self, now: type, made: type | None = None) -> None:
        """The class stands as ``now`` from here on, also where ``made`` was registered: put it back where nothing was."""
        for container, before in self._found:
            after = container.copy()
            if type(container) is dict:
                _refill(container, self._merged(before, after, now, made))
                continue
            anew = [_with(item, made, now) for item in after if _has(item, now) or _has(item, made)]
            rest = [item for item in after if not (_has(item, now) or _has(item, made))]
            own = anew or [_with(item, self._cls, now) for item in before if _has(item, self._cls)]
            if type(container) is list:
                first = next(i for i, item in enumerate(before) if _has(item, self._cls))
                rest[first:first] = own
                _refill(container, rest)
            else:
                container.update(own)

    def _merged(self, before: Any, after: Any, now: type, made: type | None) -> dict[Any, Any]:
        """In the old order; old entries of the class only if it has no new ones."""
        fresh = {_with(key, made, now): _with(value, made, now) for key, value in after.items()}
        anew = any(_has(item, now) for item in fresh.items())
        merged: dict[Any, Any] = {}
        for key, value in before.items():
            key, value = _with(key, self._cls, now), _with(value, self._cls, now)
            if key in fresh:
                merged[key] = fresh[key]
            elif not anew and _has((key, value), now):
                merged[key] = value
        return {**merged, **fresh}


def _entries(container: Any) -> list[Any]:
    return [(key, value) for key, value in container.items()] if type(container) is dict else list(container)


def _has(item: Any, cls: type | None) -> bool:
    """Whether ``item`` is the class, or a tuple with it, which may hold tuples in turn."""
    if cls is None:
        return False
    return item is cls or (type(item) is tuple and any(_has(part, cls) for part in item))


def _with(item: Any, old: type | None, new: type) -> Any:
    if type(item) is tuple and _has(item, old):
        return tuple(_with(part, old, new) for part in item)
    return new if item is old and old is not None else item


def is_hooked(cls: type, node: ast.ClassDef, plain: tuple[type, ...]) -> bool:
    """Whether code of the user's is told when ``cls`` is made."""
    return bool(node.decorator_list) or type(cls) not in plain or has_hook(cls)


def has_hook(cls: type) -> bool:
    """Whether a base of ``cls`` has an ``__init_subclass__`` of its own."""
    return any("__init_subclass__" in vars(base) for base in cls.__mro__[1:-1])


def announce(patch: Patch, cls: Any, node: ast.ClassDef) -> None:
    """Tell the bases of ``cls`` once more that there is such a class: what they were told by has changed."""
    namespace = patch.record.namespace
    told = {
        keyword.arg: eval(patch.parse.compile(ast.Expression(keyword.value), "eval"), namespace)
        for keyword in node.keywords
        if keyword.arg is not None and keyword.arg != "metaclass"
    }
    registrations = Registrations(patch, cls)
    patch.journal.keep_class(cls)
    super(cls, cls).__init_subclass__(**told)
    registrations.settle(cls)


def _refill(container: Any, content: Any) -> None:
    if type(container) is list:
        container[:] = content
    else:
        container.clear()
        container.update(content)
