"""Introduce lambda: a function expression with the parameters that a hole's type asks for, and a hole for what it gives."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator

from holefit.holes.constructions.construction import Change, ConstructionKind, Draft
from holefit.holes.constructions.facts import Facts, Parameter, ParameterKind
from holefit.holes.constructions.layout import Layout

# Where a lambda stands without parentheses.
_OPEN = (
    ast.Call,
    ast.keyword,
    ast.Assign,
    ast.AnnAssign,
    ast.Return,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.Expr,
    ast.Lambda,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Yield,
)
_SHORT = {
    "int": "n",
    "float": "x",
    "str": "text",
    "bytes": "data",
    "bool": "flag",
    "dict": "mapping",
    "Path": "path",
}
_PLURAL = ("list", "set", "frozenset", "tuple", "Sequence", "Iterable", "Iterator", "Collection")


def lambdas(layout: Layout, offset: int, facts: Facts) -> Iterator[Draft]:
    """A draft where the hole's type is callable."""
    if facts.signature is None:
        return
    written = f"lambda {parameters_text(facts.signature.parameters, facts.in_scope)}: _".replace(
        "lambda :", "lambda:"
    )
    chain = layout.chain(offset)
    name = chain[-1]
    if not isinstance(name, ast.Name):
        return
    parent = chain[-2]
    if not isinstance(parent, _OPEN) or (isinstance(parent, ast.Call) and parent.func is name):
        written = f"({written})"
    change = Change(layout.start(name), layout.end(name), written)
    yield Draft(ConstructionKind.LAMBDA, "Introduce lambda", (change,))


def parameters_text(parameters: tuple[Parameter, ...], taken: frozenset[str] = frozenset()) -> str:
    """Parameters without types, as in a lambda."""
    parts: list[str] = []
    named = False
    for name, parameter in zip(parameter_names(parameters, taken), parameters, strict=True):
        match parameter.kind:
            case ParameterKind.STAR | ParameterKind.STARS:
                parts.append(parameter.kind.value + name)
                named = True
                continue
            case ParameterKind.NAMED | ParameterKind.NAMED_OPTIONAL if not named:
                parts.append("*")
                named = True
        optional = parameter.kind in (ParameterKind.OPTIONAL, ParameterKind.NAMED_OPTIONAL)
        parts.append(f"{name}=..." if optional else name)
    return ", ".join(parts)


def parameter_names(parameters: tuple[Parameter, ...], taken: frozenset[str] = frozenset()) -> list[str]:
    """A name for each parameter: its own, or one that its type suggests; no two alike."""
    found: list[str] = []
    for parameter in parameters:
        fixed = parameter.kind in (ParameterKind.NAMED, ParameterKind.NAMED_OPTIONAL)
        name = parameter.name.lstrip("_") if not fixed else parameter.name
        if not name.isidentifier() or keyword.iskeyword(name):
            name = word_for(parameter.type.text)
        plain, number = name, 2
        while name in found or (name in taken and not parameter.name and number == 2 and len(name) > 1):
            name = f"{plain}{number}"
            number += 1
        found.append(name)
    return found


def word_for(type: str) -> str:
    """A name for a value of a type: ``Row`` gives ``row``, ``list[Row]`` ``rows``."""
    head, _, inner = type.partition("[")
    head = head.split(" | ")[0].rpartition(".")[2]
    if head in _PLURAL:
        inner = re.split(r"[\[\],|]", inner)[0].strip()
        word = word_for(inner) if inner else "item"
        return {"n": "numbers", "x": "numbers", "text": "texts", "data": "chunks", "value": "items"}.get(
            word, word + "s"
        )
    if head in _SHORT:
        return _SHORT[head]
    if head in ("object", "Any", "None", "Callable", "Literal", "type", "Self") or not head.isidentifier():
        return {"Callable": "function", "type": "kind"}.get(head, "value")
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", head)
    name = "_".join(word.lower() for word in words) or "value"
    return f"{name}_" if keyword.iskeyword(name) else name
