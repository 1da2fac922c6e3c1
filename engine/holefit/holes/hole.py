"""Holes and fits as values.

A *hole* is an unbound name that starts with ``_``, used as an expression. A *candidate* is an expression that may
stand there; a *fit* is a candidate that the checker accepted in the hole's place; a *refinement* is a fit that leaves
new holes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from holefit.edits import Edit
from holefit.syntax.source import Range


class FitKind(Enum):
    """How a fit came about."""

    FIT = "fit"
    REFINEMENT = "refinement"
    SPLIT = "split"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Binding:
    """A name in scope whose type shares structure with the expected type. ``value`` is its live value as text."""

    name: str
    type: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """An expression that fits: put in the hole's place, its statement has no error that it did not have.

    ``type`` is written as a programmer writes it. ``provenance`` says where it comes from: ``local``, ``parameter``,
    ``module``, ``builtin``, ``attribute of self``, ``from shapes import area`` ... ``edits`` put it in place, the
    hole's own first, then those of ``partners``, then the import that it needs (``import_text``). ``examples`` is ``passed`` or ``failed`` where those of the function were tried with it;
    ``partners`` are other holes of the statement, by name, and what they are filled with along with it, because not all of their fits go together;
    ``value`` is what it would give: in the frame that stands at the hole, or for the first example.
    """

    text: str
    type: str
    provenance: str
    edits: tuple[Edit, ...]
    kind: FitKind = FitKind.FIT
    level: int = 0
    import_text: str | None = None
    examples: str | None = None
    documentation: str | None = None
    value: str | None = None
    partners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hole:
    """One hole with all that is known about it.

    ``expected`` is the type that the place demands, as a programmer writes it; ``object`` where nothing is demanded.
    ``constraints`` say what is done with it: ``has attribute append``. ``complete`` is False when the budget ran out
    before every candidate was tried. ``tried`` counts the candidates that were judged. ``version`` is the document version that the
    answer is for. ``misspelled`` are names in scope that the hole's is perhaps meant to be. ``reached``: an evaluation stands still at it, and the
    bindings have that frame's values. ``messages`` are what plugins have to say.
    """

    path: Path
    range: Range
    name: str
    expected: str
    constraints: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    fits: tuple[Fit, ...] = ()
    complete: bool = True
    elapsed_ms: float = 0.0
    version: int | None = field(default=None, compare=False)
    tried: int = 0
    misspelled: tuple[str, ...] = ()
    reached: bool = False
    messages: tuple[str, ...] = ()
