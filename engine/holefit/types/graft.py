"""The graft: an edit inside one function's body, answered without looking at the rest of the module.

1. The lines that differ between the text that was checked and the new one are found; they must lie within the body of one function
   at the top level or in a class.
2. That function alone is parsed, and its new body is put into the old tree's function.
3. The function is stripped of what the analysis of its old body left, and analysed again.

Whatever else could change for other code makes the graft decline, and a whole update of the module takes place: a changed
signature or decorator, imports, classes, globals, attributes of ``self`` that are defined there.

Source: the way mypy itself reprocesses a function after a change elsewhere (``mypy.server.update.reprocess_nodes``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mypy import nodes as N
from mypy.checker import FineGrainedDeferredNode
from mypy.errors import CompileError, Errors, ErrorWatcher
from mypy.parse import parse
from mypy.renaming import LimitedVariableRenameVisitor
from mypy.semanal_main import semantic_analysis_for_targets
from mypy.server.aststrip import strip_target

from holefit.types.program import Program
from holefit.types.tree import descendants

_DEF = re.compile(r"\s*(?:async\s+)?def\s")
# What a function's body may not hold, before or after: it would change more than the body.
_REACHES_OUT = re.compile(
    r"^\s*(?:class|global|nonlocal)\b|\b(?:NamedTuple|namedtuple|TypedDict|NewType|Enum|TypeVar)\s*\(", re.M
)
_IMPORT = re.compile(r"^\s*(?:from|import)\b.*$", re.M)
_BARE_RETURN = re.compile(r"\r(?!\n)")
_YIELD = re.compile(r"\byield\b")
_IGNORE = re.compile(r"#\s*type:\s*ignore")


@dataclass(frozen=True, slots=True)
class Site:
    """A function of a tree with all that stands above it; ``above`` starts with the file."""

    function: N.FuncDef
    above: tuple[N.Node, ...]
    info: N.TypeInfo | None

    @property
    def checked(self) -> tuple[tuple[N.Node, ...], N.Node, int, int]:
        """What is checked together with the function: what stands above it, itself, its first and its last line."""
        for number, node in enumerate(self.above):
            if isinstance(node, N.OverloadedFuncDef):
                ends = [one.func.end_line or 0 for one in node.items if isinstance(one, N.Decorator)]
                return self.above[:number], node, node.line, max(ends)
        return self.above, self.function, self.function.line, self.function.end_line or 0


@dataclass(frozen=True, slots=True)
class Graft:
    """What was grafted. Lines (1-based) from ``after`` on have moved by ``delta``."""

    site: Site
    after: int
    delta: int


def graft(program: Program, path: str, old: str, new: str, may: Callable[[N.FuncDef], bool]) -> Graft | None:
    """Bring the tree of ``path`` from ``old`` to ``new`` by one function that ``may`` be grafted.

    None: declined; the module has to be checked as a whole.
    """
    tree = program.tree(path)
    if tree is None or _BARE_RETURN.search(new):
        return None
    before, after = old.split("\n"), new.split("\n")
    start, old_end, new_end = changed(before, after)
    site = find(tree, start + 1)
    if site is None:
        return None
    function = site.function
    first, last = function.line, max(function.end_line or 0, old_end)
    if not may(function) or not _inside(function, before, start, old_end):
        return None
    delta = new_end - old_end
    old_text = "\n".join(before[first - 1 : last])
    new_text = "\n".join(after[first - 1 : last + delta])
    if not _harmless(function, site.info, old_text, new_text):
        return None
    fresh = _parsed(program, path, tree.fullname, after, first, last + delta)
    if fresh is None:
        return None
    function.body, function.end_line, function.end_column = fresh.body, fresh.end_line, fresh.end_column
    function.is_trivial_body = fresh.is_trivial_body
    if not _analyse(program, path, site):
        program.forget(path)
        return None
    program.mark_current(path, new.encode("utf-8", "surrogatepass"))
    return Graft(site, last + 1, delta)


def changed(before: list[str], after: list[str]) -> tuple[int, int, int]:
    """The first line that differs, and behind the last one that does, in either text (0-based)."""
    start, shortest = 0, min(len(before), len(after))
    while start < shortest and before[start] == after[start]:
        start += 1
    back = 0
    while back < shortest - start and before[-1 - back] == after[-1 - back]:
        back += 1
    return start, len(before) - back, len(after) - back


def find(tree: N.MypyFile, line: int) -> Site | None:
    """The function around ``line``, or the last one above it with nothing but its own lines between."""
    above: tuple[N.Node, ...] = (tree,)
    info: N.TypeInfo | None = None
    body = tree.defs
    while True:
        # Plugins of mypy (dataclasses) append methods of their own, with the line of the class.
        found = max((one for one in body if 0 < one.line <= line), key=_line, default=None)
        if isinstance(found, N.ClassDef):
            above, info, body = (*above, found, found.defs), found.info, found.defs.body
            continue
        if isinstance(found, N.OverloadedFuncDef):
            # A property with a setter; each of its functions is analysed on its own, they are checked together.
            accessor = max((one for one in found.items if 0 < one.line <= line), key=_line, default=None)
            if not found.is_property or not isinstance(accessor, N.Decorator):
                return None
            return Site(accessor.func, (*above, found, accessor), info)
        if isinstance(found, N.Decorator):
            return Site(found.func, (*above, found), info)
        return Site(found, above, info) if isinstance(found, N.FuncDef) else None


def _line(statement: N.Statement) -> tuple[int, int]:
    return statement.line, statement.end_line or 0


def _inside(function: N.FuncDef, before: list[str], start: int, old_end: int) -> bool:
    """Whether the old lines ``start`` to ``old_end`` belong to the function's body, or to blank lines right behind it."""
    if (
        not function.body.body
        or function.def_or_infer_vars
        or (function.is_overload and not function.is_property)
    ):
        return False
    head = max([function.line, *((argument.end_line or argument.line) for argument in function.arguments)])
    body_line = function.body.body[0].line
    end = function.end_line or 0
    if body_line <= head or start + 1 < body_line or not _DEF.match(before[function.line - 1]):
        return False
    return all(not line.strip() for line in before[end : max(old_end, start)])


def _harmless(function: N.FuncDef, info: N.TypeInfo | None, old: str, new: str) -> bool:
    """Whether old and new body concern nobody else."""
    if _REACHES_OUT.search(old) or _REACHES_OUT.search(new) or _IGNORE.search(new):
        return False
    if _IMPORT.findall(old) != _IMPORT.findall(new):
        return False
    if bool(_YIELD.search(old)) != bool(_YIELD.search(new)):
        return False
    if info is None or not function.arguments or function.is_static:
        return True
    return _attributes_kept(function, info, old, new)


def _attributes_kept(function: N.FuncDef, info: N.TypeInfo, old: str, new: str) -> bool:
    """Whether no attribute of ``self`` is defined in the body, before or after."""
    me = re.escape(function.arguments[0].variable.name)
    assigned = re.compile(rf"\b{me}\.(\w+)\s*(?:=[^=]|:|,|\))|\bas\s+{me}\.(\w+)|\bfor\s+{me}\.(\w+)")
    first, last = function.line, function.end_line or 0
    for text in (old, new):
        for groups in assigned.findall(text):
            name = next(filter(None, groups))
            symbol = info.get(name)
            if symbol is None or symbol.node is None:
                return False
            if symbol.implicit and first <= symbol.node.line <= last and name in info.names:
                return False
    return True


def _parsed(
    program: Program, path: str, module: str, lines: list[str], first: int, last: int
) -> N.FuncDef | None:
    """The function in ``lines`` from ``first`` to ``last`` (1-based, both included), at the lines where it stands."""
    fragment = lines[first - 1 : last]
    indented = fragment[0][:1] in " \t"
    if indented and first < 2:
        return None
    padding = [""] * (first - 2) + ["if 1:"] if indented else [""] * (first - 1)
    errors = Errors(program.options)
    source = "\n".join([*padding, *fragment, ""]).encode("utf-8", "surrogatepass")
    try:
        tree = parse(source, path, module, errors, program.options, eager=True)
    except (CompileError, ValueError):
        return None
    if errors.is_errors():
        return None
    tree.accept(LimitedVariableRenameVisitor())
    body = tree.defs
    if indented:
        if len(body) != 1 or not isinstance(body[0], N.IfStmt):
            return None
        body = body[0].body[0].body
    return body[0] if len(body) == 1 and isinstance(body[0], N.FuncDef) else None


def _analyse(program: Program, path: str, site: Site) -> bool:
    """Strip and analyse the function; False when that failed and the module has to be checked as a whole."""
    manager = program.manager
    state = program.graph[program.module(path)]
    manager.errors.set_file(path, state.id, options=state.options)
    node = FineGrainedDeferredNode(site.function, site.info)
    with ErrorWatcher(manager.errors, filter_errors=True):
        try:
            strip_target(site.function)
            semantic_analysis_for_targets(state, [node], program.graph)
        except CompileError:
            return False
    return not any(isinstance(one, N.ClassDef) for one in descendants(site.function.body))
