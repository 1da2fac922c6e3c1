"""What stands in ``typing.Annotated`` behind the type, as annotations of the name whose type it is.

Of top-level variables and type aliases (``LIMIT``), attributes in the bodies of top-level classes (``Shape.side``), parameters of functions and methods
(``area.side``) and what they return (``area.return``). Metadata may be anything, so what breaks a rule of staging is passed over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from holefit.annotations.annotation import Target
from holefit.annotations.staging import Request
from holefit.annotations.top_level import OutOfReachError, TopLevel, bound_in, free_names
from holefit.syntax import ParsedModule

_WRAPPERS = frozenset({"ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar"})
_HOMES = ("typing.Annotated", "typing_extensions.Annotated")


def metadata(parsed: ParsedModule, module: str, is_package: bool) -> tuple[Request, ...]:
    """The requests of a module, in text order."""
    tree = parsed.tree
    if tree is None or "Annotated" not in parsed.source.text:
        return ()
    names = TopLevel(tree, module, is_package)
    found = []
    for name, target, annotation, hidden in _annotated_names(tree.body):
        for expression in _metadata(annotation, names):
            if any(one.id in hidden for one in free_names(expression)):
                continue
            try:
                imports, uses = names.needed(expression)
            except OutOfReachError:
                continue
            place = parsed.range_of(expression)
            text = parsed.source.slice(place)
            found.append(
                Request(target, name, text, place.start.line + 1, place, place, imports, uses, metadata=True)
            )
    return tuple(sorted(found, key=lambda one: one.range))


_Named = tuple[str, Target, ast.expr, frozenset[str]]


def _annotated_names(
    body: Iterable[ast.stmt], prefix: str = "", hidden: frozenset[str] = frozenset()
) -> Iterator[_Named]:
    """Each name with its annotation, and what the class body around it binds."""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield prefix + node.target.id, Target.VALUE, node.annotation, hidden
            if node.value is not None:  # an alias: ``Metres: TypeAlias = Annotated[...]``
                yield prefix + node.target.id, Target.TYPE, node.value, hidden
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield prefix + target.id, Target.TYPE, node.value, hidden
        elif type(node).__name__ == "TypeAlias":  # ast.TypeAlias, from Python 3.12 on
            alias: ast.Name = node.name  # type: ignore[attr-defined]  # see above
            yield prefix + alias.id, Target.TYPE, node.value, hidden  # type: ignore[attr-defined]  # see above
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _of_function(node, prefix + node.name, hidden)
        elif isinstance(node, ast.ClassDef) and not prefix:
            inner = frozenset(name for one in node.body for name in bound_in(one))
            yield from _annotated_names(node.body, node.name + ".", inner)
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _annotated_names([*node.body, *node.orelse], prefix, hidden)


def _of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, hidden: frozenset[str]
) -> Iterator[_Named]:
    given = node.args
    every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    for one in every:
        if one is not None and one.annotation is not None:
            yield f"{name}.{one.arg}", Target.PARAMETER, one.annotation, hidden
    if node.returns is not None:
        yield f"{name}.return", Target.PARAMETER, node.returns, hidden


def _metadata(annotation: ast.expr, names: TopLevel) -> Iterator[ast.expr]:
    """What stands behind the type, that of an inner ``Annotated`` first."""
    if not isinstance(annotation, ast.Subscript):
        return
    head, inside = annotation.value, annotation.slice
    word = head.id if isinstance(head, ast.Name) else head.attr if isinstance(head, ast.Attribute) else ""
    if _is_annotated(head, names) and isinstance(inside, ast.Tuple) and inside.elts:
        yield from _metadata(inside.elts[0], names)
        yield from (one for one in inside.elts[1:] if not isinstance(one, ast.Starred))
    elif word in _WRAPPERS:
        yield from _metadata(inside, names)


def _is_annotated(head: ast.expr, names: TopLevel) -> bool:
    if isinstance(head, ast.Name):
        return any(home in one.uses for one in names.imported.get(head.id, ()) for home in _HOMES)
    if isinstance(head, ast.Attribute) and head.attr == "Annotated" and isinstance(head.value, ast.Name):
        homes = ("typing", "typing_extensions")
        return any(home in one.uses for one in names.imported.get(head.value.id, ()) for home in homes)
    return False
