"""What the search for fits knows of a hole's surroundings. The type service hands it in; nothing here knows which checker it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from holefit.holes.terms import Term


@dataclass(frozen=True, slots=True)
class Type:
    """A type: the checker's own handle, and how to write it (which is done only for what is shown)."""

    handle: Any
    write: Callable[[Any], str]

    @property
    def text(self) -> str:
        """The type as a Python programmer writes it."""
        return self.write(self.handle)


@dataclass(frozen=True, slots=True)
class Known:
    """An expression with its type and where it comes from.

    ``distance`` grows with the scope: 0 for what is bound in the hole's own expression (a comprehension's variable), 1 for
    locals and parameters, 2 for enclosing scopes, 3 for the module, 4 for builtins. ``order`` is small for what was bound last.
    """

    term: Term
    type: Type
    provenance: str
    distance: int
    order: int = 0


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call must be given: how many positional arguments, and which keywords."""

    positional: int
    keywords: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Role(Enum):
    """What the hole is in its statement."""

    ARGUMENT = "argument"
    RETURNED = "returned"
    ASSIGNED = "assigned"
    OTHER = "other"


class Site(Protocol):
    """One hole during a check. Every question is answered with the narrowing in force at the hole.

    ``hints`` are names that the place gives to its value: the parameter that an argument is for, the variable assigned to.
    """

    name: str
    role: Role
    hints: tuple[str, ...]
    expected: Type | None
    attribute_demanded: str | None
    calls_demanded: bool

    def names(self) -> Sequence[Known]:
        """Names in scope that are bound at the hole, nearest first; those of unknown type (``Any``) are left out."""

    def module_members(self) -> Sequence[Known]:
        """Public attributes of modules in scope, where the type may be what is expected."""

    def constants(self) -> Sequence[Known]:
        """Literals that the expected type suggests, members of enums among them."""

    def members(self, of: Known) -> Sequence[Known]:
        """Attributes of ``of`` and calls of its methods that need no arguments, where the type may be what is expected."""

    def methods(self, of: Known) -> Sequence[Known]:
        """Methods of ``of`` (of a class: its class methods) that need arguments, as callables, where the result may be what is expected."""

    def accepts(self, term: Term) -> Type | None:
        """The type of ``term`` if it can stand in the hole on its own, judged without the statement around it. Cheap."""

    def fits(self, term: Term) -> bool:
        """Whether the statement has no error with ``term`` in the hole that it has not with the hole. Decides."""

    def parameters(self, of: Known) -> Parameters | None:
        """What a call of ``of`` needs, if its result may be what is expected."""

    def related(self, type: Type) -> bool:
        """Whether ``type`` shares structure with the expected type."""

    def exactness(self, type: Type) -> int:
        """0 when ``type`` is just the expected type, 1 for a proper subtype, 2 when nothing particular is expected, 3 for one with unknown parts."""

    def expired(self) -> bool:
        """Whether the time is up, or nobody wants the answer any more."""
