"""Where edits of several lines go in a text, and how its lines are indented and ended."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from holefit.syntax import Source

_SIMPLE = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Raise, ast.Assert, ast.Delete)
_INDENTED = re.compile(r"([ \t]+)\S")
_CODING = re.compile(r"#.*coding[:=]")


class Layout:
    """A text and its tree. Offsets count code points from the start of the text.

    Raises (from :attr:`tree`): SyntaxError.
    """

    def __init__(self, source: Source, python: tuple[int, int] = (3, 11)) -> None:
        self.source = source
        self.text = source.text
        self.python = python

    @cached_property
    def tree(self) -> ast.Module:
        """The text as Python's own parser has it."""
        return ast.parse(self.text)

    @cached_property
    def newline(self) -> str:
        """How its lines end."""
        found = re.search(r"\r\n|\r|\n", self.text)
        return found[0] if found else "\n"

    @cached_property
    def unit(self) -> str:
        """One step of indentation: the smallest that is used."""
        steps = {found[1] for line in self.source.lines if (found := _INDENTED.match(line))}
        if any("\t" in one for one in steps):
            return "\t"
        return min(steps, key=len) if steps and len(min(steps, key=len)) in (2, 3, 4, 8) else "    "

    def start(self, node: ast.AST) -> int:
        """Where ``node`` starts; decorators count."""
        decorators = getattr(node, "decorator_list", ())
        if decorators:  # the at sign
            return self.line_start(self._offset(decorators[0].lineno, 0)) + len(
                self._indent_of(decorators[0])
            )
        return self._offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # statements and expressions

    def end(self, node: ast.AST) -> int:
        """Behind ``node``."""
        return self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # as above

    def _offset(self, line: int, column: int) -> int:
        return self.source.offset(self.source.ast_position(line, column))

    def _indent_of(self, node: ast.expr) -> str:
        line = self.source.lines[node.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def line_start(self, offset: int) -> int:
        """Where the line of ``offset`` starts."""
        return self.source.line_starts[self.source.position(offset).line]

    def line_end(self, offset: int) -> int:
        """Where the line of ``offset`` ends, behind its line end."""
        below = self.source.position(offset).line + 1
        starts = self.source.line_starts
        return starts[below] if below < len(starts) else len(self.text)

    def indent(self, offset: int) -> str:
        """The blanks that the line of ``offset`` starts with."""
        start = self.line_start(offset)
        found = re.compile(r"[ \t]*").match(self.text, start)
        return found[0] if found else ""

    def chain(self, offset: int) -> list[ast.AST]:
        """The nodes around ``offset``, from the module down to the smallest."""
        chain: list[ast.AST] = [self.tree]
        while True:
            inner = next(
                (one for one in _children(chain[-1]) if self.start(one) <= offset <= self.end(one)), None
            )
            if inner is None:
                return chain
            chain.append(inner)

    def function(self, offset: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The innermost function whose body holds ``offset``."""
        for outer, inner in pairwise(reversed(self.chain(offset))):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) and outer in inner.body:
                return inner
        return None

    def simple_statement(self, offset: int) -> ast.stmt | None:
        """The statement around ``offset``, if it can be moved into another block as it is."""
        for node in reversed(self.chain(offset)):
            if isinstance(node, ast.stmt):
                return node if isinstance(node, _SIMPLE) and self._stands_alone(node) else None
        return None

    def _stands_alone(self, node: ast.stmt) -> bool:
        """Whether nothing else but a comment, or a colon before it, shares its lines, and no text in it spans lines."""
        start, end = self.start(node), self.end(node)
        before = self.text[self.line_start(start) : start].strip()
        behind = self.text[end : self.line_end(end)].strip()
        if (before and not before.endswith(":")) or (behind and not behind.startswith("#")):
            return False
        return not any(
            isinstance(one, (ast.Constant, ast.JoinedStr)) and one.lineno != one.end_lineno
            for one in ast.walk(node)
        )

    def moved(self, node: ast.stmt, indent: str, text: str | None = None) -> list[str]:
        """The lines of a statement where it is indented by ``indent``."""
        start = self.start(node)
        text = self.text[start : self.end(node)] if text is None else text
        own = self.indent(start)
        first, *rest = re.split(r"\r\n|\r|\n", text)
        return [indent + first, *(indent + one.removeprefix(own) if one.strip() else one for one in rest)]

    def block(self, lines: list[str]) -> str:
        """Lines as text, without an end of the last one."""
        return self.newline.join(lines)

    def import_place(self) -> int:
        """Where a further import goes: behind the last one at the top level, or behind what has to be first."""
        body = self.tree.body
        imports = [one for one in body if isinstance(one, (ast.Import, ast.ImportFrom))]
        if imports:
            return self.line_end(self.end(imports[-1]))
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            return self.line_end(self.end(body[0]))
        place = 0
        while place < len(self.text) and (
            self.text.startswith("#!", place) or _CODING.match(self.text, place)
        ):
            place = self.line_end(place)
        return place

    def import_text(self, imports: set[str]) -> str:
        """Import statements as they stand at :meth:`import_place`."""
        lines = sorted(imports)
        if not lines:
            return ""
        body = self.tree.body
        if not any(isinstance(one, (ast.Import, ast.ImportFrom)) for one in body):
            lines = ["", *lines] if self.import_place() else [*lines, ""]
        text = "".join(line + self.newline for line in lines)
        place = self.import_place()
        return text if place == 0 or self.text[place - 1 : place] in "\r\n" else self.newline + text


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from _children(child)  # arguments, comprehensions, cases of a match
