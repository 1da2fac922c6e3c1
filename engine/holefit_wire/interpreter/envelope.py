"""What every message travels in."""

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
class Done:
    """It is done, and there is nothing more to say."""
