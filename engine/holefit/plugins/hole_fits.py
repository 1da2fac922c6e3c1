"""What plugins see of holes: two access points, before candidates are checked and after fits were found, and state between them.

Source: GHC's ``HoleFitPluginR``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from holefit.session.options import HoleOptions

_S = TypeVar("_S")


@dataclass(frozen=True, slots=True)
class TypedHole:
    """What is known of a hole before fits are looked for. ``line`` and ``column`` are 0-based; types are text."""

    path: Path
    line: int
    column: int
    name: str
    expected: str
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class HoleFitCandidate:
    """An expression that may fit, before it is checked. ``module`` is where its outermost name comes from; empty for locals.

    A plugin may make some of its own: their text is an expression over names in scope.
    """

    text: str
    module: str = ""
    provenance: str = "plugin"
    origin: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HoleFit:
    """A fit as a plugin sees it: ``level`` new holes. Those that it gives must be some of those that it got."""

    text: str
    type: str
    module: str = ""
    provenance: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class RawHoleFit:
    """A text to be shown in the place of fits: why there are none."""

    text: str


Candidates = Sequence[HoleFitCandidate]
Fits = Sequence[HoleFit | RawHoleFit]


@dataclass(frozen=True, slots=True)
class HoleFitPlugin:
    """A plugin's part in holes; what is None leaves things as they are.

    ``candidates`` gives those to be checked, ``fits`` those to be shown, in that order; ``options`` the options that hold for one hole.
    """

    candidates: Callable[[TypedHole, Candidates], Candidates] | None = None
    fits: Callable[[TypedHole, Fits], Fits] | None = None
    options: Callable[[TypedHole, HoleOptions], HoleOptions] | None = None


@dataclass(frozen=True, slots=True)
class HoleFitPluginR(Generic[_S]):
    """A plugin with state: made by ``init`` when the holes of a file are looked for, handed to ``run``, and given up by ``stop``, also after an error."""

    init: Callable[[], _S]
    run: Callable[[_S], HoleFitPlugin]
    stop: Callable[[_S], None] = lambda state: None
