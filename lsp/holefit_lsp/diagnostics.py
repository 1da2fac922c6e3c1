"""Diagnostics that are pushed to clients that do not pull them.

One check per document is on its way at most. A change ends it and another one begins when typing pauses; what arrives
for a text that is no longer the newest is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from holefit.errors import HolefitError
from holefit_lsp import to_lsp
from holefit_lsp.uris import canonical

if TYPE_CHECKING:
    from holefit.diagnostics import Diagnostic
    from holefit.session import Session
    from holefit_lsp.folders import Folder
    from holefit_lsp.server import HolefitServer, View

log = logging.getLogger(__name__)

PAUSE_S = 0.025


class Publisher:
    """Schedules checks and publishes what they find."""

    def __init__(self, server: HolefitServer) -> None:
        self._server = server
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._with_problems: set[Folder] = set()
        self._native: dict[Folder, set[Path]] = {}

    def changed(self, uri: str) -> None:
        """Check a document soon."""
        if self._server.pulls_diagnostics:
            return
        self._stop(uri)
        key = canonical(uri)
        task = asyncio.get_running_loop().create_task(self._check(uri))
        self._checks[key] = task
        task.add_done_callback(lambda done: self._checks.pop(key) if self._checks.get(key) is done else None)

    def closed(self, uri: str) -> None:
        """Take a document's diagnostics away."""
        self._stop(uri)
        if not self._server.pulls_diagnostics:
            self._publish(uri, None, [])

    def project(self, folder: Folder, session: Session) -> None:
        """Show what is wrong with a project's configuration, at its place."""
        document = self._server.documents.look_at(folder.root / "pyproject.toml")
        items = [to_lsp.diagnostic(document, one) for one in session.problems if one.path == document.path]
        if items or folder in self._with_problems:
            self._publish(document.uri, document.version, items)
            self._with_problems.add(folder)

    def native(self, folder: Folder, problems: Iterable[Diagnostic]) -> None:
        """Show what is wrong with native sources, at its places; what was shown of them before goes."""
        by_path: dict[Path, list[Diagnostic]] = {path: [] for path in self._native.get(folder, ())}
        for one in problems:
            by_path.setdefault(one.path, []).append(one)
        self._native[folder] = {path for path, found in by_path.items() if found}
        for path, found in by_path.items():
            document = self._server.documents.look_at(path)
            items = [to_lsp.diagnostic(document, one) for one in found]
            self._publish(document.uri, document.version, items)

    def close(self) -> None:
        """Stop all checks."""
        for uri in list(self._checks):
            self._stop(uri)

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(PAUSE_S)
        try:
            found = await check(self._server, uri)
        except HolefitError as error:
            log.warning("%s cannot be checked: %s %s", uri, error, error.remedy)
            return
        except Exception:
            log.exception("%s cannot be checked", uri)
            return
        if found is not None and (view := found[0]).is_current:
            self._publish(view.document.uri, view.document.version, found[1])

    def _publish(self, uri: str, version: int | None, items: list[lsp.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=items)
        )

    def _stop(self, uri: str) -> None:
        if (task := self._checks.pop(canonical(uri), None)) is not None:
            task.cancel()


async def check(server: HolefitServer, uri: str) -> tuple[View, list[lsp.Diagnostic]] | None:
    """What there is to say about the newest version of a document; None for what is no file."""

    async def ask(view: View) -> list[lsp.Diagnostic]:
        found = await view.types(lambda session, cancelled: session.check(view.path, cancelled=cancelled))
        return [to_lsp.diagnostic(view.document, one) for one in found if one.path == view.path]

    return await server.newest(uri, ask)
