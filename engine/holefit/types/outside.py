"""Expected types that a place does not have itself, but through the expression around it.

mypy gives no type context to what is unpacked or iterated over, and an open one to an argument whose type variable only the result of the call
decides. The context of the expression around it (``outer``) tells all the same: in ``xs: list[int] = [*_]`` the hole is an ``Iterable[int]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mypy import nodes as N
from mypy import types as T
from mypy.expandtype import expand_type
from mypy.infer import infer_type_arguments
from mypy.maptype import map_instance_to_supertype

from holefit.types.tree import Dug

if TYPE_CHECKING:
    from mypy.checker import TypeChecker


def from_outside(hole: Dug, call: N.CallExpr, outer: T.Type | None, checker: TypeChecker) -> T.Type | None:
    """What the place demands of an iterable, by what is made of its items. ``call`` is what stands in the hole's place."""
    match hole.parent:
        case N.StarExpr() if isinstance(hole.above[-2], (N.ListExpr, N.SetExpr, N.TupleExpr)):
            return _iterable(outer, checker)
        case N.GeneratorExpr(left_expr=N.NameExpr() as left) as parent:
            for sequence, index in zip(parent.sequences, parent.indices, strict=True):
                if sequence is call and isinstance(index, N.NameExpr) and index.node is left.node:
                    return _iterable(outer, checker)
        case N.ForStmt(index=N.NameExpr(node=N.Var() as variable) as index) as parent:
            if parent.expr is call and not index.is_inferred_def and variable.type is not None:
                name = "typing.AsyncIterable" if parent.is_async else "typing.Iterable"
                return checker.named_generic_type(name, [variable.type])
        case N.AssignmentStmt(lvalues=[N.TupleExpr(items=items) | N.ListExpr(items=items)]):
            return _unpacked(items, checker)
    return None


def solved_by_result(
    hole: Dug, call: N.CallExpr, outer: T.Type | None, checker: TypeChecker
) -> T.Type | None:
    """The type of an argument whose variables the result of the call decides: ``Sequence[int]`` in ``n: int = first(_)``."""
    parent = hole.parent
    if outer is None or not isinstance(parent, N.CallExpr):
        return None
    with checker.msg.filter_errors():
        type = T.get_proper_type(checker.expr_checker.accept(parent.callee))
    for callee in type.items if isinstance(type, T.Overloaded) else [type]:
        if isinstance(callee, T.CallableType) and callee.min_args <= len(parent.args):
            formal = _formal(callee, parent, call)
            return None if formal is None or not callee.variables else _solved(callee, formal, outer)
    return None


def _solved(callee: T.CallableType, formal: T.Type, outer: T.Type) -> T.Type | None:
    """``formal`` where the result has to be ``outer``."""
    found = infer_type_arguments(callee.variables, callee.ret_type, outer)
    known = {
        variable.id: one for variable, one in zip(callee.variables, found, strict=True) if one is not None
    }
    if not known or any(isinstance(T.get_proper_type(one), T.UninhabitedType) for one in known.values()):
        return None
    return expand_type(formal, known)


def _formal(callee: T.CallableType, parent: N.CallExpr, call: N.CallExpr) -> T.Type | None:
    """The declared type of the parameter that ``call`` is given for."""
    for index, (argument, kind, name) in enumerate(
        zip(parent.args, parent.arg_kinds, parent.arg_names, strict=True)
    ):
        if kind.is_star():
            return None
        if argument is call:
            found = callee.argument_by_name(name) if name else callee.argument_by_position(index)
            return None if found is None else found.typ
    return None


def _iterable(outer: T.Type | None, checker: TypeChecker) -> T.Type | None:
    """An iterable of what ``outer``, a container, holds."""
    items = [] if outer is None else list(_items(outer, checker))
    return checker.named_generic_type("typing.Iterable", [T.UnionType.make_union(items)]) if items else None


def _items(container: T.Type, checker: TypeChecker) -> Iterator[T.Type]:
    proper = T.get_proper_type(container)
    if isinstance(proper, T.UnionType):
        for one in proper.items:
            yield from _items(one, checker)
    elif isinstance(proper, T.Instance) and proper.type.has_base("typing.Iterable"):
        iterable = checker.named_type("typing.Iterable").type
        item = map_instance_to_supertype(proper, iterable).args[0]
        if not isinstance(T.get_proper_type(item), (T.AnyType, T.UninhabitedType)):
            yield item


def _unpacked(items: list[N.Expression], checker: TypeChecker) -> T.Type | None:
    """The tuple that variables with known types are assigned from."""
    types: list[T.Type] = []
    for item in items:
        node = item.node if isinstance(item, N.NameExpr) else None
        if (
            isinstance(item, N.NameExpr)
            and not item.is_inferred_def
            and isinstance(node, N.Var)
            and node.type
        ):
            types.append(node.type)
        elif isinstance(item, N.NameExpr):
            types.append(checker.named_type("builtins.object"))
        else:
            return None
    if all(isinstance(one, T.Instance) and one.type.fullname == "builtins.object" for one in types):
        return None
    return T.TupleType(types, checker.named_type("builtins.tuple"))
