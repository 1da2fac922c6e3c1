"""Where an import goes in a text.

Into a line that imports from the module already; else among the imports of its kind (standard library, packages, the project's own), in order if those
are; else behind what comes before its kind, or in front of what comes after. Never above a docstring, the first comments or ``from __future__``, and never
into ``if TYPE_CHECKING`` or ``try``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from holefit.syntax import Position, Range
from holefit.syntax.imports import resolved

_BODY = re.compile(r"^(?:def|class|async def|@)", re.MULTILINE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_SIMPLE = re.compile(r"(?:from\s+[\w.]+\s+import\s+[\w, ]+|import\s+[\w., ]+)\s*(?:#.*)?\Z")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import: of ``name`` from ``module``, or of the module itself (``name`` None)."""

    module: str
    name: str | None

    @property
    def text(self) -> str:
        """As a statement."""
        return f"import {self.module}" if self.name is None else f"from {self.module} import {self.name}"


def import_edit(
    text: str, wanted: Wanted, *, module: str = "", is_package: bool = False
) -> tuple[Range, str] | None:
    """What to replace in ``text`` by what; ``module`` is the name of the text's own. None when the imports cannot be made out."""
    tree = _imports_of(text)
    if tree is None:
        return _after_simple_lines(text, wanted)
    place = _Place(text, tree, module, is_package)
    return place.into_existing(wanted) or place.as_statement(wanted)


def imported_module(text: str, module: str) -> str | None:
    """The name that ``text`` has for ``module`` at its top level, if it imports it as a whole."""
    tree = _imports_of(text)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module:
                    return alias.asname or module
    return None


def _imports_of(text: str) -> ast.Module | None:
    """The tree of the part of ``text`` where imports are; of all of it where that part alone is no Python."""
    if text.startswith("\ufeff"):
        text = "\f" + text[1:]
    found = _BODY.search(text)
    for part in ([text[: found.start()]] if found else []) + [text]:
        try:
            return ast.parse(part)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


class _Place:
    def __init__(self, text: str, tree: ast.Module, module: str, is_package: bool) -> None:
        self._lines = _LINE_END.split(text)
        self._end = "\r\n" if "\r\n" in text else "\n"
        self._body = tree.body
        self._module = module
        self._is_package = is_package
        self._imports = [one for one in tree.body if isinstance(one, (ast.Import, ast.ImportFrom))]

    def into_existing(self, wanted: Wanted) -> tuple[Range, str] | None:
        """The name put into a statement that imports from its module already."""
        for node in self._imports:
            if (
                wanted.name is not None
                and isinstance(node, ast.ImportFrom)
                and resolved(node, self._module, self._is_package) == wanted.module
                and node.names[0].name != "*"
            ):
                return self._into(node, wanted.name)
        return None

    def _into(self, node: ast.ImportFrom, name: str) -> tuple[Range, str]:
        names = [alias.name for alias in node.names]
        if any(alias.name == name and alias.asname in (None, name) for alias in node.names):
            start = self._at(node.lineno, 0)
            return Range(start, start), ""
        behind = [alias for alias in node.names if _key(alias.name) > _key(name)]
        if names == sorted(names, key=_key) and behind:
            alias = behind[0]
            at = self._at(alias.lineno, alias.col_offset)
            return Range(at, at), name + "," + (self._own_line(alias) or " ")
        alias = node.names[-1]
        at = self._at(alias.end_lineno or alias.lineno, alias.end_col_offset or 0)
        return Range(at, at), "," + (self._own_line(alias) or " ") + name

    def _own_line(self, alias: ast.alias) -> str | None:
        """A line end and the indentation of a name that stands on a line of its own."""
        before = self._lines[alias.lineno - 1].encode()[: alias.col_offset].decode()
        return self._end + before if not before.strip() else None

    def as_statement(self, wanted: Wanted) -> tuple[Range, str]:
        """A statement of its own."""
        kind = self._kind_of(wanted.module)
        same = [one for one in self._imports if self._kind(one) == kind]
        if same:
            ordered = [one for one in same if isinstance(one, ast.ImportFrom) == (wanted.name is not None)]
            keys = [_module_key(one) for one in ordered]
            later = [one for one in ordered if _module_key(one) > (wanted.module.lower())]
            if keys == sorted(keys) and later:
                return self._before(later[0], wanted.text + self._end)
            if wanted.name is None and not ordered:
                return self._before(same[0], wanted.text + self._end)
            return self._after((ordered or same)[-1] if keys == sorted(keys) else same[-1], wanted.text, "")
        earlier = [one for one in self._imports if self._kind(one) < kind]
        if earlier:
            return self._after(earlier[-1], wanted.text, self._end)
        if self._imports:
            return self._before(self._imports[0], wanted.text + self._end * 2)
        return self._at_the_top(wanted.text)

    def _at_the_top(self, statement: str) -> tuple[Range, str]:
        first = self._body[0] if self._body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            return self._after(first, statement, self._end, end=self._gap(first.end_lineno or first.lineno))
        line = 0
        while line < len(self._lines) and self._lines[line].lstrip("\ufeff").startswith("#"):
            line += 1
        gap = self._gap(line)
        if line and line >= len(self._lines):
            at = Position(len(self._lines) - 1, len(self._lines[-1]))
            return Range(at, at), self._end + statement + self._end
        if line and not self._lines[line].strip() and line + 1 < len(self._lines):
            line += 1
            gap = self._gap(line)
        at = Position(line, 1 if line == 0 and self._lines[0].startswith("\ufeff") else 0)
        return Range(at, at), statement + self._end + gap

    def _gap(self, line: int) -> str:
        """The blank lines between an import and what follows at ``line`` (0-based), those that are there taken off."""
        there = 0
        while line + there < len(self._lines) and not self._lines[line + there].strip():
            there += 1
        if line + there >= len(self._lines):
            return ""
        wanted = 2 if _BODY.match(self._lines[line + there]) else 1
        return self._end * max(wanted - there, 0)

    def _before(self, node: ast.stmt, statement: str) -> tuple[Range, str]:
        at = Position(node.lineno - 1, 1 if node.lineno == 1 and self._lines[0].startswith("\ufeff") else 0)
        return Range(at, at), statement

    def _after(self, node: ast.stmt, statement: str, gap: str, *, end: str = "") -> tuple[Range, str]:
        line = node.end_lineno or node.lineno
        while self._lines[line - 1].rstrip().endswith("\\") and line < len(self._lines):
            line += 1
        if line < len(self._lines):
            at = Position(line, 0)
            return Range(at, at), gap + statement + self._end + end
        at = Position(line - 1, len(self._lines[-1]))
        return Range(at, at), self._end + gap + statement + self._end

    def _at(self, line: int, byte_column: int) -> Position:
        before = self._lines[line - 1].encode()[:byte_column].decode(errors="replace")
        return Position(line - 1, len(before))

    def _kind(self, node: ast.Import | ast.ImportFrom) -> int:
        if isinstance(node, ast.ImportFrom):
            return _OWN + (1 if node.level else 0) if node.level else self._kind_of(node.module or "")
        return self._kind_of(node.names[0].name)

    def _kind_of(self, module: str) -> int:
        top = module.partition(".")[0]
        if top == "__future__":
            return 0
        if top in sys.stdlib_module_names:
            return 1
        return _OWN if top == self._module.partition(".")[0] else 2


_OWN = 3


def _key(name: str) -> str:
    return name.lower()


def _module_key(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").lower()
    return node.names[0].name.lower()


def _after_simple_lines(text: str, wanted: Wanted) -> tuple[Range, str] | None:
    """Behind the last import that is one line at the top level, of a text that our own Python cannot parse."""
    lines: Sequence[str] = _LINE_END.split(text)
    last = max((number for number, line in enumerate(lines) if _SIMPLE.match(line)), default=None)
    if last is None or last + 1 >= len(lines):
        return None
    at = Position(last + 1, 0)
    return Range(at, at), wanted.text + ("\r\n" if "\r\n" in text else "\n")
