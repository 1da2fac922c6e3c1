"""Marked globals that are changed in place."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class Tweaks:
    """Which globals are marked to be tweaked, and what are they now? Answered with Tweakables; out of band while code runs."""


@message
class Tweakable:
    """A loaded global marked ``# holefit: tweak(low, high, step)``. ``line`` is 1-based; ``text`` the live value as source."""

    module: str
    path: str
    line: int
    name: str
    text: str
    low: Any
    high: Any
    step: Any


@message
class Tweakables:
    """All of them, module by module."""

    found: list[Tweakable]


@message
class Tweak:
    """Give a marked global another value, in place and without a reload; out of band while code runs.

    ``text`` is a literal. Answered with Tweakable, or Failed of kind ``Tweak``.
    """

    module: str
    name: str
    text: str
