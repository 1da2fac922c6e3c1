"""Holes in code that runs: reaching one, filling it, and trying what may fill it."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class DeferHoles:
    """Whether code with holes is compiled so that reaching one stops, or raises HoleReached; from the next import, reload or evaluation on. Answered with Done."""

    on: bool


@message
class HolePlace:
    """A hole that was reached: in ``EvalBreak.hole``. ``line`` is 1-based, ``column`` 0-based in UTF-8 bytes, as Python's own."""

    name: str
    path: str
    line: int
    column: int


@message
class FillHole:
    """Give the hole that stop ``resume`` stands at the value of ``text``, evaluated in its frame; answered with EvalComplete.

    It goes on by ResumeStmt; without a value it raises HoleReached then.
    """

    resume: int
    text: str


@message
class LiveNames:
    """The globals of a loaded ``module`` among ``names``, or with ``resume`` those and the variables of that stop. Nothing is imported. Answered with LiveValues.

    Without ``names``: all globals of the module, without their texts.
    """

    module: str
    names: list[str]
    resume: int = 0


@message
class LiveValue:
    """A name's value now: its class (qualified, builtins bare), and how it shows, in short; ``text`` is empty where showing it would run user code."""

    name: str
    type: str
    text: str


@message
class LiveValues:
    """Those of the names that are bound."""

    values: list[LiveValue]


@message
class Try:
    """Evaluate ``sources`` (EvalSource) one after the other in a forked copy of the process, until one raises that ``keep_going`` does not pass over.

    In the namespace of ``module``, or with ``resume`` in the innermost frame of that stop. ``timeout_s`` and ``memory_mb`` (on top of what is taken already; 0: no limit) are limits.
    What the copy does stays in it: it can neither write files outside a folder of its own, nor use the network, nor start programs; its output is kept apart. Answered with Tried.
    """

    module: str
    sources: list[Any]
    resume: int = 0
    timeout_s: float = 1.0
    memory_mb: int = 0
    keep_going: bool = True


@message
class TriedSource:
    """What one source gave: ``value`` its value's representation (empty for None), ``output`` what it printed, ``error`` ``Type: message`` where it raised."""

    value: str
    output: str
    error: str = ""


@message
class Tried:
    """One entry for each source that came to its end. ``ended`` is empty, or says why there are no more: the time was up, the copy died."""

    results: list[TriedSource]
    ended: str = ""
