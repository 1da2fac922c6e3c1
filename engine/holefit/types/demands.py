"""What is done with a hole: demands that the type context does not carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mypy import nodes as N
from mypy import types as T

from holefit.holes.site import Place, Role
from holefit.types.render import render
from holefit.types.tree import Dug, descendants

if TYPE_CHECKING:
    from mypy.checker import TypeChecker


@dataclass(frozen=True, slots=True)
class Demand:
    """Constraints for a reader, and those that candidates are filtered by. ``shown`` is a type for the reader alone: more would do."""

    expected: T.Type | None = None
    constraints: tuple[str, ...] = ()
    attribute: str | None = None
    called: bool = False
    assigned: bool = False
    shown: T.Type | None = None


def demand_of(hole: Dug, call: N.CallExpr, checker: TypeChecker) -> Demand:
    """What the hole's parent does with it. ``call`` is what stands in its place."""
    match hole.parent:
        case N.MemberExpr(name=name):
            return Demand(constraints=(f"has attribute {name}",), attribute=name, assigned=_is_assigned(hole))
        case N.CallExpr(callee=callee) as parent if callee is call:
            return Demand(constraints=(f"is called with ({_arguments(parent, checker)})",), called=True)
        case N.IndexExpr(base=base) if base is call:
            return Demand(constraints=("is subscripted",), attribute="__getitem__")
        case N.IndexExpr(base=base):
            return Demand(_key(base, checker))
        case N.UnaryExpr(op=op) if op != "not":
            return Demand(constraints=(f"supports unary {op}",))
        case N.OpExpr(op=op) if op not in ("and", "or"):
            return Demand(constraints=(f"supports {op}",))
        case N.ComparisonExpr(operators=["in" | "not in"], operands=[wanted, container]) if container is call:
            searched = checker.lookup_type_or_none(wanted)
            shown = None if searched is None else _generic(checker, "typing.Container", searched)
            return Demand(constraints=("is searched",), shown=shown)
        case N.ComparisonExpr(operators=operators):
            return Demand(constraints=(f"is compared with {operators[0]}",))
        case N.ForStmt(expr=expr) as parent if expr is call:
            return _iterated(checker, parent.is_async)
        case N.GeneratorExpr(sequences=sequences) | N.DictionaryComprehension(sequences=sequences) if any(
            one is call for one in sequences
        ):
            return _iterated(checker, False)
        case N.YieldFromExpr():
            return Demand(_delegated(checker), ("is iterated over",), "__iter__")
        case N.StarExpr():
            return _iterated(checker, False)
        case N.AwaitExpr():
            return Demand(_generic(checker, "typing.Awaitable"), ("is awaited",), "__await__")
        case N.WithStmt() as parent:
            attribute = "__aenter__" if parent.is_async else "__enter__"
            return Demand(
                constraints=("is a context manager",),
                attribute=attribute,
                shown=_entered(parent, call, checker),
            )
        case N.TryStmt():
            caught = T.TypeType.make_normalized(checker.named_type("builtins.BaseException"))
            several = checker.named_generic_type("builtins.tuple", [caught])
            return Demand(T.UnionType([caught, several]), ("is caught",))
        case N.SliceExpr():
            index = T.UnionType([checker.named_type("typing.SupportsIndex"), T.NoneType()])
            return Demand(index)
        case N.RaiseStmt(from_expr=cause) if cause is call:
            return Demand(
                T.UnionType([checker.named_type("builtins.BaseException"), T.NoneType()]), ("is a cause",)
            )
        case N.RaiseStmt():
            return Demand(checker.named_type("builtins.BaseException"), ("is raised",))
        case N.CallExpr() as parent:
            for argument, kind in zip(parent.args, parent.arg_kinds, strict=True):
                if argument is call and kind == N.ARG_STAR:
                    return Demand(
                        _generic(checker, "typing.Iterable", _starred(parent, kind, checker)),
                        ("is unpacked",),
                    )
                if argument is call and kind == N.ARG_STAR2:
                    item = _starred(parent, kind, checker) or checker.named_type("builtins.object")
                    mapping = checker.named_generic_type(
                        "typing.Mapping", [checker.named_type("builtins.str"), item]
                    )
                    return Demand(mapping, ("is unpacked",))
    return Demand()


def _is_assigned(hole: Dug) -> bool:
    """Whether an attribute of the hole is assigned to or deleted."""
    statement, target = hole.statement, hole.parent
    if isinstance(statement, N.AssignmentStmt):
        return any(target is one for one in statement.lvalues)
    if isinstance(statement, N.OperatorAssignmentStmt):
        return statement.lvalue is target
    return isinstance(statement, N.DelStmt) and statement.expr is target


def place_of(hole: Dug, call: N.CallExpr, checker: TypeChecker) -> Place:
    """Where the hole stands in its statement, and the names that its place has."""
    function = next((one for one in reversed(hole.above) if isinstance(one, N.FuncDef)), None)
    role, callee, slot = Role.OTHER, "", ""
    hints: tuple[str, ...] = ()
    target = ""
    match hole.parent:
        case N.CallExpr() as parent if parent.callee is not call:
            role, hints = Role.ARGUMENT, _parameter_names(parent, call, checker)
            callee, slot = _slot(parent, call)
        case N.AssignmentStmt(lvalues=lvalues):
            role = Role.ASSIGNED
            hints = tuple(one.name for one in lvalues if isinstance(one, (N.NameExpr, N.MemberExpr)))
            if isinstance(lvalues[0], N.MemberExpr) and isinstance(lvalues[0].expr, N.NameExpr):
                target = f"{lvalues[0].expr.name}.{lvalues[0].name}"
        case N.ReturnStmt():
            role, hints = Role.RETURNED, () if function is None else (function.name,)
        case N.DictExpr(items=items):
            hints = tuple(key.value for key, value in items if value is call and isinstance(key, N.StrExpr))
    beside = frozenset(one.name for one in descendants(hole.statement) if isinstance(one, N.NameExpr))
    asynchronous = function is not None and function.is_coroutine
    return Place(role, hints, callee, slot, beside, asynchronous, target)


def _slot(parent: N.CallExpr, call: N.CallExpr) -> tuple[str, str]:
    """The last name of the callee, and the number or keyword of the argument."""
    callee = parent.callee.name if isinstance(parent.callee, (N.NameExpr, N.MemberExpr)) else ""
    for index, argument in enumerate(parent.args):
        if argument is call:
            return callee, parent.arg_names[index] or str(index)
    return callee, ""


def _parameter_names(parent: N.CallExpr, call: N.CallExpr, checker: TypeChecker) -> tuple[str, ...]:
    """How the callee calls the argument that the hole stands for."""
    index = next((number for number, one in enumerate(parent.args) if one is call), None)
    if index is None:
        return ()
    if (name := parent.arg_names[index]) is not None:
        return (name,)
    type = checker.lookup_type_or_none(parent.callee)
    proper = None if type is None else T.get_proper_type(type)
    items = proper.items if isinstance(proper, T.Overloaded) else [proper]
    names = []
    for item in items:
        if (
            isinstance(item, T.CallableType)
            and index < len(item.arg_names)
            and item.arg_kinds[index].is_positional()
        ):
            names.append(item.arg_names[index])
    return tuple(dict.fromkeys(name for name in names if name and not name.startswith("__")))


def _key(base: N.Expression, checker: TypeChecker) -> T.Type | None:
    """The keys of a TypedDict; anything else that is subscripted says itself what it takes."""
    type = checker.lookup_type_or_none(base)
    proper = None if type is None else T.get_proper_type(type)
    if not isinstance(proper, T.TypedDictType) or not proper.items:
        return None
    text = checker.named_type("builtins.str")
    return T.UnionType.make_union([T.LiteralType(key, text) for key in proper.items])


def _entered(parent: N.WithStmt, call: N.CallExpr, checker: TypeChecker) -> T.Type | None:
    """A context manager that gives what the statement's variable takes."""
    try:
        info = (
            checker.modules["contextlib"]
            .names["AbstractAsyncContextManager" if parent.is_async else "AbstractContextManager"]
            .node
        )
    except KeyError:  # the module is not loaded
        return None
    if not isinstance(info, N.TypeInfo):
        return None
    given: T.Type = checker.named_type("builtins.object")
    for expression, target in zip(parent.expr, parent.target, strict=True):
        if expression is call and isinstance(target, N.NameExpr) and not target.is_inferred_def:
            declared = target.node.type if isinstance(target.node, N.Var) else None
            given = declared or given
    rest = [T.NoneType() for _ in info.type_vars[1:]]
    return T.Instance(info, [given, *rest])


def _iterated(checker: TypeChecker, is_async: bool) -> Demand:
    return Demand(
        _generic(checker, "typing.AsyncIterable" if is_async else "typing.Iterable"),
        ("is iterated over",),
        "__aiter__" if is_async else "__iter__",
    )


def _delegated(checker: TypeChecker) -> T.Type:
    """What a generator delegates to: something that gives what the generator gives."""
    function = checker.scope.current_function()
    result = checker.return_types[-1] if checker.return_types else None
    if function is None or result is None:
        return _generic(checker, "typing.Iterable")
    item = checker.get_generator_yield_type(result, function.is_coroutine)
    if isinstance(T.get_proper_type(item), T.AnyType):
        return _generic(checker, "typing.Iterable")
    return checker.named_generic_type("typing.Iterable", [item])


def _generic(checker: TypeChecker, name: str, item: T.Type | None = None) -> T.Type:
    return checker.named_generic_type(name, [item or checker.named_type("builtins.object")])


def _starred(parent: N.CallExpr, kind: N.ArgKind, checker: TypeChecker) -> T.Type | None:
    """The type that the callee declares for ``*args`` or ``**kwargs``."""
    type = checker.lookup_type_or_none(parent.callee)
    proper = None if type is None else T.get_proper_type(type)
    if not isinstance(proper, T.CallableType) or kind not in proper.arg_kinds:
        return None
    item = proper.arg_types[proper.arg_kinds.index(kind)]
    return None if isinstance(T.get_proper_type(item), (T.AnyType, T.UnpackType, T.ParamSpecType)) else item


def _arguments(call: N.CallExpr, checker: TypeChecker) -> str:
    shown = []
    for argument, name in zip(call.args, call.arg_names, strict=True):
        type = checker.lookup_type_or_none(argument)
        text = render(type) if type is not None else "object"
        shown.append(f"{name}={text}" if name else text)
    return ", ".join(shown)
