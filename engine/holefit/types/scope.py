"""Names in scope at a hole, nearest first, and whether they are bound by then."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from keyword import iskeyword

from mypy import nodes as N
from mypy import patterns as P
from mypy.util import correct_relative_import

from holefit.types.tree import FUNCTIONS, Dug, children, descendants

# Of the names in typeshed's builtins only those that exist at run time; not those that the interactive prompt adds.
BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) - {
    *("copyright", "credits", "license", "exit", "quit", "help"),
    *("None", "True", "False", "Ellipsis", "NotImplemented"),
}
EXPRESSION, LOCAL, OUTER, MODULE, BUILTIN = range(5)


def is_name(text: str) -> bool:
    """Whether ``text`` can be written as a name: mypy has symbols of its own, and ``None`` and the like are keywords."""
    return text.isidentifier() and not iskeyword(text)


@dataclass(frozen=True, slots=True)
class Visible:
    """A name and the node that it is bound to. ``distance`` is as in :class:`holefit.holes.site.Known`."""

    name: str
    node: N.SymbolNode
    kind: int
    distance: int
    provenance: str
    line: int


def visible(hole: Dug, tree: N.MypyFile, modules: dict[str, N.MypyFile]) -> list[Visible]:
    """What can be named at ``hole``: each name once, as Python resolves it."""
    found: dict[str, Visible | None] = {}
    immediate = True  # whether the code around the hole runs when its module does
    inside_function = False
    chain = (*hole.above, hole.node)
    for index in range(len(chain) - 2, -1, -1):
        scope, below = chain[index], chain[index + 1]
        if isinstance(scope, (N.GeneratorExpr, N.DictionaryComprehension)):
            _add(found, _comprehension(scope, below, hole))
        elif isinstance(scope, FUNCTIONS):
            if isinstance(below, N.Argument):
                continue  # a default is evaluated outside
            _add(found, _function(scope, hole, OUTER if inside_function else LOCAL, tree, modules))
            inside_function = True
            immediate = immediate and isinstance(scope, N.LambdaExpr)
        elif isinstance(scope, N.ClassDef) and below is scope.defs:
            if inside_function or _in_comprehension(chain[index + 1 :]):
                continue  # a class is no scope for what is nested in it
            _add(found, _bindings(scope.defs, hole, LOCAL, "class", tree, modules))
    _add(found, _module(tree, hole, immediate))
    for name, symbol in modules["builtins"].names.items():
        if name in BUILTINS and symbol.node is not None:
            _add(found, [Visible(name, symbol.node, N.GDEF, BUILTIN, "builtin", 0)])
    return [one for one in found.values() if one is not None]


def _add(found: dict[str, Visible | None], more: list[Visible | str]) -> None:
    """A plain string is a name that the scope has, unbound by then: it hides those of outer scopes."""
    for one in more:
        if isinstance(one, str):
            found.setdefault(one, None)
        else:
            found.setdefault(one.name, one)


def _in_comprehension(chain: tuple[N.Node, ...]) -> bool:
    return any(isinstance(one, (N.GeneratorExpr, N.DictionaryComprehension)) for one in chain)


def _comprehension(
    scope: N.GeneratorExpr | N.DictionaryComprehension, below: N.Node, hole: Dug
) -> list[Visible | str]:
    """Variables of a comprehension that are bound where ``below`` is evaluated."""
    bound = len(scope.indices)
    for index, sequence in enumerate(scope.sequences):
        if below is sequence:
            bound = index
    for index, conditions in enumerate(scope.condlists):
        if any(below is condition for condition in conditions):
            bound = index + 1
    found: list[Visible | str] = []
    for lvalue in scope.indices[:bound]:
        for name in _targets(lvalue):
            if isinstance(name.node, N.Var):
                found.append(
                    Visible(name.name, name.node, N.LDEF, EXPRESSION, "comprehension variable", name.line)
                )
    return found


def _function(
    scope: N.FuncDef | N.LambdaExpr,
    hole: Dug,
    distance: int,
    tree: N.MypyFile,
    modules: dict[str, N.MypyFile],
) -> list[Visible | str]:
    """Locals bound above the hole, then parameters."""
    lambda_ = isinstance(scope, N.LambdaExpr)
    found: list[Visible | str] = (
        [] if lambda_ else _bindings(scope.body, hole, distance, "local", tree, modules)
    )
    named = {one if isinstance(one, str) else one.name for one in found}
    for argument in scope.arguments:
        variable = argument.variable
        entry = Visible(
            variable.name,
            variable,
            N.LDEF,
            EXPRESSION if lambda_ and distance == LOCAL else distance,
            "lambda parameter" if lambda_ else "parameter",
            scope.line,
        )
        if variable.name in named:
            found = [one for one in found if not (isinstance(one, str) and one == variable.name)]
        found.append(entry)
    return found


def _bindings(
    body: N.Block,
    hole: Dug,
    distance: int,
    provenance: str,
    tree: N.MypyFile,
    modules: dict[str, N.MypyFile],
) -> list[Visible | str]:
    """What the statements of one scope bind, last bound first; names bound only below the hole as strings."""
    bound: dict[str, Visible] = {}
    later: set[str] = set()
    here = hole.place
    elsewhere = _other_branches(hole)
    for name, node, start, end in binders(body):
        if _is_generated(node, name):
            continue
        if any(first <= start <= last for first, last in elsewhere):
            later.add(name)
            continue
        symbol = _imported(node, name, tree, modules) if isinstance(node, N.ImportBase) else node
        if symbol is not None and start <= here and (end is None or here < end):
            bound[name] = Visible(name, symbol, N.LDEF, distance, provenance, start[0])
        else:
            later.add(name)
    return [*sorted(bound.values(), key=lambda one: -one.line), *(later - bound.keys())]


def _is_generated(node: N.Node, name: str) -> bool:
    """Whether mypy has put a method into its class that is in no text, like the ``__init__`` of a dataclass."""
    info = node.info if isinstance(node, (N.FuncDef, N.Decorator)) else None
    symbol = info.names.get(name) if info else None
    return symbol is not None and symbol.plugin_generated


def _module(tree: N.MypyFile, hole: Dug, immediate: bool) -> list[Visible | str]:
    """Names of the module. Code that runs with the module sees only what stands above it."""
    above: set[str] | None = None
    if immediate:
        above = set()
        here = hole.place
        for name, _, start, end in binders(tree):
            if start <= here and (end is None or here < end):
                above.add(name)
    found: list[Visible | str] = []
    for name, symbol in tree.names.items():
        if symbol.node is None or symbol.module_hidden or not is_name(name) or name.startswith("__"):
            continue
        if above is not None and name not in above:
            found.append(name)
            continue
        node = symbol.node
        away = node.fullname.rpartition(".")[0]
        provenance = "module" if away == tree.fullname or not away else f"from {away} import {name}"
        line = node.line if provenance == "module" else 0
        found.append(Visible(name, node, N.GDEF, MODULE, provenance, line))
    return found


def _other_branches(hole: Dug) -> list[tuple[Place, Place]]:
    """Where the branches stand that did not run when the hole's own does: what they bind is unbound there."""
    found = []
    for node, below in pairwise((*hole.above, hole.node)):
        blocks: list[N.Block | None] = []
        if isinstance(node, N.IfStmt):
            blocks = [*node.body, node.else_body]
        elif isinstance(node, N.MatchStmt):
            blocks = [*node.bodies]
        elif isinstance(node, N.TryStmt):
            blocks = [*node.handlers, node.else_body]
        if any(below is block for block in blocks):
            others = [one for one in blocks if one is not None and one is not below and one.body]
            found += [((one.body[0].line, 0), _behind(one.body[-1])) for one in others]
    return found


def not_assigned_yet(hole: Dug) -> Callable[[N.Var], bool]:
    """Tells which attributes of the class around the hole have no value, or no type, by then: those that its function assigns
    first at the hole or below it; and where the hole's statement assigns an attribute itself, those that other methods bring in.
    """
    info = next((one.info for one in reversed(hole.above) if isinstance(one, N.ClassDef)), None)
    function = next((one for one in hole.above if isinstance(one, N.FuncDef)), None)
    statement = hole.statement
    assigns = isinstance(statement, N.AssignmentStmt) and any(
        isinstance(one, N.MemberExpr) for one in statement.lvalues
    )

    def later(variable: N.Var) -> bool:
        if function is None or variable.info is not info or info is None:
            return False
        symbol = info.names.get(variable.name)
        if symbol is None or not symbol.implicit:
            return False
        if function.line <= variable.line <= (function.end_line or function.line):
            return variable.line >= statement.line
        return assigns and variable.is_inferred

    return later


Place = tuple[int, int]
Binding = tuple[str, N.SymbolNode | N.ImportBase, Place, Place | None]


def binders(scope: N.Block | N.MypyFile) -> Iterator[Binding]:
    """Every binding of a scope: name, node, from where on it is bound, and up to where (None: to the scope's end)."""
    for node in descendants(scope, into_functions=False):
        yield from _binds(node)


def _binds(node: N.Node) -> Iterator[Binding]:
    match node:
        case N.AssignmentStmt():
            if isinstance(node.rvalue, N.TempNode) and node.rvalue.no_rhs:
                return
            for lvalue in node.lvalues:
                yield from _bound(_targets(lvalue), _behind(node))
        case N.AssignmentExpr():
            yield from _bound(_targets(node.target), _behind(node))
        case N.ForStmt():
            yield from _bound(_targets(node.index), _start(node.body, node.expr))
        case N.WithStmt():
            for expression, target in zip(node.expr, node.target, strict=True):
                if target is not None:
                    yield from _bound(_targets(target), _behind(expression))
        case N.TryStmt():
            for variable, handler in zip(node.vars, node.handlers, strict=True):
                if variable is not None and handler.body:
                    first, last = handler.body[0], handler.body[-1]
                    end = (last.end_line or last.line, (last.end_column or 0) + 1)
                    yield from ((n, s, p, end) for n, s, p, _ in _bound([variable], (first.line, 0)))
        case N.FuncDef():
            yield node.name, node, _behind(node), None
        case N.Decorator():
            yield node.func.name, node, _behind(node.func), None
        case N.OverloadedFuncDef():
            yield node.name, node, _behind(node.items[-1] if node.impl is None else node.impl), None
        case N.ClassDef():
            if node.info is not None:
                yield node.name, node.info, _behind(node), None
        case N.Import():
            for module, alias in node.ids:
                yield alias or module.partition(".")[0], node, _behind(node), None
        case N.ImportFrom():
            for name, alias in node.names:
                yield alias or name, node, _behind(node), None
        case N.ImportAll():
            for name in getattr(node, "imported_names", ()):
                yield name, node, _behind(node), None
        case P.AsPattern():
            yield from _captured(node.name, node)
        case P.StarredPattern():
            yield from _captured(node.capture, node)
        case P.MappingPattern():
            yield from _captured(node.rest, node)


def _imported(
    node: N.ImportBase, name: str, tree: N.MypyFile, modules: dict[str, N.MypyFile]
) -> N.SymbolNode | None:
    """What an import inside a function binds ``name`` to; None when that is not known."""
    if isinstance(node, N.Import):
        for module, alias in node.ids:
            if name == (alias or module.partition(".")[0]):
                return modules.get(module if alias else name)
    if isinstance(node, N.ImportFrom):
        package, _ = correct_relative_import(
            tree.fullname, node.relative, node.id, tree.is_package_init_file()
        )
        for original, alias in node.names:
            if name == (alias or original):
                symbol = modules[package].names.get(original) if package in modules else None
                return symbol.node if symbol is not None else modules.get(f"{package}.{original}")
    return None


def _captured(name: N.NameExpr | None, pattern: P.Pattern) -> Iterator[Binding]:
    if name is not None:
        yield from _bound([name], _behind(pattern))


def _bound(names: list[N.NameExpr], start: Place) -> Iterator[Binding]:
    for name in names:
        if isinstance(name.node, N.Var):
            # mypy calls a second ``with ... as f`` of a function ``f'``.
            yield name.name.rstrip("'"), name.node, start, None


def _targets(lvalue: N.Node) -> list[N.NameExpr]:
    """The plain names that an assignment to ``lvalue`` binds."""
    if isinstance(lvalue, N.NameExpr):
        return [lvalue]
    if isinstance(lvalue, (N.TupleExpr, N.ListExpr, N.StarExpr)):
        return [name for _, child in children(lvalue) for name in _targets(child)]
    return []


def _behind(node: N.Node) -> Place:
    return (node.end_line or node.line, node.end_column or node.column + 1)


def _start(body: N.Block, head: N.Node) -> Place:
    return (
        (body.body[0].line, 0)
        if body.body and body.body[0].line > (head.end_line or head.line)
        else _behind(head)
    )
