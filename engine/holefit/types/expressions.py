"""Candidate terms as analysed mypy expressions."""

from __future__ import annotations

import ast

from mypy import nodes as N
from mypy import types as T

from holefit.holes.terms import Attribute, Await, Blank, Call, Constant, Name, Subscript, Term
from holefit.types.scope import Visible


def build(term: Term, at: N.Context) -> N.Expression:
    """A fresh expression for ``term``, placed at ``at`` so that errors about it are of the hole's line."""
    node = _build(term, at)
    node.set_line(at)
    node.end_line, node.end_column = at.end_line, at.end_column
    return node


def _build(term: Term, at: N.Context) -> N.Expression:
    match term:
        case Name(name, symbol):
            return reference(name, symbol)
        case Attribute(of, name):
            return _member(of, name, at)
        case Call(callee, arguments, keywords):
            plain = len(arguments) - len(keywords)
            return N.CallExpr(
                build(callee, at),
                [build(argument, at) for argument in arguments],
                [N.ARG_POS] * plain + [N.ARG_NAMED] * len(keywords),
                [*([None] * plain), *keywords],
            )
        case Subscript(of, index):
            return N.IndexExpr(build(of, at), build(index, at))
        case Await(of):
            return N.AwaitExpr(build(of, at))
        case Blank():
            return N.TempNode(T.AnyType(T.TypeOfAny.special_form))
        case Constant(written):
            return _constant(written)


def _member(of: Term, name: str, at: N.Context) -> N.MemberExpr:
    """An attribute; one of a module is bound as mypy's analysis binds it."""
    node = N.MemberExpr(build(of, at), name)
    module = of.symbol.node if isinstance(of, Name) and of.symbol is not None else None
    if isinstance(module, N.MypyFile) and name in module.names:
        symbol = module.names[name]
        node.node, node.kind, node.fullname = symbol.node, symbol.kind, symbol.fullname or name
    return node


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
    if isinstance(value, list):
        return N.ListExpr([])
    if isinstance(value, dict):
        return N.DictExpr([])
    if isinstance(value, tuple):
        return N.TupleExpr([])
    raise ValueError(f"no constant: {written}")
