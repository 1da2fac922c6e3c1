"""``holefit/stops``: evaluations that are stopped, with frames and variables, and how they go on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from holefit.session import Session
from holefit_lsp import messages
from holefit_lsp.errors import InvalidParamsError
from holefit_lsp.server import HolefitServer
from holefit_lsp.uris import uri_of

ACTIONS = {"continue": "continue", "step": "step", "stepOver": "over", "stepOut": "out"}
ABANDON = "abandon"


async def stops(ls: HolefitServer, params: messages.StopsParams) -> dict[str, Any]:
    """Let the newest stop go on as ``action`` says, if it says anything, and tell those that are stopped then, newest first."""
    if params.action is not None and params.action not in (*ACTIONS, ABANDON):
        raise InvalidParamsError(f"The action {params.action!r} is none of {', '.join((*ACTIONS, ABANDON))}.")
    folder = ls.folder_named(params.text_document.uri if params.text_document else None)
    session = await folder.session()
    if not session.options.trusted:
        return {"stops": []}
    told: dict[str, Any] = {}
    if params.action is not None:
        action = params.action
        told = await folder.evaluation.run(lambda cancelled: _go_on(session, action, params.stop, cancelled))
        ls.status.tell_soon(folder)
    return {**told, "stops": _told(session)}


def register(server: HolefitServer) -> None:
    """Answer the request and the commands."""
    server.feature(messages.STOPS)(stops)
    for action in (*ACTIONS, ABANDON):
        server.command(f"holefit.{action}")(_command(action))


def _command(action: str) -> Any:
    async def command(ls: HolefitServer, *arguments: Any) -> dict[str, Any]:
        """``uri?``: as ``holefit/stops`` with that action."""
        argument = arguments[0] if arguments else None
        uri = argument.get("uri") if isinstance(argument, dict) else argument
        document = lsp.TextDocumentIdentifier(uri) if isinstance(uri, str) else None
        return await stops(ls, messages.StopsParams(action, None, document))

    return command


def _go_on(session: Session, action: str, number: int | None, cancelled: threading.Event) -> dict[str, Any]:
    """Let the newest stop go on; what came of it, if its evaluation ended."""
    points = session.interpreter.breakpoints
    if not points.stops:
        raise InvalidParamsError("Nothing is stopped.")
    newest = points.stops[-1]
    if number not in (None, newest.resume):
        raise InvalidParamsError(f"Stop {number} is not the newest: what was stopped last goes on first.")
    if action == ABANDON:
        points.abandon(newest)
        return {}
    answer = points.resume(
        newest, ACTIONS[action], timeout_s=session.options.eval.timeout_s, cancelled=cancelled
    )
    result = getattr(answer, "result", None)
    if result is None:
        return {}
    error = getattr(result, "error", None)
    text = (
        f"{error.type}: {error.message}"
        if error is not None
        else "\n".join(one.text for one in result.values)
    )
    return {"finished": {"ok": error is None, "text": text, "stdout": answer.stdout, "stderr": answer.stderr}}


def _told(session: Session) -> list[dict[str, Any]]:
    return [
        {
            "id": stop.resume,
            "thread": stop.thread or None,
            "note": stop.note or None,
            "exception": f"{stop.value.type}: {stop.value.text}" if stop.is_exception else None,
            "frames": [
                {
                    "uri": uri_of(Path(frame.path)) if Path(frame.path).is_absolute() else None,
                    "path": frame.path,
                    "line": frame.line,
                    "function": frame.function,
                    "text": frame.text,
                    "variables": [
                        {"name": one.name, "type": one.type, "text": one.text} for one in frame.variables
                    ],
                }
                for frame in stop.call_stack
            ],
        }
        for stop in reversed(session.interpreter.breakpoints.stops)
    ]
