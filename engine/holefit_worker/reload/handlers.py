"""Handlers: what user code wants called before and after a reload.

A handler belongs to the statement that registered it: when that statement runs again or is removed, so is the handler. It is called in the
order of the import tree, what is imported before what imports.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .exits import Exits


class Handler:
    """One registered handler. ``when`` is ``before`` or ``after``; ``key`` is that of the registering statement, if one was running."""

    __slots__ = ("function", "key", "module", "when")

    def __init__(self, when: str, function: Callable[[], object], module: str, key: object) -> None:
        self.when = when
        self.function = function
        self.module = module
        self.key = key


class Handlers:
    """All handlers, oldest first; what was registered with ``atexit`` goes with them."""

    __slots__ = ("_exits", "all")

    def __init__(self, exits: Exits) -> None:
        self.all: list[Handler] = []
        self._exits = exits

    def add(self, handler: Handler) -> None:
        """Register."""
        self.all.append(handler)

    def drop_statement(self, key: object) -> None:
        """Forget what a statement registered."""
        self.all = [handler for handler in self.all if handler.key is not key]
        self._exits.drop(lambda one: one.key is key)

    def drop_module(self, module: str) -> None:
        """Forget what a module registered."""
        self.all = [handler for handler in self.all if handler.module != module]
        self._exits.drop(lambda one: one.module == module)

    def of(self, when: str, module: str) -> list[Handler]:
        """The handlers of one module, oldest first."""
        return [handler for handler in self.all if handler.when == when and handler.module == module]
