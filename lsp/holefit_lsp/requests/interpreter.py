"""``holefit/interpreter``: the state of the interpreter, and starting and stopping it."""

from __future__ import annotations

import asyncio
from typing import Any

from holefit.session import Session
from holefit_lsp import messages, to_lsp
from holefit_lsp.errors import InvalidParamsError
from holefit_lsp.server import HolefitServer

ACTIONS = ("start", "interrupt", "restart", "stop")


async def interpreter(ls: HolefitServer, params: messages.InterpreterParams) -> dict[str, Any]:
    """Do what ``action`` says, if anything, and tell the state.

    An action does not wait for a running evaluation: it is how one is ended.
    """
    if params.action is not None and params.action not in ACTIONS:
        raise InvalidParamsError(f"The action {params.action!r} is none of {', '.join(ACTIONS)}.")
    folder = ls.folder_named(params.text_document.uri if params.text_document else None)
    session = await folder.session()
    # The whole evaluation is to end, also between two of its snippets; without one the interpreter is told itself.
    interrupted = params.action == "interrupt" and folder.evaluation.interrupt()
    if params.action is not None and not interrupted:
        await asyncio.to_thread(_act, session, params.action)
    if not session.options.trusted:
        return to_lsp.interpreter(None)
    return to_lsp.interpreter(session.interpreter.status())


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.INTERPRETER)(interpreter)


def _act(session: Session, action: str) -> None:
    process = session.interpreter
    {
        "start": process.start,
        "interrupt": process.interrupt,
        "restart": process.restart,
        "stop": process.stop,
    }[action]()
