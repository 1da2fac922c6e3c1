"""The way into a running check: calls of synthetic functions, answered by a mypy plugin.

mypy's checker is compiled and cannot be subclassed, but it asks plugins for the type of every call. A hole is replaced by a call
of a function that no module defines; the plugin is asked about it while the function around the hole is being checked, so that
narrowing, inference and the expected type are all in force.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mypy import nodes as N
from mypy import types as T
from mypy.plugin import FunctionContext, Plugin

if TYPE_CHECKING:
    from holefit.types.hole_plugins import HolePlugins
    from holefit.types.importable import Importable
    from holefit.types.live import Live

PREFIX = "holefit."
Hook = Callable[[FunctionContext], T.Type]


class Hooks(Plugin):
    """Calls the registered hook whenever the checker meets a synthetic call. One for each program.

    ``importable`` tells what may be imported for a hole, where there is an index; ``live`` the classes of live values, by file.
    """

    def __init__(self, options: object) -> None:
        super().__init__(options)  # type: ignore[arg-type]  # mypy's Options
        self.active: dict[str, Hook] = {}
        self.importable: Importable | None = None
        self.live: dict[str, Live] = {}
        self.plugins: HolePlugins | None = None

    def get_function_hook(self, fullname: str) -> Hook | None:  # type: ignore[explicit-override]  # typing has override from 3.12 on
        return self.active.get(fullname) if fullname.startswith(PREFIX) else None


def synthetic_call(fullname: str, at: N.Context, function_class: N.TypeInfo) -> N.CallExpr:
    """``f()`` where ``f`` is a function without parameters called ``fullname``; its own result is ``Any``."""
    nothing = T.AnyType(T.TypeOfAny.special_form)
    short = fullname.rpartition(".")[2]
    variable = N.Var(short, T.CallableType([], [], [], nothing, T.Instance(function_class, []), name=short))
    variable._fullname, variable.is_ready = fullname, True
    callee = N.NameExpr(short)
    callee.node, callee.kind, callee.fullname = variable, N.GDEF, fullname
    call = N.CallExpr(callee, [], [], [])
    callee.set_line(at)
    call.set_line(at)
    return call
