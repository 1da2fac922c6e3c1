"""The module graph: which module of the project uses which. Cycles are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from holefit.syntax import Import


def used_modules(imports: Iterable[Import], known: Mapping[str, object]) -> tuple[str, ...]:
    """The modules of ``known`` that ``imports`` load, without repetition: packages on the way and submodules taken by name too."""
    found: dict[str, None] = {}
    for one in imports:
        name = one.module
        at = name.find(".")
        while at >= 0:
            if name[:at] in known:
                found[name[:at]] = None
            at = name.find(".", at + 1)
        if name in known:
            found[name] = None
        for taken in one.names:
            inner = f"{name}.{taken}"
            if inner in known:
                found[inner] = None
    return tuple(found)


def dependency_order(edges: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The modules in groups, dependencies before dependents; the members of a cycle are one group.

    Source: Tarjan's strongly connected components, without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    groups: list[tuple[str, ...]] = []
    for start in edges:
        if start in index:
            continue
        work = [(start, iter(edges[start]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, inner = work[-1]
            for other in inner:
                if other not in edges:
                    continue
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(edges[other])))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = [stack.pop()]
                    while group[-1] != node:
                        group.append(stack.pop())
                    on_stack.difference_update(group)
                    groups.append(tuple(reversed(group)))
    return groups


def reachable(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """``starts`` with everything that they use, directly or not."""
    seen: set[str] = set()
    work = [one for one in starts if one in edges]
    while work:
        name = work.pop()
        if name not in seen:
            seen.add(name)
            work += [one for one in edges[name] if one in edges]
    return seen
