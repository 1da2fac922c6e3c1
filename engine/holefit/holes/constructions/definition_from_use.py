"""Make a definition from a use: ``_new_name(x, 3)`` becomes a function with the signature that the call implies.

A function goes above the definition at the top level that uses it, a method behind the one that calls it, a class (a name in capitals) as a function.
What the place demands of the call is what the definition gives.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from holefit.holes.constructions.construction import Change, ConstructionKind, Draft
from holefit.holes.constructions.facts import Facts, Parameter, ParameterKind, Use, Written
from holefit.holes.constructions.lambdas import parameter_names
from holefit.holes.constructions.layout import Layout

TRIAL = "_holefit_method"


def definitions(layout: Layout, offset: int, facts: Facts) -> Iterator[Draft]:
    """A draft where the hole is called, or a draft for its class."""
    use = facts.use
    name = facts.name
    if use is None or use.member or use.call is None or not name.strip("_"):
        return
    if name.strip("_")[0].isupper():
        yield _class(layout, offset, name, use.call)
        return
    awaited = _is_awaited(layout, offset)
    lines, imports = _function(layout, name, use, [], awaited=awaited)
    lines = [*lines, "", ""]
    yield Draft(
        ConstructionKind.DEFINITION,
        f"Define the function {name}",
        _placed(layout, _above(layout, offset), lines, imports),
    )


def method_use(layout: Layout, offset: int) -> tuple[ast.Attribute, ast.ClassDef, ast.stmt] | None:
    """``self.name`` at ``offset``, called, in a method of a class that does not define it: with the class and the method."""
    chain = layout.chain(offset)
    attribute = next((one for one in reversed(chain) if isinstance(one, ast.Attribute)), None)
    if attribute is None or not isinstance(attribute.value, ast.Name):
        return None
    parent = chain[chain.index(attribute) - 1]
    if not isinstance(parent, ast.Call) or parent.func is not attribute:
        return None
    for outer, inner in pairwise(chain):
        if isinstance(outer, ast.ClassDef) and isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = [*inner.args.posonlyargs, *inner.args.args]
            if given and given[0].arg == attribute.value.id and not _defines(outer, attribute.attr):
                return attribute, outer, inner
    return None


def method(layout: Layout, offset: int, facts: Facts) -> Draft | None:
    """A method for ``self.name(...)`` at ``offset``; ``facts`` are those of a hole in the place of ``self.name``."""
    found = method_use(layout, offset)
    use = facts.use
    if found is None or use is None or use.call is None:
        return None
    attribute, _, user = found
    assert isinstance(attribute.value, ast.Name)
    lines, imports = _function(
        layout, attribute.attr, use, [attribute.value.id], awaited=_is_awaited(layout, offset)
    )
    indent = layout.indent(layout.start(user))
    lines = ["", *(indent + line if line else "" for line in lines)]
    place = layout.line_end(layout.end(user))
    changes = list(_placed(layout, place, lines, imports))
    if layout.text[place - 1 : place] not in ("\r", "\n"):
        last = changes[-1]
        changes[-1] = Change(last.start, last.end, layout.newline + last.text)
    return Draft(ConstructionKind.METHOD, f"Define the method {attribute.attr}", tuple(changes))


def signature_text(parameters: tuple[Parameter, ...], first: list[str]) -> tuple[str, set[str]]:
    """Parameters with their types as a definition has them, and the imports of those."""
    parts, imports = list(first), set()
    named = False
    for name, parameter in zip(parameter_names(parameters), parameters, strict=True):
        if parameter.kind is ParameterKind.NAMED and not named:
            parts.append("*")
            named = True
        prefix = parameter.kind.value if parameter.kind in (ParameterKind.STAR, ParameterKind.STARS) else ""
        parts.append(f"{prefix}{name}: {parameter.type.text}")
        imports |= set(parameter.type.imports)
    return ", ".join(parts), imports


def result_text(result: Written, nothing: bool) -> Written:
    """What a definition gives: None where nobody uses it."""
    return Written("None") if nothing else result


def _function(
    layout: Layout, name: str, use: Use, first: list[str], *, awaited: bool
) -> tuple[list[str], set[str]]:
    assert use.call is not None
    signature, imports = signature_text(use.call, first)
    result = use.result
    body = "pass" if result.text == "None" else "return _"
    word = "async def" if awaited else "def"
    return [f"{word} {name}({signature}) -> {result.text}:", f"{layout.unit}{body}"], imports | set(
        result.imports
    )


def _class(layout: Layout, offset: int, name: str, call: tuple[Parameter, ...]) -> Draft:
    signature, imports = signature_text(call, ["self"])
    tab = layout.unit
    lines = [f"class {name}:"]
    if call:
        lines.append(f"{tab}def __init__({signature}) -> None:")
        lines += [
            f"{tab * 2}self.{one} = {one}" for one, parameter in zip(parameter_names(call), call, strict=True)
        ]
    else:
        lines.append(f"{tab}pass")
    return Draft(
        ConstructionKind.CLASS,
        f"Define the class {name}",
        _placed(layout, _above(layout, offset), [*lines, "", ""], imports),
    )


def _placed(layout: Layout, place: int, lines: list[str], imports: set[str]) -> tuple[Change, ...]:
    text = "".join(line + layout.newline for line in lines)
    changes = [Change(place, place, text)]
    if imports:
        at = layout.import_place()
        changes.insert(0, Change(at, at, layout.import_text(imports)))
    return tuple(changes)


def _above(layout: Layout, offset: int) -> int:
    """In front of the statement at the top level that holds ``offset``, and of the comments right above it."""
    top = next(one for one in layout.chain(offset) if isinstance(one, ast.stmt))
    place = layout.line_start(layout.start(top))
    while place and layout.text[layout.line_start(place - 1) : place].startswith("#"):
        place = layout.line_start(place - 1)
    return place


def _defines(node: ast.ClassDef, name: str) -> bool:
    return any(
        getattr(one, "name", None) == name
        or (
            isinstance(one, (ast.Name, ast.Attribute))
            and isinstance(one.ctx, ast.Store)
            and _name(one) == name
        )
        for one in ast.walk(node)
    )


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _is_awaited(layout: Layout, offset: int) -> bool:
    chain = layout.chain(offset)
    call = next((one for one in reversed(chain) if isinstance(one, ast.Call)), None)
    return call is not None and isinstance(chain[chain.index(call) - 1], ast.Await)
