"""Hot reload, and the texts that it reads."""

from __future__ import annotations

from holefit_wire.codec import message


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
