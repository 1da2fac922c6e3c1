"""Places in mypy's trees: children in source order, holes with all that encloses them, slots to put another node in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mypy import nodes as N
from mypy import patterns as P

# mypy's visitors are compiled and cannot be subclassed from here, so the children of each kind are listed, in source order.
_CHILDREN: dict[type, tuple[str, ...]] = {
    N.MypyFile: ("defs",),
    N.Block: ("body",),
    N.FuncDef: ("arguments", "body"),
    N.LambdaExpr: ("arguments", "body"),
    N.Argument: ("initializer",),
    N.Decorator: ("decorators", "func"),
    N.OverloadedFuncDef: ("items", "impl"),
    N.ClassDef: ("decorators", "base_type_exprs", "removed_base_type_exprs", "metaclass", "keywords", "defs"),
    N.AssertStmt: ("expr", "msg"),
    N.AssertTypeExpr: ("expr",),
    N.AssignmentExpr: ("target", "value"),
    N.AssignmentStmt: ("lvalues", "rvalue"),
    N.AwaitExpr: ("expr",),
    N.CallExpr: ("callee", "args"),
    N.CastExpr: ("expr",),
    N.ComparisonExpr: ("operands",),
    N.ConditionalExpr: ("if_expr", "cond", "else_expr"),
    N.DelStmt: ("expr",),
    N.DictExpr: ("items",),
    N.DictionaryComprehension: ("key", "value", "indices", "sequences", "condlists"),
    N.ExpressionStmt: ("expr",),
    N.ForStmt: ("index", "expr", "body", "else_body"),
    N.GeneratorExpr: ("left_expr", "indices", "sequences", "condlists"),
    N.IfStmt: ("expr", "body", "else_body"),
    N.IndexExpr: ("base", "index"),
    N.ListComprehension: ("generator",),
    N.ListExpr: ("items",),
    N.MatchStmt: ("subject", "patterns", "guards", "bodies"),
    N.MemberExpr: ("expr",),
    N.OperatorAssignmentStmt: ("lvalue", "rvalue"),
    N.OpExpr: ("left", "right"),
    N.RaiseStmt: ("expr", "from_expr"),
    N.ReturnStmt: ("expr",),
    N.RevealExpr: ("expr",),
    N.SetComprehension: ("generator",),
    N.SetExpr: ("items",),
    N.SliceExpr: ("begin_index", "end_index", "stride"),
    N.StarExpr: ("expr",),
    N.SuperExpr: ("call",),
    N.TemplateStrExpr: ("items",),
    N.TryStmt: ("body", "types", "handlers", "else_body", "finally_body"),
    N.TupleExpr: ("items",),
    N.UnaryExpr: ("expr",),
    N.WhileStmt: ("expr", "body", "else_body"),
    N.WithStmt: ("expr", "target", "body"),
    N.YieldExpr: ("expr",),
    N.YieldFromExpr: ("expr",),
    P.AsPattern: ("pattern",),
    P.ClassPattern: ("class_ref", "positionals", "keyword_values"),
    P.MappingPattern: ("keys", "values"),
    P.OrPattern: ("patterns",),
    P.SequencePattern: ("patterns",),
    P.ValuePattern: ("expr",),
}
FUNCTIONS = (N.FuncDef, N.LambdaExpr)
DEFINITIONS = (N.FuncDef, N.Decorator, N.OverloadedFuncDef, N.ClassDef)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a node hangs: an attribute of ``owner``, or a place in the (nested) list that the attribute holds."""

    owner: Any
    attribute: str
    path: tuple[Any, ...] = ()

    def put(self, node: N.Node) -> None:
        """Hang ``node`` here instead of what hung here."""
        if not self.path:
            setattr(self.owner, self.attribute, node)
            return
        container = getattr(self.owner, self.attribute)
        *outer, last = self.path
        for key in outer[:-1]:
            container = container[key]
        if outer and isinstance(inner := container[outer[-1]], tuple):
            container[outer[-1]] = (*inner[:last], node, *inner[last + 1 :])
        else:
            (container[outer[-1]] if outer else container)[last] = node


def children(node: N.Node) -> Iterator[tuple[Slot, N.Node]]:
    """What hangs directly below ``node``, in source order where mypy keeps it."""
    attributes = _CHILDREN.get(type(node), ())
    if isinstance(node, (N.CallExpr, N.IndexExpr, N.OpExpr)) and node.analyzed is not None:
        # A cast, a type application, an alias: what mypy made of it counts, and what it takes for a type is no expression.
        attributes = ("analyzed",)
    for attribute in attributes:
        value = getattr(node, attribute, None)
        if value is None:
            continue
        if isinstance(value, N.Node):
            yield Slot(node, attribute), value
        elif isinstance(value, (list, dict)):
            yield from _in_container(node, attribute, (), value)


def _in_container(
    owner: N.Node, attribute: str, path: tuple[Any, ...], value: Any
) -> Iterator[tuple[Slot, N.Node]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, N.Node):
            yield Slot(owner, attribute, (*path, key)), item
        elif isinstance(item, (list, tuple)):
            yield from _in_container(owner, attribute, (*path, key), item)


def descendants(node: N.Node, *, into_functions: bool = True) -> Iterator[N.Node]:
    """``node`` and everything below it; with ``into_functions`` False nothing of other scopes (functions, classes)."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        if not into_functions and one is not node and isinstance(one, (*FUNCTIONS, *DEFINITIONS)):
            continue
        stack.extend(child for _, child in children(one))


@dataclass(slots=True)
class Dug:
    """A hole found in a tree.

    ``above`` is the chain of nodes from the file down to the hole's parent. ``statement`` is the innermost statement around it and
    ``siblings`` the list in which that stands.
    """

    node: N.NameExpr
    slots: list[Slot]
    above: tuple[N.Node, ...]
    statement: N.Statement
    siblings: list[N.Statement]
    index: int = 0
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def place(self) -> tuple[int, int]:
        """mypy's line (1-based) and column (0-based)."""
        return self.node.line, self.node.column

    @property
    def parent(self) -> N.Node:
        return self.above[-1]


def is_hole_name(name: str) -> bool:
    """Whether an unbound ``name`` is a hole: it starts with ``_`` and is no dunder."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__") and len(name) > 4)


def find_holes(tree: N.MypyFile, lines: set[int]) -> list[Dug]:
    """The holes of an analysed ``tree`` in source order. ``lines`` (1-based) are those that can have one."""
    found: dict[int, Dug] = {}
    if lines:
        _search(tree, (), None, sorted(lines), found)
    return sorted(found.values(), key=lambda hole: hole.place)


def holes_below(above: tuple[N.Node, ...], node: N.Node, lines: set[int]) -> list[Dug]:
    """The holes below ``node``, a statement whose chain from the file down is ``above``."""
    found: dict[int, Dug] = {}
    if lines:
        _search(node, above, None, sorted(lines), found)
    return sorted(found.values(), key=lambda hole: hole.place)


def _search(
    node: N.Node,
    above: tuple[N.Node, ...],
    standing: tuple[N.Statement, list[N.Statement]] | None,
    lines: list[int],
    found: dict[int, Dug],
) -> None:
    inner = (*above, node)
    accessors = isinstance(node, N.Decorator) and above and isinstance(above[-1], N.OverloadedFuncDef)
    for slot, child in children(node):
        if (type(node), slot.attribute) in _BOUND or (
            type(node) in _UNPACKED and above and _is_bound(above, node)
        ):
            if isinstance(child, _UNPACKED):
                _search(child, inner, standing, lines, found)
            if isinstance(child, (N.NameExpr, *_UNPACKED)):
                continue  # a name that is assigned to, even where mypy leaves it unbound
        if accessors and slot.attribute == "decorators" and above[-1].is_property:  # type: ignore[attr-defined]
            continue  # the name in ``@name.setter`` is left unbound by mypy
        if isinstance(child, N.NameExpr):
            if child.node is None and is_hole_name(child.name) and standing and not child.is_special_form:
                known = found.get(id(child))
                if known is None:
                    found[id(child)] = Dug(child, [slot], inner, *standing)
                else:
                    known.slots.append(slot)
            continue
        if isinstance(child, N.Block) and child.is_unreachable:
            continue
        if not _may_hold(child, lines):
            continue
        if isinstance(child, N.Statement) and isinstance(node, (N.Block, N.MypyFile)):
            siblings = node.body if isinstance(node, N.Block) else node.defs
            _search(child, inner, (child, siblings), lines, found)
        else:
            _search(child, inner, standing, lines, found)


_BOUND = {
    (N.AssignmentStmt, "lvalues"),
    (N.OperatorAssignmentStmt, "lvalue"),
    (N.ForStmt, "index"),
    (N.WithStmt, "target"),
    (N.AssignmentExpr, "target"),
    (N.GeneratorExpr, "indices"),
    (N.DictionaryComprehension, "indices"),
    (N.DelStmt, "expr"),
}
_UNPACKED = (N.TupleExpr, N.ListExpr, N.StarExpr)


def _is_bound(above: tuple[N.Node, ...], node: N.Node) -> bool:
    """Whether ``node``, a tuple or the like below ``above``, is what an assignment unpacks into."""
    parent = above[-1]
    if isinstance(parent, _UNPACKED):
        return _is_bound(above[:-1], parent)
    return any(child is node for slot, child in children(parent) if (type(parent), slot.attribute) in _BOUND)


def _may_hold(node: N.Node, lines: list[int]) -> bool:
    """Whether a candidate line lies within ``node``; True where its extent is not known exactly."""
    end = node.end_line
    if end is None or node.line < 0 or isinstance(node, (N.Block, N.Argument, P.Pattern, *DEFINITIONS)):
        return True
    start = node.line
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        if lines[middle] < start:
            low = middle + 1
        else:
            high = middle
    return low < len(lines) and lines[low] <= end
