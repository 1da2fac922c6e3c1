"""Tweaking: globals that are marked for it are changed from outside while code runs, in place and without a reload.

``SPEED = 3.0  # holefit: tweak(0, 10, 0.1)`` marks a global: the comment ends the line on which the statement begins or ends, and
gives the lowest and the highest value and the step. Numbers, truth values and strings can be tweaked; ``tweak()`` has no bounds.
"""

from __future__ import annotations

import ast
import re

from holefit_wire.interpreter import Tweakable

from .follow import follow, offered
from .journal import Journal
from .seals import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .follow import Followers
    from .module import Module
    from .source import Statement

_MARK = re.compile(r"#\s*holefit:\s*tweak\s*\(([^)]*)\)\s*$")
_SIMPLE = (bool, int, float, str)
_ABSENT: Any = object()


def tweakables(modules: Iterable[Module]) -> list[Tweakable]:
    """All marked globals of loaded modules, module by module, in the order of the text."""
    return [one for record in list(modules) for one in _of(record)]


def tweak(modules: dict[str, Module], followers: Followers, module: str, name: str, text: str) -> Tweakable:
    """Give a marked global the value of the literal ``text``; names that other modules took by from-imports follow.

    The value counts as the initialiser's own: a later edit of the initialiser takes effect. Raises ValueError, with what is wrong.
    """
    record = modules.get(module)
    if record is None:
        raise ValueError(f"{module} is not loaded")
    found = next((one for one in _of(record) if one.name == name), None)
    if found is None:
        raise ValueError(f"{module}.{name} is no live global marked `# holefit: tweak(...)`")
    before = record.namespace[name]
    after = _checked(found, before, text)
    record.namespace[name] = after
    follow(followers, module, {name: (before, after)}, offered(record.namespace), Journal())
    for statement in _binding(record, name):
        statement.seals[name] = Seal(after)
    return _told(found.module, found.path, found.line, name, after, (found.low, found.high, found.step))


def _of(record: Module) -> Iterator[Tweakable]:
    if not any("holefit:" in line for line in record.lines):
        return
    seen: set[str] = set()
    for chunk in record.chunks:
        for statement in chunk.statements:
            if statement.kind != "initialiser" or len(statement.names) != 1:
                continue
            mark = _mark(record.lines, statement.line, chunk.end)
            name = statement.names[0]
            value = record.namespace.get(name, _ABSENT)
            if mark is not None and name not in seen and type(value) in _SIMPLE:
                seen.add(name)
                yield _told(record.name, record.path, statement.line, name, value, mark)


def _mark(lines: list[str], first: int, last: int) -> tuple[Any, Any, Any] | None:
    """Bounds and step of a marked statement on lines ``first`` to ``last`` (1-based), None where they are not given."""
    for number in dict.fromkeys((first, last)):
        found = _MARK.search(lines[number - 1]) if number <= len(lines) else None
        if found is None:
            continue
        try:
            given = ast.literal_eval(f"({found[1]},)") if found[1].strip() else ()
        except (ValueError, SyntaxError):
            continue
        if len(given) <= 3 and all(type(one) in (int, float) for one in given):
            low, high, step = (*given, None, None, None)[:3]
            return low, high, step
    return None


def _binding(record: Module, name: str) -> Iterator[Statement]:
    return (one for one in record.statements() if name in one.names)


def _checked(found: Tweakable, before: Any, text: str) -> Any:
    """The value of ``text``, of the type that the global has."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError):
        raise ValueError(f"{text!r} is no literal: write it as in the source") from None
    if type(before) is float and type(value) is int:
        value = float(value)
    elif type(before) is int and type(value) is float and value.is_integer():
        value = int(value)  # who knows only one kind of number says 4.0
    if type(value) is not type(before) and not (type(before) is int and type(value) is float):
        raise ValueError(f"{found.name} is of type {type(before).__name__}, not {type(value).__name__}")
    if type(value) in (int, float):
        if found.low is not None and value < found.low:
            raise ValueError(f"{found.name} goes from {found.low} to {found.high}: {value} is too low")
        if found.high is not None and value > found.high:
            raise ValueError(f"{found.name} goes from {found.low} to {found.high}: {value} is too high")
    return value


def _told(
    module: str, path: str, line: int, name: str, value: object, mark: tuple[Any, Any, Any]
) -> Tweakable:
    return Tweakable(module, path, line, name, repr(value), *mark)
