"""``textDocument/hover``: a hole, a name's annotations, or a snippet's result."""

from __future__ import annotations

import re
import threading

from lsprotocol import types as lsp

from holefit.annotations.annotation import Annotation
from holefit.holes.hole import Hole
from holefit.session import Session
from holefit.syntax.snippets import Snippet
from holefit.syntax.source import Position, Range
from holefit_lsp import from_lsp, markdown, to_lsp
from holefit_lsp.documents import Document
from holefit_lsp.server import HolefitServer, View

_NAME = re.compile(r"[^\W\d]\w*")


async def hover(ls: HolefitServer, params: lsp.HoverParams) -> lsp.Hover | None:
    """What is known about the place under the cursor."""
    if (view := ls.view(params.text_document.uri)) is None:
        return None
    place = from_lsp.position(view.document, params.position)
    word = name_at(view.document, place)
    if word is not None and word[0].startswith("_") and (hole := await hole_at(view, place)) is not None:
        options = (await view.folder.session()).hole_options(view.path)
        return _shown(ls, view, markdown.hole(await view.examined(hole), options), hole.range)
    snippets = await view.text(lambda session, _: session.parsed(view.path).snippets)
    for snippet, result in ls.results.of(view.document.uri, snippets):
        if _around(snippet, place):
            return _shown(ls, view, markdown.result(result), snippet.range)
    if word is not None and (attached := await _annotations(view, word[0])):
        return _shown(ls, view, markdown.attached(attached), word[1])
    return None


def name_at(document: Document, place: Position) -> tuple[str, Range] | None:
    """The name at or just before ``place``."""
    for found in _NAME.finditer(document.lines[place.line]):
        if found.start() <= place.column <= found.end():
            return found[0], Range(Position(place.line, found.start()), Position(place.line, found.end()))
    return None


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(lsp.TEXT_DOCUMENT_HOVER)(hover)


async def hole_at(view: View, place: Position) -> Hole | None:
    """The hole at ``place``."""
    found = await view.types(lambda session, cancelled: session.holes(view.path, place, cancelled=cancelled))
    return found[0] if found else None


async def _annotations(view: View, name: str) -> list[Annotation]:
    def ask(session: Session, cancelled: threading.Event) -> list[Annotation]:
        return session.annotations(of=name, module=session.module_name(view.path))

    return await view.text(ask)


def _around(snippet: Snippet, place: Position) -> bool:
    return snippet.range.start.line <= place.line <= max(snippet.range.end.line, snippet.output.end.line)


def _shown(ls: HolefitServer, view: View, text: str, stretch: Range) -> lsp.Hover:
    documents = ls.client_capabilities.text_document
    formats = (
        documents.hover.content_format if documents is not None and documents.hover is not None else None
    )
    kind = lsp.MarkupKind.Markdown
    if formats is not None and kind not in formats:
        kind, text = lsp.MarkupKind.PlainText, markdown.plain(text)
    return lsp.Hover(contents=lsp.MarkupContent(kind, text), range=to_lsp.range_(view.document, stretch))
