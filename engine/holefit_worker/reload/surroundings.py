"""What code at top level may change outside its own module: other modules' values, and settings of the process.

Remembered before statements run in a reload, and put back if it fails. Python lets all of it be seen and set; what lies outside the
process (files, sockets) stays as it is.
"""

from __future__ import annotations

import builtins
import os
import signal
import sys
import threading
from collections import OrderedDict, deque

from .functions import state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType
    from typing import Any

    from .journal import Journal

_LONGEST = 10_000  # a container with more items than this is not copied
_MANY = 20_000  # nor are more containers than this
_DEPTH = 4
_BASES: tuple[Any, ...] = (
    OrderedDict,
    dict,
    list,
    set,
    deque,
)  # those whose own methods read and write a container


def remember(journal: Journal, modules: list[ModuleType]) -> None:
    """Have the journal put everything back that the ``modules`` hold, and what the process is set to."""
    for namespace in [vars(builtins), *(vars(module) for module in modules)]:
        journal.snapshot(namespace)
    own = {module.__name__ for module in modules}
    copies = _Copies(own, {id(vars(module)) for module in modules})
    for module in modules:
        for value in list(vars(module).values()):
            copies.take(value, module.__name__)
    for container in (sys.path, sys.meta_path, sys.path_hooks):
        copies.take(container, "")
    logging: Any = sys.modules.get("logging")
    if logging is not None:
        for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
            if hasattr(logger, "handlers"):
                copies.take(logger.handlers, "")
    journal.add(copies.put_back)
    for undo in _process():
        journal.add(undo)


class _Copies:
    """Copies of containers, and of the attributes of the project's own instances, those inside others too."""

    def __init__(self, modules: set[str], skipped: set[int]) -> None:
        self._modules = modules
        self._seen = skipped
        self._pairs: list[tuple[Any, Any, Any]] = []

    def take(self, value: Any, module: str) -> None:
        """Copy what can be changed in ``value``, found in ``module``."""
        pending: list[tuple[Any, int]] = [(value, 0)]
        while pending and len(self._pairs) < _MANY:
            value, depth = pending.pop()
            kind = type(value)
            if kind in _DULL or id(value) in self._seen:
                continue
            base = next((base for base in _BASES if issubclass(kind, base)), None)
            if base is not None:
                self._seen.add(id(value))
                if base.__len__(value) > _LONGEST:
                    continue
                copy: Any = dict(value) if issubclass(base, dict) else list(value)
                self._pairs.append((base, value, copy))
                inside: list[Any] = list(copy.values()) if type(copy) is dict else copy
            elif issubclass(kind, type):
                inside = list(vars(value).values()) if value.__module__ == module and depth == 0 else []
            elif kind is tuple:
                inside = list(value)
            elif kind.__module__ in self._modules:
                state = state_of(value)
                inside = [state] if state is not None else []
            else:
                continue
            if depth < _DEPTH:
                pending += [(item, depth + 1) for item in inside]

    def put_back(self) -> None:
        """Make all containers again what they were."""
        for base, live, copy in self._pairs:
            if base is list:
                if len(live) != len(copy) or any(a is not b for a, b in zip(live, copy, strict=False)):
                    list.__setitem__(live, slice(None), copy)
            elif _differ(base, live, copy):
                base.clear(live)
                (base.extend if base is deque else base.update)(live, copy)


_DULL = frozenset({int, str, bytes, float, bool, complex, type(None)})


def _differ(base: Any, live: Any, copy: Any) -> bool:
    if base.__len__(live) != len(copy):
        return True
    if type(copy) is dict:
        pairs = zip(base.items(live), copy.items(), strict=False)
        return any(a is not b for pair in pairs for a, b in zip(*pair, strict=False))
    if base is set:
        return {id(item) for item in live} != {id(item) for item in copy}
    return any(a is not b for a, b in zip(live, copy, strict=False))


def _process() -> Iterator[Callable[[], object]]:
    """How to set the process back to what it is set to now."""
    environment = dict(os.environ)
    yield lambda: _set_environment(environment)
    try:
        folder = os.getcwd()
    except OSError:  # it has been removed
        folder = ""
    if folder:
        yield lambda: _go(folder)
    warnings: Any = sys.modules.get("warnings")
    if warnings is not None:
        filters = list(warnings.filters)

        def restore_filters() -> None:
            if warnings.filters != filters:
                warnings.filters[:] = filters
                warnings._filters_mutated()

        yield restore_filters
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}

        def restore_signals() -> None:
            for number, handler in handlers.items():
                if handler is not None and signal.getsignal(number) is not handler:
                    signal.signal(number, handler)

        yield restore_signals
    settings = [(sys, "stdout"), (sys, "stderr"), (sys, "excepthook"), (sys, "displayhook")]
    values = [(owner, name, getattr(owner, name)) for owner, name in settings]
    limit = sys.getrecursionlimit()

    def restore_settings() -> None:
        for owner, name, value in values:
            if getattr(owner, name) is not value:
                setattr(owner, name, value)
        if sys.getrecursionlimit() != limit:
            sys.setrecursionlimit(limit)

    yield restore_settings


def _set_environment(before: dict[str, str]) -> None:
    for name in [name for name in os.environ if name not in before]:
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _go(folder: str) -> None:
    if os.getcwd() != folder:
        os.chdir(folder)
