"""Questions about annotations."""

from __future__ import annotations

from collections.abc import Iterable

from holefit.annotations.annotation import Annotation, Target


def select(
    annotations: Iterable[Annotation],
    *,
    of: str | None = None,
    type: str | None = None,
    module: str | None = None,
) -> list[Annotation]:
    """Those of ``annotations`` that answer, in the order given.

    ``of`` is a name (``area``), one with its module (``shapes.area``, or the end of that), or a module for its own annotation.
    ``type`` is a class's name, qualified or not (``Owner``, ``owners.Owner``). ``module`` is a module's name; what is below a package
    counts as well.
    """
    return [
        one
        for one in annotations
        if (of is None or _is_of(one, of))
        and (type is None or _ends(one.type, type))
        and (module is None or one.module == module or one.module.startswith(module + "."))
    ]


def _is_of(one: Annotation, of: str) -> bool:
    if one.target is Target.MODULE or one.name is None:
        return _ends(one.module, of)
    return _ends(f"{one.module}.{one.name}", of)


def _ends(name: str, end: str) -> bool:
    """Whether ``end`` is the last parts of the dotted ``name``, or all of it."""
    return name == end or name.endswith("." + end)
