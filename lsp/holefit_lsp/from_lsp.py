"""The client's values as the engine's."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types as lsp

from holefit.syntax.source import Position, Range
from holefit_lsp.documents import Change, Document


def position(document: Document, place: lsp.Position) -> Position:
    """A place in ``document``; one that is not in the text is moved to the nearest that is."""
    return document.position(place.line, place.character)


def range_(document: Document, stretch: lsp.Range) -> Range:
    """A stretch of ``document``."""
    start, end = position(document, stretch.start), position(document, stretch.end)
    return Range(min(start, end), max(start, end))


def changes(events: Sequence[lsp.TextDocumentContentChangeEvent]) -> list[Change]:
    """Edits of a document, as they were made."""
    return [
        Change(
            event.text,
            (event.range.start.line, event.range.start.character),
            (event.range.end.line, event.range.end.character),
        )
        if isinstance(event, lsp.TextDocumentContentChangePartial)
        else Change(event.text)
        for event in events
    ]
