"""Files that are saved in the editor or change on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from holefit.reload.native import is_native
from holefit.session import Session
from holefit_lsp import to_lsp
from holefit_lsp.folders import Folder
from holefit_lsp.requests.reload import reload_after_save
from holefit_lsp.server import HolefitServer, View
from holefit_lsp.uris import path_of

if TYPE_CHECKING:
    from holefit.session.live_holes import WentOn

_PROJECT = "pyproject.toml"


async def did_save(ls: HolefitServer, params: lsp.DidSaveTextDocumentParams) -> None:
    """A document was written: what others see of it counts now, and the live process may take it."""
    if (view := ls.view(params.text_document.uri, newest=True)) is None:
        return
    session = await view.folder.session()
    if not is_native(view.path):
        session.saved(view.path)
    ls.refresh()
    await reload_after_save(ls, view.folder)
    await go_on(ls, view)


async def go_on(ls: HolefitServer, view: View) -> None:
    """Let evaluations go on whose holes were filled; their results are written as those of any other."""
    session = view.folder.opened
    if session is None or not session.options.holes.defer_typed_holes:
        return
    went = await view.folder.evaluation.run(lambda cancelled: session.go_on())
    for one in went:
        ls.tell(lsp.MessageType.Info, one.sentence)
        if one.completed is not None:
            await _write(ls, session, one)
    if went:
        ls.refresh()


async def _write(ls: HolefitServer, session: Session, one: WentOn) -> None:
    from holefit.eval.evaluate import resumed

    document = ls.documents.at(one.path)
    if document is None or one.completed is None:
        return
    evaluation = resumed(session, one.path, one.snippet, one.completed)
    ls.results.keep(document.uri, session.parsed(one.path).snippets, evaluation.results)
    workspace = ls.client_capabilities.workspace
    if evaluation.edits and session.options.eval.show == "insert" and workspace and workspace.apply_edit:
        edits = to_lsp.Edits(document, ls.documents, ls.client_capabilities)
        await ls.apply_edit("Write results", edits(evaluation.edits))


async def did_change_watched_files(ls: HolefitServer, params: lsp.DidChangeWatchedFilesParams) -> None:
    """Files changed on the disk; those that are open are as the editor shows them."""
    changed: set[Folder] = set()
    for change in params.changes:
        path = path_of(change.uri)
        if path is None or (path.name != _PROJECT and ls.documents.get(change.uri) is not None):
            continue
        folder = ls.folders.get(ls.folders.root_for(path))
        if folder is None or folder.opened is None:
            continue
        if path.name == _PROJECT:
            if path.parent == folder.root:
                await folder.reread_project()
                ls.publisher.project(folder, folder.opened)
        elif not is_native(path):
            folder.opened.saved(path)
        changed.add(folder)
    if changed:
        ls.refresh()
    for folder in changed:
        if await ls.watching.over(folder):
            await reload_after_save(ls, folder)


def register(server: HolefitServer) -> None:
    """Handle the notifications."""
    server.feature(lsp.TEXT_DOCUMENT_DID_SAVE, lsp.SaveOptions(include_text=False))(did_save)
    server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)(did_change_watched_files)
