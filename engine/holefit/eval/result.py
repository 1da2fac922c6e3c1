"""Results of evaluations in place, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holefit.edits import Edit
from holefit.syntax.source import Range


@dataclass(frozen=True, slots=True)
class Frame:
    """One of the user's own frames in a failed evaluation. ``line`` is 1-based."""

    path: str
    line: int
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class SnippetResult:
    """What one snippet gave.

    ``range`` is that of the snippet's input in the text that was evaluated. ``text`` is what is shown: the value's
    representation, or ``Type: message`` of the exception; empty for a statement without a value. ``mime`` holds
    further representations by MIME type (text, or base64 for binary ones). ``agrees`` tells whether the output that
    stands in the text, ``want``, says the same, as the snippet's doctest directives have it. ``note`` says why a
    result cannot be written into the text, where that is so.
    """

    range: Range
    ok: bool
    text: str
    stdout: str = ""
    stderr: str = ""
    mime: Mapping[str, str] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    duration_ms: float = 0.0
    generation: int = 0
    want: str = ""
    agrees: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results of the snippets asked for, in text order, and the edits that write them into the text."""

    results: tuple[SnippetResult, ...]
    edits: tuple[Edit, ...] = ()
    version: int | None = None
