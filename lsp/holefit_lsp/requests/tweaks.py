"""``holefit/tweaks`` and ``holefit/tweak``: live globals that are changed while code runs."""

from __future__ import annotations

import asyncio
from typing import Any

from lsprotocol import types as lsp

from holefit.edits import Edit
from holefit.reload.tweak import Tweakable, edit_of
from holefit.session import Session
from holefit_lsp import messages, to_lsp
from holefit_lsp.errors import InvalidParamsError
from holefit_lsp.folders import Folder
from holefit_lsp.server import HolefitServer

WRITE = "holefit.writeTweak"


async def tweaks(ls: HolefitServer, params: messages.TweaksParams) -> list[dict[str, Any]]:
    """The marked globals that are loaded, with their live values. Does not wait for a running evaluation."""
    view = ls.view(params.text_document.uri) if params.text_document is not None else None
    folders = [view.folder] if view is not None else list(ls.folders)
    told = []
    for folder in folders:
        session = await folder.session()
        if not session.options.trusted:
            continue
        for one in await asyncio.to_thread(session.tweaks):
            if view is None or one.path == view.path:
                told.append(to_lsp.tweakable(one, ls.documents))
    return told


async def tweak(ls: HolefitServer, params: messages.TweakParams) -> dict[str, Any]:
    """Give one another value, in place. Does not wait for a running evaluation."""
    if not isinstance(params.value, (bool, int, float, str)):
        raise InvalidParamsError("A global can be tweaked to a number, a string, true or false.")
    session = await _folder(ls, params.text_document).session()
    done = await asyncio.to_thread(session.tweak, params.module, params.name, params.value)
    return to_lsp.tweakable(done, ls.documents)


async def write(ls: HolefitServer, *arguments: Any) -> lsp.WorkspaceEdit | None:
    """``{module, name, uri?}``: write the live value of a global into its source. The edit is left in the answer for a client that cannot apply it."""
    try:
        (argument,) = arguments
        module, name, uri = str(argument["module"]), str(argument["name"]), argument.get("uri")
    except Exception as error:
        raise InvalidParamsError(f"{WRITE} takes {{module, name, uri?}}.") from error
    folder = _folder(ls, lsp.TextDocumentIdentifier(uri) if isinstance(uri, str) else None)
    session = await folder.session()
    found = await asyncio.to_thread(session.tweaks)
    live = next((one for one in found if (one.module, one.name) == (module, name)), None)
    if live is None:
        raise InvalidParamsError(f"{module}.{name} is no live global that can be tweaked.")
    edit = await folder.text.run(lambda _: _edit(session, live))
    if edit is None:
        return None
    made = to_lsp.Edits(ls.documents.look_at(edit.path), ls.documents, ls.client_capabilities)([edit])
    workspace = ls.client_capabilities.workspace
    if workspace is None or not workspace.apply_edit:
        return made
    await ls.apply_edit(f"Write {name}", made)
    return None


def register(server: HolefitServer) -> None:
    """Answer the requests and the command."""
    server.feature(messages.TWEAKS)(tweaks)
    server.feature(messages.TWEAK)(tweak)
    server.command(WRITE)(write)


def _folder(ls: HolefitServer, document: lsp.TextDocumentIdentifier | None) -> Folder:
    return ls.folder_named(document.uri if document is not None else None)


def _edit(session: Session, live: Tweakable) -> Edit | None:
    return edit_of(session.parsed(live.path).source, live)
