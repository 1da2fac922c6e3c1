"""Targets: what a session loads."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from holefit.errors import TargetNotFoundError
from holefit.session.interface import Interface


@dataclass(frozen=True, slots=True)
class Target:
    """A module, a package with all that is in it, or a folder with all files below it."""

    name: str
    path: Path


def guess_target(name: str, root: Path, interfaces: Mapping[str, Interface]) -> Target:
    """The target that ``name`` means: a path (absolute, or from the root), a module, or a package.

    Raises: TargetNotFoundError, with the nearest name that there is.
    """
    path = root / name
    if path.is_dir() or (path.is_file() and path.suffix == ".py"):
        return Target(name, path)
    if found := interfaces.get(name):
        return Target(name, found.path.parent if found.is_package else found.path)
    inside = [one for one in interfaces if one.startswith(name + ".")]
    if inside:  # a namespace package: a folder without an __init__.py
        first = min(inside, key=lambda one: one.count("."))
        above = interfaces[first].path.parents[
            first.count(".") - name.count(".") - 1 + interfaces[first].is_package
        ]
        return Target(name, above)
    near = difflib.get_close_matches(name, interfaces, n=1)
    raise TargetNotFoundError(name=name, nearest=near[0] if near else None)


def modules_of(targets: Iterable[Target], interfaces: Mapping[str, Interface]) -> set[str]:
    """The modules that ``targets`` name."""
    paths = [target.path for target in targets]
    return {
        name
        for name, one in interfaces.items()
        if any(one.path == path or one.path.is_relative_to(path) for path in paths)
    }
