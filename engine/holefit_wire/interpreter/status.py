"""How an evaluation ended, or where it stopped."""

from __future__ import annotations

from holefit_wire.codec import message, one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    AnyExceptionInfo = Any
    AnyPlace = Any
    Outcome = Any


@message
class FrameInfo:
    """One of the user's own frames. ``line`` is 1-based."""

    path: str
    line: int
    function: str
    text: str


@message
class Place:
    """Where a SyntaxError is. Lines are 1-based, columns 0-based in code points; 0 and 0 for an end that is not known."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@message
class ExceptionInfo:
    """An exception of user code.

    ``type`` is qualified as a traceback shows it. ``classes`` names its class and the bases of that, in method resolution order; ``traceback`` is the whole
    text, with the cause chain, our frames left out; ``cause`` the exception before it (its cause, or its context where that is shown); ``place`` a Place for syntax errors.
    """

    type: str
    classes: list[str]
    message: str
    notes: list[str]
    frames: list[FrameInfo]
    traceback: str
    cause: AnyExceptionInfo | None = None
    place: AnyPlace | None = None


@message
class ValueInfo:
    """A value that stays in the worker: its ref (0 for None, which needs none) and how it shows.

    ``text`` is its repr, at most the output limit long; ``cut`` says that there is more of it. ``repr_error`` is set where its ``__repr__`` raised: then ``text`` is a
    stand-in. ``type`` is qualified, builtins bare.
    """

    ref: int
    type: str
    text: str
    is_none: bool = False
    cut: bool = False
    repr_error: str = ""


@message
class EvalSuccess:
    """``values``: the results, none for a statement."""

    values: list[ValueInfo]


@message
class EvalException:
    """User code raised."""

    error: ExceptionInfo


@message
class EvalComplete:
    """An evaluation came to its end. ``result`` is EvalSuccess or EvalException; ``duration_ms`` is its wall time.

    Where EvalOpts asks for it, memory is measured: ``alloc``, in bytes, is how much more was in use at most than at the beginning, as ``tracemalloc`` counts;
    ``blocks`` is by how many the blocks of Python's allocator that are in use have grown.

    Where output went past the limit, its beginning and end are kept with a line between that says how much is missing; ``stdout_cut`` and
    ``stderr_cut`` are that number of bytes. ``notes`` are the session's, for the user: the worker was replaced, the time was up.
    """

    result: Outcome
    stdout: str
    stderr: str
    duration_ms: float
    generation: int
    stdout_cut: int = 0
    stderr_cut: int = 0
    notes: tuple[str, ...] = ()
    blocks: int = 0
    alloc: int = 0


@message
class LocalInfo:
    """A variable of a stopped frame; ``text`` is short."""

    name: str
    type: str
    text: str


@message
class StackFrame:
    """A frame of a stopped evaluation."""

    path: str
    line: int
    function: str
    text: str
    variables: list[LocalInfo]


@message
class EvalBreak:
    """An evaluation has stopped, and waits for ResumeStmt or AbandonStmt with ``resume``; others may run meanwhile.

    ``index`` is -1 where no breakpoint stands (a step, ``breakpoint()``, an exception). ``is_exception``: ``value`` is the exception. The innermost frame
    comes first. ``stdout`` and ``stderr``: what was written since the start or the last stop. ``thread`` names the thread that came to the breakpoint, where it is
    another than the main one; ``note`` is for the user: why a condition could not be told. ``hole`` is a HolePlace where it stands at a hole.
    """

    is_exception: bool
    value: Any
    array: int
    index: int
    resume: int
    call_stack: list[StackFrame]
    stdout: str
    stderr: str
    thread: str = ""
    note: str = ""
    hole: Any = None


one_of("AnyExceptionInfo", "ExceptionInfo")
one_of("AnyPlace", "Place")
one_of("Outcome", "EvalSuccess", "EvalException")
