"""``holefit/search``: names by their type."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from holefit.edits import Edit
from holefit.index import Insertion, Match
from holefit.session import Session
from holefit.syntax import Range
from holefit_lsp import from_lsp, messages, to_lsp
from holefit_lsp.server import HolefitServer, View

_MOST = 200


async def search(ls: HolefitServer, params: messages.SearchParams) -> list[dict[str, Any]]:
    """What answers a query, best first; with a place also the edits that put it there."""
    view = None if params.text_document is None else ls.view(params.text_document.uri)
    folder = view.folder if view is not None else ls.folder_named(None)
    session = await folder.session()
    limit = min(max(params.limit or 20, 1), _MOST)
    # In a thread of its own: the first search waits for the index, and nothing else shall.
    found = await asyncio.to_thread(partial(session.search, params.query, limit=limit))
    told = []
    for one in found:
        match = to_lsp.match(one, None if one.path is None else ls.documents.look_at(one.path))
        if view is not None and params.position is not None:
            match |= _inserted(ls, view, session, one, params)
        told.append(match)
    return told


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.SEARCH)(search)


def _inserted(
    ls: HolefitServer, view: View, session: Session, one: Match, params: messages.SearchParams
) -> dict[str, Any]:
    """The edit that writes a name at the place that was asked for."""
    assert params.position is not None
    at = from_lsp.position(view.document, params.position)
    made: Insertion = session.insertion(view.path, one)
    edits = [Edit(view.path, Range(at, at), made.text)]
    if made.change is not None:
        edits.append(Edit(view.path, *made.change))
    return {"edit": to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)(edits)}
