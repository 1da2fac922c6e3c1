"""Classes that have to be made anew: other bases or decorators, fields of a dataclass, members of an enum, slots.

The new statement runs and gives a second class. If instances of both are laid out alike, what the second one has is moved into the first, which
stays; what has got hold of the second one meanwhile (a registry that ``__init_subclass__`` fills) is given the first. Otherwise the second
class takes the place of the first, and live instances move to it where Python allows.
"""

from __future__ import annotations

import abc
import ast
import gc
import re
import types
import weakref
from functools import partial
from types import FunctionType

from . import classes, enums, functions
from .exchange import exchange
from .module import seal
from .names import bound, reads
from .registrations import Registrations, is_hooked
from .seals import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .journal import Journal
    from .patch import Patch
    from .source import Statement

_NOT_MOVED = frozenset(
    {"__dict__", "__weakref__", "__module__", "__qualname__", "__abstractmethods__", "_abc_impl", "__doc__"}
)
_MISSING: Any = object()


def rebuild(context: Patch, cls: type, old: ast.ClassDef, new: ast.ClassDef, statement: Statement) -> None:
    """Run the class statement again and bring ``cls`` to what it gives, or put its result in the place of ``cls``."""
    name = statement.names[0]
    namespace = context.record.namespace
    seals = statement.seals
    present = namespace.get(name, _MISSING)
    members = set(vars(cls))
    hooked = is_hooked(cls, new, (type, abc.ABCMeta)) or is_hooked(cls, old, (type, abc.ABCMeta))
    registrations = Registrations(context, cls) if hooked else None
    gone: type | None = None
    context.execute(statement, new)
    made = namespace.get(name)
    if present is not _MISSING:
        namespace[name] = present
    if not isinstance(made, type) or made is cls:
        namespace[name] = made
        if registrations is not None and made is cls:
            registrations.settle(cls)
        return
    if enums.is_enum(cls) and enums.is_enum(made) and enums.fits(cls, made):
        enums.patch(context.journal, cls, made)
        _settle(context, cls, made, new, statement, name)
        made, gone = cls, made
    elif not _is_sealed_in(made) and _fits(context, cls, made):
        _move(context, cls, made, old, new, seals, statement)
        _settle(context, cls, made, new, statement, name)
        made, gone = cls, made
    else:
        namespace[name] = made
        replace(context, cls, made)
    if registrations is not None:
        registrations.settle(made, gone)
    context.reloader.checks.note(context.journal, cls, members)


def _is_sealed_in(made: type) -> bool:
    """Whether C code has hold of ``made`` in a way that cannot be changed: nothing else can be what it is then.

    So are models with a compiled validator, and classes whose metaclass keeps a layout of its own.
    """
    if (
        isinstance(vars(type(made)).get("__setattr__"), types.WrapperDescriptorType)
        and type(made) is not type
    ):
        return True
    return any(
        not issubclass(type(value), _CHANGEABLE) and any(found is made for found in gc.get_referents(value))
        for value in list(vars(made).values())
    )


_CHANGEABLE = (
    FunctionType,
    type,
    list,
    dict,
    set,
    tuple,
    classmethod,
    staticmethod,
    property,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.MethodType,
    partial,
    weakref.ref,
)


_CONTAINERS: tuple[type, ...] = (tuple, type({}.values()))
_DEPTH = 6  # of an annotation


def _settle(
    context: Patch, cls: type, made: type, node: ast.ClassDef, statement: Statement, name: str
) -> None:
    context.record.namespace[name] = cls
    classes.finish(context.journal, cls, node)
    exchange(context, made, cls)
    fresh = statement.seals
    statement.seals = {}
    for key, sealed in fresh.items():
        value = cls if key == name else _resolve(cls, key)
        statement.seals[key] = sealed if value is _MISSING else Seal(value)


def _resolve(cls: type, key: str) -> object:
    value: Any = cls
    for part in key.split(".")[1:]:
        value = vars(value).get(part, _MISSING) if isinstance(value, type) else _MISSING
    return value


def _fits(context: Patch, cls: type, made: type) -> bool:
    """Whether ``cls`` can become what ``made`` is; if so it gets its bases and metaclass."""
    if (
        cls.__basicsize__ != made.__basicsize__
        or cls.__itemsize__ != made.__itemsize__
        or cls.__dictoffset__ != made.__dictoffset__
        or cls.__weakrefoffset__ != made.__weakrefoffset__
        or _slots(cls) != _slots(made)
    ):
        return False
    bases, metaclass = cls.__bases__, type(cls)
    wanted = made.__bases__
    try:
        if type(made) is not metaclass:
            cls.__class__ = type(made)
            context.journal.add(setattr, cls, "__class__", metaclass)
        if wanted != bases:
            cls.__bases__ = wanted
            context.journal.add(setattr, cls, "__bases__", bases)
            context.reloader.checks.bases_changed(cls)
    except TypeError:
        return False
    return True


def _slots(cls: type) -> Any:
    slots = cls.__dict__.get("__slots__", None)
    return slots if slots is None or isinstance(slots, str) else tuple(slots)


def _move(
    context: Patch,
    cls: type,
    made: type,
    old: ast.ClassDef,
    new: ast.ClassDef,
    seals: dict[str, Seal],
    statement: Statement,
) -> None:
    journal = context.journal
    fields = set(getattr(cls, "__dataclass_fields__", ()))
    prefix = f"{new.name}."
    for name, value in list(vars(made).items()):
        if name in _NOT_MOVED or isinstance(value, (types.GetSetDescriptorType, types.MemberDescriptorType)):
            continue
        present = vars(cls).get(name, _MISSING)
        sealed = seals.get(prefix + name)
        if sealed is not None and present is not _MISSING and not context.replaces(sealed, present, name):
            context.keep(prefix + name)
            statement.seals[prefix + name] = sealed
            continue
        if sealed is not None and present is not _MISSING and _unchanged_field(old, new, name):
            statement.seals[prefix + name] = sealed
            continue
        _own(journal, value, made, cls)
        if (
            isinstance(value, type)
            and isinstance(present, type)
            and value.__qualname__ == present.__qualname__
            and _fits(context, present, value)
        ):
            inner_old, inner_new = _inner(old, name), _inner(new, name)
            if inner_old is not None and inner_new is not None:
                _move(context, present, value, inner_old, inner_new, {}, statement)
                continue
        classes.set_attribute(journal, cls, name, value)
    before = {name for node in old.body for name in bound(node)}
    for name, value in list(vars(cls).items()):
        if name in vars(made) or name in _NOT_MOVED:
            continue
        if name in before:
            context.removal.bury_inside(cls, value)
        if name in before or (name.startswith("__") and name.endswith("__")):
            journal.delete_class_attribute(cls, name)
    if vars(cls).get("__doc__") != vars(made).get("__doc__"):
        journal.set_class_attribute(cls, "__doc__", vars(made).get("__doc__"))
    _fill(context, cls, fields)


def _inner(node: ast.ClassDef, name: str) -> ast.ClassDef | None:
    return next(
        (inner for inner in node.body if isinstance(inner, ast.ClassDef) and inner.name == name), None
    )


def _unchanged_field(old: ast.ClassDef, new: ast.ClassDef, name: str) -> bool:
    before = [ast.dump(node) for node in old.body if name in bound(node) or reads(node, name)]
    after = [ast.dump(node) for node in new.body if name in bound(node) or reads(node, name)]
    return bool(before) and before == after


def _own(journal: Any, value: object, made: type, cls: type) -> None:
    """Methods of the second class that use ``super()`` are to mean the first."""
    for function in [*classes._raw(value), *_inside(value)]:
        for cell in function.__closure__ or ():
            try:
                if cell.cell_contents is made:
                    journal.set(cell, "cell_contents", cls)
            except ValueError:
                continue


def _inside(value: object) -> list[FunctionType]:
    found: list[FunctionType] = []
    inner = getattr(value, "__wrapped__", None)
    while type(inner) is FunctionType:
        found.append(inner)
        inner = getattr(inner, "__wrapped__", None)
    return found


def _fill(context: Patch, cls: type, before: set[str]) -> None:
    """Give live instances the dataclass fields that are new; a plain default is found in the class."""
    fields = cls.__dict__.get("__dataclass_fields__", {})
    _fill_attrs(context, cls)
    lacking = [field for name, field in fields.items() if name not in before and name not in vars(cls)]
    if before and {*fields} != before:
        for sub in classes._subclasses(cls):
            dataclass_again(context.journal, sub)
    if not before or not lacking:
        return
    missing = type(next(iter(fields.values())).default_factory)
    for instance in instances(cls):
        for field in lacking:
            factory = field.default_factory
            if isinstance(factory, missing) and not callable(factory):
                context.report.note(
                    f"instances of {cls.__qualname__} made before have no {field.name}: the new field has no default"
                )
                continue
            value = factory()
            try:
                object.__setattr__(instance, field.name, value)
            except AttributeError:
                continue
            context.journal.add(object.__delattr__, instance, field.name)


def _fill_attrs(context: Patch, cls: type) -> None:
    """The same for a class of attrs, which keeps its defaults to itself."""
    given = [one for one in vars(cls).get("__attrs_attrs__", ()) if one.init]
    for instance in instances(cls) if given else ():
        state = functions.state_of(instance)
        for one in given if state is not None else ():
            default = one.default
            if one.name in instance.__dict__ or type(default).__name__ == "_Nothing":
                continue
            if hasattr(default, "factory"):
                default = default.factory(instance) if default.takes_self else default.factory()
            context.journal.set_item(instance.__dict__, one.name, default)


def dataclass_again(journal: Journal, cls: Any) -> None:
    """The fields of a base have changed: have what ``dataclass`` generated for ``cls`` generated again."""
    parameters = cls.__dict__.get("__dataclass_params__")
    if parameters is None:
        return
    own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - not those of a base
    made = [name for name, value in vars(cls).items() if type(value) is FunctionType and _is_generated(value)]
    for name in [*made, "__match_args__"]:
        journal.delete_class_attribute(cls, name)
    for name in ("__dataclass_fields__", "__dataclass_params__", "__doc__"):
        journal.set_class_attribute(cls, name, cls.__dict__.get(name))
    for name, field in cls.__dict__["__dataclass_fields__"].items():
        if name in own and name not in vars(cls) and callable(field.default_factory):
            journal.set_class_attribute(cls, name, field)
    import dataclasses

    options = {
        name: getattr(parameters, name) for name in ("init", "repr", "eq", "order", "unsafe_hash", "frozen")
    }
    dataclasses.dataclass(**options)(cls)


def _is_generated(function: FunctionType) -> bool:
    written = getattr(function, "__wrapped__", function)  # __repr__ is wrapped against recursion
    return bool(written.__code__.co_filename == "<string>")


def instances(cls: type) -> list[Any]:
    """Living instances of ``cls`` and its subclasses, as far as the collector knows them. Looks at the whole heap."""
    family = [cls, *classes._subclasses(cls)]
    members = {id(member) for member in family}
    return [found for found in gc.get_referrers(*family) if id(type(found)) in members]


def replace(
    context: Patch,
    cls: type,
    made: type,
    *,
    living: list[Any] | None = None,
    why: str = "has a new layout",
) -> None:
    """``made`` takes the place of ``cls``: instances, subclasses and what refers to the class follow where they can.

    ``living`` are its instances, where they are known better than the collector knows them; ``why`` says why some may stay as they are.
    """
    journal, report = context.journal, context.report
    left = 0
    stuck: list[type] = []
    for instance in instances(cls) if living is None else living:
        if type(instance) is not cls:
            continue
        try:
            instance.__class__ = made
            journal.add(setattr, instance, "__class__", cls)
        except TypeError:
            if context.mover is None or not context.mover(instance, made):
                left += 1
    subclasses: list[type] = type.__subclasses__(cls)
    for sub in subclasses:
        if any(sub is one for one in context.leaving):  # another one takes its place, too
            continue
        if _is_sealed_in(sub) and _make_anew(context, sub):
            continue
        bases = sub.__bases__
        try:
            sub.__bases__ = tuple(made if base is cls else base for base in bases)
            journal.add(setattr, sub, "__bases__", bases)
        except TypeError:
            stuck.append(sub)
    if left:
        report.note(
            f"{cls.__module__}.{cls.__qualname__} {why}: {left} live "
            f"{'instance keeps' if left == 1 else 'instances keep'} the old one"
        )
    elif living is None:
        report.note(f"{cls.__module__}.{cls.__qualname__} is a new class; its instances have moved to it")
    for value in list(vars(cls).values()):
        for function in classes._raw(value):
            for cell in function.__closure__ or ():
                if not left and cell.cell_contents is cls:
                    journal.set(cell, "cell_contents", made)
    for name, value in vars(made).items():
        for mine, other in zip(classes._raw(vars(cls).get(name)), classes._raw(value), strict=False):
            if not left and mine is not other:
                functions.become(journal, mine, other)
    stuck += _sealing(context, cls)
    exchange(context, cls, made)
    for sub in stuck:
        if not _make_anew(context, sub):
            report.note(
                f"{sub.__module__}.{sub.__qualname__} keeps the old {cls.__qualname__} as its base: its layout differs"
            )


def follow_home(context: Patch, cls: Any, home: Any) -> None:
    """``cls`` has moved to another module, where it is ``home``.

    An enum stays what it is, for its members are compared by identity; another class gives its place to the new one.
    """
    if not (enums.is_enum(cls) and enums.is_enum(home) and enums.fits(cls, home)):
        replace(context, cls, home)
        return
    enums.patch(context.journal, cls, home)
    context.journal.set_class_attribute(cls, "__module__", home.__module__)
    exchange(context, home, cls)
    record = context.reloader.modules.get(cls.__module__)
    for peer in context.peers:
        if peer.record is record:
            for statement in peer.binding().get(cls.__name__, ()):
                context.journal.set(statement, "seals", {**statement.seals, cls.__name__: Seal(cls)})


def _sealing(context: Patch, cls: type) -> list[type]:
    """The project's classes that C code has made something of which knows ``cls``: their annotations name it."""
    return [
        value
        for record in context.reloader.modules.values()
        for value in list(record.namespace.values())
        if issubclass(type(value), type)
        and value is not cls
        and value.__module__ == record.name
        and _names(vars(value).get("__annotations__"), cls)
        and _is_sealed_in(value)
    ]


def _names(hint: Any, cls: type, depth: int = 0) -> bool:
    """Whether an annotation, or one in it, is ``cls``."""
    if hint is cls or depth > _DEPTH:
        return hint is cls
    inside = hint.values() if type(hint) is dict else getattr(hint, "__args__", None) or ()
    if isinstance(hint, str):
        return re.search(rf"\b{re.escape(cls.__name__)}\b", hint) is not None
    return type(inside) in _CONTAINERS and any(_names(inner, cls, depth + 1) for inner in inside)


def _make_anew(context: Patch, cls: type) -> bool:
    """A base of ``cls`` is another class now, of another layout: run the class statement again, unless its turn is still to come."""
    home = next((peer for peer in context.peers if peer.record.name == cls.__module__), None)
    record = context.reloader.modules.get(cls.__module__) if home is None else home.record
    name = cls.__qualname__
    if record is None or record.namespace.get(name) is not cls:
        return False
    if home is None:
        found = [statement for statement in record.statements() if name in statement.names]
    else:
        found = home.binding().get(name, [])
    if len(found) != 1 or found[0].kind != "class":
        return False
    statement = found[0]
    if home is not None and home.is_to_come(statement):
        context.reloader.stale_classes.add(id(cls))
        return True
    context.journal.set_item(record.namespace, name, cls)
    context.journal.set(statement, "seals", dict(statement.seals))
    context.reloader.running.statement(record, statement)
    made = record.namespace[name]
    if not isinstance(made, type) or made is cls:
        return False
    seal(statement, record.namespace)
    replace(home or context, cls, made)
    return True
