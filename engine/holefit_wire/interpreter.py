"""Messages between the session and a worker. Their names are GHCi's where GHCi has them (``GHCi.Message``).

Every request travels in a :class:`Request`, every answer in a :class:`Reply` with the request's id; notices from the worker
(output as it appears) travel bare. ``Interrupt`` is out of band: it is answered at once, while an evaluation runs.
"""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL_VERSION = 1


@message
class Request:
    """A request and the id that its reply will carry. ``free``: refs to forget first; they ride along, so that dropping a value costs no call."""

    id: int
    body: Any
    free: tuple[int, ...] = ()


@message
class Reply:
    """The answer to request ``id``."""

    id: int
    body: Any


@message
class Failed:
    """The request itself could not be carried out (malformed, unknown, impossible): not an error of user code."""

    kind: str
    text: str


@message
class Hello:
    """The session's first frame.

    ``roots`` are the folders that project modules are imported from, ``path`` further folders for ``sys.path``.
    ``options``: ``cwd`` (folder to run in), ``memory_mb`` (0: no limit). See :class:`Welcome` for the answer.
    """

    version: int
    roots: list[str]
    path: list[str]
    options: dict[str, Any]


@message
class Welcome:
    """The worker's answer to Hello."""

    version: int
    pid: int
    python: str
    python_version: str
    implementation: str
    features: list[str]


@message
class Shutdown:
    """End the worker in an orderly way; answered with Done."""


@message
class Done:
    """It is done, and there is nothing more to say."""


@message
class Interrupt:
    """Raise KeyboardInterrupt in the running evaluation, if one runs. Answered with Done at once.

    ``target`` is the id of the request that it is meant for: where that is over, nothing happens. 0: whatever runs.
    """

    target: int = 0


@message
class Restart:
    """Replace the worker by a fresh one, whatever it does, and give up its state. Out of band; its answer is the TookOver of the new one."""


@message
class TookOver:
    """Notice: the worker died with ``status`` (negative: a signal) and process ``pid`` goes on in its place.

    ``kept``: all state is there, save what the request with id ``lost`` did (0: none ran); ``read`` is the newest request that the dead one had read: what it had
    not answered until then it never will. ``repeated`` evaluations were run again to come back to that state; ``differences`` are exceptions that came
    of it. ``stdout`` and ``stderr`` are the lost request's output so far.
    """

    pid: int
    status: int
    kept: bool
    lost: int
    read: int
    repeated: int
    differences: list[str]
    stdout: str
    stderr: str
    generation: int


@message
class EvalOpts:
    """How to evaluate.

    ``module`` is the module whose namespace is used (imported first if need be), ``__main__`` by default. ``scope`` names a private namespace that
    starts as a copy of the module's globals (a docstring's, as doctest has it); empty: the module's own.
    ``breaks`` lets it stop at breakpoints (and at ``breakpoint()``): then the answer may be EvalBreak. ``single_step`` stops at its first line,
    ``break_on_exception`` where any exception is raised, ``break_on_error`` when one is about to end it; ``trace`` keeps the last 50 lines it ran through.
    ``resume`` and ``frame`` name a frame of a stopped evaluation, in which this one runs.
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


@message
class EvalSource:
    """Source text: statements, the last of which may be an expression whose value is the result.

    ``filename`` and ``line`` (1-based) say where the text stands, so that tracebacks point there.
    """

    text: str
    filename: str = "<evaluation>"
    line: int = 1


@message
class EvalStmt:
    """Evaluate; answered with EvalComplete."""

    opts: EvalOpts
    expr: Any


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
    cause: Any = None
    place: Any = None


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

    Where output went past the limit, its beginning and end are kept with a line between that says how much is missing; ``stdout_cut`` and
    ``stderr_cut`` are that number of bytes. ``notes`` are the session's, for the user: the worker was replaced, the time was up.
    """

    result: Any
    stdout: str
    stderr: str
    duration_ms: float
    generation: int
    stdout_cut: int = 0
    stderr_cut: int = 0
    notes: tuple[str, ...] = ()


@message
class Output:
    """Notice: user code wrote ``data`` to ``stream`` (``stdout`` or ``stderr``) outside a capturing evaluation."""

    stream: str
    data: str


@message
class Display:
    """Representations of a value, those of the types in ``mime`` or all of them: answered with MimeBundle."""

    ref: int
    mime: list[str]


@message
class MimeBundle:
    """Representations by MIME type, text or base64."""

    data: dict[str, str]


@message
class FreeRefs:
    """Forget these refs; answered with Done."""

    refs: list[int]


@message
class SetBuffers:
    """Unsaved texts by absolute path: imports and reloads read them instead of the files. Replaces the former set; answered with Done."""

    texts: dict[str, str]


@message
class Reload:
    """Bring loaded project modules up to date with files and buffers; answered with Reloaded.

    ``policy`` is that of ``reload.globals``: untouched, keep or always. ``force`` names modules to take as changed. ``running`` says what to do when
    a function that would change is running: ``report`` it, or ``refuse``: then the answer has an error, and the frames in ``stale_frames``.
    """

    policy: str = "untouched"
    force: tuple[str, ...] = ()
    running: str = "report"


@message
class Rollback:
    """Go back to the source texts of an earlier generation, up to ten back; answered with Reloaded. Files are taken up again when they change."""

    generation: int
    policy: str = "untouched"


@message
class ResetGlobal:
    """Give a global whose live value was kept (see KeptInfo) what its initialiser gives now; answered with Reloaded."""

    module: str
    name: str


@message
class KeptInfo:
    """See ``holefit.reload.Kept``."""

    module: str
    name: str
    reason: str


@message
class RemovedInfo:
    """See ``holefit.reload.Removed``."""

    module: str
    name: str


@message
class ReloadError:
    """Why a reload did not take effect. ``line`` is 1-based, ``column`` 0-based in code points; 0 where unknown."""

    module: str
    path: str
    line: int
    column: int
    message: str
    traceback: str


@message
class StaleFrameInfo:
    """See ``holefit.reload.StaleFrame``."""

    module: str
    function: str
    line: int
    thread: str


@message
class Reloaded:
    """What a reload did. With ``errors`` nothing took effect; ``reloaded`` empty and no errors: nothing had changed."""

    generation: int
    reloaded: list[str]
    kept: list[KeptInfo]
    removed: list[RemovedInfo]
    errors: list[ReloadError]
    stale_frames: list[StaleFrameInfo]
    notes: list[str]
    duration_ms: float


@message
class ChangedModules:
    """Which loaded project modules differ from their files and buffers? Answered with ModuleNames."""


@message
class ModuleNames:
    """Names of modules, dependencies first."""

    names: list[str]


@message
class ReloadPlan:
    """What would a reload do? Nothing runs and nothing changes. Answered with ReloadPlanned.

    ``policy`` is that of a reload. With ``old`` and ``new`` (texts by path) the question is about these instead of what is loaded.
    """

    policy: str
    old: dict[str, str]
    new: dict[str, str]


@message
class PlannedStep:
    """What would become of one statement. ``line`` is 1-based, in the new text (in the old one for what would be removed).

    ``runs``: whether code at top level would run. ``effect`` is one word of ``holefit.reload.Effect``.
    """

    line: int
    effect: str
    runs: bool
    names: list[str]
    reason: str


@message
class PlannedModule:
    """The steps of one module, in the order in which they would be taken."""

    name: str
    path: str
    steps: list[PlannedStep]


@message
class ReloadPlanned:
    """What a reload would do. Modules in the order in which it would take them."""

    modules: list[PlannedModule]
    errors: list[ReloadError]
    stale_frames: list[StaleFrameInfo]


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


@message
class EvalAnnotations:
    """Evaluate annotation expressions in a scratch namespace that holds only what ``imports`` bind; the annotated module does not run.

    ``imports`` is source text (import statements); relative ones resolve against ``module``. Answered with AnnotationValues.
    """

    module: str
    filename: str
    imports: str
    expressions: list[str]
    lines: list[int]


@message
class AnnotationValue:
    """``data`` is msgpack of plain data; ``error`` is set where there is no value."""

    type: str
    repr: str
    data: bytes
    error: Any = None


@message
class AnnotationValues:
    """One value for each expression, in order."""

    values: list[AnnotationValue]


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
    comes first. ``stdout`` and ``stderr``: what was written since the start or the last stop.
    """

    is_exception: bool
    value: Any
    array: int
    index: int
    resume: int
    call_stack: list[StackFrame]
    stdout: str
    stderr: str


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
class GetClosure:
    """What a value is made of, without running any code of its class. ``start`` and ``count`` choose among its children; answered with Closure."""

    ref: int
    start: int = 0
    count: int = 100


@message
class Child:
    """A part of a value: ``name`` as it is reached (``[0]``, ``['key']``, ``.attribute``), its ref and how it shows, in short."""

    name: str
    ref: int
    type: str
    text: str
    leaf: bool


@message
class Closure:
    """``size`` is what the value itself takes, in bytes; ``total`` the number of all its children."""

    type: str
    size: int
    text: str
    total: int
    children: list[Child]


@message
class MallocData:
    """Put bytes into the worker; answered with Ref. Large ones lie in the file ``shared``, in shared memory, which the worker removes."""

    data: bytes = b""
    shared: str = ""


@message
class Ref:
    """A ref to a new value."""

    ref: int


@message
class FetchData:
    """The bytes of a value (bytes, text as UTF-8, anything with a buffer); answered with Data. ``shared`` names a folder in shared memory for large ones."""

    ref: int
    shared: str = ""


@message
class Data:
    """Bytes, or the name of a file that holds them, which the session removes."""

    data: bytes = b""
    shared: str = ""


@message
class CreateCode:
    """Make code objects of what ``marshal`` has packed, in batches; answered with Refs. They may refer to one another by name: all share one namespace, that of ``module``."""

    module: str
    version: str
    batches: list[bytes]


@message
class Refs:
    """Refs to new values, in order."""

    refs: list[int]


@message
class AddStaticEntry:
    """Enter a value into the static table under a fingerprint; answered with Done. Without a ref the entry is removed."""

    fingerprint: bytes
    ref: int = 0


@message
class LookupStaticEntry:
    """The value under a fingerprint; answered with Ref (0: none)."""

    fingerprint: bytes
