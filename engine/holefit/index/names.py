"""What names mean across modules, layer over layer: re-exports, imports of everything, aliases and type variables."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from holefit.index.store import Store
from holefit.index.summary import Class, Definition, Summary
from holefit.index.type import ANYTHING, NONE, Function, Named, Tuple, Type, Variable, mapped, union

_KEPT = 1000
_DEEPEST = 24
_TYPING = ("typing.", "typing_extensions.")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a full name is in the end. One of ``klass``, ``definition``, ``alias``, ``variable`` is given; none: a module, or unknown."""

    name: str
    klass: Class | None = None
    definition: Definition | None = None
    alias: Type | None = None
    variable: Variable | None = None


class Names:
    """Looks names up in the summaries of ``stores``, of which later ones go first."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self._stores = tuple(reversed(stores))
        self._where = {module: store for store in stores for module in store.modules()}
        self._summaries: OrderedDict[str, Summary | None] = OrderedDict()
        self._meanings: dict[str, Meaning] = {}
        self._expanding: set[str] = set()

    def summary(self, module: str) -> Summary | None:
        """The summary of ``module``; the last few hundred are kept."""
        if module in self._summaries:
            self._summaries.move_to_end(module)
            return self._summaries[module]
        store = self._where.get(module)
        found = self._summaries[module] = None if store is None else store.summary(module)
        if len(self._summaries) > _KEPT:
            self._summaries.popitem(last=False)
        return found

    def is_module(self, name: str) -> bool:
        """Whether a module of that name is indexed."""
        return name in self._where

    def meaning(self, name: str, depth: int = 0) -> Meaning:
        """What ``name`` is."""
        known = self._meanings.get(name)
        if known is None:
            known = self._look_up(name, depth) if depth < _DEEPEST else Meaning("")
            self._meanings[name] = known
        return known

    def _look_up(self, full: str, depth: int) -> Meaning:
        if full.startswith("*"):
            module, _, name = full[1:].rpartition(".")
            found = self._in_stars(module, name, depth)
            return found or Meaning("")
        parts = full.split(".")
        for end in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:end])
            if module in self._where:
                return self._in_module(module, parts[end:], depth)
        return Meaning(full if full in self._where else "")

    def _in_module(self, module: str, rest: list[str], depth: int) -> Meaning:
        summary = self.summary(module)
        if summary is None:
            return Meaning("")
        name, inner = rest[0], rest[1:]
        dotted = ".".join(rest)
        if dotted in summary.classes:
            return Meaning(f"{module}.{dotted}", klass=summary.classes[dotted])
        if name in summary.classes and inner:
            return Meaning("")
        if not inner:
            if name in summary.aliases:
                return Meaning(f"{module}.{name}", alias=summary.aliases[name])
            if name in summary.variables:
                bound = summary.variables[name]
                return Meaning(f"{module}.{name}", variable=Variable(name, bound))
            for one in summary.definitions:
                if one.name == name:
                    return Meaning(f"{module}.{name}", definition=one)
        if name in summary.imported:
            target = ".".join([summary.imported[name], *inner])
            if target != f"{module}.{dotted}":
                return self.meaning(target, depth + 1)
        if name in summary.aliases and inner:
            base = summary.aliases[name]
            return (
                self.meaning(".".join([base.name, *inner]), depth + 1)
                if isinstance(base, Named)
                else Meaning("")
            )
        return self._in_stars(module, dotted, depth) or Meaning("")

    def _in_stars(self, module: str, name: str, depth: int) -> Meaning | None:
        summary = self.summary(module)
        for source in summary.stars if summary is not None else ():
            if source != module and not name.startswith("_"):
                found = self.meaning(f"{source}.{name}", depth + 1)
                if found.name:
                    return found
        return None

    # Types

    def linked(self, type: Type) -> Type:
        """``type`` with every name looked up."""
        return mapped(type, self._part)

    def _part(self, type: Type) -> Type | None:
        if isinstance(type, Function) and type.result == ANYTHING and type.parameters is not None:
            return ANYTHING  # a list of types that no Callable is around
        if not isinstance(type, Named):
            return None
        if type.name in ("None", "..."):
            return type
        if type.name == "call":
            return self._result_of(type.args[0])
        meaning = self.meaning(type.name)
        if meaning.name.startswith(_TYPING):
            special = self._special(meaning.name.rpartition(".")[2], type.args)
            if special is not None:
                return special
        if meaning.klass is not None:
            return self._instance(meaning.name, type.args)
        if meaning.variable is not None:
            return self._variable(meaning)
        if meaning.alias is not None:
            return self._expanded(meaning, type.args)
        return ANYTHING

    def _instance(self, name: str, args: tuple[Type, ...]) -> Type:
        if name == "builtins.tuple" and args:
            if len(args) == 2 and args[1] == Named("..."):
                return Named(name, (self.linked(args[0]),))
            return Tuple(tuple(self.linked(one) for one in args if one != Named("builtins.tuple")))
        if name in ("types.NoneType", "_typeshed.NoneType"):
            return NONE
        if name == "builtins.ellipsis":
            return Named("types.EllipsisType")
        return Named(name, tuple(self._argument(one) for one in args))

    def _argument(self, type: Type) -> Type:
        return ANYTHING if type == Named("...") else self.linked(type)

    def _special(self, name: str, args: tuple[Type, ...]) -> Type | None:
        match name, args:
            case "Optional", (inner,):
                return union([self.linked(inner), NONE])
            case "Union", items if items:
                return union([self.linked(one) for one in items])
            case "Callable", (Function(parameters, _), result):
                taken = tuple(map(self.linked, parameters or ()))
                return Function(taken, self.linked(result))
            case "Callable", (_, result):
                return Function(None, self.linked(result))
            case "Callable", _:
                return Function(None, ANYTHING)
            case "Tuple", ():
                return Named("builtins.tuple")
            case "Tuple", items:
                return self._instance("builtins.tuple", items)
            case "Type", items:
                return Named("builtins.type", tuple(map(self.linked, items)))
            case (
                ("Final" | "ClassVar" | "Annotated" | "Required" | "NotRequired" | "ReadOnly" | "Unpack"),
                (inner, *_),
            ):
                return self.linked(inner)
            case (("TypeGuard" | "TypeIs"), _):
                return Named("builtins.bool")
            case "LiteralString", _:
                return Named("builtins.str")
            case "Self", _:
                return Variable("Self")
            case (("NoReturn" | "Never"), _):
                return Named("typing.Never")
            case "Any", _:
                return ANYTHING
            case (("Generic" | "Protocol" | "NamedTuple" | "TypedDict"), items):
                return Named(f"typing.{name}", tuple(map(self.linked, items)))
        return None

    def _variable(self, meaning: Meaning) -> Type:
        variable = meaning.variable
        assert variable is not None
        if variable.bound is None or meaning.name in self._expanding:
            return Variable(variable.name)
        self._expanding.add(meaning.name)
        try:
            return Variable(variable.name, self.linked(variable.bound))
        finally:
            self._expanding.discard(meaning.name)

    def _expanded(self, meaning: Meaning, args: tuple[Type, ...]) -> Type:
        """An alias of a type with its arguments put in."""
        if meaning.name in self._expanding or meaning.alias is None:
            return ANYTHING
        self._expanding.add(meaning.name)
        try:
            if args and isinstance(meaning.alias, Named) and not meaning.alias.args:
                return self.linked(Named(meaning.alias.name, args))
            found = self.linked(meaning.alias)
        finally:
            self._expanding.discard(meaning.name)
        if not args:
            return found
        given = dict(zip((one.name for one in variables_of(found)), map(self._argument, args), strict=False))
        return mapped(found, lambda one: given.get(one.name) if isinstance(one, Variable) else None)

    def _result_of(self, callee: Type) -> Type:
        """What a call of a name gives: ``logger = getLogger(__name__)``."""
        if not isinstance(callee, Named):
            return ANYTHING
        meaning = self.meaning(callee.name)
        if meaning.klass is not None:
            return Named(meaning.name)
        if meaning.definition is not None and meaning.definition.result is not None:
            found = self.linked(meaning.definition.result)
            return mapped(found, lambda one: ANYTHING if isinstance(one, Variable) else None)
        return ANYTHING


def variables_of(type: Type) -> list[Variable]:
    """The type variables in ``type``, in text order, each once."""
    found: dict[str, Variable] = {}

    def note(one: Type) -> Type | None:
        if isinstance(one, Variable):
            found.setdefault(one.name, one)
        return None

    mapped(type, note)
    return list(found.values())
