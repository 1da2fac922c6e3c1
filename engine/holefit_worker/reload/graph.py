"""The import graph of the project's modules."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def depth_first(names: Iterable[str], edges: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """``names`` and what they import, each once, what is imported before what imports; a cycle is cut where it is entered."""
    seen: set[str] = set()
    for root in names:
        if root in seen:
            continue
        seen.add(root)
        stack: list[tuple[str, Iterator[str]]] = [(root, iter(edges.get(root, ())))]
        while stack:
            name, rest = stack[-1]
            for target in rest:
                if target not in seen:
                    seen.add(target)
                    stack.append((target, iter(edges.get(target, ()))))
                    break
            else:
                stack.pop()
                yield name


def with_parents(name: str) -> Iterator[str]:
    """A module's name and those of the packages around it, outermost first: importing it imports them."""
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        yield ".".join(parts[:i])
