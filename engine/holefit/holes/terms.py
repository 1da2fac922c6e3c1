"""Candidate expressions as values, and their text."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Blank:
    """A new hole."""


Term = Name | Constant | Attribute | Call | Subscript | Await | Blank


def text(term: Term) -> str:
    """``term`` as source text."""
    match term:
        case Name(name):
            return name
        case Constant(written):
            return written
        case Attribute(of, name):
            return f"{_primary(of)}.{name}"
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
        case Blank():
            return "_"


def is_primary(term: Term) -> bool:
    """Whether ``term`` may stand unparenthesised before ``.x``, ``[i]`` or ``(...)``, and after ``await``."""
    return not isinstance(term, Await) and not (isinstance(term, Constant) and term.text[:1] in "-0123456789")


def size(term: Term) -> int:
    """How many parts ``term`` has: 1 for a name."""
    match term:
        case Attribute(of) | Await(of):
            return 1 + size(of)
        case Subscript(of, index):
            return 1 + size(of) + size(index)
        case Call(callee, arguments):
            return 1 + size(callee) + sum(size(argument) for argument in arguments)
        case _:
            return 1


def blanks(term: Term) -> int:
    """How many new holes ``term`` leaves."""
    match term:
        case Blank():
            return 1
        case Attribute(of) | Await(of):
            return blanks(of)
        case Subscript(of, index):
            return blanks(of) + blanks(index)
        case Call(callee, arguments):
            return blanks(callee) + sum(blanks(argument) for argument in arguments)
        case _:
            return 0


def root(term: Term) -> Term:
    """What ``term`` starts from: ``a`` of ``a.b(c)``."""
    match term:
        case Attribute(of) | Await(of) | Subscript(of):
            return root(of)
        case Call(callee):
            return root(callee)
        case _:
            return term


def _primary(term: Term) -> str:
    return text(term) if is_primary(term) else f"({text(term)})"
