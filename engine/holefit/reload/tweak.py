"""Live globals that may be changed from outside while code runs, as values."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from holefit.edits import Edit
from holefit.errors import HolefitError
from holefit.syntax import Position, Range, Source


class TweakRefusedError(HolefitError):
    """A global that cannot be given this value."""

    remedy = "Mark the global with `# holefit: tweak(low, high, step)` at the end of its line, save, reload, and give a value in that range."

    def __init__(self, *, module: str, name: str, reason: str) -> None:
        super().__init__(f"{module}.{name} cannot be tweaked: {reason}")
        self.module = module
        self.name = name


@dataclass(frozen=True, slots=True)
class Tweakable:
    """A loaded global marked ``# holefit: tweak(low, high, step)``. ``line`` is 0-based; ``text`` is the live value as source."""

    module: str
    path: Path
    line: int
    name: str
    text: str
    low: float | None = None
    high: float | None = None
    step: float | None = None

    @property
    def value(self) -> bool | int | float | str:
        """The live value; text where no literal says it (infinity)."""
        try:
            value: bool | int | float | str = ast.literal_eval(self.text)
        except ValueError:
            return self.text
        return value


def edit_of(source: Source, tweakable: Tweakable) -> Edit | None:
    """The edit that writes the live value into ``source``; None when it says so already, or initialises no such global."""
    try:
        body = ast.parse(source.text).body
    except SyntaxError:
        return None
    values = [found for node in _flat(body) if (found := _value_of(node, tweakable.name)) is not None]
    value = next(iter(values), None)
    if value is None or value.end_lineno is None or value.end_col_offset is None:
        return None
    lines = source.text.splitlines(keepends=True)
    start = _position(lines, value.lineno, value.col_offset)
    end = _position(lines, value.end_lineno, value.end_col_offset)
    if isinstance(value, ast.Constant) and repr(value.value) == tweakable.text:
        return None
    return Edit(source.path, Range(start, end), tweakable.text)


def _flat(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of a module, those below an ``if`` too, in the order of the text."""
    found: list[ast.stmt] = []
    for node in body:
        found += [*_flat(node.body), *_flat(node.orelse)] if isinstance(node, ast.If) else [node]
    return found


def _value_of(node: ast.stmt, name: str) -> ast.expr | None:
    """What ``node`` gives ``name``, if that is all it does."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return None
    return node.value if isinstance(target, ast.Name) and target.id == name else None


def _position(lines: list[str], line: int, column: int) -> Position:
    """A place of the tree's (1-based line, column in bytes) in code points."""
    text = lines[line - 1].encode("utf-8", "surrogatepass")[:column]
    return Position(line - 1, len(text.decode("utf-8", "surrogatepass")))
