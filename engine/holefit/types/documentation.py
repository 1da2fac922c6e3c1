"""The first line of what a function's or a class's documentation says, read from its source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from mypy import nodes as N

from holefit.holes.terms import Attribute, Await, Call, Name, Term
from holefit.types.program import Program
from holefit.types.structure import instance_of

_MOST_LINES = 60


def documentation(term: Term, program: Program) -> str | None:
    """What ``term`` calls or names, in its own words; None where nothing is written or the place is not known."""
    node = _node(term)
    if isinstance(node, N.Decorator):
        node = node.func
    if isinstance(node, N.TypeInfo):
        module = node.module_name
    elif isinstance(node, N.FuncDef):
        module = node.info.module_name if node.info else node.fullname.rpartition(".")[0]
    else:
        return None
    state = program.graph.get(module)
    if state is None or state.path is None:
        return None
    try:
        lines = Path(state.path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    start = node.defn.line - 1 if isinstance(node, N.TypeInfo) else node.line - 1
    return _first_line(lines[max(start, 0) : start + _MOST_LINES], node.name)


def _node(term: Term) -> N.SymbolNode | None:
    match term:
        case Call(callee) | Await(callee):
            return _node(callee)
        case Name(_, symbol):
            found: N.SymbolNode | None = None if symbol is None else symbol.node
            return found
        case Attribute(Name(_, symbol), name) if symbol is not None:
            owner = symbol.node
            if isinstance(owner, N.MypyFile):
                entry = owner.names.get(name)
                return None if entry is None else entry.node
            if isinstance(owner, N.Var) and owner.type is not None and (of := instance_of(owner.type)):
                owner = of.type
            if isinstance(owner, N.TypeInfo) and (entry := owner.get(name)) is not None:
                return entry.node
    return None


def _first_line(lines: list[str], name: str) -> str | None:
    """The docstring below the head of the definition of ``name`` that ``lines`` begin with, decorators above it."""
    head = re.compile(rf"\s*(?:async\s+def|def|class)\s+{re.escape(name)}\b")
    start = next((number for number, line in enumerate(lines) if head.match(line)), None)
    if start is None:
        return None
    below = "\n".join(lines[start:])
    found = re.search(r":[ \t]*(?:#[^\n]*)?\n\s*([rR]?(\"{3}|'{3}|\"|')(?:.|\n)*?\2)", below)
    if found is None or re.search(r"\n\s*\w+.*\n", below[: found.start()].partition(")")[2]):
        return None
    try:
        text = ast.literal_eval(found[1])
    except (SyntaxError, ValueError):
        return None
    return str(text).strip().partition("\n")[0] or None
