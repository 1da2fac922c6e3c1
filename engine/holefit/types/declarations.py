"""What functions, variables and classes declare, read from mypy's nodes without the checker."""

from __future__ import annotations

from mypy import nodes as N
from mypy import types as T
from mypy.typeops import type_object_type


def declared_type(node: N.SymbolNode) -> T.Type | None:
    """The declared or inferred type of a function or variable; None where the checker has to be asked."""
    if isinstance(node, N.Decorator):
        return node.var.type
    if isinstance(node, (N.Var, N.FuncDef, N.OverloadedFuncDef)):
        return node.type
    return None


def only_for_types(node: N.SymbolNode) -> bool:
    """Special forms, marks for type checkers and ``__future__``: names that are no values to work with."""
    module, _, name = node.fullname.rpartition(".")
    if module in ("typing", "typing_extensions"):
        return isinstance(node, N.Var) or name in (
            "Any",
            "NamedTuple",
            "Generic",
            "Protocol",
            "cast",
            "TypedDict",
        )
    return module == "__future__"


def attributes(info: N.TypeInfo) -> list[tuple[str, N.SymbolNode]]:
    """Attributes of a class, its own first, then those of its bases; ``object`` has none that is of use."""
    found: dict[str, N.SymbolNode] = {}
    for base in info.mro:
        if base.fullname == "builtins.object":
            break
        # By name: the order in which they were defined is lost in mypy's cache.
        for name, symbol in sorted(base.names.items()):
            if symbol.node is not None:
                found.setdefault(name, symbol.node)
    return list(found.items())


def member_result(node: N.SymbolNode) -> tuple[T.Type | None, bool]:
    """What reading an attribute gives, or what calling the method gives that needs no arguments (then True)."""
    if isinstance(node, N.Var):
        return (None if isinstance(node.type, T.PartialType) else node.type), False
    if isinstance(node, N.Decorator):
        if node.func.is_property:
            kind = T.get_proper_type(node.var.type)
            return (kind.ret_type, False) if isinstance(kind, T.CallableType) else (None, False)
        return _call_result(node.var.type, node.func.is_static)
    if isinstance(node, N.OverloadedFuncDef):
        if node.is_property:
            first = node.items[0]
            return member_result(first) if isinstance(first, N.Decorator) else (None, False)
        return None, True
    if isinstance(node, N.FuncDef):
        return _call_result(node.type, node.is_static)
    return None, False


def _call_result(type: T.Type | None, static: bool) -> tuple[T.Type | None, bool]:
    proper = T.get_proper_type(type) if type is not None else None
    if not isinstance(proper, T.CallableType):
        return None, True
    required = sum(kind in (N.ARG_POS, N.ARG_NAMED) for kind in proper.arg_kinds)
    if required > (0 if static else 1):
        return None, True
    return proper.ret_type, True


def callable_of(type: T.Type) -> T.CallableType | None:
    """What a call of ``type`` calls; of several overloads the first."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.TypeType):
        item = proper.item.upper_bound if isinstance(proper.item, T.TypeVarType) else proper.item
        instance = T.get_proper_type(item)
        if not isinstance(instance, T.Instance):
            return None
        made = callable_of(type_object_type(instance.type))
        return None if made is None else made.copy_modified(ret_type=proper.item)
    if isinstance(proper, T.Overloaded):
        proper = proper.items[0]
    return proper if isinstance(proper, T.CallableType) else None


def is_read_only(type: T.Type, name: str) -> bool:
    """Whether attribute ``name`` of ``type`` is a property without setter, or a named tuple's field; mypy's fine-grained mode lets those pass."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.CallableType) and proper.is_type_obj():
        proper = T.get_proper_type(proper.ret_type)
    if isinstance(proper, T.TupleType):
        proper = proper.partial_fallback
    symbol = proper.type.get(name) if isinstance(proper, T.Instance) else None
    node = None if symbol is None else symbol.node
    if isinstance(node, N.Decorator):
        node = node.var
    if not isinstance(node, N.Var):
        return False
    return (node.is_property and not node.is_settable_property) or (
        bool(node.info) and node.info.is_named_tuple
    )
