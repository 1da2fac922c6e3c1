"""Break arrays, and what a stopped evaluation tells."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from holefit_wire.interpreter.status import FrameInfo


@message
class NewBreakArray:
    """One counter for each line of ``path`` that holds code, in the text that runs; answered with BreakArray.

    ``extra`` are further lines that hold code: those of snippets in comments.
    """

    path: str
    extra: tuple[int, ...] = ()


@message
class BreakArray:
    """``lines``: the line of each index, 1-based. They rise until a reload moves them: a counter stays with its line; 0 where that is gone."""

    ref: int
    lines: list[int]


@message
class BreakArrayLines:
    """Where are the counters of an array now? Answered with BreakArray. Out of band."""

    array: int


@message
class SetupBreakpoint:
    """Set the counter at ``index``: -1 off, 0 stop, n: pass n times, then stop. Out of band: also while code runs. Answered with Done.

    ``condition`` is an expression over the variables of the frame: where it does not hold, the line is passed and not counted.
    """

    array: int
    index: int
    count: int = 0
    condition: str = ""


@message
class BreakpointStatus:
    """Ask for a counter; answered with BreakpointState. Out of band."""

    array: int
    index: int


@message
class BreakpointState:
    """The counter as SetupBreakpoint has it, counted down since; ``hits`` is how often the line was passed."""

    count: int
    hits: int


@message
class ListBreakpoints:
    """All breakpoints that are set; answered with BreakpointsSet. Out of band."""


@message
class BreakpointInfo:
    """A breakpoint. ``line`` is 1-based, where it is now; ``count`` and ``hits`` are those of BreakpointState."""

    path: str
    line: int
    array: int
    index: int
    count: int
    hits: int
    condition: str


@message
class BreakpointsSet:
    """All of them, array by array."""

    found: list[BreakpointInfo]


@message
class FreeBreakArray:
    """Forget the array and its breakpoints; answered with Done. Out of band."""

    array: int


@message
class GetBreakpointVar:
    """A variable of a stopped frame (0: the innermost), as a value; answered with ValueInfo."""

    resume: int
    frame: int
    name: str


@message
class History:
    """The last lines that a traced evaluation ran through; answered with Lines, oldest first."""

    resume: int


@message
class Lines:
    """Frames without their variables."""

    frames: list[FrameInfo]
