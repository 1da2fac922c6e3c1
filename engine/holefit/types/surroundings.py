"""What stands around a hole, told as facts that constructions are made of; asked while the checker stands at the hole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from mypy import nodes as N
from mypy import types as T
from mypy.subtypes import find_member

from holefit.holes.constructions.facts import (
    ANYTHING,
    Facts,
    Parameter,
    ParameterKind,
    Signature,
    Subject,
    Use,
    Written,
)
from holefit.holes.constructions.misspelling import misspelled
from holefit.types.cases import cases_of
from holefit.types.declarations import attributes
from holefit.types.expressions import reference
from holefit.types.scope import EXPRESSION, MODULE, OUTER, Visible
from holefit.types.spelling import Spelling
from holefit.types.tree import Dug

if TYPE_CHECKING:
    from mypy.checker import TypeChecker

MOST_SUBJECTS = 8
_KINDS = {
    N.ARG_POS: ParameterKind.POSITIONAL,
    N.ARG_OPT: ParameterKind.OPTIONAL,
    N.ARG_STAR: ParameterKind.STAR,
    N.ARG_NAMED: ParameterKind.NAMED,
    N.ARG_NAMED_OPT: ParameterKind.NAMED_OPTIONAL,
    N.ARG_STAR2: ParameterKind.STARS,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One hole while the checker stands at it. ``call`` stands in its place; ``stack`` are the type contexts of what is around it, innermost last."""

    hole: Dug
    call: N.CallExpr
    checker: TypeChecker
    expected: T.Type | None
    stack: tuple[T.Type | None, ...]
    scope: tuple[Visible, ...]

    def facts(self) -> Facts:
        """Everything that constructions may need."""
        tree = self.hole.above[0]
        assert isinstance(tree, N.MypyFile)
        spelling = Spelling(tree, self.scope)
        return Facts(
            self.hole.name,
            spelling.type(self.expected),
            tuple(self._subjects(spelling)),
            _signature(self.expected, spelling),
            self._use(spelling),
            self._matched(spelling),
            frozenset(one.name for one in self.scope if one.distance <= MODULE),
        )

    def _subjects(self, spelling: Spelling) -> Iterator[Subject]:
        """Locals, parameters and attributes of ``self`` that can be taken apart, nearest first."""
        near = [
            (one, reference(one.name, one))
            for one in self.scope
            if EXPRESSION < one.distance <= OUTER and isinstance(one.node, N.Var)
        ]
        names = ((one.name, node) for one, node in near)
        own = (pair for one, node in near for pair in self._attributes(one, node))
        found = (self._subject(text, node, spelling) for text, node in chain(names, own))
        yield from islice((one for one in found if one is not None), MOST_SUBJECTS)

    def _attributes(self, one: Visible, name: N.NameExpr) -> Iterator[tuple[str, N.Expression]]:
        if (info := _class_of_self(one)) is not None:
            for attribute, node in attributes(info):
                if isinstance(node, N.Var) and not node.is_property and not attribute.startswith("__"):
                    yield f"{one.name}.{attribute}", N.MemberExpr(name, attribute)

    def _subject(self, text: str, node: N.Expression, spelling: Spelling) -> Subject | None:
        type = self._type(node)
        cases = () if type is None else cases_of(type, spelling, self.checker.modules)
        return Subject(text, cases) if len(cases) > 1 else None

    def _matched(self, spelling: Spelling) -> Subject | None:
        """What is left of the subject of the innermost ``match`` around."""
        for node in reversed(self.hole.above):
            if isinstance(node, N.MatchStmt):
                type = self._type(node.subject_dummy or node.subject)
                if type is None or isinstance(T.get_proper_type(type), T.UninhabitedType):
                    return None
                return Subject("", cases_of(type, spelling, self.checker.modules))
        return None

    def _type(self, node: N.Expression) -> T.Type | None:
        """The type of an expression, narrowed; None when it has none."""
        node.set_line(self.hole.node)
        for child in (node, getattr(node, "expr", None)):
            if isinstance(child, N.Expression):
                child.set_line(self.hole.node)
        with self.checker.msg.filter_errors() as errors:
            found = self.checker.expr_checker.accept(node)
        if errors.has_new_errors() or isinstance(
            T.get_proper_type(found), (T.AnyType, T.PartialType, T.DeletedType)
        ):
            return None
        return found

    def _use(self, spelling: Spelling) -> Use | None:
        """What is done with the hole."""
        above = self.hole.above
        parent, around = above[-1], above[-2] if len(above) > 1 else above[-1]
        outside = above[-3] if len(above) > 2 else around
        if isinstance(parent, N.CallExpr) and parent.callee is self.call:
            return Use("", self._arguments(parent, spelling), self._result(2, around, spelling))
        if isinstance(parent, N.MemberExpr):
            if isinstance(around, N.CallExpr) and around.callee is parent:
                arguments = self._arguments(around, spelling)
                return Use(parent.name, arguments, self._result(3, outside, spelling))
            return Use(parent.name, None, self._result(2, around, spelling))
        if isinstance(parent, N.IndexExpr) and parent.base is self.call:
            index = Parameter("key", self._argument(parent.index, spelling))
            return Use("__getitem__", (index,), self._result(2, around, spelling))
        if isinstance(parent, N.ForStmt) and parent.expr is self.call and not parent.is_async:
            return Use("__iter__", (), Written("Iterator[object]", ("from collections.abc import Iterator",)))
        return None

    def _result(self, depth: int, around: N.Node, spelling: Spelling) -> Written:
        """What is demanded ``depth`` - 1 expressions further out, where ``around`` is what that stands in."""
        if isinstance(around, N.ExpressionStmt):
            return Written("None")
        if isinstance(around, (N.IfStmt, N.WhileStmt, N.AssertStmt)) or (
            isinstance(around, N.UnaryExpr) and around.op == "not"
        ):
            return Written("bool")
        context = self.stack[-depth] if len(self.stack) >= depth else None
        if isinstance(around, N.AwaitExpr) and context is not None:
            awaited = T.get_proper_type(context)
            if isinstance(awaited, T.Instance) and len(awaited.args) == 1:
                context = awaited.args[0]
        return spelling.type(context)

    def _arguments(self, call: N.CallExpr, spelling: Spelling) -> tuple[Parameter, ...]:
        found = []
        for argument, kind, name in zip(call.args, call.arg_kinds, call.arg_names, strict=True):
            if kind in (N.ARG_STAR, N.ARG_STAR2):
                found.append(Parameter("args" if kind == N.ARG_STAR else "kwargs", ANYTHING, _KINDS[kind]))
                continue
            given = name or _word(argument)
            found.append(Parameter(given, self._argument(argument, spelling), _KINDS[kind]))
        return tuple(found)

    def _argument(self, argument: N.Expression, spelling: Spelling) -> Written:
        type = self.checker.lookup_type_or_none(argument)
        proper = None if type is None else T.get_proper_type(type)
        if isinstance(proper, T.Instance):
            type = proper.copy_modified(last_known_value=None)
        return ANYTHING if isinstance(proper, T.NoneType) else spelling.type(type)


def perhaps_meant(hole: str, scope: Iterable[Visible]) -> tuple[str, ...]:
    """What a hole's name may be a slip for: names in scope that are close to it, and an attribute of ``self`` that is called just so."""
    scope = list(scope)
    own = [
        f"{one.name}.{hole}"
        for one in scope
        if hole.strip("_") and (info := _class_of_self(one)) is not None and info.get(hole) is not None
    ]
    return (*own, *misspelled(hole, (one.name for one in scope)))


def _class_of_self(one: Visible) -> N.TypeInfo | None:
    if not isinstance(one.node, N.Var) or not one.node.is_self or one.node.type is None:
        return None
    me = T.get_proper_type(one.node.type)
    if isinstance(me, T.TypeVarType):
        me = T.get_proper_type(me.upper_bound)
    return me.type if isinstance(me, T.Instance) else None


def _word(argument: N.Expression) -> str:
    """What an argument is called where it comes from."""
    if isinstance(argument, (N.NameExpr, N.MemberExpr)):
        return "" if argument.name.isupper() or not argument.name.strip("_") else argument.name
    return ""


def _signature(expected: T.Type | None, spelling: Spelling) -> Signature | None:
    """The callable that is expected, if one is."""
    proper = None if expected is None else T.get_proper_type(expected)
    for item in proper.items if isinstance(proper, T.UnionType) else [proper]:
        found: T.Type | None = item
        if isinstance(item, T.Instance):
            found = find_member("__call__", item, item) if item.type.is_protocol else None
        callable = None if found is None else T.get_proper_type(found)
        if not isinstance(callable, T.CallableType) or callable.is_type_obj():
            continue
        if callable.is_ellipsis_args or callable.param_spec() is not None:
            return Signature((), spelling.type(callable.ret_type))
        parameters = [
            Parameter(name or "", spelling.type(type), _KINDS[kind])
            for type, kind, name in zip(
                callable.arg_types, callable.arg_kinds, callable.arg_names, strict=True
            )
        ]
        return Signature(tuple(parameters), spelling.type(callable.ret_type))
    return None
