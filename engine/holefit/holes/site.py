"""What the search for fits knows of a hole's surroundings. The type service hands it in; nothing here knows which checker it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from holefit.holes.terms import Constant, Term
from holefit.holes.usage import Nearby


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
    locals and parameters, 2 for enclosing scopes, 3 for the module, 4 for builtins. ``order`` is small for what was bound last. ``merit`` says how well the arguments of a call that the search
    has made answer to the names of their parameters, from 0 to 1.
    """

    term: Term
    type: Type
    provenance: str
    distance: int
    order: int = 0
    merit: float = 0.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a callable. ``name`` is empty where it has none; ``keyword`` says that it must be given by name, ``required`` that it must be given."""

    name: str
    type: Type
    keyword: bool = False
    required: bool = True


class Role(Enum):
    """What the hole is in its statement."""

    ARGUMENT = "argument"
    RETURNED = "returned"
    ASSIGNED = "assigned"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hole stands.

    ``hints`` are names that the place gives to its value: the parameter that an argument is for, the variable assigned to. ``callee`` and ``slot`` (a
    number or a keyword) say which argument it is; ``beside`` are names that the statement uses besides; ``target`` is the
    attribute that the value is for.
    """

    role: Role
    hints: tuple[str, ...] = ()
    callee: str = ""
    slot: str = ""
    beside: frozenset[str] = frozenset()
    asynchronous: bool = False
    target: str = ""


class Site(Protocol):
    """One hole during a check. Every question is answered with the narrowing in force at the hole."""

    name: str
    place: Place
    nearby: Nearby
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

    def parameters(self, of: Known) -> Sequence[Parameter] | None:
        """The parameters of ``of``, star ones left out, if the result of a call may be what is expected."""

    def attributes(self, of: Known) -> Sequence[Known]:
        """Public attributes of ``of`` that have a declared type, whatever is expected."""

    def typed(self, term: Term) -> Type | None:
        """The type of ``term`` whatever is expected; None where it has an error or is unknown."""

    def constructors(self) -> Sequence[Known]:
        """Class methods of classes in scope, as callables, where the result may be what is expected."""

    def awaits(self, callee: Known) -> bool:
        """Whether only awaiting what ``callee`` gives can be what is expected."""

    def item(self, of: Known) -> Type | None:
        """What iterating over ``of`` gives, if it can be iterated over."""

    def indices(self, of: Known) -> Sequence[Constant | Type]:
        """What ``of`` can be subscripted with: literals, or whatever has a type."""

    def tuples(self) -> Sequence[Sequence[Type]]:
        """The types of the items, for each tuple of known length that is expected."""

    def elements(self) -> Sequence[Type]:
        """The types of the elements, for each kind of list that is expected."""

    def wants_truth(self) -> bool:
        """Whether a ``bool`` is expected."""

    def tests(self, of: Known) -> Sequence[str]:
        """Which tests of ``of`` say something: ``is`` and ``is not`` (None), ``not``."""

    def suits(self, found: Type, wanted: Type) -> bool:
        """Whether a value of type ``found`` may be given where ``wanted`` is declared; type variables let everything through."""

    def symbols(self) -> Mapping[str, Any]:
        """All that can be named at the hole, by name."""

    def related(self, type: Type) -> bool:
        """Whether ``type`` shares structure with the expected type."""

    def exactness(self, type: Type) -> int:
        """0 when ``type`` is just the expected type, 1 for a proper subtype, 2 when nothing particular is expected, 3 for one with unknown parts."""

    def expired(self) -> bool:
        """Whether the time is up, or nobody wants the answer any more."""
