"""Carrying out a plan: the changed statements of one module run, and what they bind takes the place of what was there.

The bodies of functions have got their new code before (see :mod:`.swap`). Here, in the order of the new text: definitions whose head changed
run again, classes are patched, initialisers run as the policy says; at the end names go that the new text no longer binds.
"""

from __future__ import annotations

import ast
from types import FunctionType

from . import classes, codes, functions, moves, names, rebuild
from .follow import exported
from .module import seal
from .plan import BODIES, CHANGED, EQUAL, Plan
from .seals import Seal
from .source import Chunk, Leaf, Parse, Statement, shifted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .journal import Journal
    from .module import Module
    from .reloader import Reloader
    from .report import Report

_ALWAYS = "always"
_KEEP = "keep"


class Patch:
    """One module's way from its old text to its new one."""

    def __init__(self, reloader: Reloader, plan: Plan, journal: Journal, report: Report, policy: str) -> None:
        self.reloader = reloader
        self.plan = plan
        self.record: Module = plan.record
        self.journal = journal
        self.report = report
        self.policy = policy
        self.parse = Parse(plan.path, plan.package, plan.flags)
        self.living: dict[int, list[FunctionType]] = {}  # functions by the identity of their new code
        self.wrappers: list[tuple[Any, Any]] = []
        self.tail: list[Chunk] = []
        self.peers: list[Patch] = [self]  # those of the same reload
        self._graves: list[tuple[Statement, str, FunctionType]] = []
        self._gone_classes: list[tuple[Statement, type]] = []
        self.before: dict[str, Any] = {}
        self._ran: set[int] = set()
        self._binders: dict[str, list[Statement]] | None = None
        self._nodes: dict[int, ast.stmt] = {}
        self._statement: Statement | None = None

    # -- what was moved ------------------------------------------------------------------------------------------------

    def move_tail(self) -> list[tuple[Statement, Statement]]:
        """Make the chunks that stand elsewhere now; gives pairs of old and new statements."""
        pairs: list[tuple[Statement, Statement]] = []
        delta = self.plan.delta
        for chunk in self.plan.moved():
            if not delta:
                self.tail.append(chunk)
                continue
            moved = Chunk(chunk.start + delta, chunk.end + delta)
            moved.statements = [shifted(statement, delta) for statement in chunk.statements]
            pairs += zip(chunk.statements, moved.statements, strict=False)
            self.tail.append(moved)
        return pairs

    # -- running -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run what has to run, and remove what is gone."""
        namespace = self.record.namespace
        self.before = dict(namespace)
        for chunk in self.plan.chunks:
            for leaf in chunk.leaves:
                self._leaf(leaf, chunk.statements)
        self._remove()
        self._star_names()

    def changes(self) -> dict[str, tuple[object, object]]:
        """Names whose value is another object than before, with both."""
        after = self.record.namespace
        return {
            name: (value, after.get(name, _GONE))
            for name, value in self.before.items()
            if after.get(name, _GONE) is not value
        }

    def added(self) -> list[str]:
        """Names that were not there before."""
        return [name for name in self.record.namespace if name not in self.before]

    def _leaf(self, leaf: Leaf, into: list[Statement]) -> None:
        statement, match = leaf.statement, self.plan.of(leaf)
        if statement.kind == "guard":
            if match.relation != EQUAL:
                self.reloader.running.statement(self.record, statement)
                self._binders = None  # they depend on the branch that is open
                branch = leaf.body if statement.truth else leaf.orelse
                self.plan.match(self.plan._resolved(branch))
                self.reloader.swap_late(self, branch)
            into.append(statement)
            for inner in leaf.body if statement.truth else leaf.orelse:
                self._leaf(inner, into)
            return
        into.append(statement)
        self._statement = statement
        if match.relation in (EQUAL, BODIES):
            if match.relation == BODIES and statement.kind == "initialiser":
                for name in statement.names:
                    if name in statement.seals and name in self.record.namespace:
                        statement.seals[name].refresh(self.record.namespace[name])
            if statement.on_reload:
                self._execute(statement, leaf.node)
        elif (
            statement.kind == "def"
            and match.old is not None
            and match.relation == CHANGED
            and match.old.kind == "def"
        ):
            self._define(leaf, match.old, match.chunk)
        elif statement.kind == "class" and match.old is not None and match.old.kind == "class":
            self._class(leaf, match.old, match.chunk)
        elif statement.kind in {"def", "class"}:
            self._execute(statement, leaf.node)
            self._revive(statement)
        elif statement.kind in {"initialiser", "run"}:
            self._initialise(leaf, match.old)
        else:
            self._execute(statement, leaf.node)

    def _execute(self, statement: Statement, node: ast.stmt | None) -> None:
        """Run a statement. Statements that bind one of its names keep their say; see :meth:`_around`."""
        earlier, later = self._around(statement, node)
        for other in earlier:
            self._run_alone(other)
        namespace = self.record.namespace
        held = {name: namespace[name] for name in statement.names if name in namespace}
        self.reloader.handlers.drop_statement(statement.key)
        self._ran.add(id(statement))
        self.reloader.running.statement(self.record, statement)
        seal(statement, namespace)
        for other, reads in later:
            if reads:
                self._run_alone(other)
            else:
                for name in statement.names:
                    if name in other.names and name in held:
                        namespace[name] = held[name]

    def _run_alone(self, statement: Statement) -> None:
        if id(statement) in self._ran:
            return
        self._ran.add(id(statement))
        self.reloader.handlers.drop_statement(statement.key)
        self.reloader.running.statement(self.record, statement)
        seal(statement, self.record.namespace)

    def _around(
        self, statement: Statement, node: ast.stmt | None
    ) -> tuple[list[Statement], list[tuple[Statement, bool]]]:
        """Other statements that bind the same names: those above that have to run first because this one builds on what they give
        (``x += 1``, ``@x.setter``), and those below, which have the last word, with whether they build on this one."""
        if node is None or statement.kind not in {"initialiser", "def", "class", "run"}:
            return [], []
        earlier: list[Statement] = []
        later: list[tuple[Statement, bool]] = []
        for name in statement.names:
            group = self._binding().get(name, ())
            if len(group) < 2:
                continue
            place = next((i for i, other in enumerate(group) if other is statement), len(group))
            if names.reads(node, name):
                earlier += [other for other in group[:place] if other not in earlier]
            for other in group[place + 1 :]:
                if id(other) in self._ran or other.kind == "import":
                    continue
                other_node = self._node(other)
                later.append((other, other_node is not None and names.reads(other_node, name)))
        return earlier, later

    def _binding(self) -> dict[str, list[Statement]]:
        if self._binders is None:
            self._binders = {}
            every = [statement for chunk in self.plan.kept() for statement in chunk.statements]
            for chunk in self.plan.chunks:
                pending = list(chunk.leaves)
                while pending:
                    leaf = pending.pop(0)
                    every.append(leaf.statement)
                    self._nodes[id(leaf.statement)] = leaf.node
                    if leaf.statement.kind == "guard":
                        pending = [*(leaf.body if leaf.statement.truth else leaf.orelse), *pending]
            every += [statement for chunk in self.tail for statement in chunk.statements]
            for statement in every:
                for name in statement.names:
                    self._binders.setdefault(name, []).append(statement)
        return self._binders

    def _node(self, statement: Statement) -> ast.stmt | None:
        if id(statement) not in self._nodes:
            for chunk in [*self.plan.kept(), *self.tail]:
                if any(statement is other for other in chunk.statements):
                    node = self.parse.node_at(self.plan.lines, chunk, statement.line)
                    if node is not None:
                        self._nodes[id(statement)] = node
        return self._nodes.get(id(statement))

    def _old_node(self, old: Statement, chunk: Chunk | None) -> ast.stmt | None:
        return None if chunk is None else self.parse.node_at(self.record.lines, chunk, old.line)

    # -- initialisers --------------------------------------------------------------------------------------------------

    def replaces(self, sealed: Seal, value: object, name: str) -> bool:
        """Whether a changed initialiser may replace ``value``."""
        if self.policy == _ALWAYS or (name.startswith("__") and name.endswith("__")):
            return True
        return self.policy != _KEEP and sealed.whole(value)

    def keep(self, name: str) -> None:
        """Report that the live value of ``name`` stays."""
        reason = "policy keep" if self.policy == _KEEP else "its value has changed since it was initialised"
        self.report.keep(self.record.name, name, reason)

    def _initialise(self, leaf: Leaf, old: Statement | None) -> None:
        statement = leaf.statement
        namespace = self.record.namespace
        if (
            old is None
            and statement.kind == "initialiser"
            and len(self.peers) > 1
            and moves.bring_along(self, leaf)
        ):
            return
        held: dict[str, object] = {}
        for name in statement.names:
            sealed = self._last_seal(name) if old is not None else None
            if sealed is not None and name in namespace and not self.replaces(sealed, namespace[name], name):
                held[name] = namespace[name]
        if held and len(held) == len(statement.names) and statement.kind == "initialiser":
            for name in held:
                self.keep(name)
            return
        seals = dict(statement.seals)
        self._execute(statement, leaf.node)
        for name, value in held.items():
            if namespace.get(name) is not value:
                namespace[name] = value
                self.keep(name)
            if name in seals:
                statement.seals[name] = seals[name]
        if old is not None:
            for name in statement.names:
                sealed = seals.get(name)
                if name not in held and sealed is not None and type(sealed.value) is FunctionType:
                    self._succeed_lambda(old, sealed.value, namespace.get(name))

    def _succeed_lambda(self, old: Statement, before: FunctionType, after: object) -> None:
        if before.__name__ == "<lambda>" and before is not after and callable(after):
            functions.forward(self.journal, before, after)

    def _last_seal(self, name: str) -> Seal | None:
        found = None
        for statement in self.record.statements():
            if name in statement.seals:
                found = statement.seals[name]
        return found

    # -- functions -----------------------------------------------------------------------------------------------------

    def _define(self, leaf: Leaf, old: Statement, chunk: Chunk | None) -> None:
        statement, node = leaf.statement, leaf.node
        former = self._old_node(old, chunk)
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and isinstance(former, (ast.FunctionDef, ast.AsyncFunctionDef))
            and [ast.dump(d) for d in node.decorator_list] == [ast.dump(d) for d in former.decorator_list]
            and not self.plan.force
        ):
            self._new_header(statement, node)
            return
        name = statement.names[0]
        namespace = self.record.namespace
        sealed = statement.seals.get(name)
        before = sealed.value if sealed is not None else namespace.get(name)
        raws = self._of_statement(statement)
        self.withdraw([before, *raws], decorated=bool(getattr(former, "decorator_list", ())))
        self._execute(statement, node)
        self._succeed(statement, name, before, raws)

    def _new_header(self, statement: Statement, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Only defaults or annotations changed: the decorators need not run, what they made holds the function."""
        fields: dict[str, Any] = {field: getattr(node, field, None) for field in node._fields}
        bare = type(node)(**fields)
        bare.decorator_list = []
        ast.copy_location(bare, node)
        scratch: dict[str, Any] = {}
        exec(self.parse.compile(ast.Module([bare], []), "exec"), self.record.namespace, scratch)
        made = scratch[node.name]
        for function in self._of_statement(statement):
            functions.give_header(self.journal, function, made, self.wrappers)

    def _of_statement(self, statement: Statement) -> list[FunctionType]:
        """Living functions that a ``def`` statement made, without those nested in them."""
        own = _own_codes(statement.code, statement.names[0])
        found = [function for code in own for function in self.living.get(id(code), ())]
        if found or not own:
            return found
        # its code is the same as before, and so no function had to be looked for
        name = statement.names[0]
        hints = [self.record.namespace.get(name), *(sealed.value for sealed in statement.seals.values())]
        living = functions.live(own, hints, functions.running_frames()[0], spare=1)
        self.wrappers = [*self.wrappers, *living.wrappers]
        return [function for code in own for function in living.by_code.get(id(code), ())]

    def _succeed(self, statement: Statement, name: str, before: object, raws: list[FunctionType]) -> None:
        """What was bound to ``name`` by the statement's former version becomes what is bound now."""
        namespace = self.record.namespace
        after = namespace.get(name)
        if before is after:
            return
        inside = functions.Found()
        code = next(iter(_own_codes(statement.code, name)), None)
        if code is not None:
            inside = functions.live([code], [after], {})
        made = next((f for f in inside.by_code.get(id(code), ()) if f not in raws), None)
        if made is None and type(after) is FunctionType:
            made = after
        for raw in raws:
            if raw is not before and made is not None and raw is not made:
                functions.become(self.journal, raw, made)
        if type(before) is FunctionType:
            if before not in raws and not functions.wraps(before, raws):
                return  # the decorator had given a function that is not this statement's own
            if type(after) is FunctionType:
                if functions.become(self.journal, before, after):
                    namespace[name] = before
            elif callable(after):
                functions.forward(self.journal, before, after)
        elif (
            type(before) is type(after)
            and not isinstance(before, type)
            and _plain_state(before)
            and _plain_state(after)
        ):
            self.journal.snapshot(vars(before))
            vars(before).clear()
            vars(before).update(vars(after))
            namespace[name] = before
        if name in statement.seals:
            statement.seals[name] = Seal(namespace.get(name))

    def _revive(self, statement: Statement) -> None:
        """A definition has come back: references held since before it was removed work again."""
        name = statement.names[0]
        after = self.record.namespace.get(name)
        for function in self.reloader.removed_functions(self.record.name, name):
            if type(after) is FunctionType and function is not after:
                if functions.become(self.journal, function, after) and after.__code__ in _own_codes(
                    statement.code, name
                ):
                    self.record.namespace[name] = after = function
            elif callable(after):
                functions.forward(self.journal, function, after)
        statement.seals[name] = Seal(after)

    def withdraw(self, values: list[Any], *, decorated: bool) -> None:
        """Take what a decorator registered out of the containers in the project's modules: it will register anew, or is gone."""
        if not decorated:
            return
        wanted = {id(value) for value in values if value is not None}
        for container in self.reloader.containers():
            if isinstance(container, list):
                rest = [item for item in container if id(item) not in wanted]
                if len(rest) != len(container):
                    self.journal.add(container.__setitem__, slice(None), list(container))
                    container[:] = rest
            elif isinstance(container, dict):
                gone = [key for key, item in container.items() if id(item) in wanted or id(key) in wanted]
                for key in gone:
                    self.journal.delete_item(container, key)
                if gone:
                    self.reloader.forget_dispatch()
            elif isinstance(container, set):
                for item in [item for item in container if id(item) in wanted]:
                    self.journal.add(container.add, item)
                    container.discard(item)

    # -- classes -------------------------------------------------------------------------------------------------------

    def _class(self, leaf: Leaf, old: Statement, chunk: Chunk | None) -> None:
        statement, node = leaf.statement, leaf.node
        former = self._old_node(old, chunk)
        name = statement.names[0]
        sealed = old.seals.get(name)
        cls = sealed.value if sealed is not None else self.record.namespace.get(name)
        if (
            not isinstance(cls, type)
            or not isinstance(former, ast.ClassDef)
            or not isinstance(node, ast.ClassDef)
        ):
            self._execute(statement, node)
            return
        if not self.plan.force and classes.patch(self, cls, former, node, statement, ()):
            return
        rebuild.rebuild(self, cls, former, node, statement)

    def extra(self, code: CodeType) -> None:
        """Code that a part of the running statement was compiled to: functions may live on with it."""
        if self._statement is not None:
            self._statement.extra.append(code)

    # -- what is gone --------------------------------------------------------------------------------------------------

    def _remove(self) -> None:
        namespace = self.record.namespace
        gone: dict[str, Statement] = {}
        for old, _ in self.plan.pool:
            self.reloader.handlers.drop_statement(old.key)
            for name in old.names:
                gone[name] = old
            if old.kind == "doc":
                namespace["__doc__"] = None
        for match in self.plan.matches.values():
            if match.old is not None:
                for name in match.old.names:
                    gone.setdefault(name, match.old)
        if not gone:
            return
        bound = self._binding()
        for name, old in gone.items():
            if name in bound or self._is_submodule(name):
                continue
            annotations = namespace.get("__annotations__")
            if type(annotations) is dict:
                annotations.pop(name, None)
            if name in namespace:
                self._bury_name(old, name, namespace[name])
                del namespace[name]
                self.report.remove(self.record.name, name)
        for old, _ in self.plan.pool:
            if _makes_function(old) and old.names[0] in bound and old.names[0] in namespace:
                self._remove_one_of(old, bound[old.names[0]])
            elif old.kind == "class" and old.names[0] in bound:
                self._class_elsewhere(old)

    def _class_elsewhere(self, old: Statement) -> None:
        """The name of a class that is gone is bound otherwise: to the same class, if it was moved and is imported back."""
        name = old.names[0]
        sealed = old.seals.get(name)
        before, after = sealed.value if sealed is not None else None, self.record.namespace.get(name)
        if (
            isinstance(before, type)
            and isinstance(after, type)
            and before is not after
            and after.__name__ == before.__name__
        ):
            rebuild.replace(self, before, after)

    def _remove_one_of(self, old: Statement, others: list[Statement]) -> None:
        """A function is gone, but other statements bind its name."""
        name = old.names[0]
        namespace = self.record.namespace
        sealed = old.seals.get(name)
        before = sealed.value if sealed is not None else None
        if before is not None and namespace[name] is before and name in others[-1].seals:
            namespace[name] = others[-1].seals[name].value
        found = self._functions_of(old, [before])
        self.withdraw([before, *found], decorated=self._was_decorated(old))
        value = namespace[name]
        if type(before) is FunctionType and before not in found and functions.wraps(before, found):
            found.append(before)
        for function in found:
            if function is value:
                continue
            if callable(value) and id(others[-1]) in self._ran:
                functions.forward(self.journal, function, value)
            else:
                self._bury(function, name)

    def _is_submodule(self, name: str) -> bool:
        return self.reloader.is_module(f"{self.record.name}.{name}")

    def _bury_name(self, old: Statement, name: str, value: object) -> None:
        if _makes_function(old) and name == old.names[0]:
            sealed = old.seals.get(name)
            before = sealed.value if sealed is not None else value
            found = self._functions_of(old, [before, value])
            self.withdraw([before, *found], decorated=self._was_decorated(old))
            if type(before) is FunctionType and before not in found and functions.wraps(before, found):
                found.insert(0, before)
            self._graves += [(old, name, function) for function in found]
        elif old.kind == "class" and name == old.names[0] and isinstance(value, type):
            self._gone_classes.append((old, value))

    def bury(self) -> None:
        """Functions and classes that are gone from this module: forward what has moved to another, let the rest say so when called."""
        for old, name, function in self._graves:
            home = moves.new_home(self, old, name)
            if callable(home) and id(home) != id(function):
                functions.forward(self.journal, function, home)
            elif not (
                function.__closure__ and functions.wraps(function, [grave for _, _, grave in self._graves])
            ):
                self._bury(function, name)
        for old, cls in self._gone_classes:
            home = moves.new_home(self, old, cls.__name__)
            if isinstance(home, type) and home is not cls:
                rebuild.replace(self, cls, home)

    def _was_decorated(self, old: Statement) -> bool:
        for statement, chunk in self.plan.pool:
            if statement is old:
                return bool(getattr(self._old_node(old, chunk), "decorator_list", ()))
        return False

    def _functions_of(self, old: Statement, hints: list[object]) -> list[FunctionType]:
        name = old.names[0] if old.kind == "def" else "<lambda>"
        own = [code for tree in [old.code, *old.extra] for code in _own_codes(tree, name)]
        found = functions.live(own, hints, functions.running_frames()[0])
        return [function for code in own for function in found.by_code.get(id(code), ())]

    def _bury(self, function: FunctionType, name: str = "") -> None:
        self.reloader.bury(self.journal, self.record, function, name or function.__qualname__)

    def bury_inside(self, cls: type, value: object) -> None:
        """An attribute of ``cls`` is gone: functions in it that were written there raise from now on."""
        for function in classes._raw(value):
            if function.__module__ == cls.__module__ and function.__qualname__.startswith(
                cls.__qualname__ + "."
            ):
                self._bury(function)

    def _star_names(self) -> None:
        """Names that came by a ``from m import *`` which is no longer there."""
        olds = [old for old, _ in self.plan.pool]
        olds += [match.old for match in self.plan.matches.values() if match.old is not None]
        before = {one.module for old in olds for one in old.taken if one.name == "*"}
        if not before:
            return
        kept = [
            statement
            for chunk in [*self.plan.kept(), *self.plan.chunks, *self.tail]
            for statement in chunk.statements
        ]
        namespace = self.record.namespace
        for module in before - {
            one.module for statement in kept for one in statement.taken if one.name == "*"
        }:
            for name, value in exported(module).items():
                if name not in self._binding() and namespace.get(name, _GONE) is value:
                    del namespace[name]
                    self.report.remove(self.record.name, name)


_GONE = object()


def _makes_function(statement: Statement) -> bool:
    """Whether ``statement`` is a ``def``, or gives its one name to a lambda."""
    if statement.kind == "def":
        return True
    if statement.kind != "initialiser" or len(statement.names) != 1:
        return False
    sealed = statement.seals.get(statement.names[0])
    value = sealed.value if sealed is not None else None
    return type(value) is FunctionType and any(
        value.__code__ is code for code in codes.children(statement.code)
    )


def _own_codes(tree: CodeType, name: str) -> list[CodeType]:
    """The codes of the functions that a ``def`` statement itself makes."""
    own: list[CodeType] = []
    for child in codes.children(tree):
        if child.co_name == name and codes.is_function(child):
            own.append(child)
        elif child.co_name.startswith("<generic parameters"):
            own += _own_codes(child, name)
    return own


def _plain_state(value: object) -> bool:
    return functions.state_of(value) is not None
