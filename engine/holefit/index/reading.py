"""From the text of a module to its summary."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from holefit.index.summary import Class, Definition, Kind, Parameter, Summary
from holefit.index.type import ANYTHING, NONE, Function, Named, Type, union
from holefit.syntax.imports import resolved

_BUILTINS = frozenset(dir(builtins)) | {"reveal_type", "function", "ellipsis"}
_CALLED = re.compile(r"\b[A-Za-z_]\w*(?:\.\w+)+(?=\()|(?<=[)\]\"'])\.\w+(?=\()")
_VARIABLES = {"TypeVar", "ParamSpec", "TypeVarTuple"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PROPERTIES = {"property", "cached_property", "abstractproperty", "hybrid_property", "memoized_property"}
# Not what a caller sees of a class: how it is made, stored and torn down.
_UNSEEN = {"__class__", "__slots__", "__match_args__", "__dict__", "__module__", "__doc__", "__annotations__"}


@dataclass(frozen=True, slots=True)
class Runtime:
    """What decides ``if sys.version_info >= ...`` and ``if sys.platform == ...``."""

    version: tuple[int, int]
    platform: str


def summarised(
    text: str, module: str, runtime: Runtime, *, is_package: bool = False, is_stub: bool = False
) -> Summary:
    """The summary of the module ``module`` that has the given text.

    Raises: SyntaxError, ValueError, RecursionError, MemoryError: what cannot be parsed.
    """
    found = _Reader(Summary(module, is_package, is_stub), runtime).read(ast.parse(text))
    if not is_stub:
        _count_calls(text, found)
    return found


def _count_calls(text: str, found: Summary) -> None:
    """Note what is called by a dotted name: by what its first part was imported as (``re.compile()``), else as a method (``.join``)."""
    for name in _CALLED.findall(text):
        first, _, rest = name.partition(".")
        known = found.imported.get(first)
        target = f".{rest.rpartition('.')[2]}" if known is None else f"{known}.{rest}()"
        found.used[target] = found.used.get(target, 0) + 1


class _Reader:
    def __init__(self, summary: Summary, runtime: Runtime) -> None:
        self._summary = summary
        self._runtime = runtime
        self._module = summary.module
        self._local: set[str] = set()

    def read(self, tree: ast.Module) -> Summary:
        statements = list(self._taken(tree.body, typing_only=False))
        for node, typing_only in statements:
            self._bind(node, typing_only)
        overloads = self._overloads([node for node, _ in statements])
        for node, typing_only in statements:
            if not typing_only:
                self._define(node, overloads)
        return self._summary

    def _taken(self, body: Sequence[ast.stmt], *, typing_only: bool) -> Iterator[tuple[ast.stmt, bool]]:
        """The statements that run, those of compound ones included, and whether only a type checker sees them."""
        for node in body:
            match node:
                case ast.If(test=test, body=then, orelse=other):
                    checking = _is_type_checking(test)
                    taken = True if checking else self._truth(test)
                    if taken is not False:
                        yield from self._taken(then, typing_only=typing_only or checking)
                    if taken is not True:
                        yield from self._taken(other, typing_only=typing_only)
                    elif checking:
                        yield from self._taken(other, typing_only=False)
                case ast.Try(body=then, handlers=handlers):
                    yield from self._taken(then, typing_only=typing_only)
                    for handler in handlers:
                        yield from self._taken(handler.body, typing_only=typing_only)
                case ast.With(body=then):
                    yield from self._taken(then, typing_only=typing_only)
                case _:
                    yield node, typing_only

    def _truth(self, test: ast.expr) -> bool | None:
        """The value of a test of the version or the platform; None for any other."""
        match test:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                value = self._fact(left)
                if isinstance(value, tuple) and isinstance(right, ast.Tuple):
                    parts = [one.value for one in right.elts if isinstance(one, ast.Constant)]
                    numbers = tuple(one for one in parts if isinstance(one, int))
                    return _compared(operator, value[: len(numbers)], numbers)
                if (
                    isinstance(value, int)
                    and isinstance(right, ast.Constant)
                    and isinstance(right.value, int)
                ):
                    return _compared(operator, (value,), (right.value,))
                if isinstance(value, str) and isinstance(right, ast.Constant):
                    return (value == right.value) is isinstance(operator, ast.Eq)
            case ast.Call(
                func=ast.Attribute(value=of, attr="startswith"), args=[ast.Constant(value=str(start))]
            ):
                value = self._fact(of)
                return value.startswith(start) if isinstance(value, str) else None
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                if _is_type_checking(operand):
                    return False
                known = self._truth(operand)
                return None if known is None else not known
            case ast.BoolOp(op=operator, values=values):
                known_values = [self._truth(one) for one in values]
                decisive = isinstance(operator, ast.Or)
                if decisive in known_values:
                    return decisive
                return None if None in known_values else not decisive
        return None

    def _fact(self, node: ast.expr) -> object:
        match node:
            case ast.Attribute(value=ast.Name(id="sys"), attr="version_info"):
                return self._runtime.version
            case ast.Subscript(value=ast.Attribute(attr="version_info"), slice=ast.Constant(value=0)):
                return self._runtime.version[0]
            case ast.Subscript(value=ast.Attribute(attr="version_info"), slice=ast.Slice()):
                return self._runtime.version
            case ast.Attribute(value=ast.Name(id="sys"), attr="platform"):
                return self._runtime.platform
        return None

    # Names

    def _bind(self, node: ast.stmt, typing_only: bool) -> None:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._import(
                        name, alias.name if alias.asname else name, typing_only, alias.asname == alias.name
                    )
                    self._use(alias.name)
            case ast.ImportFrom(names=names):
                source = resolved(node, self._module, self._summary.is_package)
                if source is None:
                    return
                for alias in names:
                    if alias.name == "*":
                        self._summary.stars.append(source)
                        continue
                    name = alias.asname or alias.name
                    own = source.partition(".")[0] == self._module.partition(".")[0]
                    exported = alias.asname == alias.name or (
                        self._summary.is_package and not self._summary.is_stub and own
                    )
                    self._import(name, f"{source}.{alias.name}", typing_only, exported)
                    self._use(f"{source}.{alias.name}")
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._local.add(name)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        self._local.add(target.id)
                        if target.id == "__all__":
                            self._summary.public = _strings(value)
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._local.add(name)
            case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                self._summary.public = [*(self._summary.public or ()), *(_strings(value) or ())]
            case _ if type(node).__name__ == "TypeAlias":
                self._local.add(node.name.id)  # type: ignore[attr-defined]  # a node of Python 3.12 and newer
        return

    def _import(self, name: str, target: str, typing_only: bool, exported: bool) -> None:
        known = self._summary.imported.setdefault(name, target)
        if known != target:  # the second of two branches
            return
        if typing_only:
            self._summary.typing_only.add(name)
        elif exported:
            self._summary.exported.add(name)

    def _use(self, target: str) -> None:
        self._summary.used[target] = self._summary.used.get(target, 0) + 1

    def _full(self, name: str) -> str:
        """The full name of what ``name`` means in the module; with ``*`` before it where only an import of everything can tell."""
        if name in self._local:
            return f"{self._module}.{name}"
        if name in self._summary.imported:
            return self._summary.imported[name]
        if name in _BUILTINS:
            return f"builtins.{name}"
        return f"*{self._module}.{name}" if self._summary.stars else ""

    # Definitions

    def _overloads(self, body: Sequence[ast.stmt]) -> set[str]:
        """Names whose last definition only implements overloads."""
        return {
            node.name
            for node in body
            if isinstance(node, _FUNCTIONS) and "overload" in map(_last, node.decorator_list)
        }

    def _define(self, node: ast.stmt, overloads: set[str]) -> None:
        summary = self._summary
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                marks = {_last(one) for one in node.decorator_list}
                if node.name in overloads and "overload" not in marks and not summary.is_stub:
                    return
                summary.definitions.append(self._function(node, Kind.FUNCTION))
            case ast.ClassDef():
                summary.classes.setdefault(node.name, self._class(node, node.name))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                if _last(annotation) == "TypeAlias" and value is not None:
                    summary.aliases.setdefault(name, self.type(value))
                else:
                    self._value(name, self.type(annotation), value, node.lineno - 1)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._assigned(name, value, node.lineno - 1)
            case _ if type(node).__name__ == "TypeAlias":
                name = node.name.id  # type: ignore[attr-defined]  # a node of Python 3.12 and newer
                summary.aliases.setdefault(name, self.type(node.value))  # type: ignore[attr-defined]  # the same

    def _assigned(self, name: str, value: ast.expr, line: int) -> None:
        """``NAME = value``: a type variable, an alias of a type, or a value whose type its text tells."""
        if isinstance(value, ast.Call) and _last(value.func) in _VARIABLES:
            bound = next((one.value for one in value.keywords if one.arg == "bound"), None)
            values = value.args[1:] if _last(value.func) == "TypeVar" else []
            if bound is not None:
                self._summary.variables[name] = self.type(bound)
            elif values:
                self._summary.variables[name] = union([self.type(one) for one in values])
            else:
                self._summary.variables[name] = None
        elif isinstance(value, ast.Call) and _last(value.func) == "NewType" and len(value.args) == 2:
            base = self.type(value.args[1])
            made = Definition("__init__", Kind.METHOD, (Parameter("value", base),), NONE, line)
            self._summary.classes.setdefault(name, Class(name, (base,), (), (made,), line))
        elif self._is_type(value):
            self._summary.aliases.setdefault(name, self.type(value))
        else:
            self._value(name, None, value, line)

    def _is_type(self, node: ast.expr) -> bool:
        """Whether an assigned expression reads as a type: ``Union[int, str]``, ``list[int]``, another name."""
        match node:
            case ast.Name(id=name):
                return name not in ("None", "__all__")
            case ast.Attribute(value=of):
                return self._is_type(of)
            case ast.Subscript(value=of):
                return self._is_type(of)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._is_type(left) and (
                    self._is_type(right) or (isinstance(right, ast.Constant) and right.value is None)
                )
        return False

    def _value(self, name: str, annotated: Type | None, value: ast.expr | None, line: int) -> None:
        found = annotated
        if found is None or _bare(found, ("Final", "ClassVar")):
            found = self._inferred(value)
        elif isinstance(found, Named) and found.name.endswith((".Final", ".ClassVar")) and found.args:
            found = found.args[0]
        self._summary.definitions.append(Definition(name, Kind.VALUE, (), found, line))

    def _inferred(self, value: ast.expr | None) -> Type | None:
        """The type that the text of an initialiser tells; ``call`` of a name is looked up later."""
        match value:
            case ast.Constant(value=None | builtins.Ellipsis):
                return None
            case ast.Constant(value=constant):
                return Named(f"builtins.{type(constant).__name__}")
            case ast.JoinedStr():
                return Named("builtins.str")
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return self._inferred(operand)
            case ast.Call(func=ast.Name() | ast.Attribute() as callee):
                named = self.type(callee)
                return Named("call", (named,)) if isinstance(named, Named) else None
            case ast.Dict():
                return Named("builtins.dict")
            case ast.List() | ast.ListComp():
                return Named("builtins.list")
            case ast.Set() | ast.SetComp():
                return Named("builtins.set")
        return None

    def _class(self, node: ast.ClassDef, name: str) -> Class:
        statements = [
            one for one, typing_only in self._taken(node.body, typing_only=False) if not typing_only
        ]
        overloads = self._overloads(statements)
        members: list[Definition] = []
        for one in statements:
            match one:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    marks = {_last(mark) for mark in one.decorator_list}
                    if one.name in overloads and "overload" not in marks and not self._summary.is_stub:
                        continue
                    if marks & {"setter", "deleter"}:
                        continue
                    members.append(self._function(one, _kind(one.name, marks)))
                    if one.name == "__init__" and not self._summary.is_stub:
                        members += self._attributes(one, members)
                case ast.AnnAssign(target=ast.Name(id=field), annotation=annotation, value=value):
                    members.append(self._field(field, annotation, value, one.lineno - 1))
                case ast.Assign(targets=[ast.Name(id=field)], value=value) if field not in _UNSEEN:
                    found = self._inferred(value)
                    members.append(Definition(field, Kind.VALUE, (), found, one.lineno - 1, "c"))
                case ast.ClassDef():
                    self._summary.classes.setdefault(
                        f"{name}.{one.name}", self._class(one, f"{name}.{one.name}")
                    )
        flags = "d" if "deprecated" in map(_last, node.decorator_list) else ""
        metaclass = next((one.value for one in node.keywords if one.arg == "metaclass"), None)
        if metaclass is not None and _last(metaclass) == "ABCMeta":
            flags += "A"
        bases = [self.type(base) for base in node.bases if not isinstance(base, ast.Starred)]
        decorators = tuple(_last(one) for one in node.decorator_list)
        declared = tuple(one.name for one in getattr(node, "type_params", ()))
        return Class(name, tuple(bases), decorators, tuple(members), node.lineno - 1, flags, declared)

    def _field(self, name: str, annotation: ast.expr, value: ast.expr | None, line: int) -> Definition:
        """A field. One that the constructor does not take (a ``ClassVar``, ``field(init=False)``) has the flag ``c``."""
        found: Type | None = self.type(annotation)
        flags = ""
        optional = value is not None
        if isinstance(found, Named) and found.name.endswith((".ClassVar", ".Final", ".InitVar")):
            flags = "c" if found.name.endswith(".ClassVar") else ""
            found = found.args[0] if found.args else self._inferred(value)
        if isinstance(value, ast.Call):
            given = {one.arg: one.value for one in value.keywords}
            if isinstance(given.get("init"), ast.Constant) and given["init"].value is False:  # type: ignore[attr-defined]  # a Constant, just seen
                flags = "c"
            if _last(value.func) in ("field", "Field", "ib", "attrib", "mapped_column"):
                optional = bool({"default", "default_factory", "factory"} & given.keys())
        if not optional and not flags:
            flags = "r"
        return Definition(name, Kind.VALUE, (), found, line, flags)

    def _attributes(
        self, init: ast.FunctionDef | ast.AsyncFunctionDef, known: list[Definition]
    ) -> list[Definition]:
        """Public attributes that ``__init__`` sets from its parameters, or annotates."""
        types = {
            one.arg: one.annotation
            for one in [*init.args.posonlyargs, *init.args.args, *init.args.kwonlyargs]
        }
        named = {one.name for one in known}
        found = []
        for node in init.body:
            match node:
                case ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=name), annotation=annotation
                ):
                    written: ast.expr | None = annotation
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Name(id=source)
                ):
                    written = types.get(source)
                case _:
                    continue
            if written is not None and not name.startswith("_") and name not in named:
                found.append(Definition(name, Kind.PROPERTY, (), self.type(written), node.lineno - 1))
        return found

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, kind: Kind) -> Definition:
        marks = {_last(one) for one in node.decorator_list}
        given = node.args
        parameters: list[Parameter] = []
        plain = [*given.posonlyargs, *given.args]
        without = len(plain) - len(given.defaults)
        for index, one in enumerate(plain):
            private = index < len(given.posonlyargs) or (
                one.arg.startswith("__") and not one.arg.endswith("__")
            )
            parameters.append(self._parameter(one, "/" if private else "", index >= without))
        if given.vararg is not None:
            parameters.append(self._parameter(given.vararg, "*", True))
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            parameters.append(self._parameter(one, "k", default is not None))
        if given.kwarg is not None:
            parameters.append(self._parameter(given.kwarg, "**", True))
        result = None if node.returns is None else self.type(node.returns)
        if result is not None and isinstance(node, ast.AsyncFunctionDef):
            result = Named("typing.Coroutine", (ANYTHING, ANYTHING, result))
        if (
            result is not None
            and marks & {"contextmanager", "asynccontextmanager"}
            and isinstance(result, Named)
        ):
            kept = "AbstractContextManager" if "contextmanager" in marks else "AbstractAsyncContextManager"
            result = Named(f"contextlib.{kept}", result.args[:1])
        flags = ("d" if "deprecated" in marks else "") + ("a" if "abstractmethod" in marks else "")
        return Definition(node.name, kind, tuple(parameters), result, node.lineno - 1, flags)

    def _parameter(self, node: ast.arg, kind: str, optional: bool) -> Parameter:
        type = ANYTHING if node.annotation is None else self.type(node.annotation)
        return Parameter(node.arg.removeprefix("__"), type, kind, optional)

    # Types

    def type(self, node: ast.expr) -> Type:
        """The type that ``node`` writes, classes named by what the module imports them as."""
        match node:
            case ast.Constant(value=None):
                return NONE
            case ast.Constant(value=str(text)):
                try:
                    return self.type(ast.parse(text.strip(), mode="eval").body)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    return ANYTHING
            case ast.Constant(value=builtins.Ellipsis):
                return Named("...")
            case ast.Name(id=name):
                full = self._full(name)
                return Named(full) if full else ANYTHING
            case ast.Attribute():
                full = self._dotted(node)
                return Named(full) if full else ANYTHING
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return union([self.type(left), self.type(right)])
            case ast.List(elts=items):
                return Function(tuple(map(self.type, items)), ANYTHING)
            case ast.Starred(value=value):
                return self.type(value)
            case ast.Subscript(value=of, slice=index):
                return self._subscripted(of, index)
        return ANYTHING

    def _dotted(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self._full(node.id)
        if isinstance(node, ast.Attribute):
            before = self._dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    def _subscripted(self, of: ast.expr, index: ast.expr) -> Type:
        items = index.elts if isinstance(index, ast.Tuple) else [index]
        match _last(of):
            case "Literal":
                return union([self._of_literal(one) for one in items]) if items else ANYTHING
            case "Annotated" | "Required" | "NotRequired" | "ReadOnly" | "Unpack":
                return self.type(items[0]) if items else ANYTHING
        base = self.type(of)
        return Named(base.name, tuple(map(self.type, items))) if isinstance(base, Named) else ANYTHING

    def _of_literal(self, node: ast.expr) -> Type:
        if isinstance(node, ast.Constant):
            return NONE if node.value is None else Named(f"builtins.{type(node.value).__name__}")
        if isinstance(node, ast.Attribute):
            return self.type(node.value)
        return self._inferred(node) or ANYTHING


def _kind(name: str, marks: set[str]) -> Kind:
    if marks & _PROPERTIES:
        return Kind.PROPERTY
    if "classmethod" in marks or name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return Kind.CLASS_METHOD
    return Kind.STATIC_METHOD if "staticmethod" in marks else Kind.METHOD


def _last(node: ast.expr) -> str:
    """The last name of a decorator or of a callee: ``dataclass`` of ``dataclasses.dataclass(frozen=True)``."""
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _bare(type: Type, names: Sequence[str]) -> bool:
    return isinstance(type, Named) and not type.args and type.name.rpartition(".")[2] in names


def _is_type_checking(test: ast.expr) -> bool:
    return _last(test) == "TYPE_CHECKING"


def _strings(node: ast.expr) -> list[str] | None:
    if isinstance(node, (ast.List, ast.Tuple)):
        return [
            one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
    if isinstance(node, ast.BinOp):
        return [*(_strings(node.left) or ()), *(_strings(node.right) or ())]
    return None


_COMPARE: dict[type[ast.cmpop], Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ast.GtE: lambda one, other: one >= other,
    ast.Gt: lambda one, other: one > other,
    ast.LtE: lambda one, other: one <= other,
    ast.Lt: lambda one, other: one < other,
    ast.Eq: lambda one, other: one == other,
    ast.NotEq: lambda one, other: one != other,
}


def _compared(operator: ast.cmpop, one: tuple[int, ...], other: tuple[int, ...]) -> bool | None:
    compare = _COMPARE.get(type(operator))
    return None if compare is None else compare(one, other)
