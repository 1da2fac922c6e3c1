"""``holefit/constructions`` and the code actions of constructions; and going to a hole, which follows what leaves some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp

from holefit.edits import Edit
from holefit.holes.constructions import Construction, ConstructionKind
from holefit.syntax.source import Position
from holefit_lsp import from_lsp, messages, to_lsp
from holefit_lsp.errors import InvalidParamsError
from holefit_lsp.server import HolefitServer, View

GO_TO_HOLE = "holefit.goToHole"
_HOLE = re.compile(r"(?<![\w.])_(?!_\w+__\b)\w*")
_KINDS = {
    ConstructionKind.SPLIT: "refactor.rewrite.holefit.split",
    ConstructionKind.ARMS: "refactor.rewrite.holefit.arms",
    ConstructionKind.LAMBDA: "refactor.rewrite.holefit.lambda",
    ConstructionKind.BODY: "refactor.rewrite.holefit.body",
    ConstructionKind.DEFINITION: "refactor.rewrite.holefit.definition",
    ConstructionKind.METHOD: "refactor.rewrite.holefit.method",
    ConstructionKind.CLASS: "refactor.rewrite.holefit.class",
    ConstructionKind.PROTOCOL: "refactor.extract.holefit.protocol",
}


async def constructions(
    ls: HolefitServer, view: View, context: lsp.CodeActionContext, place: Position
) -> list[lsp.CodeAction | lsp.Command]:
    """The actions at ``place`` of the kinds that are asked for; none for a client that knows commands alone."""
    asked = [str(getattr(kind, "value", kind)) for kind in context.only or [""]]
    wanted = {kind for kind, name in _KINDS.items() if any(name == one or _below(name, one) for one in asked)}
    documents = ls.client_capabilities.text_document
    action = documents.code_action if documents is not None else None
    if not wanted or (action is not None and action.code_action_literal_support is None):
        return []
    found = await _ask(view, place)
    edits = to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)
    return [
        lsp.CodeAction(
            title=one.title,
            kind=_KINDS[one.kind],
            edit=edits(one.edits),
            command=first_hole(ls, view, one.edits),
        )
        for one in found
        if one.kind in wanted
    ]


async def construct(ls: HolefitServer, params: messages.ConstructionsParams) -> list[dict[str, Any]]:
    """What can be built at a place of the newest version."""

    async def ask(view: View) -> list[Construction]:
        return await _ask(view, from_lsp.position(view.document, params.position))

    answer = await ls.newest(params.text_document.uri, ask)
    if answer is None:
        return []
    view, found = answer
    edits = to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)
    return [{"kind": one.kind.value, "title": one.title, "edit": edits(one.edits)} for one in found]


async def go_to_hole(ls: HolefitServer, *arguments: Any) -> lsp.Range | None:
    """``{uri, position, backward?}``: show the hole there, or the next one (the one before); answers with its range.

    Holes are found by syntax alone: the text has just changed.
    """
    try:
        (argument,) = arguments
        uri = argument["uri"]
        position = ls.protocol.structured(argument["position"], lsp.Position)
        backward = bool(argument.get("backward"))
    except Exception as error:
        raise InvalidParamsError(f"{GO_TO_HOLE} takes {{uri, position, backward?}}.") from error
    if (view := ls.view(uri, newest=True)) is None:
        return None
    place = from_lsp.position(view.document, position)
    sites = await view.text(lambda session, _: session.parsed(view.path).hole_sites)
    ranges = [site.range for site in sites]
    if backward:
        chosen = next((one for one in reversed(ranges) if one.start < place), ranges[-1] if ranges else None)
    else:
        chosen = next((one for one in ranges if one.start >= place), ranges[0] if ranges else None)
    if chosen is None:
        return None
    shown = to_lsp.range_(view.document, chosen)
    window = ls.client_capabilities.window
    if window is not None and window.show_document is not None and window.show_document.support:
        params = lsp.ShowDocumentParams(uri=uri, take_focus=True, selection=shown)
        await ls.window_show_document_async(params)
    return shown


def first_hole(ls: HolefitServer, view: View, edits: Sequence[Edit]) -> lsp.Command | None:
    """The command that goes to the first hole that ``edits`` leave in this document; None where they leave none."""
    delta = 0  # lines that the edits above have put in
    for edit in sorted((one for one in edits if one.path == view.path), key=lambda one: one.range.start):
        hole = next((found for found in _HOLE.finditer(edit.text) if not _declares(edit.text, found)), None)
        if hole is None:
            delta += _lines(edit.text) - (edit.range.end.line - edit.range.start.line)
            continue
        above = edit.text[: hole.start()]
        line = edit.range.start.line + delta + _lines(above)
        column = 0 if _lines(above) else to_lsp.position(view.document, edit.range.start).character
        position = {"line": line, "character": column}
        return lsp.Command(
            title="Go to the hole",
            command=GO_TO_HOLE,
            arguments=[{"uri": view.document.uri, "position": position}],
        )
    return None


def register(server: HolefitServer) -> None:
    """Answer the request and the command."""
    server.feature(messages.CONSTRUCTIONS)(construct)
    server.command(GO_TO_HOLE)(go_to_hole)


async def _ask(view: View, place: Position) -> list[Construction]:
    return await view.types(
        lambda session, cancelled: session.constructions(view.path, place, cancelled=cancelled)
    )


def _below(name: str, above: str) -> bool:
    return not above or name.startswith(above + ".")


def _lines(text: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", text))


def _declares(text: str, found: re.Match[str]) -> bool:
    """Whether what looks like a hole is what is being defined, or the pattern of a ``case``."""
    before = text[: found.start()].rstrip()
    return before.endswith(("def", "class", "case"))
