"""Messages to maps of plain data and back.

A message is a frozen dataclass made with :func:`message`. On the wire it is a map of its fields with its class's name under ``"t"``;
messages nest. Unknown fields are ignored, so that either end may be newer; a field with a default may be missing.
User data never travels as a bare map: it would be mistaken for a message. It is packed into bytes first.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

_T = TypeVar("_T")
_FIELDS: dict[str, tuple[type, frozenset[str]]] = {}


class MalformedMessageError(ValueError):
    """What came over the pipe is not a message that we know."""


def message(cls: type[_T]) -> type[_T]:
    """Class decorator: a frozen dataclass that may travel."""
    made = dataclasses.dataclass(frozen=True)(cls)
    names = frozenset(field.name for field in dataclasses.fields(made))  # type: ignore[arg-type]  # made by dataclass
    _FIELDS[cls.__name__] = (made, names)
    return made


def to_plain(value: Any) -> Any:
    """``value`` with every message in it turned into a map."""
    kind = type(value)
    if kind in (str, int, float, bool, bytes) or value is None:
        return value
    if kind in (list, tuple):
        return [to_plain(item) for item in value]
    if kind is dict:
        return {key: to_plain(item) for key, item in value.items()}
    known = _FIELDS.get(kind.__name__)
    if known is None:
        raise MalformedMessageError(f"{kind.__name__} is not a message")
    plain = {name: to_plain(getattr(value, name)) for name in known[1]}
    plain["t"] = kind.__name__
    return plain


def from_plain(plain: Any) -> Any:
    """The message (or plain data) that ``plain`` stands for; sequences come back as lists.

    Raises: MalformedMessageError, for a kind that is not known here or a required field that is missing.
    """
    if isinstance(plain, list):
        return [from_plain(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    kind = plain.get("t")
    if kind is None:
        return {key: from_plain(item) for key, item in plain.items()}
    known = _FIELDS.get(kind)
    if known is None:
        raise MalformedMessageError(f"unknown message {kind!r}")
    cls, names = known
    try:
        return cls(**{name: from_plain(item) for name, item in plain.items() if name in names})
    except TypeError as error:
        raise MalformedMessageError(f"{kind}: {error}") from None
