"""Classes: patched in place, so that they keep their identity and their instances see the change.

The bodies of methods have been replaced already, as those of all functions; here comes what else a class statement may have changed:
methods added, removed or with other headers, attributes, nested classes. Only those parts of the class's body run. What a decorator,
a metaclass or the bases make of a class has to be made anew, see :mod:`.rebuild`.
"""

from __future__ import annotations

import abc
import ast
from types import FunctionType

from . import codes, functions
from .names import bound
from .registrations import announce, has_hook
from .seals import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .journal import Journal
    from .patch import Patch
    from .source import Statement

_BOOKKEEPING = frozenset(
    {
        "__module__",
        "__qualname__",
        "__annotations__",
        "__annotate_func__",
        "__annotate__",
        "__annotations_cache__",
        "__conditional_annotations__",
        "__classdict__",
        "__classdictcell__",
        "__firstlineno__",
        "__static_attributes__",
        "__classcell__",
        "__type_params__",
    }
)
_IMPLICIT = {"__new__": staticmethod, "__init_subclass__": classmethod, "__class_getitem__": classmethod}
_PLAIN_METACLASSES = (type, abc.ABCMeta)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ALONE = (*_FUNCTIONS, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.Pass)


class _Body(dict):  # type: ignore[type-arg]  # its values are anything
    """The namespace in which parts of a class body run: what is not in it is looked up in the class."""

    def __init__(self, cls: type) -> None:
        super().__init__()
        self._cls = cls

    def __missing__(self, name: str) -> Any:
        return self._cls.__dict__[name]


class Difference:
    """How two versions of a class body differ. ``run`` are statements of the new one that have to run, ``removed`` names."""

    __slots__ = ("fields", "nested", "removed", "run", "tangled")

    def __init__(self, old: ast.ClassDef, new: ast.ClassDef) -> None:
        before = _by_name(old.body)
        after = _by_name(new.body)
        self.run: list[ast.stmt] = []
        self.nested: list[tuple[ast.ClassDef, ast.ClassDef]] = []
        self.fields = False  # whether anything but functions and classes differs
        taken: dict[Any, int] = {}
        for node in new.body:
            if _docstring(node):
                continue
            key = _key(node)
            index = taken.get(key, 0)
            taken[key] = index + 1
            olds = before.get(key, [])
            former = olds[index] if index < len(olds) else None
            if former is not None and _same(former, node):
                continue
            if (
                isinstance(former, ast.ClassDef)
                and isinstance(node, ast.ClassDef)
                and header(former) == header(node)
            ):
                self.nested.append((former, node))
                continue
            self.run.append(node)
            self.fields = self.fields or not isinstance(node, (*_FUNCTIONS, ast.ClassDef))
        names = {name for node in new.body for name in bound(node)}
        self.removed = [
            name for name in dict.fromkeys(n for node in old.body for n in bound(node)) if name not in names
        ]
        self.fields = self.fields or any(
            not isinstance(node, (*_FUNCTIONS, ast.ClassDef))
            for key, olds in before.items()
            for node in olds[len(after.get(key, [])) :]
        )
        shrunk = {
            name
            for key, olds in before.items()
            if len(olds) > len(after.get(key, ()))
            for name in bound(olds[0])
        }
        self._with_dependents(new.body, shrunk)
        # loops, conditions and calls build on what stands around them: the body has to run as a whole
        gone = [node for key, olds in before.items() for node in olds[len(after.get(key, [])) :]]
        self.tangled = any(not isinstance(node, _ALONE) for node in [*self.run, *gone])

    def _with_dependents(self, body: list[ast.stmt], shrunk: set[str]) -> None:
        """``@x.setter`` reads the property that it extends: statements that bind one name run together."""
        names = {name for node in self.run for name in bound(node)} | shrunk
        chosen = {id(node) for node in self.run}
        for name in names:
            group = [node for node in body if name in bound(node)]
            if len(group) > 1 or name in shrunk:
                chosen |= {id(node) for node in group}
        self.run = [node for node in body if id(node) in chosen]


def _by_name(body: list[ast.stmt]) -> dict[Any, list[ast.stmt]]:
    found: dict[Any, list[ast.stmt]] = {}
    for node in body:
        if not _docstring(node):
            found.setdefault(_key(node), []).append(node)
    return found


def _key(node: ast.stmt) -> Any:
    names = bound(node)
    if not names and isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        names = (node.target.id,)
    if names:
        return (isinstance(node, (*_FUNCTIONS, ast.ClassDef)), names)
    return ast.dump(node)


def _docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _same(old: ast.stmt, new: ast.stmt) -> bool:
    """Whether the new statement need not run: a function's body does not count."""
    if isinstance(old, _FUNCTIONS) and isinstance(new, _FUNCTIONS):
        return bool(header(old) == header(new))
    return ast.dump(old) == ast.dump(new)


def header(node: Any) -> Any:
    """What of a definition matters when it runs, apart from its body."""
    if isinstance(node, ast.ClassDef):
        parts: list[Any] = [node.bases, node.keywords, node.decorator_list]
    else:
        parts = [node.decorator_list, node.args.defaults, node.args.kw_defaults, hints(node)]
    parts.append(getattr(node, "type_params", []))
    return [[ast.dump(part) if part is not None else None for part in group] for group in parts]


def hints(node: Any) -> list[Any]:
    """The annotations of a function's parameters and result."""
    arguments = node.args
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    return [*((argument.annotation if argument else None) for argument in every), node.returns]


def patch(
    context: Patch,
    cls: type,
    old: ast.ClassDef,
    new: ast.ClassDef,
    statement: Statement,
    path: tuple[ast.ClassDef, ...],
) -> bool:
    """Bring ``cls`` from one version of its statement to another in place. False: it has to be made anew.

    ``path`` are the class statements around this one, outermost first.
    """
    if header(old) != header(new) or id(cls) in context.reloader.stale_classes:
        return False
    difference = Difference(old, new)
    made = bool(new.decorator_list) or type(cls) not in _PLAIN_METACLASSES or _is_made(cls)
    if "__slots__" in difference.removed or any("__slots__" in bound(node) for node in difference.run):
        return False
    if difference.tangled or (made and difference.fields):
        return False
    if getattr(new, "type_params", None) and difference.run:
        return False
    prefix = ".".join(node.name for node in (*path, new)) + "."
    members = set(vars(cls))
    body = _run(context, cls, new, difference.run, path)
    _commit(context, cls, body, difference, statement, prefix)
    for former, node in difference.nested:
        inner = cls.__dict__.get(node.name)
        if not isinstance(inner, type) or not patch(context, inner, former, node, statement, (*path, new)):
            rerun = _run(context, cls, new, [node], path)
            _commit(context, cls, rerun, difference, statement, prefix)
    _document(context.journal, cls, old, new)
    if difference.fields and not path and not made and has_hook(cls):
        announce(context, cls, new)
    context.reloader.checks.note(context.journal, cls, members)
    finish(context.journal, cls, new)
    return True


def _is_made(cls: type) -> bool:
    return (hasattr(cls, "__dataclass_fields__") and "__dataclass_fields__" in cls.__dict__) or hasattr(
        cls, "_fields"
    )


def _run(
    context: Patch, cls: type, new: ast.ClassDef, run: list[ast.stmt], path: tuple[ast.ClassDef, ...]
) -> _Body:
    """Run some statements of a class's body."""
    body = _Body(cls)
    if not run:
        return body
    node = _alone(new, run)
    for outer in reversed(path):
        node = _alone(outer, [node])
    code = context.parse.compile(ast.Module([node], []), "exec")
    context.extra(code)
    inner: CodeType = code
    for outer in (*path, new):
        inner = next(child for child in codes.children(inner) if child.co_name == outer.name)
    exec(inner, context.record.namespace, body)
    cell = body.pop("__classcell__", None)
    if cell is not None:
        cell.cell_contents = cls
    return body


def _alone(node: ast.ClassDef, body: list[ast.stmt]) -> ast.ClassDef:
    made: Any = ast.ClassDef(name=node.name, bases=[], keywords=[], body=body, decorator_list=[])
    if hasattr(node, "type_params"):
        made.type_params = []
    copied: ast.ClassDef = ast.copy_location(made, node)
    return copied


def _commit(
    context: Patch, cls: type, body: _Body, difference: Difference, statement: Statement, prefix: str
) -> None:
    journal = context.journal
    namespace = dict(body)
    _take_annotations(journal, cls, namespace, difference)
    for name, value in namespace.items():
        if name in _BOOKKEEPING:
            continue
        if name in _IMPLICIT and type(value) is FunctionType:
            value = _IMPLICIT[name](value)
        present = cls.__dict__.get(name, _commit)
        sealed = statement.seals.get(prefix + name)
        if sealed is not None and present is not _commit and not context.replaces(sealed, present, name):
            context.keep(prefix + name)
            continue
        set_attribute(journal, cls, name, value)
        if sealed is not None or not callable(value):
            statement.seals[prefix + name] = Seal(value)
    for name in difference.removed:
        if name in cls.__dict__:
            context.removal.bury_inside(cls, cls.__dict__[name])
            journal.delete_class_attribute(cls, name)
            statement.seals.pop(prefix + name, None)


def set_attribute(journal: Journal, cls: type, name: str, value: Any) -> None:
    """Give a class an attribute, as if it had been in its body. References held to a method that stood there follow."""
    present = cls.__dict__.get(name)
    for mine, other in zip(_raw(present), _raw(value), strict=False):
        if mine is not other and functions.become(journal, mine, other) and mine is present:
            value = mine
    journal.set_class_attribute(cls, name, value)
    named = getattr(type(value), "__set_name__", None)
    if named is not None:
        named(value, cls, name)


def _raw(value: Any) -> list[FunctionType]:
    if isinstance(value, (classmethod, staticmethod)):
        value = value.__func__
    if isinstance(value, property):
        return [
            function for function in (value.fget, value.fset, value.fdel) if type(function) is FunctionType
        ]
    return [value] if type(value) is FunctionType else []


def _take_annotations(journal: Journal, cls: type, namespace: dict[str, Any], difference: Difference) -> None:
    fresh = namespace.get("__annotations__")
    present = cls.__dict__.get("__annotations__")  # noqa: RUF063 - not those of a base
    if fresh and present is None:
        journal.set_class_attribute(cls, "__annotations__", dict(fresh))
    elif (fresh or (present and difference.removed)) and type(present) is dict:
        merged = {name: kind for name, kind in present.items() if name not in difference.removed}
        merged.update(fresh or {})
        journal.set_class_attribute(cls, "__annotations__", merged)


def _document(journal: Journal, cls: type, old: ast.ClassDef, new: ast.ClassDef) -> None:
    before, after = ast.get_docstring(old, clean=False), ast.get_docstring(new, clean=False)
    if before != after and not any("__doc__" in bound(inner) for inner in new.body):
        journal.set_class_attribute(cls, "__doc__", after)


def finish(journal: Journal, cls: type, node: ast.ClassDef) -> None:
    """What type() works out when it makes a class: hashing that goes with equality, methods that are still abstract."""
    names = {name for inner in node.body for name in bound(inner)}
    if not node.decorator_list and type(cls) in _PLAIN_METACLASSES and not _is_made(cls):
        if "__eq__" in names and "__hash__" not in names and "__hash__" not in cls.__dict__:
            journal.set_class_attribute(cls, "__hash__", None)
        elif "__eq__" not in names and "__hash__" not in names and cls.__dict__.get("__hash__", cls) is None:
            journal.delete_class_attribute(cls, "__hash__")
    if "__abstractmethods__" in cls.__dict__:
        for affected in [cls, *_subclasses(cls)]:
            present = affected.__dict__.get("__abstractmethods__")
            if present is not None:
                journal.add(setattr, affected, "__abstractmethods__", present)
                abc.update_abstractmethods(affected)


def _subclasses(cls: type) -> list[type]:
    found: list[type] = []
    direct: list[type] = type.__subclasses__(cls)
    for sub in direct:
        found += [sub, *_subclasses(sub)]
    return found
