"""Changes to text, as values: what an editor or the command line applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from holefit.syntax.source import Range, Source


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``range`` of the file at ``path`` by ``text``."""

    path: Path
    range: Range
    text: str


def apply(source: Source, edits: Iterable[Edit]) -> str:
    """The text of ``source`` after those ``edits`` that are for its path. All ranges speak of the text before.

    Raises: ValueError, when two edits overlap.
    """
    spans = sorted(
        (source.offset(edit.range.start), source.offset(edit.range.end), index, edit.text)
        for index, edit in enumerate(edits)
        if edit.path == source.path
    )
    out, last = [], 0
    for start, end, _, text in spans:
        if start < last:
            raise ValueError(f"two edits of {source.path} overlap at offset {start}")
        out += [source.text[last:start], text]
        last = end
    return "".join([*out, source.text[last:]])
