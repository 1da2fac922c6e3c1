"""mypy's own errors, and the type of an expression."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from mypy import nodes as N

from holefit.types.declarations import declared_type
from holefit.types.program import Program, syntax_errors
from holefit.types.render import signature
from holefit.types.tree import descendants, is_hole_name
from holefit_wire.types import ProblemInfo, TypeFound, TypesFailed

_MESSAGE = re.compile(
    r"^(?P<path>.*?):(?P<line>\d+)(?::(?P<column>\d+))?(?::(?P<end_line>\d+):(?P<end_column>\d+))?: "
    r"(?P<severity>error|note): (?P<text>.*?)(?:  \[(?P<code>[\w-]+)\])?$"
)
_UNBOUND = re.compile(r'Name "(?P<name>[^"]+)" is not defined')


def problems_of(program: Program, path: str) -> list[ProblemInfo]:
    """Errors in ``path`` as of the last check, those that only say that a hole is a hole left out."""
    found = []
    for message in program.blocked.get(path) or program.messages:
        parsed = _MESSAGE.match(message)
        if parsed is None or _absolute(parsed["path"]) != path:
            continue
        unbound = _UNBOUND.match(parsed["text"])
        if unbound and is_hole_name(unbound["name"]):
            continue
        line = int(parsed["line"]) - 1
        column = int(parsed["column"] or 1) - 1
        found.append(
            ProblemInfo(
                line,
                column,
                int(parsed["end_line"] or line + 1) - 1,
                int(parsed["end_column"] or column + 1),
                parsed["severity"],
                parsed["code"] or "syntax",
                parsed["text"],
            )
        )
    return found


def _absolute(path: str) -> str:
    return os.path.normpath(os.path.join(os.getcwd(), path))


def type_of(program: Program, path: str, text: str, expression: str, line: int) -> TypeFound | TypesFailed:
    """The type of ``expression`` where the scope is that of ``line`` (0-based), behind what stands in it.

    The expression is put into the text as a statement of its own, and mypy is asked about that.
    """
    try:
        ast.parse(f"({expression}\n)", mode="eval")
    except (SyntaxError, ValueError) as error:
        return TypesFailed("expression", f"{expression!r} is no expression: {error}")
    lines = text.split("\n")
    line = min(line, len(lines) - 1)
    for at, indent in places(lines, line):
        asked = f"{indent}{NAME} = ({expression})"
        trial = [*lines[: at + 1], asked, *lines[at + 1 :]]
        data = "\n".join(trial).encode("utf-8", "surrogatepass")
        if syntax_errors(path, data, program.options):
            continue
        before = program.files.texts.get(path)
        program.update(path, data)
        tree = program.tree(path)
        found = None if tree is None else _asked(program, path, tree, at + 2)
        if before is not None:
            program.update(path, before)
        if found is not None:
            return found
    return TypesFailed("expression", f"{expression!r} has no type behind line {line + 1}")


NAME = "__holefit_type__"


def places(lines: list[str], line: int) -> Iterator[tuple[int, str]]:
    """Where a statement may be put behind ``line``: there, or before the next line that starts a statement."""
    for at in range(line, min(line + 30, len(lines))):
        here = lines[at]
        indent = here[: len(here) - len(here.lstrip())]
        if at == line and here.rstrip().endswith(":"):
            yield at, indent + "    "
            below = next((one for one in lines[at + 1 :] if one.strip()), "")
            yield at, below[: len(below) - len(below.lstrip())]
        yield at, indent
    yield len(lines) - 1, ""


def _asked(program: Program, path: str, tree: N.MypyFile, line: int) -> TypeFound | TypesFailed | None:
    """What mypy made of the statement at ``line`` (1-based)."""
    for message in program.messages:
        parsed = _MESSAGE.match(message)
        if (
            parsed
            and _absolute(parsed["path"]) == path
            and int(parsed["line"]) == line
            and parsed["severity"] == "error"
        ):
            return TypesFailed("expression", parsed["text"])
    for node in descendants(tree):
        if isinstance(node, N.AssignmentStmt) and node.line == line:
            lvalue = node.lvalues[0]
            if isinstance(lvalue, N.NameExpr) and lvalue.name == NAME:
                return _written(node.rvalue, lvalue)
    return None


def _written(value: N.Expression, name: N.NameExpr) -> TypeFound:
    """A function's signature as it was declared; any other value's type."""
    target = value.node if isinstance(value, N.RefExpr) else None
    declared = declared_type(target) if target is not None and not isinstance(target, N.Var) else None
    if isinstance(target, N.TypeInfo):
        return TypeFound(f"type[{target.name}]")
    variable = name.node
    type = declared or (variable.type if isinstance(variable, N.Var) else None)
    return TypeFound("Any" if type is None else signature(type))
