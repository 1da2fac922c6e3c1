"""From plain data (a TOML table, an editor's settings) to options, with everything that is wrong with it.

Keys may be written with hyphens, underscores or in camelCase. The dataclasses of ``options`` say what is allowed; a new
option needs a field there and nothing here.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_T = TypeVar("_T")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """A setting that does not count. ``path`` holds its keys as they were written, ``message`` says what is wrong with it."""

    path: tuple[str, ...]
    message: str

    @property
    def key(self) -> str:
        """The keys with dots between them."""
        return ".".join(self.path)


def updated(options: _T, settings: Mapping[str, object]) -> tuple[_T, tuple[OptionProblem, ...]]:
    """``options`` (a dataclass) with ``settings`` put in, and what is wrong with those that were left out.

    A setting that is None counts as not given.
    """
    problems: list[OptionProblem] = []
    return _table(options, settings, (), problems), tuple(problems)


def spelled(name: str) -> str:
    """A field's name as TOML has it: with hyphens."""
    return name.replace("_", "-")


def _table(
    options: _T, settings: Mapping[str, object], path: tuple[str, ...], problems: list[OptionProblem]
) -> _T:
    hints = get_type_hints(options.__class__)
    changes: dict[str, object] = {}
    for key, value in settings.items():
        here = (*path, str(key))
        name = _HUMP.sub(r"_\1", str(key)).replace("-", "_").lower()
        if name not in hints:
            problems.append(OptionProblem(here, _unknown(str(key), path, hints)))
            continue
        if value is None:
            continue
        present = getattr(options, name)
        if dataclasses.is_dataclass(present) and not isinstance(present, type):
            if isinstance(value, Mapping):
                changes[name] = _table(present, value, here, problems)
            else:
                problems.append(OptionProblem(here, _wrong(here, "a table", value)))
            continue
        try:
            changes[name] = _value(hints[name], value)
        except _WrongTypeError as error:
            problems.append(OptionProblem(here, _wrong(here, str(error), value)))
    return dataclasses.replace(options, **changes) if changes else options  # type: ignore[type-var]  # a dataclass


class _WrongTypeError(Exception):
    """The value is not what the option takes, which the message names."""


def _value(expected: Any, value: object) -> object:
    """``value`` as ``expected`` (a type as in an annotation) has it.

    Raises: _WrongTypeError.
    """
    origin = get_origin(expected)
    if origin is Literal:
        if value in get_args(expected) and isinstance(value, str):
            return value
        raise _WrongTypeError("one of " + ", ".join(f'"{one}"' for one in get_args(expected)))
    if origin in (Union, UnionType):
        for one in get_args(expected):
            try:
                return _value(one, value)
            except _WrongTypeError:
                continue
        raise _WrongTypeError(" or ".join(_named(one) for one in get_args(expected)))
    if origin is tuple:
        if isinstance(value, (list, tuple)):
            return tuple(_value(get_args(expected)[0], item) for item in value)
        raise _WrongTypeError(f"an array of {_plural(get_args(expected)[0])}")
    if origin in (dict, Mapping):
        if isinstance(value, Mapping):
            return {str(key): _value(get_args(expected)[1], item) for key, item in value.items()}
        raise _WrongTypeError("a table")
    if expected is bool and isinstance(value, bool):
        return value
    if expected in (int, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < 0:
            raise _WrongTypeError(f"{_named(expected)} that is 0 or more")
        if expected is float or isinstance(value, int) or value.is_integer():
            return expected(value)
    if expected is str and isinstance(value, str):
        return value
    raise _WrongTypeError(_named(expected))


def _named(expected: Any) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}.get(
        expected, str(expected)
    )


def _plural(expected: Any) -> str:
    return {str: "strings", int: "whole numbers", float: "numbers"}.get(expected, str(expected))


def _wrong(path: tuple[str, ...], expected: str, value: object) -> str:
    return f"`{'.'.join(path)}` takes {expected}, not {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) < 40 else "a string"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        wrong = {type(item).__name__ for item in value}
        return "an array" if not wrong else f"an array of {' and '.join(sorted(wrong))}"
    return "a table" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def _unknown(key: str, path: tuple[str, ...], hints: Mapping[str, object]) -> str:
    known = {spelled(name): name for name in hints}
    plain = _HUMP.sub(r"-\1", key).replace("_", "-").lower()
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.6)
    where = ".".join(("tool.holefit", *path))
    message = f"`{key}` is no option of `{where}`"
    return f"{message}; did you mean `{near[0]}`?" if near else f"{message}, which has {', '.join(known)}"
