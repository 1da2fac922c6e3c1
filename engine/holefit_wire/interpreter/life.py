"""The worker's life: its start and end, interrupts, and who goes on in its place."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
class WorkerWanted:
    """What stands where a worker should be has none: in place of the answer to Hello. It takes the next frame, whatever was sent before, for the archive of the worker's
    files, which ``fingerprint`` names; Hello comes again after that.
    """

    fingerprint: str


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
class Interrupt:
    """Raise KeyboardInterrupt in the running evaluation, if one runs. Answered with Done at once.

    ``target`` is the id of the request that it is meant for: where that is over, nothing happens. 0: whatever runs.
    """

    target: int = 0


@message
class Restart:
    """Replace the worker by a fresh one, whatever it does, and give up its state. Out of band; its answer is the TookOver of the new one."""


@message
class End:
    """End the process that evaluates, whatever it does, so that its standby takes over. Out of band; its answer is the TookOver of that one."""


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
