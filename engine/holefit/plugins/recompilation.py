"""How a plugin affects what is processed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class Recompile:
    """What a plugin's ``recompile`` gives: one of the three below."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ForceRecompile(Recompile):
    """Process the module at every load."""


@dataclass(frozen=True, slots=True)
class NoForceRecompile(Recompile):
    """Never process a module for the plugin's sake: equal modules give equal results."""


@dataclass(frozen=True, slots=True)
class MaybeRecompile(Recompile):
    """Process the module when ``fingerprint`` is another than last time."""

    fingerprint: bytes


def pure(options: Sequence[str]) -> Recompile:
    """For ``Plugin.recompile``: nothing but the module decides."""
    return NoForceRecompile()


def impure(options: Sequence[str]) -> Recompile:
    """For ``Plugin.recompile``: the plugin looks at things outside, so it has to run every time."""
    return ForceRecompile()


def by_options(options: Sequence[str]) -> Recompile:
    """For ``Plugin.recompile``: the options decide, whatever their order."""
    return MaybeRecompile("\0".join(sorted(options)).encode("utf-8", "surrogatepass"))
