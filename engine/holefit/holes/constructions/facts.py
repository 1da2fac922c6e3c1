"""What the checker knows at a hole that constructions are made of. Types are text; names are spelled as the module at hand can write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class ParameterKind(Enum):
    """How a parameter is passed."""

    POSITIONAL = "positional"
    OPTIONAL = "optional"
    STAR = "*"
    NAMED = "named"
    NAMED_OPTIONAL = "named optional"
    STARS = "**"


@dataclass(frozen=True, slots=True)
class Written:
    """A type as text. ``imports`` are statements that its names need in the module at hand."""

    text: str
    imports: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether it is worth writing down."""
        return self.text not in ("object", "Any", "Never", "")


ANYTHING = Written("object")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter or an argument. ``name`` is empty where nobody gives one."""

    name: str
    type: Written
    kind: ParameterKind = ParameterKind.POSITIONAL


@dataclass(frozen=True, slots=True)
class Case:
    """One way a value can be: ``pattern`` for ``match``; ``test``, with ``{}`` for the value, for ``if``."""

    pattern: str
    test: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A value that can be taken apart. ``sealed``: the cases are all there can be, as far as the checker knows."""

    text: str
    cases: tuple[Case, ...]
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """A callable type."""

    parameters: tuple[Parameter, ...]
    result: Written


@dataclass(frozen=True, slots=True)
class Use:
    """What is done with a value: it is called (``member`` empty), or its ``member`` is read or called.

    ``call`` None: read only. ``result`` is what its place demands of the outcome.
    """

    member: str
    call: tuple[Parameter, ...] | None
    result: Written


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known at one hole. ``matched``: what the ``match`` around it has not taken care of above it."""

    name: str
    expected: Written = ANYTHING
    subjects: tuple[Subject, ...] = ()
    signature: Signature | None = None
    use: Use | None = None
    matched: Subject | None = None
    in_scope: frozenset[str] = field(default_factory=frozenset)
