"""Workspace folders that come and go."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types as lsp

from holefit_lsp.requests import configuration
from holefit_lsp.server import HolefitServer
from holefit_lsp.uris import path_of


async def did_change_workspace_folders(
    ls: HolefitServer, params: lsp.DidChangeWorkspaceFoldersParams
) -> None:
    """Open and close sessions."""
    for gone in params.event.removed:
        if (path := path_of(gone.uri)) is not None:
            await ls.close_folder(path)
    for new in params.event.added:
        if (path := path_of(new.uri)) is not None and ls.folders.get(path) is None:
            ls.open_folder(path, workspace=True)
    await configuration.ask(ls)


def named(params: lsp.InitializeParams) -> list[Path]:
    """The folders that a client names when it starts, by the newest of three ways to do so."""
    if params.workspace_folders is not None:
        paths = [path_of(folder.uri) for folder in params.workspace_folders]
    elif params.root_uri is not None:
        paths = [path_of(params.root_uri)]
    else:
        paths = [Path(params.root_path)] if params.root_path else []
    return [path for path in paths if path is not None]


def register(server: HolefitServer) -> None:
    """Handle the notification."""
    server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_workspace_folders)
