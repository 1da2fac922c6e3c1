"""Candidate expressions as values, and their text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Name:
    """A name in scope. ``symbol`` is the type service's own handle of what it is bound to."""

    name: str
    symbol: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal or an empty container; ``text`` is valid Python: ``None``, ``3``, ``"a"``, ``[]``."""

    text: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """``of.name``."""

    of: Term
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """``callee(...)``; ``keywords`` names the last arguments."""

    callee: Term
    arguments: tuple[Term, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscript:
    """``of[index]``."""

    of: Term
    index: Term


@dataclass(frozen=True, slots=True)
class Await:
    """``await of``."""

    of: Term


@dataclass(frozen=True, slots=True)
class Unary:
    """``operator of``: ``not``, ``-``, ``+``, ``~``."""

    operator: str
    of: Term


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``: arithmetic, one comparison, ``and``, ``or``."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Display:
    """A list, tuple or set of ``items``; ``opening`` is its bracket."""

    opening: str
    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Comprehension:
    """``[element for variable in of]``; ``opening`` is its bracket. ``element`` names the variable by a ``Name`` without symbol."""

    opening: str
    element: Term
    variable: str
    of: Term


@dataclass(frozen=True, slots=True)
class Blank:
    """A new hole."""


Term = (
    Name | Constant | Attribute | Call | Subscript | Await | Unary | Binary | Display | Comprehension | Blank
)

CLOSING = {"[": "]", "(": ")", "{": "}"}
_LEVELS = (
    ("or",),
    ("and",),
    ("not",),
    ("in", "not in", "is", "is not", "<", "<=", ">", ">=", "==", "!="),
    ("|",),
    ("^",),
    ("&",),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "//", "%", "@"),
    ("unary",),
    ("**",),
    ("await",),
)
_BINDS = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
COMPARISONS = frozenset(_LEVELS[3])
_PRIMARY = len(_LEVELS)


def text(term: Term) -> str:
    """``term`` as source text."""
    match term:
        case Name(name):
            return name
        case Constant(written):
            return written
        case Attribute(of, name):
            return f"{_primary(of)}.{name}"
        case Subscript(of, Display("(", (_, _, *_) as items)):
            return f"{_primary(of)}[{', '.join(text(item) for item in items)}]"
        case Subscript(of, index):
            return f"{_primary(of)}[{text(index)}]"
        case Await(of):
            return f"await {_primary(of)}"
        case Call(callee, arguments, keywords):
            plain = len(arguments) - len(keywords)
            shown = [text(argument) for argument in arguments[:plain]]
            shown += [
                f"{key}={text(argument)}" for key, argument in zip(keywords, arguments[plain:], strict=True)
            ]
            return f"{_primary(callee)}({', '.join(shown)})"
        case Unary(operator, of):
            space = " " if operator == "not" else ""
            return f"{operator}{space}{_within(of, binding(term))}"
        case Binary(operator, left, right):
            level = binding(term)
            lower = level + (operator in COMPARISONS or operator == "**")
            return f"{_within(left, lower)} {operator} {_within(right, level + (operator != '**'))}"
        case Display(opening, items):
            shown = [text(item) for item in items]
            comma = "," if opening == "(" and len(items) == 1 else ""
            return f"{opening}{', '.join(shown)}{comma}{CLOSING[opening]}"
        case Comprehension(opening, element, variable, of):
            return f"{opening}{text(element)} for {variable} in {_within(of, 1)}{CLOSING[opening]}"
        case Blank():
            return "_"


def binding(term: Term) -> int:
    """How tightly ``term`` holds together; what binds looser than its surroundings needs parentheses."""
    match term:
        case Unary(operator):
            return _BINDS["not" if operator == "not" else "unary"]
        case Binary(operator):
            return _BINDS[operator]
        case Await():
            return _BINDS["await"]
        case Constant(written) if written[:1] == "-":
            return _BINDS["unary"]
        case _:
            return _PRIMARY


def is_primary(term: Term) -> bool:
    """Whether ``term`` may stand unparenthesised before ``.x``, ``[i]`` or ``(...)``, and after ``await``."""
    return binding(term) == _PRIMARY and not (isinstance(term, Constant) and term.text[:1] in "0123456789")


def parts(term: Term) -> tuple[Term, ...]:
    """The terms that ``term`` is directly made of, in text order."""
    match term:
        case Attribute(of) | Await(of) | Unary(_, of):
            return (of,)
        case Subscript(of, index):
            return (of, index)
        case Call(callee, arguments):
            return (callee, *arguments)
        case Binary(_, left, right):
            return (left, right)
        case Display(_, items):
            return items
        case Comprehension(_, element, _, of):
            return (element, of)
        case _:
            return ()


def size(term: Term) -> int:
    """How many parts ``term`` has: 1 for a name."""
    own = 0 if isinstance(term, Display) and term.items else 1
    return own + sum(size(part) for part in parts(term))


def blanks(term: Term) -> int:
    """How many new holes ``term`` leaves."""
    if isinstance(term, Blank):
        return 1
    return sum(blanks(part) for part in parts(term))


def root(term: Term) -> Term:
    """What ``term`` starts from: ``a`` of ``a.b(c)``."""
    while isinstance(term, (Attribute, Await, Subscript, Call)):
        term = parts(term)[0]
    return term


def names(term: Term) -> tuple[str, ...]:
    """The names in scope that ``term`` uses, in text order."""
    if isinstance(term, Name):
        return (term.name,)
    found = [name for part in parts(term) for name in names(part)]
    if isinstance(term, Comprehension):
        found = [name for name in found if name != term.variable]
    return tuple(found)


def bound(term: Term, symbols: Mapping[str, Any]) -> Term:
    """``term`` with every name bound to what it has in ``symbols``."""
    match term:
        case Name(name):
            return Name(name, symbols.get(name))
        case Attribute(of):
            return replace(term, of=bound(of, symbols))
        case Await(of):
            return Await(bound(of, symbols))
        case Unary(operator, of):
            return Unary(operator, bound(of, symbols))
        case Subscript(of, index):
            return Subscript(bound(of, symbols), bound(index, symbols))
        case Call(callee, arguments, keywords):
            return Call(bound(callee, symbols), tuple(bound(one, symbols) for one in arguments), keywords)
        case Binary(operator, left, right):
            return Binary(operator, bound(left, symbols), bound(right, symbols))
        case Display(opening, items):
            return Display(opening, tuple(bound(item, symbols) for item in items))
        case Comprehension(_, element, variable, of):
            inner = {name: symbol for name, symbol in symbols.items() if name != variable}
            return replace(term, element=bound(element, inner), of=bound(of, symbols))
        case _:
            return term


@lru_cache(maxsize=20_000)
def read(written: str) -> Term | None:
    """The term that ``written`` is, its names not bound to anything; None for a form that no term has."""
    try:
        return _read(ast.parse(written, mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _read(node: ast.expr | None) -> Term:
    match node:
        case ast.Name(id=name):
            return Name(name)
        case ast.Constant(value=None | True | False as value):
            return Name(repr(value))
        case ast.Constant(value=value):
            return Constant(_literal(value))
        case ast.Attribute(value=of, attr=name):
            return Attribute(_read(of), name)
        case ast.Subscript(value=of, slice=index) if not isinstance(index, ast.Slice):
            return Subscript(_read(of), _read(index))
        case ast.Await(value=of):
            return Await(_read(of))
        case ast.Call(func=callee, args=arguments, keywords=keywords) if all(one.arg for one in keywords):
            given = [*(_read(one) for one in arguments), *(_read(one.value) for one in keywords)]
            return Call(_read(callee), tuple(given), tuple(one.arg for one in keywords if one.arg))
        case ast.UnaryOp(op=operator, operand=of):
            return Unary(_OPERATORS[type(operator)], _read(of))
        case ast.BinOp(left=left, op=operator, right=right):
            return Binary(_OPERATORS[type(operator)], _read(left), _read(right))
        case ast.BoolOp(op=operator, values=[first, *others]):
            term = _read(first)
            for other in others:
                term = Binary(_OPERATORS[type(operator)], term, _read(other))
            return term
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return Binary(_OPERATORS[type(operator)], _read(left), _read(right))
        case ast.Tuple(elts=items) if items:
            return Display("(", tuple(_read(item) for item in items))
        case ast.List(elts=items) if items:
            return Display("[", tuple(_read(item) for item in items))
        case ast.Set(elts=items):
            return Display("{", tuple(_read(item) for item in items))
        case ast.List() | ast.Tuple():
            return Constant("[]" if isinstance(node, ast.List) else "()")
        case ast.Dict(keys=[]):
            return Constant("{}")
    raise ValueError("no term")


def _literal(value: object) -> str:
    """A literal as it is usually written: strings in double quotes."""
    written = repr(value) if value is not ... else "..."
    if isinstance(value, str) and written.startswith("'") and '"' not in written:
        return f'"{written[1:-1]}"'
    if isinstance(value, bytes) and written.startswith("b'") and '"' not in written:
        return f'b"{written[2:-1]}"'
    return written


_OPERATORS: dict[type, str] = {
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.And: "and",
    ast.Or: "or",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def _primary(term: Term) -> str:
    return text(term) if is_primary(term) else f"({text(term)})"


def _within(term: Term, level: int) -> str:
    return text(term) if binding(term) >= level else f"({text(term)})"
