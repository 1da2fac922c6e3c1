"""From the summaries of a unit to what the index has of it: every name with the module that it is best imported from, and its linked type."""

from __future__ import annotations

from collections.abc import Iterator

from holefit.index.environment import Unit
from holefit.index.names import Names, variables_of
from holefit.index.store import ClassEntry, Entry, Linked
from holefit.index.summary import Class, Definition, Kind, Parameter, Summary
from holefit.index.type import ANYTHING, Named, Type, Variable, mapped

_DATA_CLASSES = {
    "dataclass",
    "define",
    "frozen",
    "mutable",
    "attrs",
    "attributes",
    "dataclass_transform",
    "s",
}
# Modules of the standard library that stand behind another one, which is the one that everybody writes.
_BEHIND = {"posixpath", "ntpath", "genericpath"}
_ENUMS = {"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"}
_STRUCTURES = {"typing.NamedTuple", "typing.TypedDict"}
# Methods that operators and brackets call.
_OPERATORS = {
    f"__{name}__"
    for name in [
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "matmul",
        "and",
        "or",
        "xor",
        "getitem",
        "contains",
    ]
}
Path = tuple[str, str]


def link(unit: Unit, names: Names, *, project: bool) -> Linked:
    """What ``unit`` gives to the index. In a ``project`` private names count too."""
    return _Linker(unit, names, project).linked()


class _Linker:
    def __init__(self, unit: Unit, names: Names, project: bool) -> None:
        self._names = names
        self._project = project
        self._modules = [one.name for one in unit.modules]
        self._uses: dict[str, int] = {}
        self._paths: dict[str, Path] = {}
        self._classes: dict[str, ClassEntry] = {}

    def linked(self) -> Linked:
        for module in self._modules:
            summary = self._names.summary(module)
            if summary is not None:
                for target, count in summary.used.items():
                    self._uses[target] = self._uses.get(target, 0) + count
        self._find_paths()
        entries: list[Entry] = []
        for module in self._modules:
            summary = self._names.summary(module)
            if summary is not None:
                entries += self._entries(summary)
        return Linked(list(self._classes.values()), entries, self._canonical_uses())

    def _canonical_uses(self) -> dict[str, int]:
        """How often something is imported, by where it is defined: through whichever module."""
        found: dict[str, int] = {}
        for target, count in self._uses.items():
            name, called = target.removesuffix("()"), "()" if target.endswith("()") else ""
            if not name.startswith("."):
                name = (self._names.meaning(name).name or name) + called
            found[name] = found.get(name, 0) + count
        return found

    # Where a name is imported from

    def _find_paths(self) -> None:
        best: dict[str, tuple[object, ...]] = {}
        for module in self._modules:
            summary = self._names.summary(module)
            if summary is None or self._apart(module):
                continue
            for name, full in self._given(summary):
                key = self._preference(module, name, full)
                if full not in best or key < best[full]:
                    best[full] = key
                    self._paths[full] = (module, name)

    def _apart(self, module: str) -> bool:
        """Whether nobody imports from ``module`` on purpose."""
        parts = module.split(".")
        if module in _BEHIND:
            return True
        if any(part.startswith("test_") or part == "conftest" for part in parts):
            return True
        return not self._project and any(part.startswith("_") and part != "__future__" for part in parts)

    def _preference(self, module: str, name: str, full: str) -> tuple[object, ...]:
        away = f"{module}.{name}" != full
        if self._project:  # as the project itself does it
            return (-self._uses.get(f"{module}.{name}", 0), away, module.count("."), module)
        renamed = full.rpartition(".")[2] != name
        return (renamed, module.count("."), away, module)

    def _given(self, summary: Summary, seen: set[str] | None = None) -> Iterator[tuple[str, str]]:
        """The names that a module gives to others, and what they are."""
        own = {*summary.classes, *summary.aliases, *(one.name for one in summary.definitions)}
        if summary.public is not None:
            given = set(summary.public)
        else:
            private = self._project
            given = {name for name in own if private or not name.startswith("_")} | summary.exported
        for name in sorted(given):
            if name in summary.typing_only or "." in name:
                continue
            meaning = self._names.meaning(f"{summary.module}.{name}")
            if (
                meaning.klass is not None
                or meaning.definition is not None
                or (meaning.alias is not None and meaning.name.rpartition(".")[0] in self._modules)
            ):
                yield name, meaning.name
        seen = {summary.module} if seen is None else seen
        for source in summary.stars if summary.public is None else ():
            other = self._names.summary(source)
            if other is not None and source not in seen:
                seen.add(source)
                for name, full in self._given(other, seen):
                    if not name.startswith("_"):
                        yield name, full

    # Entries

    def _entries(self, summary: Summary) -> Iterator[Entry]:
        for one in summary.definitions:
            path = self._paths.get(f"{summary.module}.{one.name}")
            linked = self._definition(one, None)
            if path is not None and linked is not None:
                yield self._entry(path, path[1], one, *linked, summary.module)
        for name, alias in summary.aliases.items():
            path = self._paths.get(f"{summary.module}.{name}")
            method = None if path is None else self._bound_method(alias)
            if path is not None and method is not None:
                yield self._entry(path, path[1], *method, summary.module)
        for klass in summary.classes.values():
            full = f"{summary.module}.{klass.name}"
            self._class_entry(full, klass)
            outer, _, inner = klass.name.partition(".")
            path = self._paths.get(f"{summary.module}.{outer}")
            if path is not None:
                name = f"{path[1]}.{inner}" if inner else path[1]
                yield from self._of_class((path[0], name), klass, full, summary.module)

    def _bound_method(self, alias: Type) -> tuple[Definition, tuple[Parameter, ...], Type] | None:
        """The method of an object that a name stands for: ``choice = _instance.choice``."""
        if not isinstance(alias, Named) or alias.args:
            return None
        of, _, name = alias.name.rpartition(".")
        definition = self._names.meaning(of).definition
        if definition is None or definition.kind is not Kind.VALUE or definition.result is None:
            return None
        instance = self._names.linked(definition.result)
        for klass in self._line(instance.name, set()) if isinstance(instance, Named) else ():
            for member in klass.members:
                if member.name == name and member.kind is Kind.METHOD and isinstance(instance, Named):
                    linked = self._definition(member, instance)
                    if linked is not None:
                        made = Definition(name, Kind.FUNCTION, (), None, member.line, member.flags)
                        return made, linked[0][1:], linked[1]
        return None

    def _of_class(self, path: Path, klass: Class, full: str, module: str) -> Iterator[Entry]:
        entry = self._class_entry(full, klass)
        instance = Named(full, entry.variables)
        if "e" not in entry.flags and "p" not in entry.flags and "a" not in entry.flags:
            made_by = self._constructors(full, 0)
            if made_by == [()] and "final" in klass.decorators:
                made_by = []  # of a class in C, which says no more about it: others make its objects
            for parameters in made_by:
                made = Definition(klass.name, Kind.CLASS, (), None, klass.line, klass.flags.replace("A", ""))
                yield self._entry(path, path[1], made, parameters, instance, module)
        for member in [*klass.members, *self._inherited_makers(full, klass)]:
            if member.name.startswith("__") and member.name not in _OPERATORS:
                continue
            if member.name.startswith("_") and not self._project and member.name not in _OPERATORS:
                continue
            name = f"{path[1]}.{member.name}"
            if (
                "e" in entry.flags
                and member.kind is Kind.VALUE
                and (member.flags == "c" or member.result is None)
            ):
                made = Definition(member.name, Kind.MEMBER, (), None, member.line)
                yield self._entry(path, name, made, (), Named(full), module)
                continue
            kind = Kind.PROPERTY if member.kind is Kind.VALUE and "c" not in member.flags else member.kind
            linked = self._definition(member, instance)
            if linked is None:
                continue
            parameters, result = linked
            if kind is Kind.PROPERTY:
                parameters = (Parameter("self", instance, "/"),)
            changed = Definition(member.name, kind, (), None, member.line, member.flags.strip("rac"))
            yield self._entry(path, name, changed, parameters, result, module)

    def _inherited_makers(self, full: str, klass: Class) -> Iterator[Definition]:
        """Class methods of base classes that give an object of the class that they are called on: ``datetime.fromisoformat``."""
        seen = {member.name for member in klass.members}
        for above in list(self._line(full, set()))[1:]:
            for member in above.members:
                if member.kind is Kind.CLASS_METHOD and _is_self(member.result) and member.name not in seen:
                    seen.add(member.name)
                    yield member

    def _entry(
        self,
        path: Path,
        name: str,
        one: Definition,
        parameters: tuple[Parameter, ...],
        result: Type,
        module: str,
    ) -> Entry:
        flags = "d" if "d" in one.flags else ""
        # Within a project its private modules are there for all of it, not so their private names.
        names = name.split(".") if self._project else [*path[0].split("."), *name.split(".")]
        operator = names[-1] in _OPERATORS
        if any(part.startswith("_") for part in (names[:-1] if operator else names)):
            flags += "p"
        rank = 0.4 * operator + 0.25 * path[0].count(".") + 4.0 * ("p" in flags) + 4.0 * ("d" in flags)
        return Entry(path[0], name, one.kind, parameters, result, flags, rank, module, one.line)

    def _definition(self, one: Definition, inside: Named | None) -> tuple[tuple[Parameter, ...], Type] | None:
        """The linked parameters and result of a definition; None when its result is not known, or it never gives anything back."""
        if one.result is None:
            return None
        result = self._names.linked(one.result)
        if result == Named("typing.Never"):
            return None
        parameters = tuple(
            Parameter(each.name, self._names.linked(each.type), each.kind, each.optional)
            for each in one.parameters
        )
        if inside is not None:
            parameters = _of_instance(one, parameters, inside)
            if one.kind is Kind.METHOD:
                result = _with_self(result, None)
            else:
                result = _with_self(result, inside)
            if one.kind is Kind.METHOD and parameters and any(v.name == "Self" for v in variables_of(result)):
                first = parameters[0]
                if first.type == inside:
                    of_self = Variable("Self", inside)
                    parameters = (Parameter(first.name, of_self, first.kind), *parameters[1:])
        return parameters, result

    # Classes

    def _class_entry(self, full: str, klass: Class) -> ClassEntry:
        known = self._classes.get(full)
        if known is None:
            bases = tuple(base for base in map(self._names.linked, klass.bases) if isinstance(base, Named))
            declared = next(
                (base for base in bases if base.name in ("typing.Generic", "typing.Protocol") and base.args),
                None,
            )
            found = [one for base in ([declared] if declared else bases) for one in variables_of(base)]
            variables = tuple({one.name: Variable(one.name) for one in found}.values())
            variables = variables or tuple(map(Variable, klass.parameters))
            members = tuple(dict.fromkeys(one.name for one in klass.members))
            kept = tuple(base for base in bases if base.name not in ("typing.Generic", "typing.Protocol"))
            known = self._classes[full] = ClassEntry(full, variables, kept, members, "")
            flags = "p" if any(base.name == "typing.Protocol" for base in bases) else ""
            flags += "e" if self._is_enum(full, 0) else ""
            flags += "a" if "e" not in flags and self._abstract(full) else ""
            known = self._classes[full] = ClassEntry(full, variables, kept, members, flags)
        return known

    def _is_enum(self, full: str, depth: int) -> bool:
        return full not in _ENUMS and any(
            base.name in _ENUMS or (depth < 8 and self._is_enum(base.name, depth + 1))
            for base in self._bases(full)
        )

    def _bases(self, full: str) -> list[Named]:
        klass = self._names.meaning(full).klass
        linked = [] if klass is None else [self._names.linked(base) for base in klass.bases]
        return [base for base in linked if isinstance(base, Named)]

    def _abstract(self, full: str) -> bool:
        """Whether some method is left to be defined."""
        abstract: dict[str, bool] = {}
        for klass in self._line(full, set()):
            for member in klass.members:
                abstract.setdefault(member.name, "a" in member.flags)
        return any(abstract.values())

    def _line(self, full: str, seen: set[str]) -> Iterator[Class]:
        """The class and those that it inherits from, nearest first."""
        klass = self._names.meaning(full).klass
        if klass is None or full in seen or len(seen) > 40:
            return
        seen.add(full)
        yield klass
        for base in self._bases(full):
            yield from self._line(base.name, seen)

    def _constructors(self, full: str, depth: int) -> list[tuple[Parameter, ...]]:
        """What the class can be called with: one list of parameters for each overload."""
        klass = self._names.meaning(full).klass
        if klass is None or depth > 12:
            return [()]
        made = [one for one in klass.members if one.name == "__init__"] or [
            one for one in klass.members if one.name == "__new__"
        ]
        if made:
            found = []
            for one in made:
                parameters = one.parameters[1:]
                linked = [
                    Parameter(p.name, self._names.linked(p.type), p.kind, p.optional) for p in parameters
                ]
                found.append(tuple(linked))
            return found
        bases = self._bases(full)
        structure = any(base.name in _STRUCTURES for base in bases)
        if structure or not _DATA_CLASSES.isdisjoint(klass.decorators):
            return [tuple(self._fields(full, set()))]
        for base in bases:
            entry = self._names.meaning(base.name).klass
            if (
                entry is not None
                and base.name != "builtins.object"
                and base.name not in ("typing.Generic", "typing.Protocol")
            ):
                found = self._constructors(base.name, depth + 1)
                if found != [()]:
                    given = dict(zip((v.name for v in self._variables(base.name)), base.args, strict=False))
                    return [tuple(_put(one, given) for one in parameters) for parameters in found]
        return [()]

    def _variables(self, full: str) -> tuple[Variable, ...]:
        klass = self._names.meaning(full).klass
        return () if klass is None else self._variables_of(full, klass)

    def _variables_of(self, full: str, klass: Class) -> tuple[Variable, ...]:
        known = self._classes.get(full)
        if known is not None:
            return known.variables
        bases = self._bases(full)
        declared = [
            base for base in bases if base.name in ("typing.Generic", "typing.Protocol") and base.args
        ]
        found = [one for base in (declared[:1] or bases) for one in variables_of(base)]
        return tuple({one.name: Variable(one.name) for one in found}.values()) or tuple(
            map(Variable, klass.parameters)
        )

    def _fields(self, full: str, seen: set[str]) -> list[Parameter]:
        """The fields of a data class or named tuple as parameters, inherited ones first."""
        klass = self._names.meaning(full).klass
        if klass is None or full in seen:
            return []
        seen.add(full)
        found = {one.name: one for base in self._bases(full) for one in self._fields(base.name, seen)}
        for member in klass.members:
            if member.kind is Kind.VALUE and "c" not in member.flags and member.result is not None:
                type = self._names.linked(member.result)
                found[member.name] = Parameter(member.name.lstrip("_"), type, "", "r" not in member.flags)
        return list(found.values())


def _of_instance(one: Definition, parameters: tuple[Parameter, ...], inside: Named) -> tuple[Parameter, ...]:
    """The parameters of a member with the object that it is called on; a class method is called on its class."""
    if one.kind is Kind.CLASS_METHOD:
        return tuple(_self_put(each, inside) for each in parameters[1:])
    if one.kind is Kind.METHOD and parameters:
        own = parameters[0].type
        first = Parameter("self", inside if own == ANYTHING else own, "/")
        return (first, *parameters[1:])
    return parameters


def _self_put(one: Parameter, inside: Named) -> Parameter:
    return Parameter(one.name, _with_self(one.type, inside), one.kind, one.optional)


def _with_self(type: Type, instance: Named | None) -> Type:
    if instance is None:
        return type
    return mapped(
        type, lambda one: instance if isinstance(one, Variable) and one.name in ("Self", "_Self") else None
    )


def _put(one: Parameter, given: dict[str, Type]) -> Parameter:
    type = mapped(one.type, lambda part: given.get(part.name) if isinstance(part, Variable) else None)
    return Parameter(one.name, type, one.kind, one.optional)


def _is_self(type: Type | None) -> bool:
    """Whether a type, as it is written, is that of the object or class that a method is called on."""
    return isinstance(type, Named) and type.name.rpartition(".")[2] in ("Self", "_Self")
