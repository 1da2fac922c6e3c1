"""The ways that a value of a type can be: members of enums, literals, ``True`` and ``False``, parts of unions, classes of a sealed hierarchy."""

from __future__ import annotations

from collections.abc import Iterator

from mypy import nodes as N
from mypy import types as T

from holefit.holes.constructions.facts import Case
from holefit.types.render import literal
from holefit.types.spelling import Spelling

MOST_CASES = 24
_NONE = Case("None", "{} is None")


def cases_of(type: T.Type, spelling: Spelling, modules: dict[str, N.MypyFile]) -> tuple[Case, ...]:
    """Patterns that together take every value of ``type``; none where it is one thing, or cannot be told apart."""
    items: list[T.ProperType] = []
    proper = T.get_proper_type(type)
    for item in proper.items if isinstance(proper, T.UnionType) else [proper]:
        one = T.get_proper_type(item)
        if isinstance(one, T.TypeVarType):
            return cases_of(one.upper_bound, spelling, modules)
        items += _parts(one, modules)
    found: list[Case] = []
    rest: list[T.ProperType] = []
    classes: list[tuple[T.Instance, Case]] = []
    for one in items:
        case = _case(one, spelling)
        if case is None:
            rest.append(one)
        elif isinstance(one, T.Instance) and case.pattern.endswith("()"):
            classes.append((one, case))
        else:
            found.append(case)
    # A class comes before those that it derives from, or it would never be reached.
    while classes:
        index = next(
            (
                number
                for number, (one, _) in enumerate(classes)
                if not any(other is not one and one.type in other.type.mro[1:] for other, _ in classes)
            ),
            0,
        )
        found.append(classes.pop(index)[1])
    if len(rest) > 1 or (rest and not found):
        return ()
    if rest:
        found.append(Case("_", ""))
    unique = tuple({case.pattern: case for case in found}.values())
    ordered = tuple(sorted(unique, key=lambda case: (case.pattern == "_", case is _NONE)))
    return ordered if len(ordered) <= MOST_CASES else ()


def _parts(item: T.ProperType, modules: dict[str, N.MypyFile]) -> list[T.ProperType]:
    """The cases that one part of a union falls into: the part itself, where it is a single one."""
    if not isinstance(item, T.Instance) or item.last_known_value is not None:
        return [item.last_known_value] if isinstance(item, T.Instance) and item.last_known_value else [item]
    info = item.type
    if info.fullname == "builtins.bool":
        return [T.LiteralType(value, item) for value in (True, False)]
    if (
        info.is_enum
        and 0 < len(info.enum_members) <= MOST_CASES
        and "enum.Flag" not in {b.fullname for b in info.mro}
    ):
        return [T.LiteralType(name, item) for name in info.enum_members]
    below = list(sealed(info, modules))
    return [T.Instance(one, []) for one in below] or [item]


def sealed(info: N.TypeInfo, modules: dict[str, N.MypyFile]) -> Iterator[N.TypeInfo]:
    """The classes that a value of an abstract class of the project is of; of one that can be made itself, those beside it and itself."""
    if info.is_protocol or info.is_enum or info.is_intersection:
        return
    home = modules.get(info.module_name)
    if home is None or home.is_stub:
        return
    top = info.module_name.partition(".")[0]
    near = (
        [home]
        if not info.is_abstract
        else [one for one in modules.values() if one.fullname.partition(".")[0] == top]
    )
    below = {
        symbol.node.fullname: symbol.node
        for module in near
        for symbol in module.names.values()
        if isinstance(symbol.node, N.TypeInfo) and any(base.type is info for base in symbol.node.bases)
    }
    for one in below.values():
        yield from list(sealed(one, modules)) or [one]
    if below and not info.is_abstract:
        yield info


def _case(item: T.ProperType, spelling: Spelling) -> Case | None:
    match item:
        case T.NoneType():
            return _NONE
        case T.LiteralType(value=bool() as value):
            return Case(str(value), "{}" if value else "not {}")
        case T.LiteralType() if item.is_enum_literal():
            spelled = spelling.class_(item.fallback.type)
            if spelled is None:
                return None
            member = f"{spelled[0]}.{item.value}"
            return Case(member, "{} is " + member, spelled[1])
        case T.LiteralType():
            return Case(literal(item), "{} == " + literal(item).replace("{", "{{").replace("}", "}}"))
        case T.TupleType() if item.partial_fallback.type.fullname == "builtins.tuple":
            return Case("tuple()", "isinstance({}, tuple)")
        case T.TupleType():
            return _case(item.partial_fallback, spelling)
        case T.Instance() if not item.type.is_protocol and not item.type.is_intersection:
            spelled = spelling.class_(item.type)
            if spelled is None or item.type.fullname == "builtins.object":
                return None
            return Case(f"{spelled[0]}()", f"isinstance({{}}, {spelled[0]})", spelled[1])
    return None
