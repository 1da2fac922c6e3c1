"""mypy's types as a Python programmer writes them: short names, ``X | None``, no inference marks."""

from __future__ import annotations

from mypy import nodes as N
from mypy import types as T

_MOST_LITERALS = 12
_SHORT = {"builtins.ellipsis": "EllipsisType", "builtins.function": "FunctionType", "types.NoneType": "None"}


def render(type: T.Type | None) -> str:
    """``type`` as text; ``object`` for None, which is how mypy says that nothing is demanded."""
    return "object" if type is None else _text(type, 0)


def signature(type: T.Type) -> str:
    """A callable as ``(shape: Shape) -> float``; anything else as :func:`render` has it."""
    proper = T.get_proper_type(type)
    if isinstance(proper, T.Overloaded):
        return "\n".join(signature(item) for item in proper.items)
    if not isinstance(proper, T.CallableType) or proper.is_type_obj():
        return render(type)
    return f"({_parameters(proper, 0)}) -> {_text(proper.ret_type, 0)}"


def _text(type: T.Type, depth: int) -> str:
    if depth > 8:
        return "..."
    if isinstance(type, T.TypeAliasType):
        if type.alias is None:
            return "object"
        args = f"[{_several(type.args, depth)}]" if type.args else ""
        return (
            type.alias.name + args
            if not type.alias.name.startswith("_")
            else _text(T.get_proper_type(type), depth + 1)
        )
    proper = T.get_proper_type(type)
    match proper:
        case T.Instance():
            return _instance(proper, depth)
        case T.UnionType():
            return _union(proper, depth)
        case T.NoneType():
            return "None"
        case T.AnyType():
            return "Any"
        case T.UninhabitedType():
            return "Never"
        case T.LiteralType():
            return f"Literal[{literal(proper)}]"
        case T.TupleType():
            return _tuple(proper, depth)
        case T.TypedDictType():
            return proper.fallback.type.name if not proper.is_anonymous() else "dict[str, object]"
        case T.CallableType():
            return _callable(proper, depth)
        case T.Overloaded():
            first = proper.items[0]
            return (
                _callable(first, depth)
                if first.is_type_obj()
                else " | ".join(dict.fromkeys(_in_union(item, depth) for item in proper.items[:3]))
            )
        case T.TypeType():
            return f"type[{_text(proper.item, depth + 1)}]"
        case T.TypeVarType():
            if proper.id.is_self():
                return "Self"
            return _variable(proper, depth)
        case T.ParamSpecType() | T.TypeVarTupleType():
            return proper.name.lstrip("_") or proper.name
        case T.UnpackType():
            return f"*{_text(proper.type, depth + 1)}"
        case T.Parameters():
            return f"[{_several(proper.arg_types, depth)}]"
        case _:
            return "object"


def literal(type: T.LiteralType) -> str:
    """The value of a literal type as an expression: ``'a'`` becomes ``"a"``, an enum's member ``Color.RED``."""
    if type.is_enum_literal():
        return f"{type.fallback.type.name}.{type.value}"
    if type.fallback.type.fullname == "builtins.bytes":
        return f'b"{type.value}"'
    return string(type.value) if isinstance(type.value, str) else repr(type.value)


def string(text: str) -> str:
    """``text`` as a string literal in double quotes where that needs no escapes."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain.startswith("'") and '"' not in plain else plain


def _instance(type: T.Instance, depth: int) -> str:
    info = type.type
    if info.is_intersection:
        return " & ".join(base.type.name for base in info.bases) or "object"
    name = _SHORT.get(info.fullname, info.name)
    if not type.args or name == "object":
        return name
    if info.fullname == "builtins.tuple":
        return f"tuple[{_text(type.args[0], depth + 1)}, ...]"
    args = list(type.args)
    if info.fullname in _DEFAULTED:
        while len(args) > 1 and isinstance(T.get_proper_type(args[-1]), (T.NoneType, T.AnyType)):
            args.pop()
    if (
        all(isinstance(T.get_proper_type(arg), T.AnyType) for arg in args)
        or info.fullname == "builtins.slice"
    ):
        return name
    return f"{name}[{_several(args, depth)}]"


_DEFAULTED = {
    "typing.Generator",
    "typing.AsyncGenerator",
    "contextlib.AbstractContextManager",
    "contextlib.AbstractAsyncContextManager",
}


def _several(types: object, depth: int) -> str:
    return ", ".join(_text(item, depth + 1) for item in types)  # type: ignore[attr-defined]  # sequences of types


def _tuple(type: T.TupleType, depth: int) -> str:
    if type.partial_fallback.type.fullname != "builtins.tuple":
        return type.partial_fallback.type.name
    return f"tuple[{_several(type.items, depth)}]" if type.items else "tuple[()]"


def _union(type: T.UnionType, depth: int) -> str:
    """``None`` last, literals of one union together, ``True | False`` as ``bool``."""
    parts: list[str] = []
    literals: list[str] = []
    none = False
    for item in type.items:
        proper = T.get_proper_type(item)
        if isinstance(proper, T.NoneType):
            none = True
        elif isinstance(proper, T.LiteralType):
            if not literals:
                parts.append("")
            literals.append(literal(proper))
        else:
            parts.append(_in_union(item, depth))
    if set(literals) == {"True", "False"}:
        merged = "bool"
    elif len(literals) > _MOST_LITERALS:
        shown = ", ".join(literals[: _MOST_LITERALS // 2])
        merged = f"Literal[{shown}, ... {len(literals) - _MOST_LITERALS // 2} more]"
    else:
        merged = f"Literal[{', '.join(literals)}]"
    texts = [part or merged for part in parts] + (["None"] if none else [])
    return " | ".join(dict.fromkeys(texts))


def _in_union(type: T.Type, depth: int) -> str:
    return _text(type, depth + 1)


def _callable(type: T.CallableType, depth: int) -> str:
    if type.is_type_obj():
        result = T.get_proper_type(type.ret_type)
        if isinstance(result, T.TupleType):
            result = result.partial_fallback
        if isinstance(result, T.Instance):
            return f"type[{result.type.name}]"
        return f"type[{_text(result, depth + 1)}]"
    result_text = _text(type.ret_type, depth + 1)
    if (spec := type.param_spec()) is not None:
        before = [_text(item, depth + 1) for item in type.arg_types[:-2]]
        name = spec.name.lstrip("_")
        taken = f"Concatenate[{', '.join([*before, name])}]" if before else name
        return f"Callable[{taken}, {result_text}]"
    if any(kind not in (N.ARG_POS, N.ARG_OPT) for kind in type.arg_kinds):
        return f"Callable[..., {result_text}]"
    required = [item for item, kind in zip(type.arg_types, type.arg_kinds, strict=True) if kind == N.ARG_POS]
    return f"Callable[[{_several(required, depth)}], {result_text}]"


def _parameters(type: T.CallableType, depth: int) -> str:
    parts: list[str] = []
    starred = False
    for kind, name, item in zip(type.arg_kinds, type.arg_names, type.arg_types, strict=True):
        text = _text(item, depth + 1)
        if kind.is_named() and not starred:
            parts.append("*")
            starred = True
        prefix = {N.ARG_STAR: "*", N.ARG_STAR2: "**"}.get(kind, "")
        starred = starred or kind == N.ARG_STAR
        shown = f"{prefix}{name}: {text}" if name else f"{prefix}{text}"
        parts.append(f"{shown} = ..." if kind.is_optional() else shown)
    return ", ".join(parts)


def _variable(type: T.TypeVarType, depth: int) -> str:
    """A type variable: its own name in the scope that declares it; of a callee, what it may stand for."""
    if not type.id.is_meta_var():
        return type.name
    if type.values:
        return " | ".join(_text(value, depth + 1) for value in type.values)
    bound = T.get_proper_type(type.upper_bound)
    if isinstance(bound, T.Instance) and bound.type.fullname == "builtins.object":
        return "object"
    return _text(type.upper_bound, depth + 1)
