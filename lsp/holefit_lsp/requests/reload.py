"""``holefit/reload``: load what has changed into the running interpreter."""

from __future__ import annotations

import threading
from typing import Any

from holefit.reload import ReloadReport
from holefit.session import Session
from holefit_lsp import messages, to_lsp
from holefit_lsp.folders import Folder
from holefit_lsp.server import HolefitServer


async def reload(ls: HolefitServer, params: messages.ReloadParams) -> dict[str, Any]:
    """Reload now, saved or not."""
    folder = ls.folder_named(params.text_document.uri if params.text_document else None)
    return to_lsp.report(await _reload(ls, folder), ls.documents)


async def reload_after_save(ls: HolefitServer, folder: Folder) -> None:
    """Reload when the options say so and there is something running to reload; tell what it did."""
    session = folder.opened
    if session is None or not session.options.trusted or not session.options.reload.on_save:
        return
    if session.interpreter.status().state in ("stopped", "dead"):
        return
    report = await _reload(ls, folder)
    if report.reloaded or report.errors:
        ls.protocol.notify(messages.RELOADED, to_lsp.report(report, ls.documents))


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.RELOAD)(reload)


async def _reload(ls: HolefitServer, folder: Folder) -> ReloadReport:
    session = await folder.session()

    def run(session: Session, cancelled: threading.Event) -> ReloadReport:
        ls.status.watch_interpreter(folder, session)
        return session.reload()

    with ls.status.busy(folder):
        return await folder.evaluation.run(lambda cancelled: run(session, cancelled))
