"""``workspace/executeCommand``: what lenses and actions run."""

from __future__ import annotations

import threading
from typing import Any

from lsprotocol import types as lsp

from holefit.edits import Edit
from holefit.eval import clear as clearing
from holefit.session import Session
from holefit_lsp import from_lsp, messages, to_lsp
from holefit_lsp.errors import ContentModifiedError, InvalidParamsError
from holefit_lsp.server import HolefitServer

EVALUATE = "holefit.evaluate"
CLEAR = "holefit.clear"
FILL = "holefit.fill"
RELOAD = "holefit.reload"
INTERPRETER_COMMANDS = ("start", "interrupt", "restart", "stop", "checkpoint", "restore")


async def evaluate(ls: HolefitServer, *arguments: Any) -> dict[str, Any]:
    """``{uri, range?}``: evaluate snippets and write their results; answers as ``holefit/evaluate`` does.

    The edit is applied, and left in the answer only for a client that cannot apply it.
    """
    from holefit_lsp.requests.evaluate import evaluate as run

    told = await run(ls, evaluate_params(ls, arguments))
    if "edit" in told and _can_apply(ls):
        await ls.apply_edit("Write results", told.pop("edit"))
    return told


async def clear(ls: HolefitServer, *arguments: Any) -> lsp.WorkspaceEdit | None:
    """``{uri, range?}``: take the results of snippets out of the text and forget them."""
    params = evaluate_params(ls, arguments)
    if (view := ls.view(params.text_document.uri)) is None:
        return None
    stretch = from_lsp.range_(view.document, params.range) if params.range is not None else None

    def ask(session: Session, cancelled: threading.Event) -> tuple[Edit, ...]:
        return clearing(session.parsed(view.path), range=stretch)

    found = await view.text(ask)
    ls.results.forget(view.document.uri)
    ls.refresh(diagnostics=False)
    edit = to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)(found)
    if not found:
        return None
    if not _can_apply(ls):
        return edit
    await ls.apply_edit("Clear results", edit)
    return None


async def fill(ls: HolefitServer, *arguments: Any) -> None:
    """``WorkspaceEdit``: fill a hole, for clients that know commands but no code actions."""
    if len(arguments) != 1:
        raise InvalidParamsError(f"{FILL} takes one workspace edit.")
    try:
        edit = ls.protocol.structured(arguments[0], lsp.WorkspaceEdit)
    except Exception as error:
        raise InvalidParamsError(f"{FILL} takes one workspace edit.") from error
    for change in edit.document_changes or ():
        if isinstance(change, lsp.TextDocumentEdit) and change.text_document.version is not None:
            document = ls.documents.get(change.text_document.uri)
            if document is not None and document.version != change.text_document.version:
                raise ContentModifiedError
    await ls.apply_edit("Fill the hole", edit)


async def reload(ls: HolefitServer, *arguments: Any) -> dict[str, Any]:
    """``uri?``: load what has changed; answers as ``holefit/reload`` does."""
    from holefit_lsp.requests.reload import reload as run

    return await run(ls, messages.ReloadParams(_document(arguments)))


def register(server: HolefitServer) -> None:
    """Answer the commands."""
    server.command(EVALUATE)(evaluate)
    server.command(CLEAR)(clear)
    server.command(FILL)(fill)
    server.command(RELOAD)(reload)
    for action in INTERPRETER_COMMANDS:
        server.command(f"holefit.{action}")(_interpreter_command(action))


def evaluate_params(ls: HolefitServer, arguments: tuple[Any, ...]) -> messages.EvaluateParams:
    """The params of a command's argument: ``{uri, range?}`` or the URI itself.

    Raises: InvalidParamsError, for anything else.
    """
    try:
        (argument,) = arguments
        if isinstance(argument, str):
            return messages.EvaluateParams(lsp.TextDocumentIdentifier(argument))
        stretch = argument.get("range")
        return messages.EvaluateParams(
            lsp.TextDocumentIdentifier(argument["uri"]),
            None if stretch is None else ls.protocol.structured(stretch, lsp.Range),
        )
    except Exception as error:
        raise InvalidParamsError("The command takes {uri, range?} or a URI.") from error


def _interpreter_command(action: str) -> Any:
    async def command(ls: HolefitServer, *arguments: Any) -> dict[str, Any]:
        from holefit_lsp.requests.interpreter import interpreter

        return await interpreter(ls, messages.InterpreterParams(action, _document(arguments)))

    return command


def _document(arguments: tuple[Any, ...]) -> lsp.TextDocumentIdentifier | None:
    """The document that a command's optional argument names, by URI or as ``{uri}``."""
    argument = arguments[0] if arguments else None
    uri = argument.get("uri") if isinstance(argument, dict) else argument
    return lsp.TextDocumentIdentifier(uri) if isinstance(uri, str) else None


def _can_apply(ls: HolefitServer) -> bool:
    workspace = ls.client_capabilities.workspace
    return workspace is not None and bool(workspace.apply_edit)
