"""Back ends as values. Who needs to know something about one asks a predicate; nothing asks for its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backend:
    """What becomes of a module behind the checks.

    ``runs_code``: there is a process in which user code runs, so annotations get values. ``reloads``: what changed is brought
    into that process. ``writes_files``: it leaves files behind. ``needs_types``: it cannot work on a module with type errors.
    """

    name: str
    runs_code: bool
    reloads: bool
    writes_files: bool = False
    needs_types: bool = False


INTERPRETER = Backend("interpreter", runs_code=True, reloads=True)
"""Source, compiled in the worker."""

NONE = Backend("none", runs_code=False, reloads=False)
"""Checks only."""

BACKENDS = {one.name: one for one in (INTERPRETER, NONE)}
