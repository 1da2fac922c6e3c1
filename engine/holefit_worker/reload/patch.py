"""Carrying out a plan: the changed statements of one module run, and what they bind takes the place of what was there.

The bodies of functions have got their new code before (see :mod:`.swap`). Here, in the order of the new text: definitions whose head changed
run again, classes are patched, initialisers run as the policy says; at the end names go that the new text no longer binds.
"""

from __future__ import annotations

import ast
from types import FunctionType

from . import classes, functions, holdings, moves, names, rebuild
from .follow import offered
from .module import seal
from .plan import BODIES, CHANGED, EQUAL, Plan
from .removal import Removal, own_codes
from .seals import Seal
from .source import Chunk, Leaf, Parse, Statement, shifted
from .swap import Swap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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

    mover: Callable[[object, type], bool] | None = None  # for classes that C code has made
    leaving: tuple[type, ...] = ()  # those of them that others take the place of

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
        self.removal = Removal(self)
        self.before: dict[str, Any] = {}
        self.offered: list[str] = []  # to star imports, before
        self._ran: set[int] = set()
        self._passing: dict[str, None] = {}  # names that the text deletes in the end
        self._dealt_with: set[int] = set()
        self._changed = {id(leaf.statement) for leaf in plan.leaves() if plan.of(leaf).relation == CHANGED}
        self._binders: dict[str, list[Statement]] | None = None
        self._deleted: list[str] = []  # what `del` statements of the new text name
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
        self.offered = offered(namespace)
        for chunk in self.plan.chunks:
            for leaf in chunk.leaves:
                self._leaf(leaf, chunk.statements)
        for name in self._passing:
            namespace.pop(name, None)
        self.removal.remove()
        self.removal.remove_star_names()

    def new_statements(self) -> list[Statement]:
        """The statements of the new text that have run or stay, in order."""
        chunks = [*self.plan.kept(), *self.plan.chunks, *self.tail]
        return [statement for chunk in chunks for statement in chunk.statements]

    def changes(self) -> dict[str, tuple[object, object]]:
        """Names whose value is another object than before, with both."""
        after = self.record.namespace
        return {
            name: (value, after.get(name, _GONE))
            for name, value in self.before.items()
            if after.get(name, _GONE) is not value
        }

    def _leaf(self, leaf: Leaf, into: list[Statement]) -> None:
        statement, match = leaf.statement, self.plan.of(leaf)
        if statement.kind == "guard":
            if match.relation != EQUAL:
                self.reloader.running.statement(self.record, statement)
                self._binders = None  # they depend on the branch that is open
                branch = leaf.body if statement.truth else leaf.orelse
                self.plan.match(self.plan._resolved(branch))
                self._swap_late(branch)
            into.append(statement)
            for inner in leaf.body if statement.truth else leaf.orelse:
                self._leaf(inner, into)
            return
        into.append(statement)
        self._dealt_with.add(id(statement))
        self._statement = statement
        if match.relation in (EQUAL, BODIES):
            if match.relation == BODIES and statement.kind == "initialiser":
                for name in statement.names:
                    if name in statement.seals and name in self.record.namespace:
                        statement.seals[name].refresh(self.record.namespace[name])
            if statement.on_reload:
                self.execute(statement, leaf.node)
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
            self.execute(statement, leaf.node)
            self._revive(statement)
        elif statement.kind in {"initialiser", "run"}:
            self._initialise(leaf, match.old)
        else:
            self.execute(statement, leaf.node)

    def _swap_late(self, leaves: list[Leaf]) -> None:
        """A guard has opened another branch: what stands there may continue old statements."""
        swap = Swap()
        pairs = [
            (match.old, leaf.statement)
            for leaf in leaves
            if (match := self.plan.matches.get(id(leaf))) is not None and match.old is not None
        ]
        swap.statements(self, pairs, moved=False)
        swap.perform(self.journal, self.report)

    def execute(self, statement: Statement, node: ast.stmt | None) -> None:
        """Run a statement. Statements that bind one of its names keep their say; see :meth:`_around`."""
        self._bring_back(statement, node)
        earlier, later = self._around(statement, node)
        for other in earlier:
            self._run_alone(other)
        namespace = self.record.namespace
        held = {name: namespace[name] for name in statement.names if name in namespace}
        self.reloader.handlers.drop_statement(statement.key)
        self._ran.add(id(statement))
        for one in statement.taken if statement.kind == "import" else ():
            # `from . import part` would take what stands under the name of the part from the old text
            binders = self.binding().get(one.name, ())
            if one.module == self.record.name and all(other.kind == "import" for other in binders):
                namespace.pop(one.name, None)
        self.reloader.running.statement(self.record, statement)
        seal(statement, namespace)
        for other, reads in later:
            if other.kind == "del":
                self._passing.update(dict.fromkeys(other.names))
            elif reads:
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

    def _bring_back(self, statement: Statement, node: ast.stmt | None) -> None:
        """Names that ``statement`` builds on and that the text deletes further down are made once more, until the end."""
        if node is None:
            return
        binding = self.binding()
        for name in self._deleted:
            if name in binding and name not in self.record.namespace and names.reads(node, name):
                self.make_again(name)
                self._passing[name] = None

    def make_again(self, name: str) -> None:
        """Run the statements that give ``name`` its value, and what they need for it."""
        for other in self.binding().get(name, ()):
            if other.kind not in {"del", "import"} and other is not self._statement:
                self._bring_back(other, self._node(other))
                self.reloader.running.statement(self.record, other)
                seal(other, self.record.namespace)
            elif other.kind == "import":
                self.reloader.running.statement(self.record, other)

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
            group = self.binding().get(name, ())
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

    def is_to_come(self, statement: Statement) -> bool:
        """Whether a changed ``statement`` of this module has yet to be dealt with."""
        return id(statement) in self._changed and id(statement) not in self._dealt_with

    def has_run(self, statement: Statement) -> bool:
        """Whether ``statement`` has run in this reload."""
        return id(statement) in self._ran

    def binding(self) -> dict[str, list[Statement]]:
        """The statements of the new text that bind each name, in order."""
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
            self._deleted = [
                name for statement in every if statement.kind == "del" for name in statement.names
            ]
        return self._binders

    def _node(self, statement: Statement) -> ast.stmt | None:
        if id(statement) not in self._nodes:
            for chunk in [*self.plan.kept(), *self.tail]:
                if any(statement is other for other in chunk.statements):
                    node = self.parse.node_at(self.plan.lines, chunk, statement.line)
                    if node is not None:
                        self._nodes[id(statement)] = node
        return self._nodes.get(id(statement))

    def old_node(self, old: Statement, chunk: Chunk | None) -> ast.stmt | None:
        """The tree of a statement of the old text."""
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
        self.execute(statement, leaf.node)
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
        former = self.old_node(old, chunk)
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
        self.removal.withdraw([before, *raws], list(getattr(former, "decorator_list", ())))
        self.execute(statement, node)
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
        own = own_codes(statement.code, statement.names[0])
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
        after = kept = self._made(statement, name)
        if before is after:
            return
        inside = functions.Found()
        code = next(iter(own_codes(statement.code, name)), None)
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
                    kept = before
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
            kept = before
            self._hold_instead(after, before)
        if namespace.get(name) is after:
            namespace[name] = kept
        statement.seals[name] = Seal(kept)

    def _made(self, statement: Statement, name: str) -> Any:
        """What ``statement`` has just given ``name``, though another one may have the last word on it."""
        sealed = statement.seals.get(name)
        value = sealed.value if sealed is not None else None
        return self.record.namespace.get(name) if value is None else value

    def _hold_instead(self, made: object, kept: object) -> None:
        """Where the project's containers hold ``made``, they are to hold ``kept``."""
        for container in holdings.containers(self.reloader.modules.values()):
            if type(container) is list and any(item is made for item in container):
                self.journal.add(container.__setitem__, slice(None), list(container))
                container[:] = [kept if item is made else item for item in container]
            elif type(container) is dict:
                for key in [key for key, item in container.items() if item is made]:
                    self.journal.set_item(container, key, kept)

    def _revive(self, statement: Statement) -> None:
        """A definition has come back: references held since before it was removed work again."""
        name = statement.names[0]
        after = self._made(statement, name)
        for function in self.reloader.removed_functions(self.record.name, name):
            if type(after) is FunctionType and function is not after:
                if functions.become(self.journal, function, after) and after.__code__ in own_codes(
                    statement.code, name
                ):
                    if self.record.namespace.get(name) is after:
                        self.record.namespace[name] = function
                    after = function
            elif callable(after):
                functions.forward(self.journal, function, after)
        statement.seals[name] = Seal(after)

    # -- classes -------------------------------------------------------------------------------------------------------

    def _class(self, leaf: Leaf, old: Statement, chunk: Chunk | None) -> None:
        statement, node = leaf.statement, leaf.node
        former = self.old_node(old, chunk)
        name = statement.names[0]
        sealed = old.seals.get(name)
        cls = sealed.value if sealed is not None else self.record.namespace.get(name)
        if (
            not isinstance(cls, type)
            or not isinstance(former, ast.ClassDef)
            or not isinstance(node, ast.ClassDef)
        ):
            self.execute(statement, node)
            return
        if not self.plan.force and classes.patch(self, cls, former, node, statement, ()):
            return
        rebuild.rebuild(self, cls, former, node, statement)

    def extra(self, code: CodeType) -> None:
        """Code that a part of the running statement was compiled to: functions may live on with it."""
        if self._statement is not None:
            self._statement.extra.append(code)


_GONE = object()


def _plain_state(value: object) -> bool:
    return functions.state_of(value) is not None
