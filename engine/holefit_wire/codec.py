"""Messages to maps of plain data and back.

A message is a frozen value class made with :func:`message`; it behaves as a frozen dataclass does, but costs a worker no import of
``dataclasses`` (which takes as long as starting Python). On the wire it is a map of its fields with its class's name under ``"t"``;
messages nest. A field that has its default is left out, unknown fields are ignored, so that either end may be newer.
User data never travels as a bare map: it would be mistaken for a message. It is packed into bytes first.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, dataclass_transform

    _T = TypeVar("_T")
    _M = TypeVar("_M")
else:

    def dataclass_transform(**_):
        return lambda function: function


class MalformedMessageError(ValueError):
    """What came over the pipe is not a message that we know."""


class UnknownMessageError(MalformedMessageError):
    """A message of a kind that this end has never heard of; it may come from a newer one."""


class _Kind:
    """How messages of one class are made and read."""

    __slots__ = ("checks", "cls", "defaults", "name", "names", "required")

    def __init__(self, cls: type) -> None:
        annotations: dict[str, str] = getattr(cls, "__annotations__", {})
        self.cls = cls
        self.name = cls.__name__
        self.names = tuple(annotations)
        self.defaults = {name: cls.__dict__[name] for name in self.names if name in cls.__dict__}
        self.required = tuple(name for name in self.names if name not in self.defaults)
        self.checks = {name: _check(text) for name, text in annotations.items()}


_CHOICES: dict[str, tuple[str, ...]] = {}
_KINDS: dict[str, _Kind] = {}
_BY_CLASS: dict[type, _Kind] = {}
_MISSING = object()


@dataclass_transform(frozen_default=True)
def message(cls: type[_T]) -> type[_T]:
    """Class decorator: a frozen value class that may travel. Its annotations must be text (``from __future__ import annotations``)."""
    kind = _Kind(cls)
    _KINDS[kind.name] = _BY_CLASS[cls] = kind
    for name, method in (
        ("__init__", _init),
        ("__setattr__", _frozen),
        ("__delattr__", _frozen),
        ("__eq__", _eq),
        ("__hash__", _hash),
        ("__repr__", _repr),
        ("__match_args__", kind.names),
    ):
        setattr(cls, name, method)
    return cls


def one_of(name: str, *kinds: str) -> None:
    """Fields whose type is written as ``name`` hold a message of one of these kinds."""
    _CHOICES[name] = kinds


def choices(name: str) -> tuple[str, ...]:
    """The kinds of message that a field of type ``name`` may hold."""
    return _CHOICES.get(name, (name,))


def field_names(cls: type) -> tuple[str, ...]:
    """The names of a message class's fields, in order."""
    return _BY_CLASS[cls].names


def replaced(value: _M, /, **changes: Any) -> _M:
    """A copy of the message ``value`` with some fields changed."""
    made: _M = type(value)(**{**value.__dict__, **changes})
    return made


def to_plain(value: Any) -> Any:
    """``value`` with every message in it turned into a map.

    Raises: MalformedMessageError, for what may not travel.
    """
    cls = type(value)
    if cls is str or cls is int or value is None or cls is bool or cls is bytes or cls is float:
        return value
    kind = _BY_CLASS.get(cls)
    if kind is not None:
        plain: dict[str, Any] = {"t": kind.name}
        defaults = kind.defaults
        for name, item in value.__dict__.items():
            default = defaults.get(name, _MISSING)
            if item is not default and (
                default is _MISSING or item != default or type(item) is not type(default)
            ):
                plain[name] = to_plain(item)
        return plain
    if cls is list or cls is tuple:
        return [to_plain(item) for item in value]
    if cls is dict:
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, int):  # a remote ref with a finalizer is an int of its own class
        return int(value)
    raise MalformedMessageError(f"{cls.__name__} is not a message")


def from_plain(plain: Any) -> Any:
    """The message (or plain data) that ``plain`` stands for; sequences come back as lists, or tuples where a field says so.

    Raises: MalformedMessageError, for a required field that is missing or a field of a wrong type; UnknownMessageError.
    """
    cls = type(plain)
    if cls is dict:
        name = plain.get("t")
        if name is None:
            return {key: from_plain(item) for key, item in plain.items()}
        kind = _KINDS.get(name) if type(name) is str else None
        if kind is None:
            raise UnknownMessageError(f"unknown message {name!r}")
        made: Any = object.__new__(kind.cls)
        fields = made.__dict__
        for field in kind.names:
            item = plain.get(field, _MISSING)
            if item is _MISSING:
                item = kind.defaults.get(field, _MISSING)
                if item is _MISSING:
                    raise MalformedMessageError(f"{name} has no {field}")
            else:
                check = kind.checks[field]
                item = check(from_plain(item)) if check else from_plain(item)
                if item is _MISSING:
                    raise MalformedMessageError(f"{name}: {field} cannot be {_short(plain[field])}")
            fields[field] = item
        return made
    if cls is list:
        return [from_plain(item) for item in plain]
    if cls is str or cls is int or plain is None or cls is bool or cls is bytes or cls is float:
        return plain
    raise MalformedMessageError(f"{cls.__name__} is not plain data")


def _check(annotation: str) -> Callable[[Any], Any] | None:
    """What a field's type asks of a value that was read: gives the value to store, or ``_MISSING`` where it does not fit."""
    if annotation.endswith(" | None"):
        present = _check(annotation.removesuffix(" | None"))
        return lambda value: value if value is None or present is None else present(value)
    outer, _, rest = annotation.partition("[")
    inner = rest[:-1]
    if outer in ("list", "tuple"):
        into = list if outer == "list" else tuple
        each = _check(inner.removesuffix(", ..."))

        def sequence(value: Any) -> Any:
            if type(value) is not list:
                return _MISSING
            if each is not None:
                value = [each(item) for item in value]
                if any(item is _MISSING for item in value):
                    return _MISSING
            return into(value)

        return sequence
    if outer == "dict":
        of = _check(inner.partition(", ")[2])

        def mapping(value: Any) -> Any:
            if type(value) is not dict or not all(type(key) is str for key in value):
                return _MISSING
            if of is not None and any(of(item) is _MISSING for item in value.values()):
                return _MISSING
            return value

        return mapping
    if outer == "Any":
        return None
    if outer == "float":
        return lambda value: float(value) if type(value) in (int, float) else _MISSING
    known: type | None = {"str": str, "int": int, "bool": bool, "bytes": bytes}.get(outer)
    if known is not None:
        return lambda value: value if type(value) is known else _MISSING
    return lambda value: value if type(value) in _classes(outer) else _MISSING


def _classes(name: str) -> list[type]:
    return [_KINDS[kind].cls for kind in choices(name) if kind in _KINDS]


def _init(self: Any, *args: Any, **named: Any) -> None:
    kind = _BY_CLASS[type(self)]
    fields = self.__dict__
    if len(args) > len(kind.names):
        raise TypeError(f"{kind.name} takes {len(kind.names)} values, not {len(args)}")
    given = dict(zip(kind.names, args, strict=False))
    for name in named:
        if name in given or name not in kind.checks:
            raise TypeError(f"{kind.name}: {'two values for' if name in given else 'no field'} {name}")
    given.update(named)
    for name in kind.names:
        value = given.get(name, _MISSING)
        if value is _MISSING:
            value = kind.defaults.get(name, _MISSING)
            if value is _MISSING:
                raise TypeError(f"{kind.name}: {name} is missing")
        fields[name] = value


def _frozen(self: Any, name: str, *_: Any) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be changed")


def _eq(self: Any, other: object) -> Any:
    return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash((type(self), *self.__dict__.values()))


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
