"""Copies of the worker's whole state: to come back to, and to try things in."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class Checkpoint:
    """Keep the state of this moment, as a sleeping copy of the process. Answered with Checkpointed, or Failed where that cannot be done.

    Kinds of Failed: ``Unsupported``, ``Threads`` (of user code: they would not live on in a copy), ``Stopped`` (an evaluation stands still), ``TooMany``.
    """


@message
class Checkpointed:
    """There is a checkpoint of that number. ``generation`` is that of the project's modules in it, ``duration_ms`` what making it took."""

    number: int
    generation: int
    duration_ms: float


@message
class Restore:
    """Go back to a checkpoint, which stays: what came after it is forgotten. Answered with Restored, or Failed of kind ``NoCheckpoint`` or ``Stopped``."""

    number: int


@message
class Restored:
    """Process ``pid`` goes on, with the state of the checkpoint."""

    number: int
    pid: int
    generation: int


@message
class DropCheckpoint:
    """Forget a checkpoint; answered with Done, also when there is none of that number."""

    number: int


@message
class Fork:
    """Make a copy of the process that runs beside it, and is spoken to by InFork. Answered with Forked, or Failed as Checkpoint is."""


@message
class Forked:
    """There is a fork of that number."""

    number: int
    pid: int


@message
class InFork:
    """Have a fork carry a request out; answered as it is, or with Failed of kind ``NoFork``, or ``ForkDied`` when that ended the fork. Shutdown ends it."""

    number: int
    body: Any
