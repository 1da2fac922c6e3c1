"""``holefit/reload``: load what has changed into the running interpreter; ``holefit/reloadPlan``: say beforehand what that would do."""

from __future__ import annotations

from typing import Any

from holefit.reload.report import ReloadReport
from holefit_lsp import messages, to_lsp
from holefit_lsp.errors import InvalidParamsError
from holefit_lsp.folders import Folder
from holefit_lsp.server import HolefitServer

RESET = "holefit.resetGlobal"


async def reload(ls: HolefitServer, params: messages.ReloadParams) -> dict[str, Any]:
    """Reload now, saved or not."""
    folder = ls.folder_named(params.text_document.uri if params.text_document else None)
    return await _told(ls, folder, await _reload(ls, folder))


async def plan(ls: HolefitServer, params: messages.ReloadPlanParams) -> dict[str, Any]:
    """What a reload would do now, saved or not; nothing runs."""
    folder = ls.folder_named(params.text_document.uri if params.text_document else None)
    session = await folder.session()
    found = await folder.evaluation.run(lambda _: session.reload_plan())
    return to_lsp.plan(found, ls.documents, session.module_name)


async def reset_global(ls: HolefitServer, *arguments: Any) -> dict[str, Any]:
    """``{uri, module, name}``: give a global whose live value was kept what its initialiser gives now; answers as ``holefit/reload`` does."""
    try:
        (argument,) = arguments
        uri, module, name = str(argument["uri"]), str(argument["module"]), str(argument["name"])
    except Exception as error:
        raise InvalidParamsError(f"{RESET} takes {{uri, module, name}}.") from error
    folder = ls.folder_named(uri)
    session = await folder.session()
    report = await folder.evaluation.run(lambda _: session.reset_global(module, name))
    ls.refresh()
    return await _told(ls, folder, report)


async def reload_after_save(ls: HolefitServer, folder: Folder) -> None:
    """Reload when the options say so and there is something running to reload; tell what it did."""
    session = folder.opened
    if session is None or not session.options.trusted or not session.options.reload.on_save:
        return
    if session.interpreter.status().state in ("stopped", "dead"):
        return
    report = await _reload(ls, folder)
    if report.reloaded or report.errors:
        ls.protocol.notify(messages.RELOADED, await _told(ls, folder, report))


def register(server: HolefitServer) -> None:
    """Answer the requests and the command."""
    server.feature(messages.RELOAD)(reload)
    server.feature(messages.RELOAD_PLAN)(plan)
    server.command(RESET)(reset_global)


async def _reload(ls: HolefitServer, folder: Folder) -> ReloadReport:
    """Reload, and have what it kept shown at the initialisers."""
    session = await folder.session()
    before = session.kept.is_empty
    report = await folder.evaluation.run(lambda _: session.reload())
    if report.kept or not before:
        ls.refresh()
    return report


async def _told(ls: HolefitServer, folder: Folder, report: ReloadReport) -> dict[str, Any]:
    return to_lsp.report(report, ls.documents, (await folder.session()).module_name)
