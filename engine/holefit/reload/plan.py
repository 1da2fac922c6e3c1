"""What a reload would do, as values: nothing has run and nothing has changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from holefit.diagnostics import Diagnostic
from holefit.reload.report import StaleFrame


class Effect(Enum):
    """What would become of one statement."""

    RUN = "run"  # it runs
    TEST = "test"  # the condition of an `if` at top level is evaluated; what it guards follows
    DEFINE = "define"  # a function or class is made: it is new, or its decorators have changed
    SWAP = "swap"  # functions get their new code where they are; the statement does not run
    HEADER = "header"  # defaults and annotations of a function are evaluated anew, its decorators do not run
    PATCH = "patch"  # a class is patched in place; only what changed in its body runs
    REBUILD = "rebuild"  # a class is made anew, and its instances move
    KEEP = "keep"  # the live value stays, the initialiser does not run
    DOCUMENT = "document"  # a text
    REMOVE = "remove"  # the statement is gone


@dataclass(frozen=True, slots=True)
class Step:
    """One statement that has changed. ``line`` is 0-based, in the new text (for a removed one, in the old).

    ``runs``: whether any of its code at top level would run. Statements that are as they were have no step.
    """

    line: int
    effect: Effect
    runs: bool
    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """The steps of one module, by line. ``module`` is empty where texts were compared that are not loaded."""

    module: str
    path: Path
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ReloadPlan:
    """A reload that has not happened. Modules are in the order in which they would be taken; with ``errors`` nothing would take effect.

    ``running`` are calls of functions that would change.
    """

    modules: tuple[ModulePlan, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    running: tuple[StaleFrame, ...] = ()
