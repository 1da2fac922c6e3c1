"""Cost centres: what time and allocation are charged to, along the stack of those that were entered."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from holefit_wire.interpreter.evaluation import EvalOpts


@message
class MakeCostCentres:
    """Make cost centres of functions of a module, by qualified name; of all its own functions where ``names`` is empty. Answered with CostCentres.

    The module is imported if need be. They count in profiles whose ``centres`` are ``made``.
    """

    module: str
    names: list[str]


@message
class CostCentre:
    """``path`` and ``line`` (1-based) tell where its code begins; empty and 0 for one that code names itself."""

    name: str
    path: str = ""
    line: int = 0


@message
class CostCentres:
    """Cost centres, in the order asked for."""

    centres: list[CostCentre]


@message
class ProfileStmt:
    """Evaluate as EvalStmt does, and tell where time went; answered with Profiled. It does not stop at breakpoints.

    ``centres``: ``every`` for every function, or ``made`` for those of MakeCostCentres; what code names by ``holefit_runtime.cost_centre`` counts always.
    ``modules`` leaves out functions of other modules; a package means those in it too. What is left out is charged to who called it.
    ``allocation`` counts memory too, which takes longer; ``sample_s`` is the pause between two looks at the line that runs, 0: none.
    """

    opts: EvalOpts
    expr: Any
    centres: str = "every"
    modules: tuple[str, ...] = ()
    allocation: bool = False
    sample_s: float = 0.001


@message
class CostCentreStacks:
    """The tree of stacks, as columns: stack ``i`` is ``centres[i]`` entered from stack ``parents[i]``, which comes before it (-1: a thread's beginning).

    ``entries`` counts how often, ``nanoseconds`` and ``allocated`` (bytes, what was freed taken off) are its own, without those of stacks that go on from it. A centre that
    is entered again from itself, at whatever distance, goes on with the stack that it had, as in GHC.
    """

    parents: list[int]
    centres: list[int]
    entries: list[int]
    nanoseconds: list[int]
    allocated: list[int]


@message
class LineCost:
    """Time in which a line (1-based) was the one that ran, and in which it or what it called was; from samples."""

    path: str
    line: int
    nanoseconds: int
    with_calls: int


@message
class Profiled:
    """``complete`` is the EvalComplete. ``ref`` names the profile in CostCentreStackInfo; the worker keeps the last few."""

    complete: Any
    ref: int
    centres: list[CostCentre]
    stacks: CostCentreStacks
    lines: list[LineCost]


@message
class CostCentreStackInfo:
    """The names on a stack of a profile, outermost first; answered with StackNames."""

    profile: int
    stack: int


@message
class StackNames:
    """One for each cost centre, with its place where it has one."""

    names: list[str]
