"""``holefit/evaluate``: run snippets in the interpreter."""

from __future__ import annotations

import threading
from typing import Any

from holefit.eval.result import Evaluation
from holefit.session import Session
from holefit.syntax.snippets import Snippet
from holefit_lsp import from_lsp, messages, to_lsp
from holefit_lsp.errors import ContentModifiedError, InvalidParamsError
from holefit_lsp.server import HolefitServer


async def evaluate(ls: HolefitServer, params: messages.EvaluateParams) -> dict[str, Any]:
    """The results of the snippets that overlap the range, and the edit that writes them into the text.

    An edit is given for the text that was evaluated or not at all.
    """
    if (view := ls.view(params.text_document.uri)) is None:
        raise InvalidParamsError(f"{params.text_document.uri} is no file.")
    session = await view.folder.session()
    if not view.is_current:
        raise ContentModifiedError
    stretch = from_lsp.range_(view.document, params.range) if params.range is not None else None

    def run(session: Session, cancelled: threading.Event) -> tuple[Evaluation, tuple[Snippet, ...]]:
        evaluation = session.evaluate(view.path, range=stretch, cancelled=cancelled)
        return evaluation, session.parsed(view.path).snippets

    evaluation, snippets = await view.folder.evaluation.run(lambda cancelled: run(session, cancelled))
    if not view.is_current:
        raise ContentModifiedError("The text changed while its snippets ran; nothing was written.")
    ls.results.keep(view.document.uri, snippets, evaluation.results)
    ls.refresh(diagnostics=False)
    told: dict[str, Any] = {"results": [to_lsp.result(view.document, one) for one in evaluation.results]}
    if evaluation.edits and session.options.eval.show == "insert":
        edits = to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)
        told["edit"] = edits(evaluation.edits)
    return told


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.EVALUATE)(evaluate)
