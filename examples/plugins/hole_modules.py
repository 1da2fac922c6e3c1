"""Holes by module: search in one module, sort by module, and give up when it takes too long.

The name of a hole says what is wanted of it:

========================  =================================================
``_only_os_path``         only what comes from the module ``os.path``
``_sort_by_mod``          sorted by module
``_sort_by_mod_desc``     the same backwards
========================  =================================================

One option, a number of milliseconds, limits the time that is spent on all holes of a file.

    # holefit: -fplugin=hole_modules -fplugin-opt=hole_modules:600
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from holefit import (
    HoleFit,
    HoleFitCandidate,
    HoleFitPlugin,
    HoleFitPluginR,
    Plugin,
    RawHoleFit,
    TypedHole,
    pure,
)

OUT_OF_TIME = """\
Error: The time ran out, and the search was aborted for this hole.
       Try again with a longer timeout."""


@dataclass
class State:
    """Seconds that may be spent (None: any), that were, and when the present search began."""

    allotted: float | None
    spent: float = 0.0
    began: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the time ran out."""
        return self.allotted is not None and self.spent > self.allotted


def command(hole: TypedHole, word: str) -> str | None:
    """What stands behind ``_word`` in the hole's name; None when it does not start so."""
    start = f"_{word}"
    return hole.name.removeprefix(start) if hole.name.startswith(start) else None


def run(state: State) -> HoleFitPlugin:
    """The two access points, over one state."""

    def candidates(hole: TypedHole, found: Sequence[HoleFitCandidate]) -> Sequence[HoleFitCandidate]:
        state.began = time.perf_counter()
        if state.is_over:
            return []  # then nothing is checked
        module = command(hole, "only_")
        if module is None:
            return found
        wanted = module.replace("_", ".")
        return [one for one in found if one.module == wanted]

    def fits(hole: TypedHole, found: Sequence[HoleFit | RawHoleFit]) -> Sequence[HoleFit | RawHoleFit]:
        over = state.is_over
        state.spent += time.perf_counter() - state.began
        if over:
            return [RawHoleFit(OUT_OF_TIME)]
        order = command(hole, "sort_by_mod")
        if order is None:
            return found
        in_order = sorted(found, key=lambda one: one.module if isinstance(one, HoleFit) else "")
        return in_order[::-1] if order.startswith("_desc") else in_order

    return HoleFitPlugin(candidates, fits)


def hole_fits(options: Sequence[str]) -> HoleFitPluginR[State]:
    """The plugin with its state, which lasts as long as the holes of one file are looked at."""
    allotted = int(options[0]) / 1000 if options else None
    return HoleFitPluginR(init=lambda: State(allotted), run=run)


plugin = Plugin(hole_fit_plugin=hole_fits, recompile=pure)
