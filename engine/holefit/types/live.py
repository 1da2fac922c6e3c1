"""Live values lend their types to names that the checker knows nothing of.

In code without annotations most names are ``Any``. Where the interpreter has a value for one, its class is what the search for fits goes by. What is checked
is the name with that type in its place: the text of a fit is the name itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mypy import nodes as N
from mypy import types as T

from holefit.types.scope import MODULE, Visible


@dataclass(frozen=True, slots=True)
class Live:
    """The classes of values in one file, qualified (builtins bare): of its globals, and at ``line`` (1-based; 0: nowhere) of the frame that stands there."""

    globals: Mapping[str, str] = field(default_factory=dict)
    locals: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


def with_live_types(
    scope: Iterable[Visible], live: Live, line: int, modules: Mapping[str, N.MypyFile]
) -> list[Visible]:
    """``scope`` with a variable of the live type for each that has no type of its own."""
    found = []
    for one in scope:
        table = live.globals if one.distance == MODULE else live.locals if line == live.line else {}
        name = table.get(one.name)
        if name is not None and _is_unknown(one.node):
            type = _instance(name, modules)
            if type is not None:
                variable = N.Var(one.name, type)
                variable._fullname, variable.is_ready = one.node.fullname or one.name, True
                one = replace(one, node=variable)
        found.append(one)
    return found


def _is_unknown(node: N.SymbolNode) -> bool:
    return isinstance(node, N.Var) and (
        node.type is None or isinstance(T.get_proper_type(node.type), T.AnyType)
    )


def _instance(name: str, modules: Mapping[str, N.MypyFile]) -> T.Type | None:
    """The class ``name``, its parameters unknown; None where the checker has not seen it."""
    if name == "NoneType":
        return T.NoneType()
    module, _, short = name.rpartition(".")
    tree = modules.get(module or "builtins")
    symbol = None if tree is None else tree.names.get(short)
    if symbol is None or not isinstance(symbol.node, N.TypeInfo):
        return None
    info = symbol.node
    unknown = T.AnyType(T.TypeOfAny.special_form)
    if info.fullname == "builtins.tuple":
        return T.Instance(info, [unknown])
    return T.Instance(info, [unknown for _ in info.type_vars])
