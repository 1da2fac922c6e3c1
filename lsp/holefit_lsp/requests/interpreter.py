"""``holefit/interpreter``: the state of the interpreter, and starting and stopping it."""

from __future__ import annotations

import asyncio
from typing import Any

from holefit.interpreter import Checkpoint, CheckpointGoneError
from holefit.session import Session
from holefit_lsp import messages, to_lsp
from holefit_lsp.errors import InvalidParamsError
from holefit_lsp.server import HolefitServer

ACTIONS = ("start", "interrupt", "restart", "stop", "checkpoint", "restore")


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
        await asyncio.to_thread(_act, session, params.action, params.checkpoint)
    if not session.options.trusted:
        return to_lsp.interpreter(None)
    kept = [{"number": one.number, "generation": one.generation} for one in session.interpreter.checkpoints]
    return {**to_lsp.interpreter(session.interpreter.status(), session), "checkpoints": kept}


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.INTERPRETER)(interpreter)


def _act(session: Session, action: str, checkpoint: int | None) -> None:
    process = session.interpreter
    if action == "restore":
        process.restore(_named(process.checkpoints, checkpoint))
        return
    {
        "start": process.start,
        "interrupt": process.interrupt,
        "restart": process.restart,
        "stop": process.stop,
        "checkpoint": process.checkpoint,
    }[action]()


def _named(kept: list[Checkpoint], number: int | None) -> Checkpoint:
    """The checkpoint of that number, or the newest. Raises: CheckpointGoneError."""
    for one in reversed(kept):
        if number in (one.number, None):
            return one
    raise CheckpointGoneError(
        "There is no checkpoint." if number is None else f"There is no checkpoint {number}."
    )
