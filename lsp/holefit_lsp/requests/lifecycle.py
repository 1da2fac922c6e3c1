"""``initialize`` and ``initialized``."""

from __future__ import annotations

import uuid

from lsprotocol import types as lsp

from holefit.reload import native
from holefit_lsp import settings
from holefit_lsp.documents import Encoding
from holefit_lsp.requests import configuration, folders
from holefit_lsp.server import HolefitServer

WATCHED = ("**/*.py", "**/*.pyi", "**/pyproject.toml", *(f"**/*{suffix}" for suffix in native.SUFFIXES))


def initialize(ls: HolefitServer, params: lsp.InitializeParams) -> None:
    """Take over what the client says of itself and open the sessions."""
    ls.documents.encoding = _encoding(ls)
    ls.initial_settings = params.initialization_options
    ls.settings = settings.read(ls.initial_settings)
    for root in folders.named(params):
        if ls.folders.get(root) is None:
            ls.open_folder(root, workspace=True)


async def initialized(ls: HolefitServer, params: lsp.InitializedParams) -> None:
    """Ask for settings, and to be told of changes."""
    ls.apply_settings(ls.initial_settings)
    workspace = ls.client_capabilities.workspace
    registrations = []
    if workspace is not None:
        if (watched := workspace.did_change_watched_files) and watched.dynamic_registration:
            watchers = [lsp.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
            registrations.append(_registration(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        if (changes := workspace.did_change_configuration) and changes.dynamic_registration:
            section = lsp.DidChangeConfigurationRegistrationOptions(section=configuration.SECTION)
            registrations.append(_registration(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
    if registrations:
        ls.background(ls.client_register_capability_async(lsp.RegistrationParams(registrations)))
    await configuration.ask(ls)


def register(server: HolefitServer) -> None:
    """Handle both."""
    server.feature(lsp.INITIALIZE)(initialize)
    server.feature(lsp.INITIALIZED)(initialized)


def _encoding(ls: HolefitServer) -> Encoding:
    """The encoding of positions that pygls has agreed on with the client."""
    chosen = ls.workspace.position_encoding
    if chosen == lsp.PositionEncodingKind.Utf8:
        return "utf-8"
    return "utf-32" if chosen == lsp.PositionEncodingKind.Utf32 else "utf-16"


def _registration(method: str, options: object) -> lsp.Registration:
    return lsp.Registration(id=str(uuid.uuid4()), method=method, register_options=options)
