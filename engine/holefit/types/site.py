"""One hole during a check: answers what the search for fits asks, through mypy's own checker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mypy import nodes as N
from mypy import types as T
from mypy.erasetype import erase_typevars
from mypy.subtypes import is_same_type, is_subtype
from mypy.typevars import fill_typevars_with_any

from holefit.holes.site import Known, Parameter, Place, Type
from holefit.holes.terms import Attribute, Await, Call, Constant, Name, Term
from holefit.holes.terms import parts as parts_of
from holefit.holes.usage import Nearby
from holefit.types.declarations import (
    attributes,
    callable_of,
    declared_type,
    is_read_only,
    member_result,
    only_for_types,
)
from holefit.types.expressions import build, is_for_types, is_open
from holefit.types.importable import NOT_IMPORTED, imports_of
from holefit.types.render import literal, render
from holefit.types.scope import BUILTIN, LOCAL, MODULE, Visible, is_name
from holefit.types.structure import (
    awaited,
    declared_in,
    elements,
    instance_of,
    is_callable,
    items,
    iterated,
    keys,
    loosened,
    parts,
    tuples,
    union,
)

if TYPE_CHECKING:
    from mypy.checker import TypeChecker

_EMPTY = {
    "builtins.list": "[]",
    "builtins.dict": "{}",
    "builtins.str": '""',
    "builtins.int": "0",
    "builtins.float": "0.0",
    "builtins.bytes": 'b""',
}
_OF_CLASSES = {"builtins.type", "builtins.object"}
_MOST_LITERALS = 24


class CheckerSite:
    """See :class:`holefit.holes.site.Site`. ``expected`` None: anything may stand here, as far as the type context goes."""

    def __init__(
        self,
        name: str,
        checker: TypeChecker,
        scope: Sequence[Visible],
        at: N.Context,
        contexts: Sequence[T.Type],
        place: Place,
        nearby: Nearby,
        *,
        attribute: str | None,
        called: bool,
        assigned: bool = False,
        try_statement: Callable[[Term], bool],
        expired: Callable[[], bool],
        importable: Callable[[T.Type, Sequence[str]], Sequence[Term]] | None = None,
        later: Callable[[N.Var], bool] = lambda _: False,
    ) -> None:
        self.name = name
        self.place, self.nearby = place, nearby
        self.attribute_demanded = attribute
        self.calls_demanded = called
        self._assigned = assigned
        self._later = later
        self._checker = checker
        self._scope = scope
        self._at = at
        self._try_statement = try_statement
        self._importable = importable
        self.expired = expired
        wanted = union(contexts)
        self._wanted = wanted
        self.expected = None if wanted is None else Type(wanted, render)
        # What is still to be inferred from the hole itself must not turn candidates away: the statement decides.
        self._bound = None if wanted is None else loosened(wanted)
        self._anything = self._bound is None or _is_object(self._bound) or isinstance(self._bound, T.AnyType)
        # A class itself, not an instance of it, is wanted where any class or any callable would do.
        self._classes_fit = self._bound is None or any(
            not isinstance(item, T.Instance) or item.type.is_protocol or item.type.fullname in _OF_CLASSES
            for item in items(self._bound)
            if not isinstance(item, (T.NoneType, T.LiteralType, T.TypedDictType, T.TupleType))
        )
        self._exactness: dict[int, tuple[T.Type, int]] = {}
        self._suits: dict[tuple[int, int], bool] = {}
        self._symbols: dict[str, Any] | None = None
        self._module_members: list[Known] | None = None
        self._infos = None if wanted is None else set(_infos(wanted))

    def names(self) -> list[Known]:
        found = []
        for order, visible in enumerate(self._scope):
            if visible.distance >= MODULE and not self._worth_a_look(visible.node):
                continue
            if visible.distance == BUILTIN and self._anything and not self.calls_demanded:
                continue
            type = self._type_of(visible)
            if type is None:
                continue
            found.append(
                Known(
                    Name(visible.name, visible),
                    Type(type, render),
                    visible.provenance,
                    visible.distance,
                    order,
                )
            )
        return found + self._to_import()

    def _to_import(self) -> list[Known]:
        """Names that are not imported yet, where something particular is expected."""
        if self._importable is None or self._wanted is None or self._bound is None or self._anything:
            return []
        hints = [*self.place.hints, *filter(None, [self.name.strip("_")])]
        found = []
        for order, term in enumerate(self._importable(self._bound, hints)):
            if (type := self.typed(term)) is not None:
                provenance = next(imports_of(term)).text
                found.append(Known(term, type, provenance, NOT_IMPORTED, order))
        return found

    def module_members(self) -> list[Known]:
        """Public attributes of the modules that are in scope, where the type may be what is expected."""
        if self._module_members is None:
            self._module_members = [] if self._anything else self._of_modules()
        return self._module_members

    def _of_modules(self) -> list[Known]:
        found: list[Known] = []
        for visible in self._scope:
            module = visible.node
            if not isinstance(module, N.MypyFile) or visible.distance > MODULE:
                continue
            for name, symbol in sorted(module.names.items()):
                if (
                    name.startswith("_")
                    or symbol.module_hidden
                    or not symbol.module_public
                    or not is_name(name)
                ):
                    continue
                node = symbol.node
                if (
                    node is None
                    or isinstance(node, (N.MypyFile, N.TypeAlias))
                    or not self._worth_a_look(node)
                ):
                    continue
                declared = declared_type(node)
                if declared is None:
                    continue
                term = Attribute(Name(visible.name, visible), name)
                found.append(Known(term, Type(declared, render), f"from {module.fullname}", MODULE))
        return found

    def _worth_a_look(self, node: N.SymbolNode) -> bool:
        """A cheap test for what is far away: whether it, or what a call of it gives, may be what is expected."""
        if self._anything or self._bound is None:
            return True
        if isinstance(node, N.TypeInfo):
            return self._classes_fit or is_subtype(fill_typevars_with_any(node), self._bound)
        declared = declared_type(node)
        proper = None if declared is None else T.get_proper_type(declared)
        if isinstance(proper, T.Overloaded):
            proper = proper.items[0]
        if isinstance(proper, T.CallableType):
            return self._result_may_fit(proper.ret_type) or self._may_fit(proper)
        if proper is None or isinstance(proper, T.AnyType):
            return proper is None
        return is_subtype(proper, self._bound) or self.related(Type(proper, render))

    def _type_of(self, visible: Visible) -> T.Type | None:
        """The type of a name: narrowed for what is near, as declared for the module and builtins."""
        node = visible.node
        if isinstance(node, N.Var) and (node.type is None or isinstance(node.type, T.PartialType)):
            return None
        if isinstance(node, (N.MypyFile, N.TypeAlias, N.TypeVarLikeExpr)) or only_for_types(node):
            return None
        if visible.distance >= MODULE:
            declared = declared_type(node)
            if declared is not None:
                return None if isinstance(T.get_proper_type(declared), T.AnyType) else declared
        return self._infer(build(Name(visible.name, visible), self._at), None)

    def _infer(self, node: N.Expression, context: T.Type | None) -> T.Type | None:
        """The type of ``node``, or None when it has an error, is unknown, or never comes back."""
        checker = self._checker
        deferred = checker.current_node_deferred
        waiting = len(checker.deferred_nodes)
        with checker.msg.filter_errors() as errors:
            found = checker.expr_checker.accept(node, context)
        if len(checker.deferred_nodes) > waiting:
            del checker.deferred_nodes[waiting:]
            checker.current_node_deferred = deferred
            return None
        checker.current_node_deferred = deferred
        if errors.has_new_errors():
            return None
        proper = T.get_proper_type(found)
        if isinstance(proper, T.AnyType) and is_open(node):
            return context  # whatever the new hole is filled with is given back
        if isinstance(proper, T.AnyType) and self._anything and isinstance(node, N.NameExpr):
            return found  # where everything may stand, nothing is claimed of a name whose type is unknown
        if isinstance(proper, (T.AnyType, T.UninhabitedType, T.DeletedType, T.PartialType)):
            return None
        return found

    def constants(self) -> list[Known]:
        found = []
        modules = self._checker.modules
        wanted = [] if self._wanted is None or self._anything else items(self._wanted)
        wants_bool = any(
            (isinstance(item, T.Instance) and item.type.fullname == "builtins.bool")
            or (isinstance(item, T.LiteralType) and isinstance(item.value, bool))
            for item in wanted
        )
        for name in ("None", "True", "False"):
            node = modules["builtins"].names[name].node
            assert node is not None
            visible = Visible(name, node, N.GDEF, BUILTIN, "literal", 0)
            type = T.NoneType() if name == "None" else self._checker.named_type("builtins.bool")
            if name != "None" and not wants_bool:
                continue
            found.append(Known(Name(name, visible), Type(type, render), "literal", LOCAL))
        for item in wanted:
            found += self._constants_of(item)
        return found[:_MOST_LITERALS]

    def _constants_of(self, item: T.ProperType) -> Iterator[Known]:
        if isinstance(item, T.LiteralType):
            if isinstance(item.value, bool):
                return
            if not item.is_enum_literal():
                yield Known(Constant(literal(item)), Type(item, render), "literal", LOCAL)
            else:
                yield from self._enum_members(item.fallback, item)
        elif isinstance(item, T.Instance):
            if item.type.is_enum:
                yield from self._enum_members(item, None)
            elif item.type.fullname in _EMPTY:
                yield Known(Constant(_EMPTY[item.type.fullname]), Type(item, render), "literal", BUILTIN)
        elif isinstance(item, T.TupleType) and not item.items:
            yield Known(Constant("()"), Type(item, render), "literal", BUILTIN)

    def _enum_members(self, of: T.Instance, only: T.LiteralType | None) -> Iterator[Known]:
        for visible in self._scope:
            if visible.node is of.type:
                for member in [only.value] if only is not None else of.type.enum_members:
                    term = Attribute(Name(visible.name, visible), str(member))
                    yield Known(term, Type(only or of, render), f"member of {visible.name}", LOCAL)
                return

    def members(self, of: Known) -> list[Known]:
        proper = T.get_proper_type(of.type.handle)
        if isinstance(proper, T.TypeVarType):
            proper = T.get_proper_type(proper.upper_bound)
        if isinstance(proper, T.TupleType):
            proper = proper.partial_fallback
        if not isinstance(proper, T.Instance) or (
            self._anything and self.attribute_demanded is None and not _is_self(of)
        ):
            return []
        found = []
        plain = proper.type.fullname.startswith("builtins.")
        for order, (name, node) in enumerate(attributes(proper.type)):
            if name.startswith("__") or (name.startswith("_") and not _is_self(of)) or not is_name(name):
                continue
            if isinstance(node, N.Var) and self._later(node):
                continue
            provenance = f"attribute of {of.term.name}" if isinstance(of.term, Name) else "attribute"
            distance = min(of.distance, MODULE)
            result, calls = member_result(node)
            if result is None or not (
                self._result_may_fit(result) if calls else self._may_fit_narrowed(result)
            ):
                continue
            if calls and plain and self._anything:
                continue
            term: Term = Attribute(of.term, name)
            if calls:
                term = Call(term) if self._may_fit(result) else Await(Call(term))
            found.append(Known(term, Type(result, render), provenance, distance, of.order + order // 8))
        return found

    def _may_fit_narrowed(self, declared: T.Type) -> bool:
        """Whether an attribute may fit, once narrowed."""
        return self._may_fit(declared) or any(
            not isinstance(one, T.NoneType) and self._may_fit(one) for one in items(declared)
        )

    def methods(self, of: Known) -> list[Known]:
        proper = T.get_proper_type(of.type.handle)
        if isinstance(proper, T.TypeVarType):
            proper = T.get_proper_type(proper.upper_bound)
        if isinstance(proper, T.TypeType) and isinstance(of.term, Name) and not self._anything:
            item = instance_of(proper.item)
            return (
                [] if item is None else list(self._class_methods(of.term.symbol, item.type, inherited=True))
            )
        if not isinstance(proper, T.Instance) or self._anything:
            return []
        found = []
        for order, (name, node) in enumerate(attributes(proper.type)):
            if name.startswith("__") or (name.startswith("_") and not _is_self(of)):
                continue
            declared = declared_type(node)
            bound = None if declared is None else T.get_proper_type(declared)
            if not isinstance(bound, T.CallableType) or not isinstance(node, (N.FuncDef, N.Decorator)):
                continue
            function = node.func if isinstance(node, N.Decorator) else node
            if function.is_property or not self._result_may_fit(bound.ret_type):
                continue
            if not function.is_static and bound.arg_types:
                bound = _without_first(bound)
            provenance = f"method of {of.term.name}" if isinstance(of.term, Name) else "method"
            # A text or a number has dozens of methods: they are as near as other builtins are.
            builtin = function.info.fullname.startswith("builtins.")
            found.append(
                Known(
                    Attribute(of.term, name),
                    Type(bound, render),
                    provenance,
                    BUILTIN if builtin else of.distance,
                    of.order + order // 8,
                )
            )
        return found

    def _may_fit(self, result: T.Type) -> bool:
        """A cheap test that lets through what it cannot judge: types with variables of their class."""
        proper = T.get_proper_type(result)
        if isinstance(proper, (T.AnyType, T.UninhabitedType)):
            return False
        if self._bound is None or self._anything:
            return not isinstance(proper, T.NoneType)
        return is_subtype(proper, self._bound) or T.has_type_vars(proper)

    def accepts(self, term: Term) -> Type | None:
        if is_for_types(term) or self._not_yet(term) or (_awaits(term) and not self.place.asynchronous):
            return None
        found = self._infer(build(term, self._at), self._bound)
        if found is None:
            return None
        if self._bound is not None and not is_subtype(found, self._bound):
            return None
        demanded = self.attribute_demanded
        if demanded is not None and self._assigned and is_read_only(found, demanded):
            return None
        if demanded is not None and self._infer(build(Attribute(term, demanded), self._at), None) is None:
            return None
        if self.calls_demanded and not is_callable(found):
            return None
        return Type(found, render)

    def fits(self, term: Term) -> bool:
        return self._try_statement(term)

    def parameters(self, of: Known) -> list[Parameter] | None:
        callee = callable_of(of.type.handle)
        if callee is None or self._anything or not self._result_may_fit(callee.ret_type):
            return None
        if isinstance(T.get_proper_type(callee.ret_type), (T.NoneType, T.AnyType)):
            return None
        return [
            Parameter(name or "", Type(type, render), kind.is_named(), kind.is_required())
            for kind, name, type in zip(callee.arg_kinds, callee.arg_names, callee.arg_types, strict=True)
            if not kind.is_star()
        ]

    def attributes(self, of: Known) -> list[Known]:
        instance = instance_of(of.type.handle)
        if instance is None or instance.type.fullname.startswith("builtins."):
            return []
        found = []
        for name, node in attributes(instance.type):
            if name.startswith("__") or (name.startswith("_") and not _is_self(of)) or not is_name(name):
                continue
            if isinstance(node, N.Var) and self._later(node):
                continue
            result, calls = member_result(node)
            if result is None or calls or isinstance(T.get_proper_type(result), T.AnyType):
                continue
            info = node.info if isinstance(node, (N.Var, N.FuncBase)) else None
            type = Type(declared_in(instance, info or None, result), render)
            provenance = f"attribute of {of.term.name}" if isinstance(of.term, Name) else "attribute"
            found.append(Known(Attribute(of.term, name), type, provenance, of.distance, of.order))
        return found

    def typed(self, term: Term) -> Type | None:
        unusable = is_for_types(term) or self._not_yet(term)
        found = None if unusable else self._infer(build(term, self._at), None)
        return None if found is None else Type(found, render)

    def _not_yet(self, term: Term) -> bool:
        """Whether ``term`` uses an attribute that is not assigned by then."""
        if isinstance(term, Attribute) and isinstance(term.of, Name) and term.of.symbol is not None:
            owner = term.of.symbol.node
            of = instance_of(owner.type) if isinstance(owner, N.Var) and owner.type is not None else None
            symbol = None if of is None else of.type.get(term.name)
            if symbol is not None and isinstance(symbol.node, N.Var) and self._later(symbol.node):
                return True
        return any(self._not_yet(part) for part in parts_of(term))

    def item(self, of: Known) -> Type | None:
        found = iterated(of.type.handle, self._checker)
        return None if found is None else Type(found, render)

    def indices(self, of: Known) -> list[Constant | Type]:
        numbers, key, value = keys(of.type.handle, self._checker)
        if key is not None and value is not None:
            return [Type(key, render)] if self._may_fit(value) else []
        return [Constant(str(number)) for number in numbers]

    def tuples(self) -> list[list[Type]]:
        if self._wanted is None:
            return []
        return [[Type(item, render) for item in one] for one in tuples(self._wanted)]

    def elements(self) -> list[Type]:
        return [] if self._wanted is None else [Type(one, render) for one in elements(self._wanted)]

    def wants_truth(self) -> bool:
        return self._wanted is not None and any(
            isinstance(one, T.Instance) and one.type.fullname == "builtins.bool"
            for one in items(self._wanted)
        )

    def tests(self, of: Known) -> list[str]:
        several = items(of.type.handle)
        if len(several) > 1 and any(isinstance(one, T.NoneType) for one in several):
            return ["is not", "is", "not"]
        only = several[0]
        return ["not"] if isinstance(only, T.Instance) and only.type.fullname == "builtins.bool" else []

    def constructors(self) -> list[Known]:
        """Class methods, of the classes in scope, that give what is expected."""
        found: list[Known] = []
        for visible in self._scope:
            if isinstance(visible.node, N.TypeInfo) and visible.distance <= MODULE and not self._anything:
                found += self._class_methods(visible, visible.node)
        return found

    def _class_methods(
        self, visible: Visible, info: N.TypeInfo, *, inherited: bool = False
    ) -> Iterator[Known]:
        own = visible.provenance == "module" or inherited
        for name, found in attributes(info) if inherited else _methods(info):
            node = found.func if isinstance(found, N.Decorator) else found
            if not isinstance(node, N.FuncDef) or not (node.is_class or node.is_static):
                continue
            if name.startswith("__") or (name.startswith("_") and not own):
                continue
            bound = callable_of(node.type) if node.type is not None else None
            if bound is None or not self._result_may_fit(bound.ret_type):
                continue
            if node.is_class and bound.arg_types:
                bound = _without_first(bound)
            term = Attribute(Name(visible.name, visible), name)
            yield Known(term, Type(bound, render), f"method of {visible.name}", visible.distance)

    def awaits(self, callee: Known) -> bool:
        called = callable_of(callee.type.handle)
        return (
            called is not None
            and self.place.asynchronous
            and not self._may_fit(called.ret_type)
            and self._result_may_fit(called.ret_type)
        )

    def _result_may_fit(self, result: T.Type) -> bool:
        """Whether what a call gives may fit, awaited where the code around the hole can."""
        if self._may_fit(result):
            return True
        waited = awaited(result) if self.place.asynchronous else None
        return waited is not None and self._may_fit(waited)

    def suits(self, found: Type, wanted: Type) -> bool:
        key = (id(found.handle), id(wanted.handle))
        known = self._suits.get(key)
        if known is None:
            open_ = T.has_type_vars(T.get_proper_type(wanted.handle))
            known = self._suits[key] = is_subtype(
                found.handle, erase_typevars(wanted.handle) if open_ else wanted.handle
            )
        return known

    def symbols(self) -> Mapping[str, Any]:
        if self._symbols is None:
            self._symbols = {one.name: one for one in self._scope}
            for name in ("None", "True", "False"):
                node = self._checker.modules["builtins"].names[name].node
                assert node is not None
                self._symbols[name] = Visible(name, node, N.GDEF, BUILTIN, "literal", 0)
        return self._symbols

    def related(self, type: Type) -> bool:
        proper = T.get_proper_type(type.handle)
        if isinstance(proper, T.CallableType) and proper.is_type_obj():
            return self._classes_fit and self._bound is not None and is_subtype(proper, self._bound)
        if self._anything or self._bound is None or self._infos is None:
            return True
        if is_subtype(type.handle, self._bound):
            return True
        return not self._infos.isdisjoint(_infos(type.handle))

    def exactness(self, type: Type) -> int:
        known = self._exactness.get(id(type.handle))
        if known is None:
            known = self._exactness[id(type.handle)] = (type.handle, self._how_exact(type.handle))
        return known[1]

    def _how_exact(self, found: T.Type) -> int:
        proper = T.get_proper_type(found)
        if isinstance(proper, T.Overloaded):
            proper = proper.items[0]
        if isinstance(proper, T.TypeVarType) and not isinstance(
            T.get_proper_type(self._wanted), T.TypeVarType
        ):
            return 3
        if isinstance(proper, T.CallableType) and isinstance(
            T.get_proper_type(proper.ret_type), T.TypeVarType
        ):
            return 3
        if self._wanted is None or self._anything:
            return 2
        wanted = T.get_proper_type(self._wanted)
        plain = proper.copy_modified(last_known_value=None) if isinstance(proper, T.Instance) else proper
        if is_same_type(plain, wanted):
            return 0
        if isinstance(wanted, T.UnionType) and any(is_same_type(plain, item) for item in wanted.items):
            return 1 if isinstance(proper, T.NoneType) else 0
        return 1


def _infos(type: T.Type) -> Iterator[str]:
    """The classes that make ``type`` up, those that are everywhere left out."""
    for part in parts(type):
        if isinstance(part, T.Instance) and part.type.fullname not in _EVERYWHERE:
            yield part.type.fullname
        elif isinstance(part, T.TypedDictType):
            yield part.fallback.type.fullname
        elif isinstance(part, T.TypeVarType) and not part.id.is_meta_var():
            yield part.fullname


_EVERYWHERE = {"builtins.object", "builtins.function", "builtins.type", "typing.Iterable", "typing.Sequence"}


def _is_object(type: T.Type) -> bool:
    proper = T.get_proper_type(type)
    return isinstance(proper, T.Instance) and proper.type.fullname == "builtins.object"


def _awaits(term: Term) -> bool:
    return isinstance(term, Await) or any(_awaits(part) for part in parts_of(term))


def _methods(info: N.TypeInfo) -> list[tuple[str, N.SymbolNode]]:
    return [(name, symbol.node) for name, symbol in info.names.items() if symbol.node is not None]


def _without_first(method: T.CallableType) -> T.CallableType:
    """A method as it is called on an object."""
    return method.copy_modified(
        arg_types=method.arg_types[1:], arg_kinds=method.arg_kinds[1:], arg_names=method.arg_names[1:]
    )


def _is_self(known: Known) -> bool:
    term = known.term
    if not isinstance(term, Name) or term.symbol is None:
        return False
    node = term.symbol.node
    return isinstance(node, N.Var) and (node.is_self or node.is_cls)
