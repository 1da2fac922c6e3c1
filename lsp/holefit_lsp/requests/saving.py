"""Files that are saved in the editor or change on the disk."""

from __future__ import annotations

from lsprotocol import types as lsp

from holefit.reload.native import is_native
from holefit_lsp.folders import Folder
from holefit_lsp.requests.reload import reload_after_save
from holefit_lsp.server import HolefitServer
from holefit_lsp.uris import path_of

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
