"""Messages about what a person is asked while code runs: ``input()`` and all else that reads ``sys.stdin``.

The worker asks with a notice, since it has a request of the session's to answer already; the session's answer is a request that is taken out of
band. Questions have numbers, so that an answer that comes too late meets nothing.
"""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class AskInput:
    """Notice: user code waits for a line. ``prompt`` is what it wrote on the line that the answer goes to; ``secret``: do not show what is typed."""

    number: int
    prompt: str
    secret: bool = False


@message
class InputOver:
    """Notice: nobody waits for the answer to question ``number`` any more."""

    number: int


@message
class InputAnswer:
    """The answer to question ``number``: a line without its end, or None for the end of input. Out of band; answered with Done."""

    number: int
    text: str | None = None


@message
class InputsGiven:
    """For the log of requests that may run again: what the next one was answered, each a text or None."""

    texts: list[Any]
