"""Removing what the new text of a module no longer has: names, functions, classes, registrations."""

from __future__ import annotations

import ast
from types import FunctionType

from . import classes, codes, functions, holdings, moves, rebuild
from .follow import exported
from .registrations import has_hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .patch import Patch
    from .source import Statement


class Removal:
    """What one module's patch removes. Functions are buried when all modules have run: they may turn up in another one."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._graves: list[tuple[Statement, str, FunctionType]] = []
        self._gone_classes: list[tuple[Statement, type]] = []

    def withdraw(self, values: list[Any], decorators: list[ast.expr]) -> None:
        """Take what ``decorators`` registered out of the containers in the project's modules: it will register anew, or is gone.

        What the decorators name themselves may hold it inside things of its own: an application its commands.
        """
        if not decorators:
            return
        wanted = {id(value) for value in values if value is not None}
        modules = list(self._patch.reloader.modules.values())
        names = {node.id for one in decorators for node in ast.walk(one) if isinstance(node, ast.Name)}
        for container in holdings.of_names(self._patch.record, names):
            if isinstance(container, list):
                rest = [item for item in container if not _holds(item, wanted)]
                if len(rest) != len(container):
                    self._patch.journal.add(container.__setitem__, slice(None), list(container))
                    container[:] = rest
            elif isinstance(container, dict):
                for key in [key for key, item in container.items() if _holds(item, wanted)]:
                    self._patch.journal.delete_item(container, key)
        for container in holdings.containers(modules):
            if isinstance(container, list):
                rest = [item for item in container if not _has(item, wanted)]
                if len(rest) != len(container):
                    self._patch.journal.add(container.__setitem__, slice(None), list(container))
                    container[:] = rest
            elif isinstance(container, dict):
                gone = [key for key, item in container.items() if _has(item, wanted) or _has(key, wanted)]
                for key in gone:
                    self._patch.journal.delete_item(container, key)
                if gone:
                    holdings.forget_dispatch(modules)
            elif isinstance(container, set):
                for item in [item for item in container if _has(item, wanted)]:
                    self._patch.journal.add(container.add, item)
                    container.discard(item)

    def remove(self) -> None:
        """Remove the names that no statement binds any more, and what they stood for."""
        namespace = self._patch.record.namespace
        gone: dict[str, Statement] = {}
        for old, _ in self._patch.plan.pool:
            self._patch.reloader.handlers.drop_statement(old.key)
            for name in old.names:
                gone[name] = old
            if old.kind == "doc":
                namespace["__doc__"] = None
        for match in self._patch.plan.matches.values():
            if match.old is not None:
                for name in match.old.names:
                    gone.setdefault(name, match.old)
        if not gone:
            return
        bound = self._patch.binding()
        for name, old in gone.items():
            if name in bound or self._is_submodule(name):
                continue
            annotations = namespace.get("__annotations__")
            if type(annotations) is dict:
                annotations.pop(name, None)
            if name in namespace:
                self._bury_name(old, name, namespace[name])
                del namespace[name]
                offer = self._from_star(name)
                if offer is not _GONE:
                    namespace[name] = offer
                else:
                    self._patch.report.remove(self._patch.record.name, name)
        for old, _ in self._patch.plan.pool:
            if old.kind == "del":
                for name in old.names:
                    if name in bound and name not in namespace and not _is_deleted(bound[name]):
                        self._patch.make_again(name)
            elif made := [name for name in _functions_made(old) if name in bound and name in namespace]:
                for name in made:
                    self._remove_one_of(old, name, bound[name])
            elif old.kind == "class" and old.names[0] in bound:
                self._class_elsewhere(old)

    def _class_elsewhere(self, old: Statement) -> None:
        """The name of a class that is gone is bound otherwise: to the same class, if it was moved and is imported back."""
        name = old.names[0]
        sealed = old.seals.get(name)
        before, after = sealed.value if sealed is not None else None, self._patch.record.namespace.get(name)
        if (
            isinstance(before, type)
            and isinstance(after, type)
            and before is not after
            and after.__name__ == before.__name__
        ):
            rebuild.follow_home(self._patch, before, after)

    def _from_star(self, name: str) -> object:
        """What a star import of the new text gives for ``name``."""
        found = _GONE
        for statement in self._patch.new_statements():
            for one in statement.taken:
                if one.name == "*":
                    found = exported(one.module).get(name, found)
        return found

    def _remove_one_of(self, old: Statement, name: str, others: list[Statement]) -> None:
        """A function is gone, but other statements bind its name."""
        namespace = self._patch.record.namespace
        sealed = old.seals.get(name)
        before = sealed.value if sealed is not None else None
        if before is not None and namespace[name] is before and name in others[-1].seals:
            namespace[name] = others[-1].seals[name].value
        found = self._functions_of(old, name, [before])
        self.withdraw([before, *found], self._decorators(old))
        value = namespace[name]
        if type(before) is FunctionType and before not in found and functions.wraps(before, found):
            found.append(before)
        for function in found:
            if function is value:
                continue
            if callable(value) and self._patch.has_run(others[-1]):
                functions.forward(self._patch.journal, function, value)
            else:
                self._bury(function, name)

    def _is_submodule(self, name: str) -> bool:
        return self._patch.reloader.is_module(f"{self._patch.record.name}.{name}")

    def _bury_name(self, old: Statement, name: str, value: object) -> None:
        if name in _functions_made(old):
            sealed = old.seals.get(name)
            before = sealed.value if sealed is not None else value
            found = self._functions_of(old, name, [before, value])
            self.withdraw([before, *found], self._decorators(old))
            if type(before) is FunctionType and before not in found and functions.wraps(before, found):
                found.insert(0, before)
            self._graves += [(old, name, function) for function in found]
        elif old.kind == "class" and name == old.names[0] and isinstance(value, type):
            decorators = self._decorators(old)
            if has_hook(value) or type(value) is not type:
                decorators = decorators or [ast.Constant(None)]
            self.withdraw([value], decorators)
            self._gone_classes.append((old, value))

    def bury(self) -> None:
        """Functions and classes that are gone from this module: forward what has moved to another, let the rest say so when called."""
        for old, name, function in self._graves:
            home = moves.new_home(self._patch, old, name)
            if callable(home) and id(home) != id(function):
                functions.forward(self._patch.journal, function, home)
            elif home is not function and not (
                function.__closure__ and functions.wraps(function, [grave for _, _, grave in self._graves])
            ):
                self._bury(function, name)
        for old, cls in self._gone_classes:
            home = moves.new_home(self._patch, old, cls.__name__)
            if isinstance(home, type) and home is not cls:
                rebuild.follow_home(self._patch, cls, home)

    def _decorators(self, old: Statement) -> list[ast.expr]:
        for statement, chunk in self._patch.plan.pool:
            if statement is old:
                return list(getattr(self._patch.old_node(old, chunk), "decorator_list", ()))
        return []

    def _functions_of(self, old: Statement, name: str, hints: list[object]) -> list[FunctionType]:
        name = "<lambda>" if old.kind == "initialiser" else name
        own = [code for tree in [old.code, *old.extra] for code in own_codes(tree, name)]
        found = functions.live(own, hints, functions.running_frames()[0])
        return [function for code in own for function in found.by_code.get(id(code), ())]

    def _bury(self, function: FunctionType, name: str = "") -> None:
        self._patch.reloader.bury(
            self._patch.journal, self._patch.record, function, name or function.__qualname__
        )

    def bury_inside(self, cls: type, value: object) -> None:
        """An attribute of ``cls`` is gone: functions in it that were written there raise from now on."""
        for function in classes._raw(value):
            if function.__module__ == cls.__module__ and function.__qualname__.startswith(
                cls.__qualname__ + "."
            ):
                self._bury(function)

    def remove_star_names(self) -> None:
        """Names that came by a ``from m import *`` which is no longer there."""
        olds = [old for old, _ in self._patch.plan.pool]
        olds += [match.old for match in self._patch.plan.matches.values() if match.old is not None]
        before = {one.module for old in olds for one in old.taken if one.name == "*"}
        if not before:
            return
        kept = [
            statement
            for chunk in [*self._patch.plan.kept(), *self._patch.plan.chunks, *self._patch.tail]
            for statement in chunk.statements
        ]
        namespace = self._patch.record.namespace
        for module in before - {
            one.module for statement in kept for one in statement.taken if one.name == "*"
        }:
            for name, value in exported(module).items():
                if name not in self._patch.binding() and namespace.get(name, _GONE) is value:
                    offer = self._from_star(name)
                    if offer is not _GONE:
                        namespace[name] = offer
                        continue
                    del namespace[name]
                    self._patch.report.remove(self._patch.record.name, name)


_GONE = object()


def _has(item: Any, wanted: set[int]) -> bool:
    """Whether ``item`` is one of the values of these identities, or a tuple with one."""
    return id(item) in wanted or (type(item) is tuple and any(_has(part, wanted) for part in item))


def _holds(item: Any, wanted: set[int]) -> bool:
    """Whether an instance has one of the values for an attribute."""
    return any(id(value) in wanted for value in (functions.state_of(item) or {}).values())


def _is_deleted(binding: list[Statement]) -> bool:
    return binding[-1].kind == "del"


def _functions_made(statement: Statement) -> list[str]:
    """Names that ``statement`` gives to functions in it: a ``def``, a lambda with one name, definitions below a ``try`` or ``with``."""
    if statement.kind == "def":
        return [statement.names[0]]
    if statement.kind == "run":
        return [name for name in statement.names if own_codes(statement.code, name)]
    if statement.kind != "initialiser" or len(statement.names) != 1:
        return []
    sealed = statement.seals.get(statement.names[0])
    value = sealed.value if sealed is not None else None
    made = type(value) is FunctionType and any(
        value.__code__ is code for code in codes.children(statement.code)
    )
    return [statement.names[0]] if made else []


def own_codes(tree: CodeType, name: str) -> list[CodeType]:
    """The codes of the functions that a ``def`` statement itself makes."""
    own: list[CodeType] = []
    for child in codes.children(tree):
        if child.co_name == name and codes.is_function(child):
            own.append(child)
        elif child.co_name.startswith("<generic parameters"):
            own += own_codes(child, name)
    return own
