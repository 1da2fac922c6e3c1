"""Settings: from ``initializationOptions``, ``workspace/configuration`` and ``workspace/didChangeConfiguration``.

What comes later goes on top of what the client said at first, key by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types as lsp

from holefit_lsp.server import HolefitServer
from holefit_lsp.uris import uri_of

SECTION = "holefit"


async def did_change_configuration(ls: HolefitServer, params: lsp.DidChangeConfigurationParams) -> None:
    """The user has changed settings: they are asked for where that is possible, else those that came along count."""
    if _can_be_asked(ls):
        await ask(ls)
    if isinstance(params.settings, Mapping):
        section = params.settings.get(SECTION, params.settings)
        if isinstance(section, Mapping) and section:
            ls.apply_settings(merged(ls.initial_settings, section))


async def ask(ls: HolefitServer) -> None:
    """Ask the client for its settings, for each folder apart."""
    if not _can_be_asked(ls):
        return
    folders = list(ls.folders)
    items = [lsp.ConfigurationItem(section=SECTION)]
    items += [lsp.ConfigurationItem(scope_uri=uri_of(folder.root), section=SECTION) for folder in folders]
    answers = await ls.workspace_configuration_async(lsp.ConfigurationParams(items))
    sections = [merged(ls.initial_settings, answer) for answer in answers]
    if sections:
        scoped = {folder.root: section for folder, section in zip(folders, sections[1:], strict=False)}
        ls.apply_settings(sections[0], scoped)


def merged(below: Any, above: Any) -> Any:
    """Settings with others on top; what is null above is as it is below."""
    if above is None:
        return below
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}


def register(server: HolefitServer) -> None:
    """Handle the notification."""
    server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)


def _can_be_asked(ls: HolefitServer) -> bool:
    workspace = ls.client_capabilities.workspace
    return workspace is not None and bool(workspace.configuration)
