"""Source text of project modules, cut into top-level statements.

A module is kept as *chunks*: runs of whole lines that hold one top-level statement (or several, joined by semicolons). When its text
changes, only the lines between the first and the last difference are parsed again, with a chunk on either side, since an indented line or
an ``else`` may have been added to it. A chunk parses alone exactly as it does in its place: brackets, strings and blocks opened in it end in it.
"""

from __future__ import annotations
import __future__

import ast
import importlib.util
import io
import os
import re
import time
import warnings

from holefit_worker.holes import deferred

from . import codes, names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .names import FromImport
    from .seals import Seal

_ON_RELOAD = "holefit: on-reload"
_IMPORTS = re.compile(r"(?:^|[;:])\s*(?:import|from)\b|import_module|__import__")
# a file changed this short a time before it was read may change again within one tick of the file system's clock
_FRESH_S = 0.05
_FRESH_ROUND_S = 2.5  # where it counts whole seconds, as it seems


class Statement:
    """One statement of a module as it was loaded.

    ``kind``: ``def``, ``class``, ``import``, ``initialiser``, ``del`` (of names), ``guard`` (the test of an ``if``; what stands below it are statements of
    their own), ``doc`` (the module's docstring), ``text`` (a string that does nothing) or ``run`` (anything else).
    ``extra`` are code objects that parts of it were compiled to when it was patched: living functions may hold parts of them.
    """

    __slots__ = (
        "attributes",
        "code",
        "extra",
        "imports",
        "key",
        "kind",
        "line",
        "names",
        "on_reload",
        "seals",
        "taken",
        "truth",
    )

    def __init__(self, kind: str, line: int, names: tuple[str, ...], code: CodeType) -> None:
        self.kind = kind
        self.line = line
        self.names = names
        self.code = code
        self.extra: list[CodeType] = []
        self.seals: dict[str, Seal] = {}
        self.key = object()  # stays with the statement through its versions
        self.attributes: tuple[str, ...] = ()  # a class statement's own: ``Class.attribute``
        self.imports: list[str] = []
        self.taken: list[FromImport] = []
        self.on_reload = False
        self.truth = True


class Leaf:
    """A statement that has been parsed and compiled. For a guard, ``body`` and ``orelse`` hold what stands below it."""

    __slots__ = ("body", "former", "node", "orelse", "statement")

    def __init__(
        self, node: Any, statement: Statement, former: tuple[Chunk, Statement] | None = None
    ) -> None:
        self.node = node  # ast.stmt; None where the statement came compiled from the cache
        self.statement = statement
        self.former = former  # the old chunk and statement of the same text, if known
        self.body: list[Leaf] = []
        self.orelse: list[Leaf] = []


class Chunk:
    """Lines ``start`` to ``end`` (1-based, inclusive) of a module and the statements in them that ran."""

    __slots__ = ("end", "leaves", "start", "statements")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.statements: list[Statement] = []
        self.leaves: list[Leaf] = []


class Known:
    """Chunks of one statement each (no ``if``), by their text."""

    __slots__ = ("_by_text",)

    def __init__(self, lines: list[str], chunks: list[Chunk]) -> None:
        self._by_text: dict[str, list[tuple[Chunk, Statement]]] = {}
        for chunk in chunks:
            if (
                len(chunk.statements) == 1
                and chunk.statements[0].kind not in {"guard", "doc"}
                and not chunk.statements[0].on_reload
            ):
                text = "".join(lines[chunk.start - 1 : chunk.end])
                self._by_text.setdefault(text, []).append((chunk, chunk.statements[0]))

    def take(
        self, lines: list[str], node: ast.stmt, following: ast.stmt | None
    ) -> tuple[Chunk, Statement] | None:
        """The chunk with the text of ``node``, which is then taken."""
        if isinstance(node, ast.If) or not node.end_lineno:
            return None
        if following is not None and following.lineno <= node.end_lineno:
            return None
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        found = self._by_text.get("".join(lines[start - 1 : node.end_lineno]))
        return found.pop(0) if found else None


def shifted(statement: Statement, lines: int) -> Statement:
    """``statement`` as it is when it stands ``lines`` further down."""
    moved = Statement(
        statement.kind, statement.line + lines, statement.names, codes.shift(statement.code, lines)
    )
    moved.seals = statement.seals
    moved.attributes = statement.attributes
    moved.key = statement.key
    moved.imports = statement.imports
    moved.taken = statement.taken
    moved.on_reload = statement.on_reload
    moved.truth = statement.truth
    return moved


def read(path: str) -> tuple[str, tuple[int, ...]]:
    """The text of a file, decoded as the compiler would, with ``\\n`` line ends, and its stamp (see :func:`stamp`)."""
    before = stamp(path)
    with open(path, "rb") as file:
        data = file.read()
    text = importlib.util.decode_source(data)
    after = stamp(path)
    changed = after[0] if os.name == "nt" else after[3]  # ctime is the time of creation there
    age = time.time() - changed / 1e9  # below zero where the clock has been set back
    is_fresh = age < (_FRESH_S if changed % 1_000_000_000 else _FRESH_ROUND_S)
    return text, () if before != after or is_fresh else after


def stamp(path: str) -> tuple[int, ...]:
    """What changes when a file is written: times of change in nanoseconds, size, inode."""
    found = os.stat(path)
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)


def lines_of(text: str) -> list[str]:
    """Lines as the compiler counts them, ends kept."""
    return io.StringIO(text).readlines()


def normalised(text: str) -> str:
    """A buffer's text with the line ends that the compiler sees."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Parse:
    """Parses and compiles statements of one module."""

    __slots__ = ("flags", "package", "path")

    def __init__(self, path: str, package: str, flags: int = 0) -> None:
        self.path = path
        self.package = package
        self.flags = flags

    def chunks(
        self, lines: list[str], first: int = 0, last: int | None = None, known: Known | None = None
    ) -> list[Chunk]:
        """The chunks of ``lines[first:last]`` (0-based), compiled. Raises SyntaxError; positions are those of the whole text.

        ``known`` are chunks compiled before: one of the same text is not compiled again.
        """
        text = "\n" * first + "".join(lines[first:last])
        nodes = ast.parse(text, self.path).body
        if first == 0:
            self.flags = _future_flags(nodes)
        marked = _ON_RELOAD in text
        found: list[Chunk] = []
        for i, node in enumerate(nodes):
            start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            end = node.end_lineno or start
            if found and start <= found[-1].end:
                found[-1].end = max(end, found[-1].end)
            else:
                found.append(Chunk(start, end))
            docstring = first == 0 and i == 0
            if known is not None and not marked and not docstring:
                former = known.take(lines, node, nodes[i + 1] if i + 1 < len(nodes) else None)
                if former is not None:
                    found[-1].leaves.append(self.again(node, former, start))
                    continue
            found[-1].leaves.append(self.leaf(node, lines, marked, docstring=docstring))
        return found

    @staticmethod
    def again(node: ast.stmt, former: tuple[Chunk, Statement], start: int) -> Leaf:
        """A statement whose text stands elsewhere now."""
        chunk, old = former
        statement = old if start == chunk.start else shifted(old, start - chunk.start)
        return Leaf(node, statement, former)

    def leaf(self, node: ast.stmt, lines: list[str], marked: bool, *, docstring: bool = False) -> Leaf:
        """``node`` compiled, with what stands below it if it is an ``if``."""
        if isinstance(node, ast.If):
            test = ast.copy_location(ast.Expression(node.test), node.test)
            leaf = Leaf(
                node,
                Statement("guard", node.lineno, names.bound(ast.Expr(node.test)), self.compile(test, "eval")),
            )
            leaf.body = [self.leaf(inner, lines, marked) for inner in node.body]
            leaf.orelse = [self.leaf(inner, lines, marked) for inner in node.orelse]
            return leaf
        kind = _kind(node, docstring)
        statement = Statement(
            kind, node.lineno, names.bound(node), self.compile(ast.Module([node], []), "exec")
        )
        text = lines[node.lineno - 1 : node.end_lineno]
        if kind == "import" or any(_IMPORTS.search(line) for line in text if "import" in line):
            dynamic = any("import_module" in line or "__import__" in line for line in text)
            statement.imports, taken = names.imports(node, self.package, dynamic=dynamic)
            statement.taken = taken if kind not in {"def", "class"} else []
        if isinstance(node, ast.ClassDef):
            statement.attributes = tuple(names.attributes(node, ""))
        if marked and kind != "doc":
            above = lines[node.lineno - 2].lstrip() if node.lineno >= 2 else ""
            statement.on_reload = any(_ON_RELOAD in line for line in text) or (
                above.startswith("#") and _ON_RELOAD in above
            )
        return Leaf(node, statement)

    def compile(self, tree: ast.Module | ast.Expression, mode: str) -> CodeType:
        """``tree`` compiled under the module's own future imports; holes in it wait for their values if they are to."""
        code: CodeType = compile(deferred.marked(tree), self.path, mode, self.flags, dont_inherit=True)
        return code

    def node_at(self, lines: list[str], chunk: Chunk, line: int) -> ast.stmt | None:
        """The tree of the statement at ``line`` in a chunk, parsed once more from the text that it was loaded from."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(
                "\n" * (chunk.start - 1) + "".join(lines[chunk.start - 1 : chunk.end]), self.path
            ).body
        pending = list(body)
        while pending:
            node = pending.pop()
            if node.lineno == line and not isinstance(node, ast.If):
                return node
            if isinstance(node, ast.If):
                pending += [*node.body, *node.orelse]
        return None


def _kind(node: ast.stmt, docstring: bool) -> str:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return "def"
    if isinstance(node, ast.ClassDef):
        return "class"
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return "import"
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return "doc" if docstring else "text"
    if isinstance(node, ast.Delete) and all(isinstance(target, ast.Name) for target in node.targets):
        return "del"
    return "initialiser" if names.is_initialiser(node) else "run"


def _future_flags(nodes: list[ast.stmt]) -> int:
    flags = 0
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level:
            for alias in node.names:
                flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
    return flags


def differing(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines two texts share at the beginning and at the end (the two runs do not overlap in either)."""
    limit = min(len(old), len(new))
    prefix = _shared(limit, lambda k: old[:k] == new[:k])
    limit -= prefix
    suffix = _shared(limit, lambda k: old[len(old) - k :] == new[len(new) - k :])
    return prefix, suffix


def _shared(limit: int, agree: Any) -> int:
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if agree(middle):
            low = middle
        else:
            high = middle - 1
    return low


def reparse(
    parse: Parse, old_lines: list[str], old: list[Chunk], new_lines: list[str]
) -> tuple[int, int, list[Chunk]]:
    """Parse what changed: the numbers of chunks that stay at the beginning and at the end of ``old``, and the new ones between.

    Chunks that stay at the end have moved by ``len(new_lines) - len(old_lines)`` lines. Raises SyntaxError.
    """
    prefix, suffix = differing(old_lines, new_lines)
    head = 0
    while head < len(old) and old[head].end <= prefix:
        head += 1
    head = max(0, head - 1)  # a block may go on below
    tail = 0
    boundary = len(old_lines) - suffix
    while tail < len(old) - head and old[len(old) - 1 - tail].start > boundary:
        tail += 1
    if head == 0:
        # the docstring and future imports rule over the whole module
        flags = parse.flags
        chunks = _middle(parse, old_lines, old, new_lines, 0, tail)
        if chunks == [] and tail == len(old):
            parse.flags = flags
            return 0, tail, []
        if chunks and tail < len(old) and parse.flags == flags:
            return 0, tail, chunks
        parse.flags = flags
        return 0, 0, parse.chunks(new_lines)
    chunks = _middle(parse, old_lines, old, new_lines, head, tail)
    if chunks is None or any(_is_future(leaf.node) for chunk in chunks for leaf in chunk.leaves):
        return 0, 0, parse.chunks(new_lines)
    return head, tail, chunks


def _middle(
    parse: Parse, old_lines: list[str], old: list[Chunk], new_lines: list[str], head: int, tail: int
) -> list[Chunk] | None:
    first = old[head - 1].end if head else 0
    last = len(new_lines) if not tail else old[len(old) - tail].start - 1 + len(new_lines) - len(old_lines)
    try:
        chunks = parse.chunks(new_lines, first, last, Known(old_lines, old[head : len(old) - tail]))
    except SyntaxError:
        return None
    if head and chunks and chunks[0].start <= first:
        return None
    return chunks


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def failure_place(error: BaseException, path: str) -> tuple[str, int, int]:
    """File, line (1-based) and column (0-based) where a reload failed; ``path`` is the module that was being reloaded.

    It is the innermost line at the top level of a module or in the body of a class: what functions did below it is in the traceback.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0, max(0, (error.offset or 1) - 1)
    where, line = path, 0
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not codes.is_function(code):
            if code.co_filename in {path, where} or (
                code.co_name == "<module>" and os.path.isfile(code.co_filename)
            ):
                where, line = code.co_filename, traceback.tb_lineno or 0
        elif code.co_filename == path and not line:
            line = traceback.tb_lineno or 0  # a handler
        traceback = traceback.tb_next
    return where, line, 0
