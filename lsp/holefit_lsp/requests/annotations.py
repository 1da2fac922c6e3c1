"""``holefit/annotations``: find annotations."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

from holefit.annotations.annotation import Annotation
from holefit.session import Session
from holefit_lsp import messages, to_lsp
from holefit_lsp.server import HolefitServer


async def find_annotations(ls: HolefitServer, params: messages.AnnotationsParams) -> list[dict[str, Any]]:
    """The annotations of a name, with a type, in a module; of all folders unless a document names one."""
    if params.text_document is not None:
        folders = [ls.folder_named(params.text_document.uri)]
    else:
        folders = list(ls.folders) or [ls.folder_named(None)]
    told = []
    for folder in folders:
        session = await folder.session()
        found = await folder.evaluation.run(partial(_find, session, params))
        told += [to_lsp.annotation(one, ls.documents.look_at(path)) for one, path in found]
    return told


def register(server: HolefitServer) -> None:
    """Answer the request."""
    server.feature(messages.ANNOTATIONS)(find_annotations)


def _find(
    session: Session, params: messages.AnnotationsParams, cancelled: threading.Event
) -> list[tuple[Annotation, Path]]:
    found = session.annotations(of=params.of, type=params.type, module=params.module)
    return [(one, session.path_of(one.module) or session.root) for one in found]
