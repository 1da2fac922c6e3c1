"""One module as its text alone tells it: what it defines, imports and gives to others, with types as they are written there.

Nothing is imported or run: the text is parsed. Branches on ``sys.version_info``, ``sys.platform`` and ``TYPE_CHECKING`` are decided as the
project's Python decides them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from holefit.index.type import Type, packed, unpacked


class Kind(IntEnum):
    """What a definition is."""

    FUNCTION = 0
    CLASS = 1
    VALUE = 2
    METHOD = 3
    CLASS_METHOD = 4
    STATIC_METHOD = 5
    PROPERTY = 6
    MEMBER = 7  # of an enum


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter. ``kind``: ``/`` positional only, empty for plain, ``*`` for ``*args``, ``k`` keyword only, ``**`` for ``**kwargs``."""

    name: str
    type: Type
    kind: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, value or member of a class. ``result`` None: nothing tells its type. ``line`` is 0-based.

    ``flags``: ``d`` deprecated, ``a`` abstract, ``c`` a field that the constructor does not take.
    """

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    result: Type | None
    line: int
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Class:
    """A class. ``decorators`` are full names; ``parameters`` are those written in brackets behind its name, if they are."""

    name: str
    bases: tuple[Type, ...]
    decorators: tuple[str, ...]
    members: tuple[Definition, ...]
    line: int
    flags: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """See the module. ``imported`` maps a name to what it was imported as (``typing.Any``, or a module); ``typing_only`` are those of them that
    do not exist at run time; ``stars`` are modules of which everything was imported; ``public`` is ``__all__``;
    ``used`` counts what is imported, by its full name, what is called by a dotted one, with ``()`` behind it, and methods that are called, as ``.name``."""

    module: str
    is_package: bool
    is_stub: bool
    imported: dict[str, str] = field(default_factory=dict)
    typing_only: set[str] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    public: list[str] | None = None
    classes: dict[str, Class] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)
    aliases: dict[str, Type] = field(default_factory=dict)
    variables: dict[str, Type | None] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)


def to_plain(summary: Summary) -> Any:
    """``summary`` as plain data."""
    return [
        summary.module,
        summary.is_package,
        summary.is_stub,
        summary.imported,
        sorted(summary.typing_only),
        sorted(summary.exported),
        summary.stars,
        summary.public,
        [_class_to_plain(one) for one in summary.classes.values()],
        [_definition_to_plain(one) for one in summary.definitions],
        {name: packed(type) for name, type in summary.aliases.items()},
        {name: None if type is None else [packed(type)] for name, type in summary.variables.items()},
        summary.used,
    ]


def from_plain(plain: Any) -> Summary:
    """The summary of which ``plain`` is the data."""
    module, package, stub, imported, typing_only, exported, stars, public, classes, definitions, *rest = plain
    aliases, variables, used = rest
    return Summary(
        module,
        package,
        stub,
        imported,
        set(typing_only),
        set(exported),
        stars,
        public,
        {one.name: one for one in map(_class_from_plain, classes)},
        [_definition_from_plain(one) for one in definitions],
        {name: unpacked(type) for name, type in aliases.items()},
        {name: None if type is None else unpacked(type[0]) for name, type in variables.items()},
        used,
    )


def parameters_to_plain(parameters: tuple[Parameter, ...]) -> Any:
    """Parameters as plain data."""
    return [[one.name, packed(one.type), one.kind, one.optional] for one in parameters]


def parameters_from_plain(plain: Any) -> tuple[Parameter, ...]:
    """Parameters from plain data."""
    return tuple(Parameter(name, unpacked(type), kind, optional) for name, type, kind, optional in plain)


def _definition_to_plain(one: Definition) -> Any:
    result = None if one.result is None else [packed(one.result)]
    return [one.name, int(one.kind), parameters_to_plain(one.parameters), result, one.line, one.flags]


def _definition_from_plain(plain: Any) -> Definition:
    name, kind, parameters, result, line, flags = plain
    type = None if result is None else unpacked(result[0])
    return Definition(name, Kind(kind), parameters_from_plain(parameters), type, line, flags)


def _class_to_plain(one: Class) -> Any:
    members = [_definition_to_plain(member) for member in one.members]
    bases = [packed(base) for base in one.bases]
    return [one.name, bases, one.decorators, members, one.line, one.flags, one.parameters]


def _class_from_plain(plain: Any) -> Class:
    name, bases, decorators, members, line, flags, parameters = plain
    return Class(
        name,
        tuple(map(unpacked, bases)),
        tuple(decorators),
        tuple(map(_definition_from_plain, members)),
        line,
        flags,
        tuple(parameters),
    )
