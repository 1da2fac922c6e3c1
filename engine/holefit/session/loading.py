"""What to load, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from holefit.diagnostics import Diagnostic
from holefit.errors import TargetNotFoundError
from holefit.session.graph import reachable
from holefit.session.interface import Interface
from holefit.session.modules import BuiltModule
from holefit.session.targets import Target, modules_of


@dataclass(frozen=True, slots=True)
class LoadHow:
    """How much to load: all targets, or a module of them with or without itself. See ``LoadAll``, ``load_up_to``, ``load_dependencies_of``."""

    which: Literal["all", "up to", "dependencies of"]
    module: str = ""


LoadAll = LoadHow("all")
"""All targets and what they use; without targets, every module of the project."""


def load_up_to(module: str) -> LoadHow:
    """``module`` and what it uses."""
    return LoadHow("up to", module)


def load_dependencies_of(module: str) -> LoadHow:
    """What ``module`` uses, without itself."""
    return LoadHow("dependencies of", module)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did.

    ``modules`` are those that had to be processed, dependencies before dependents, each with the reason; ``unchanged`` is how many others
    were looked at. ``generation`` is the interpreter's, 0 when none runs. ``diagnostics`` are in order of files and places.
    """

    diagnostics: tuple[Diagnostic, ...]
    generation: int
    modules: tuple[BuiltModule, ...]
    unchanged: int
    duration_ms: float


def chosen(
    how: LoadHow,
    targets: tuple[Target, ...],
    interfaces: Mapping[str, Interface],
    edges: Mapping[str, tuple[str, ...]],
) -> set[str]:
    """The modules that ``how`` means.

    Raises: TargetNotFoundError.
    """
    if how.which == "all":
        return reachable(modules_of(targets, interfaces), edges) if targets else set(interfaces)
    if how.module not in interfaces:
        raise TargetNotFoundError(name=how.module, nearest=None)
    found = reachable([how.module], edges)
    return found - {how.module} if how.which == "dependencies of" else found
