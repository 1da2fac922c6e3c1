"""What statements registered with ``atexit``: it goes when the statement goes or runs again, like a handler.

``atexit`` tells nobody what it holds, so its ``register`` is looked over while a statement of the project runs.
"""

from __future__ import annotations

import atexit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .journal import Journal
    from .module import Running


class Exit:
    """One registration, by the statement ``key`` of ``module``."""

    __slots__ = ("arguments", "function", "key", "module", "named")

    def __init__(self, module: str, key: object, function: Any, arguments: Any, named: Any) -> None:
        self.module = module
        self.key = key
        self.function = function
        self.arguments = arguments
        self.named = named


class Exits:
    """Registrations of the project's modules, oldest first."""

    def __init__(self, running: Running) -> None:
        self.journal: Journal | None = None  # of the reload that goes on
        self._all: list[Exit] = []
        plainly = self._register = atexit.register

        def register(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Callable[..., Any]:
            if running.stack:
                module, statement = running.stack[-1]
                self._add(Exit(module, statement.key, func, args, kwargs))
            plainly(func, *args, **kwargs)
            return func

        register.__module__, register.__qualname__, register.__doc__ = (
            "atexit",
            "register",
            plainly.__doc__,
        )
        self.register = register

    def drop(self, wanted: Callable[[Exit], bool]) -> None:
        """Have the ``wanted`` ones called no more. A function that others registered too stays registered by them."""
        gone = [one for one in self._all if wanted(one)]
        if not gone:
            return
        before, self._all = self._all, [one for one in self._all if one not in gone]
        functions = {id(one.function): one.function for one in gone}
        if self.journal is not None:
            self.journal.add(self._put_back, before, list(functions.values()))
        self._again(list(functions.values()))

    def _again(self, functions: list[Any]) -> None:
        for function in functions:
            atexit.unregister(function)
        for one in self._all:
            if any(one.function is function for function in functions):
                self._register(one.function, *one.arguments, **one.named)

    def _add(self, one: Exit) -> None:
        if self.journal is not None:
            self.journal.add(self._put_back, list(self._all), [one.function])
        self._all.append(one)

    def _put_back(self, before: list[Exit], functions: list[Any]) -> None:
        self._all = before
        self._again(functions)
