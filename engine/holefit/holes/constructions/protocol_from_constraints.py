"""Extract constraints as a protocol: what is done with a hole, or with a parameter without a type, becomes a class that says so."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Sequence

from holefit.holes.constructions.construction import Change, ConstructionKind, Draft
from holefit.holes.constructions.definition_from_use import signature_text
from holefit.holes.constructions.facts import Use
from holefit.holes.constructions.layout import Layout

TRIAL = "_holefit_parameter_"
_IMPORT = "from typing import Protocol"


def protocol_of_hole(
    layout: Layout, offset: int, name: str, places: Sequence[int], uses: Sequence[Use], taken: frozenset[str]
) -> Draft | None:
    """Holes called ``name`` at ``places``, all in one function, become a variable whose type is a new protocol, with one hole for its value."""
    statement = layout.simple_statement(min(places))
    if statement is None or not uses:
        return None
    protocol = _name(name, uses, taken)
    variable = name.strip("_").lower() or _snake(protocol)
    if variable in taken or keyword.iskeyword(variable):
        variable += "_"
    start = layout.start(statement)
    begin = layout.line_start(start)
    if layout.text[begin:start].strip():
        return None
    lines, imports = _class(layout, protocol, uses)
    declaration = f"{layout.indent(start)}{variable}: {protocol} = _{layout.newline}"
    return Draft(
        ConstructionKind.PROTOCOL,
        f"Extract the constraints as the protocol {protocol}",
        (
            *_placed(layout, offset, lines, imports),
            Change(begin, begin, declaration),
            *(Change(place, place + len(name), variable) for place in sorted(places)),
        ),
    )


def parameter_at(
    layout: Layout, offset: int
) -> tuple[ast.arg, ast.FunctionDef | ast.AsyncFunctionDef] | None:
    """The parameter without a type at ``offset``, and its function."""
    chain = layout.chain(offset)
    node = chain[-1]
    if not isinstance(node, ast.arg) or node.annotation is not None:
        return None
    function = next((one for one in reversed(chain) if not isinstance(one, ast.arg)), None)
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    if node not in given or (node is given[0] and isinstance(chain[-3], ast.ClassDef)):
        return None
    return node, function


def parameter_trial(
    layout: Layout, node: ast.arg, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> tuple[Change, ...]:
    """The text in which every use of the parameter is a hole."""
    return tuple(
        Change(layout.start(one), layout.end(one), TRIAL)
        for one in ast.walk(function)
        if isinstance(one, ast.Name) and one.id == node.arg and isinstance(one.ctx, ast.Load)
    )


def protocol_of_parameter(
    layout: Layout, offset: int, node: ast.arg, uses: Sequence[Use], taken: frozenset[str]
) -> Draft | None:
    """The parameter gets a new protocol as its type."""
    if not uses:
        return None
    protocol = _name(node.arg, uses, taken)
    lines, imports = _class(layout, protocol, uses)
    end = layout.end(node)
    return Draft(
        ConstructionKind.PROTOCOL,
        f"Extract what is done with {node.arg} as the protocol {protocol}",
        (*_placed(layout, offset, lines, imports), Change(end, end, f": {protocol}")),
    )


def _class(layout: Layout, protocol: str, uses: Sequence[Use]) -> tuple[list[str], set[str]]:
    tab = layout.unit
    lines, imports = [f"class {protocol}(Protocol):"], {_IMPORT}
    for number, use in enumerate(_merged(uses)):
        imports |= set(use.result.imports)
        if number and use.call is None:
            lines.append("")
        if use.call is not None:
            signature, more = signature_text(use.call, ["self"])
            imports |= more
            result = "object" if use.result.text == "None" else use.result.text
            lines.append(f"{tab}def {use.member or '__call__'}({signature}) -> {result}: ...")
        else:
            lines += [f"{tab}@property", f"{tab}def {use.member}(self) -> {use.result.text}: ..."]
    return lines, imports


def _merged(uses: Sequence[Use]) -> list[Use]:
    """One use for each member: of several, the one that says most."""
    found: dict[str, Use] = {}
    for use in uses:
        known = found.get(use.member)
        if known is None or _says(use) > _says(known):
            found[use.member] = use
    return sorted(found.values(), key=lambda use: use.call is not None)


def _says(use: Use) -> tuple[int, int]:
    return len(use.call or ()) + (use.call is not None), use.result.says_something


def _name(name: str, uses: Sequence[Use], taken: frozenset[str]) -> str:
    words = [word for word in name.strip("_").split("_") if word]
    if words and len(name.strip("_")) > 1:
        found = "".join(word[:1].upper() + word[1:] for word in words)
    else:
        member = next((use.member for use in uses if use.member.strip("_")), "call")
        found = "Supports" + "".join(word.capitalize() for word in member.split("_") if word)
    while found in taken:
        found += "Like"
    return found


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")


def _placed(layout: Layout, offset: int, lines: list[str], imports: set[str]) -> list[Change]:
    top = next(one for one in layout.chain(offset) if isinstance(one, ast.stmt))
    place = layout.line_start(layout.start(top))
    text = "".join(line + layout.newline for line in [*lines, "", ""])
    present = {layout.text[layout.start(one) : layout.end(one)] for one in layout.tree.body}
    at = layout.import_place()
    return [Change(at, at, layout.import_text(imports - present)), Change(place, place, text)]
