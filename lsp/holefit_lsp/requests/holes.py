"""``holefit/holes`` and ``holefit/goal``: what is known about the holes of a document."""

from __future__ import annotations

from typing import Any

from holefit.holes.hole import Hole
from holefit_lsp import from_lsp, messages, to_lsp
from holefit_lsp.server import HolefitServer, View


async def holes(ls: HolefitServer, params: messages.HolesParams) -> list[dict[str, Any]]:
    """All holes of the newest version, or those at a place."""

    async def ask(view: View) -> list[Hole]:
        place = from_lsp.position(view.document, params.position) if params.position else None
        return await view.types(
            lambda session, cancelled: session.holes(
                view.path, place, quick=params.quick, cancelled=cancelled
            )
        )

    found = await ls.newest(params.text_document.uri, ask)
    return [] if found is None else _told(ls, *found)


async def goal(ls: HolefitServer, params: messages.GoalParams) -> dict[str, Any] | None:
    """The hole at a place, with live values and what its fits give; or null."""

    async def ask(view: View) -> list[Hole]:
        place = from_lsp.position(view.document, params.position)
        found = await view.types(
            lambda session, cancelled: session.holes(view.path, place, cancelled=cancelled)
        )
        return [await view.examined(one) for one in found[:1]]

    answer = await ls.newest(params.text_document.uri, ask)
    told = [] if answer is None else _told(ls, *answer)
    return told[0] if told else None


def register(server: HolefitServer) -> None:
    """Answer the requests."""
    server.feature(messages.HOLES)(holes)
    server.feature(messages.GOAL)(goal)


def _told(ls: HolefitServer, view: View, found: list[Hole]) -> list[dict[str, Any]]:
    edits = to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)
    return [to_lsp.hole(view.document, one, edits) for one in found]
