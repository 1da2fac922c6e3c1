"""Candidate terms as analysed mypy expressions."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType

from mypy import nodes as N
from mypy import types as T

from holefit.holes.terms import (
    COMPARISONS,
    Attribute,
    Await,
    Binary,
    Blank,
    Call,
    Comprehension,
    Constant,
    Display,
    Name,
    Subscript,
    Term,
    Unary,
    parts,
)
from holefit.types.scope import Visible

_Inner = Mapping[str, N.Var]
_NOTHING: _Inner = MappingProxyType({})


def build(term: Term, at: N.Context, inner: _Inner = _NOTHING) -> N.Expression:
    """A fresh expression for ``term``, placed at ``at`` so that errors about it are of the hole's line.

    ``inner`` are variables of comprehensions around ``term``.
    """
    node = _build(term, at, inner)
    node.set_line(at)
    node.end_line, node.end_column = at.end_line, at.end_column
    return node


def _build(term: Term, at: N.Context, inner: _Inner) -> N.Expression:
    match term:
        case Name(name, symbol):
            if symbol is None:
                return _inner_reference(name, inner)
            return reference(name, symbol)
        case Attribute(of, name):
            return _member(of, name, at, inner)
        case Call(callee, arguments, keywords):
            plain = len(arguments) - len(keywords)
            return N.CallExpr(
                build(callee, at, inner),
                [build(argument, at, inner) for argument in arguments],
                [N.ARG_POS] * plain + [N.ARG_NAMED] * len(keywords),
                [*([None] * plain), *keywords],
            )
        case Subscript(of, index):
            return N.IndexExpr(build(of, at, inner), build(index, at, inner))
        case Await(of):
            return N.AwaitExpr(build(of, at, inner))
        case Unary(operator, of):
            return N.UnaryExpr(operator, build(of, at, inner))
        case Binary(operator, left, right):
            sides = [build(left, at, inner), build(right, at, inner)]
            if operator in COMPARISONS:
                return N.ComparisonExpr([operator], sides)
            return N.OpExpr(operator, sides[0], sides[1])
        case Display(opening, items):
            made = [build(item, at, inner) for item in items]
            return {"[": N.ListExpr, "(": N.TupleExpr, "{": N.SetExpr}[opening](made)
        case Comprehension():
            return _comprehension(term, at, inner)
        case Blank():
            return N.TempNode(T.AnyType(T.TypeOfAny.special_form))
        case Constant(written):
            return _constant(written)


def _comprehension(term: Comprehension, at: N.Context, inner: _Inner) -> N.Expression:
    """The variable is new in every expression that is built: the checker infers its type."""
    variable = N.Var(term.variable)
    variable._fullname, variable.is_inferred = term.variable, True
    variable.set_line(at)
    index = N.NameExpr(term.variable)
    index.node, index.kind, index.fullname = variable, N.LDEF, term.variable
    index.is_inferred_def = index.is_new_def = True
    index.set_line(at)
    element = build(term.element, at, {**inner, term.variable: variable})
    generator = N.GeneratorExpr(element, [index], [build(term.of, at, inner)], [[]], [False])
    generator.set_line(at)
    match term.opening:
        case "[":
            return N.ListComprehension(generator)
        case "{":
            return N.SetComprehension(generator)
        case _:
            return generator


def _inner_reference(name: str, inner: _Inner) -> N.NameExpr:
    node = N.NameExpr(name)
    node.node, node.kind, node.fullname = inner[name], N.LDEF, name
    return node


def _member(of: Term, name: str, at: N.Context, inner: _Inner) -> N.MemberExpr:
    """An attribute; one of a module is bound as mypy's analysis binds it."""
    node = N.MemberExpr(build(of, at, inner), name)
    module = of.symbol.node if isinstance(of, Name) and of.symbol is not None else None
    if isinstance(module, N.MypyFile) and name in module.names:
        symbol = module.names[name]
        node.node, node.kind, node.fullname = symbol.node, symbol.kind, symbol.fullname or name
    return node


def is_open(node: N.Expression) -> bool:
    """Whether ``node`` is a call that was given a new hole."""
    return isinstance(node, N.CallExpr) and any(isinstance(one, N.TempNode) for one in node.args)


def is_for_types(term: Term) -> bool:
    """Whether ``term`` has a part like ``list[int]``, which is no subscript to the checker, or a type variable, which is no value."""
    if isinstance(term, Subscript):
        of = term.of
        node = of.symbol.node if isinstance(of, Name) and of.symbol is not None else None
        if isinstance(of, Attribute) and isinstance(of.of, Name) and of.of.symbol is not None:
            module = of.of.symbol.node
            symbol = module.names.get(of.name) if isinstance(module, N.MypyFile) else None
            node = None if symbol is None else symbol.node
        if isinstance(node, (N.TypeInfo, N.TypeAlias)) or (
            node is not None and node.fullname.startswith("typing.")
        ):
            return True
    if isinstance(term, Name) and term.symbol is not None and isinstance(term.symbol.node, N.TypeVarLikeExpr):
        return True
    return any(is_for_types(part) for part in parts(term))


def reference(name: str, symbol: Visible) -> N.NameExpr:
    """A bound name; the checker's narrowing is keyed by the node that it is bound to."""
    node = N.NameExpr(name)
    node.node, node.kind, node.fullname = symbol.node, symbol.kind, symbol.node.fullname or name
    return node


def _constant(written: str) -> N.Expression:
    value = ast.literal_eval(written)
    if value is ...:
        return N.EllipsisExpr()
    if isinstance(value, str):
        return N.StrExpr(value)
    if isinstance(value, bytes):
        return N.BytesExpr(written[2:-1])
    if isinstance(value, int):
        return N.IntExpr(value)
    if isinstance(value, float):
        return N.FloatExpr(value)
    if isinstance(value, complex):
        return N.ComplexExpr(value)
    if isinstance(value, list):
        return N.ListExpr([])
    if isinstance(value, dict):
        return N.DictExpr([])
    if isinstance(value, tuple):
        return N.TupleExpr([])
    raise ValueError(f"no constant: {written}")
