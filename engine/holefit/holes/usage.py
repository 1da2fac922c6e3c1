"""How names, attributes and calls are used in a text, in a file and in a project: evidence for what is likely where.

A text is cut into *chunks* (a function or method at the top level or in a class, or what stands between), each of which is observed
on its own, so that an edit costs the observation of one chunk. Expressions are counted by their text in the form of
:func:`holefit.holes.terms.text`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from holefit.holes.terms import read, text

_START = re.compile(r"^(?: {0,4}|\t)(?:(?P<decorator>@)|(?:async +)?def\b|class\b)", re.MULTILINE)
_LONGEST = 60

Group = tuple[str, ...]


class Counts:
    """How often what is used, in groups.

    ``("name",)`` names that are read; ``("text",)`` expressions; ``("attribute",)`` names of attributes; ``("argument", callee, slot)`` arguments, the
    slot being their number or keyword; ``("call", callee)`` shapes of calls: ``2`` or ``1,key``; ``("returned",)`` values; ``("assigned", target)`` values.
    """

    __slots__ = ("groups",)

    def __init__(self) -> None:
        self.groups: dict[Group, Counter[str]] = {}

    def of(self, *group: str) -> Counter[str]:
        """One group; empty where nothing was seen."""
        return self.groups.get(group, _EMPTY)

    def add(self, shown: str, *group: str) -> None:
        """See something once more."""
        self.groups.setdefault(group, Counter())[shown] += 1

    def shift(self, by: Counts, sign: int) -> None:
        """Add or take away what ``by`` counts; what is not used any more goes."""
        for group, counted in by.groups.items():
            mine = self.groups.setdefault(group, Counter())
            for shown, number in counted.items():
                left = mine[shown] + sign * number
                if left > 0:
                    mine[shown] = left
                else:
                    mine.pop(shown, None)
            if not mine:
                del self.groups[group]


_EMPTY: Counter[str] = Counter()


def chunks(source: str) -> list[tuple[int, str]]:
    """The chunks of a text, each with its first line (0-based)."""
    starts, last = [0], -1
    for found in _START.finditer(source):
        if found.start() != last:  # not right below a decorator
            starts.append(found.start())
        last = source.find("\n", found.end()) + 1 if found["decorator"] else -1
    starts = sorted({start for start in starts if start < len(source) or not start})
    found_chunks: list[tuple[int, str]] = []
    line = 0
    for start, end in pairwise([*starts, len(source)]):
        found_chunks.append((line, source[start:end]))
        line += source.count("\n", start, end)
    return found_chunks


@lru_cache(maxsize=4096)
def observed(chunk: str) -> Counts:
    """What is used in a chunk; nothing for one that cannot be parsed alone."""
    counts = Counts()
    tree = _parsed(chunk)
    if tree is not None:
        _Observer(counts).visit(tree)
    return counts


@lru_cache(maxsize=64)
def reads(chunk: str) -> dict[str, list[int]]:
    """Every name of a chunk that is read, with the lines (0-based, within the chunk) where it is."""
    found: dict[str, list[int]] = {}
    tree = _parsed(chunk)
    if tree is not None:
        above = 2 if chunk[:1] in (" ", "\t") else 1
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append(node.lineno - above)
    return found


def _parsed(chunk: str) -> ast.Module | None:
    try:
        return ast.parse("if 1:\n" + chunk if chunk[:1] in (" ", "\t") else chunk)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass
class FileUsage:
    """What is used in one file, kept up to date chunk by chunk."""

    counts: Counts = field(default_factory=Counts)
    chunks: list[tuple[int, str]] = field(default_factory=list)

    def update(self, source: str, project: Counts) -> None:
        """Bring the counts of the file, and those of the project, to ``source``."""
        fresh = chunks(source)
        before = Counter(chunk for _, chunk in self.chunks)
        now = Counter(chunk for _, chunk in fresh)
        for chunk in (now - before).elements():
            self.counts.shift(observed(chunk), 1)
            project.shift(observed(chunk), 1)
        for chunk in (before - now).elements():
            self.counts.shift(observed(chunk), -1)
            project.shift(observed(chunk), -1)
        self.chunks = fresh


class Usage:
    """The use of names in the files of a project; those that are open are taken as they are in the editor."""

    def __init__(self) -> None:
        self.project = Counts()
        self._files: dict[str, FileUsage] = {}

    def update(self, path: str, source: str) -> FileUsage:
        """Take note of the text of one file."""
        usage = self._files.setdefault(path, FileUsage())
        usage.update(source, self.project)
        return usage

    def forget(self, path: str) -> None:
        """The file has changed, or is no more."""
        if (usage := self._files.pop(path, None)) is not None:
            self.project.shift(usage.counts, -1)

    def knows(self, path: str) -> bool:
        """Whether the file was looked at."""
        return path in self._files


@dataclass(frozen=True)
class Nearby:
    """The evidence for one hole: what is used in the function around it, in its file, in the project; ``line`` is the hole's within the function."""

    function: Counts
    file: Counts
    project: Counts
    reads: dict[str, list[int]]
    line: int


def nearby(usage: Usage, path: str, source: str) -> Callable[[int], Nearby]:
    """What is near each line (0-based) of ``source``."""
    file = usage.update(path, source)

    def at(line: int) -> Nearby:
        start, around = max((one for one in file.chunks if one[0] <= line), default=(0, ""))
        return Nearby(observed(around), file.counts, usage.project, reads(around), line - start)

    return at


NOTHING = Nearby(Counts(), Counts(), Counts(), {}, 0)


class _Observer(ast.NodeVisitor):
    """Counts expressions bottom-up; each visit of an expression gives its text, or None where it is long or has no simple form."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def visit(self, node: ast.AST) -> str | None:  # type: ignore[explicit-override]  # typing has override from 3.12 on
        match node:
            case ast.Name(id=name, ctx=context):
                if isinstance(context, ast.Load):
                    self._counts.add(name, "name")
                return name
            case ast.Attribute(value=of, attr=name):
                inner = self.visit(of)
                self._counts.add(name, "attribute")
                return self._expression(None if inner is None else f"{inner}.{name}")
            case ast.Constant(value=value):
                if isinstance(value, str | bytes) and len(value) > _LONGEST:
                    return None
                term = read(repr(value)) if value is not ... else None
                return None if term is None else text(term)
            case ast.Call():
                return self._call(node)
            case ast.Return(value=ast.expr() as value):
                if (shown := self.visit(value)) is not None:
                    self._counts.add(shown, "returned")
            case ast.Assign(targets=[target], value=value):
                self._assigned(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assigned(target, value)
            case ast.Subscript(value=of, slice=index):
                inner, at = self.visit(of), self.visit(index)
                return self._expression(None if inner is None or at is None else f"{inner}[{at}]")
            case ast.BinOp() | ast.BoolOp() | ast.Compare() | ast.UnaryOp() | ast.Await() | ast.Tuple():
                return self._compound(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for part in (*node.decorator_list, node.args, *node.body):
                    self.visit(part)
            case ast.arguments(defaults=defaults, kw_defaults=others):
                for default in (*defaults, *others):
                    if default is not None:
                        self.visit(default)
            case _:
                for child in ast.iter_child_nodes(node):
                    self.visit(child)
        return None

    def _expression(self, shown: str | None) -> str | None:
        if shown is None or len(shown) > _LONGEST:
            return None
        self._counts.add(shown, "text")
        return shown

    def _call(self, node: ast.Call) -> str | None:
        callee = self.visit(node.func)
        arguments = [self.visit(one) for one in node.args]
        keywords = [(one.arg, self.visit(one.value)) for one in node.keywords]
        name = last_name(node.func)
        if name is not None:
            for number, shown in enumerate(arguments):
                if shown is not None:
                    self._counts.add(shown, "argument", name, str(number))
            for key, shown in keywords:
                if shown is not None and key is not None:
                    self._counts.add(shown, "argument", name, key)
            if all(key for key, _ in keywords) and not any(isinstance(one, ast.Starred) for one in node.args):
                shape = ",".join([str(len(arguments)), *(key for key, _ in keywords if key)])
                self._counts.add(shape, "call", name)
        given = [*arguments, *(None if s is None or k is None else f"{k}={s}" for k, s in keywords)]
        if callee is None or any(one is None for one in given):
            return None
        return self._expression(f"{callee}({', '.join(one for one in given if one is not None)})")

    def _compound(self, node: ast.AST) -> str | None:
        shown = [self.visit(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if any(one is None for one in shown) or sum(len(one or "") for one in shown) > _LONGEST:
            return None
        term = read(ast.unparse(node))
        return None if term is None else self._expression(text(term))

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        self.visit(target)
        shown, name = self.visit(value), last_name(target)
        if shown is not None and name is not None:
            self._counts.add(shown, "assigned", name)


def last_name(node: ast.expr) -> str | None:
    """``c`` of ``a.b.c``."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
