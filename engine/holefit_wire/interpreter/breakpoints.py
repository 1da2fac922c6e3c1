"""Break arrays, and what a stopped evaluation tells."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from holefit_wire.interpreter.status import FrameInfo


@message
class NewBreakArray:
    """One counter for each line of ``path`` that holds code; answered with BreakArray."""

    path: str


@message
class BreakArray:
    """``lines``: the line of each index, 1-based, rising."""

    ref: int
    lines: list[int]


@message
class SetupBreakpoint:
    """Set the counter at ``index``: -1 off, 0 stop, n: pass n times, then stop. Out of band: also while code runs. Answered with Done."""

    array: int
    index: int
    count: int = 0


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
