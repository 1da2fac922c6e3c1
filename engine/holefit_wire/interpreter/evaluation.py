"""What may be evaluated, and how."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class EvalOpts:
    """How to evaluate.

    ``module`` is the module whose namespace is used (imported first if need be), ``__main__`` by default. ``scope`` names a private namespace that
    starts as a copy of the module's globals (a docstring's, as doctest has it); empty: the module's own.
    ``breaks`` lets it stop at breakpoints (and at ``breakpoint()``): then the answer may be EvalBreak. ``single_step`` stops at its first line,
    ``break_on_exception`` where any exception is raised, ``break_on_error`` when one is about to end it; ``trace`` keeps the last 50 lines it ran through.
    ``resume`` and ``frame`` name a frame of a stopped evaluation, in which this one runs. ``alloc`` measures its memory, which makes it several times slower.
    ``capture`` collects stdout and stderr into the reply instead of sending Output notices. ``output_limit`` is in bytes per stream, and in
    characters of a value's text. ``timeout_s`` is the session's affair: the worker waits for its Interrupt.
    """

    module: str = "__main__"
    scope: str = ""
    capture: bool = True
    timeout_s: float = 0.0
    output_limit: int = 1_000_000
    single_step: bool = False
    break_on_exception: bool = False
    break_on_error: bool = False
    breaks: bool = False
    trace: bool = False
    resume: int = 0
    frame: int = 0
    alloc: bool = False


@message
class EvalSource:
    """Source text: statements, the last of which may be an expression whose value is the result.

    ``filename`` and ``line`` (1-based) say where the text stands, so that tracebacks point there. With a ``group``, those behind it in the
    group may call its value ``_1``, by its ``number`` there, or ``it`` while it is the last one that is not None.
    """

    text: str
    filename: str = "<evaluation>"
    line: int = 1
    group: str = ""
    number: int = 0


@message
class EvalThis:
    """In EvalStmt, in place of source: the value of a ref; called, when it can be called without arguments and ``call`` is set."""

    ref: int
    call: bool = True


@message
class EvalApp:
    """In EvalStmt, in place of source: ``function`` applied to ``argument``; both are refs, sources or applications themselves."""

    function: Any
    argument: Any


@message
class EvalStmt:
    """Evaluate; answered with EvalComplete."""

    opts: EvalOpts
    expr: Any


@message
class ResumeStmt:
    """Go on; answered with EvalBreak or EvalComplete. ``mode``: continue, step (to the next line), over (the next line of this frame) or out (of this frame)."""

    resume: int
    mode: str = "continue"


@message
class AbandonStmt:
    """Unwind a stopped evaluation; answered with Done once that is over."""

    resume: int


@message
class EvalIO:
    """Call a value for its effects; answered with EvalComplete without values."""

    ref: int


@message
class EvalString:
    """Call a value that gives text; answered with Text or EvalException."""

    ref: int


@message
class EvalStringToString:
    """Call a value with a text, for a text; answered with Text or EvalException."""

    ref: int
    text: str


@message
class Text:
    """A text."""

    text: str


@message
class Seq:
    """Force a value: run a generator or iterator to its end, wait for a future, await a coroutine. Answered with EvalComplete (or EvalBreak, resumed by ResumeSeq)."""

    ref: int
    opts: EvalOpts


@message
class ResumeSeq:
    """As ResumeStmt, for a Seq."""

    resume: int
    mode: str = "continue"


@message
class Output:
    """Notice: user code wrote ``data`` to ``stream`` (``stdout`` or ``stderr``) outside a capturing evaluation."""

    stream: str
    data: str
