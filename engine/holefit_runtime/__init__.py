"""What user code may import; harmless when Holefit does not run.

In a worker of Holefit these names reach the running reloader. Elsewhere handlers are accepted and never called, nothing is ever changed, and
:func:`reload` does nothing.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, TypeVar

    Handler = TypeVar("Handler", bound=Callable[[], object])
    Function = TypeVar("Function", bound=Callable[..., Any])
    Value = TypeVar("Value")

    class Engine(Protocol):
        """What does the reloading."""

        generation: int

        def add_handler(self, when: str, function: Callable[[], object], module: str) -> None: ...
        def changed(self) -> list[str]: ...
        def reload_from_code(self) -> dict[str, Any]: ...
        def rollback_from_code(self, generation: int) -> dict[str, Any]: ...


__all__ = [
    "RemovedError",
    "add_core_plugin",
    "after_reload",
    "before_reload",
    "changed_modules",
    "connect",
    "cost_centre",
    "generation",
    "has_module_changed",
    "reload",
    "reload_needed",
    "rollback",
    "splice",
]


class RemovedError(RuntimeError):
    """A function was called that is no longer in the source.

    ``function`` is its qualified name, ``place`` the file and line where it stood, ``generation`` the one that removed it.
    """

    remedy = (
        "Let go of the old reference, or bring the function back and reload: the reference works again then."
    )

    def __init__(self, function: str, place: str, generation: int) -> None:
        super().__init__(
            f"{function} was removed in generation {generation} (it stood at {place}), but something still holds it and has called it"
        )
        self.function = function
        self.place = place
        self.generation = generation

    def __reduce__(self) -> tuple[type[RemovedError], tuple[str, str, int]]:  # type: ignore[explicit-override]
        return type(self), (self.function, self.place, self.generation)


_engine: Engine | None = None


def connect(engine: Engine | None) -> None:
    """Called by the worker: from now on the functions here speak to ``engine``."""
    global _engine
    _engine = engine


def before_reload(function: Handler) -> Handler:
    """Have ``function()`` called before each reload that has something to do. May stand as a decorator."""
    if _engine is not None:
        _engine.add_handler("before", function, sys._getframe(1).f_globals.get("__name__", ""))
    return function


def after_reload(function: Handler) -> Handler:
    """Have ``function()`` called after each reload. If it raises, the reload is taken back. May stand as a decorator."""
    if _engine is not None:
        _engine.add_handler("after", function, sys._getframe(1).f_globals.get("__name__", ""))
    return function


def generation() -> int:
    """How many reloads have taken effect in this process."""
    return 0 if _engine is None else _engine.generation


def changed_modules() -> list[str]:
    """Names of loaded project modules whose text differs from what runs, what is imported before what imports."""
    return [] if _engine is None else _engine.changed()


def has_module_changed(module: Any) -> bool:
    """Whether the text of ``module`` (a module or its name) differs from what runs."""
    return getattr(module, "__name__", module) in changed_modules()


def reload_needed() -> bool:
    """Whether :func:`reload` would do anything."""
    return bool(changed_modules())


def reload() -> dict[str, Any]:
    """Bring the project's loaded modules up to date, now. Running calls finish with the code that they began with.

    Gives a map: ``status`` (``ok``, ``error`` or ``noop``), ``generation``, ``modules``, ``error`` (text, empty if none), ``notes``.
    """
    if _engine is None:
        return {"status": "noop", "generation": 0, "modules": [], "error": "", "notes": []}
    return _engine.reload_from_code()


def rollback(generation: int) -> dict[str, Any]:
    """Go back to the source texts of an earlier generation; the map is that of :func:`reload`."""
    if _engine is None:
        return {"status": "noop", "generation": 0, "modules": [], "error": "", "notes": []}
    return _engine.rollback_from_code(generation)


class cost_centre:  # used as a context manager and as a decorator
    """A named part of a program, to which a profile charges what happens inside: ``with cost_centre("parse"):`` or ``@cost_centre("parse")``.

    Costs next to nothing where no profile is made. What it decorates must not be a generator or coroutine, and no ``await`` may stand inside ``with``:
    others would run in between.
    """

    def __init__(self, name: str) -> None:
        self.name = sys.intern(name)

    def __enter__(self) -> cost_centre:
        costs = getattr(_engine, "costs", None)
        if costs is not None:
            costs.enter(self.name)
        return self

    def __exit__(self, *error: object) -> None:
        costs = getattr(_engine, "costs", None)
        if costs is not None:
            costs.leave(self.name)

    def __call__(self, function: Function) -> Function:
        from functools import wraps

        @wraps(function)
        def charged(*arguments: Any, **named: Any) -> Any:
            with self:
                return function(*arguments, **named)

        return charged  # type: ignore[return-value]  # it takes and gives what the function does


def splice(value: Value) -> Value:
    """The value itself. Where Holefit compiles a module, the call is replaced by what its argument gives at compile time."""
    return value


def add_core_plugin(name: str) -> None:
    """Inside a :func:`splice`: have the core plugin ``name`` run over this module. Run plainly, it does nothing."""
