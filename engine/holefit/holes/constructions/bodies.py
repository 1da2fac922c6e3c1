"""Fill body: a skeleton of statements for a function that has none yet, from its signature."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from holefit.holes.constructions.construction import Change, ConstructionKind, Draft
from holefit.holes.constructions.lambdas import word_for
from holefit.holes.constructions.layout import Layout

Function = ast.FunctionDef | ast.AsyncFunctionDef
_LISTS = ("list", "List", "Sequence", "Iterable", "Collection", "MutableSequence")
_SETS = ("set", "Set", "frozenset", "AbstractSet", "MutableSet")
_DICTS = ("dict", "Dict", "Mapping", "MutableMapping")
_GENERATORS = ("Iterator", "Generator", "AsyncIterator", "AsyncGenerator")
_MANAGERS = ("contextmanager", "asynccontextmanager")


def bodies(layout: Layout, offset: int) -> Iterator[Draft]:
    """Skeletons for the function around ``offset``, whose body is a hole, ``...`` or ``pass``: likeliest first."""
    function = _missing(layout, offset)
    if function is None:
        return
    empty = function.body[-1]
    start = layout.start(empty)
    begin, indent, opening = layout.line_start(start), layout.indent(start), ""
    if layout.text[begin:start].strip():
        begin += len(layout.text[begin:start].rstrip())
        indent, opening = indent + layout.unit, layout.newline
    for name, lines in _skeletons(layout, function):
        text = opening + layout.block([indent + line if line else "" for line in lines])
        yield Draft(
            ConstructionKind.BODY, f"Fill the body: {name}", (Change(begin, layout.end(empty), text),)
        )


def _missing(layout: Layout, offset: int) -> Function | None:
    """The function around ``offset``, when nothing but a docstring and what stands for a body is in it."""
    function = layout.function(offset)
    for node in reversed(layout.chain(offset)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = node
            break
    if function is None:
        return None
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) == 2:
        body = body[1:]
    if len(body) != 1:
        return None
    (only,) = body
    if isinstance(only, ast.Pass) or (isinstance(only, ast.Expr) and _stands_for_a_body(only.value)):
        return function
    return None


def _stands_for_a_body(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is ...
    return isinstance(value, ast.Name) and value.id.startswith("_")


def _skeletons(layout: Layout, function: Function) -> Iterator[tuple[str, list[str]]]:
    returns = function.returns
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        returns = ast.parse(returns.value, mode="eval").body
    text = "" if returns is None else ast.unparse(returns)
    head = text.partition("[")[0].rpartition(".")[2]
    tab = layout.unit
    loops = "async for" if isinstance(function, ast.AsyncFunctionDef) and _asynchronous(function) else "for"
    source = _iterable(function)
    item = word_for(source[1]).removesuffix("s") if source else "item"
    over = f"{loops} {item} in {source[0] if source else '_'}:"
    if any(_last_name(one) in _MANAGERS for one in function.decorator_list):
        yield "a context manager", ["try:", f"{tab}yield _", "finally:", f"{tab}_"]
        return
    if head in _GENERATORS:
        yield "a loop that yields", [over, f"{tab}yield _"]
        yield "one value", ["yield _"]
        return
    if not text or text == "None":
        if source:
            yield "a loop", [over, f"{tab}_"]
        if function.name == "__init__" and (given := _parameters(function)):
            me = function.args.args[0].arg if function.args.args else "self"
            yield "attributes", [f"{me}.{name} = {name}" for name, _ in given]
        return
    if head in _LISTS:
        yield "a loop that collects", ["found = []", over, f"{tab}found.append(_)", "return found"]
        yield "a comprehension", [f"return [_ {over.rstrip(':')}]"]
    elif head in _SETS:
        yield "a comprehension", ["return {_ " + over.rstrip(":") + "}"]
    elif head in _DICTS:
        yield "a loop that collects", [f"found: {text} = {{}}", over, f"{tab}found[_] = _", "return found"]
        yield "a comprehension", ["return {_: _ " + over.rstrip(":") + "}"]
    elif "None" in text.replace(" ", "").split("|") or head == "Optional":
        if source:
            yield "a search", [over, f"{tab}if _:", f"{tab * 2}return _", "return None"]
        yield "a case without a result", ["if _:", f"{tab}return None", "return _"]
    elif head == "bool" and source:
        yield "any", [f"return any(_ {over.rstrip(':')})"]
        yield "all", [f"return all(_ {over.rstrip(':')})"]
    elif head in ("int", "float") and source:
        yield "a sum", [f"return sum(_ {over.rstrip(':')})"]
    elif head == "str" and source:
        yield "joined", [f'return "".join(_ {over.rstrip(":")})']
    yield "one result", ["return _"]


def _parameters(function: Function) -> list[tuple[str, str]]:
    """Names and types of the parameters, ``self`` aside."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    if given and given[0].arg in ("self", "cls") and given[0].annotation is None:
        given = given[1:]
    return [
        (one.arg, "" if one.annotation is None else ast.unparse(one.annotation).strip("'\"")) for one in given
    ]


def _iterable(function: Function) -> tuple[str, str] | None:
    """The first parameter that can be iterated over, and its type."""
    kinds = {*_LISTS, *_SETS, *_DICTS, *_GENERATORS, "tuple", "AsyncIterable"}
    for name, type in _parameters(function):
        head = type.partition("[")[0].rpartition(".")[2]
        if head in kinds:
            return name, type
    if function.args.vararg is not None:
        annotation = function.args.vararg.annotation
        return function.args.vararg.arg, "" if annotation is None else f"tuple[{ast.unparse(annotation)}]"
    return None


def _asynchronous(function: Function) -> bool:
    return any(
        type.partition("[")[0].rpartition(".")[2].startswith("Async") for _, type in _parameters(function)
    )


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).partition("(")[0].rpartition(".")[2]
