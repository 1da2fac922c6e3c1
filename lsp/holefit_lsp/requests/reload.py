"""``holefit/reload``: load what has changed into the running interpreter."""

from __future__ import annotations

from typing import Any

from holefit.reload.report import ReloadReport
from holefit_lsp import messages, to_lsp
from holefit_lsp.folders import Folder
from holefit_lsp.server import HolefitServer


async def reload(ls: HolefitServer, params: messages.ReloadParams) -> dict[str, Any]:
    """Reload now, saved or not."""
    folder = ls.folder_named(params.text_document.uri if params.text_document else None)
    return to_lsp.report(await _reload(folder), ls.documents)


async def reload_after_save(ls: HolefitServer, folder: Folder) -> None:
    """Reload when the options say so and there is something running to reload; tell what it did."""
    session = folder.opened
    if session is None or not session.options.trusted or not session.options.reload.on_save:
        return
    if session.interpreter.status().state in ("stopped", "dead"):
        return
    report = await _reload(folder)
    if report.reloaded or report.errors:
        ls.protocol.notify(messages.RELOADED, to_lsp.report(report, ls.documents))


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.RELOAD)(reload)


async def _reload(folder: Folder) -> ReloadReport:
    session = await folder.session()
    return await folder.evaluation.run(lambda _: session.reload())
