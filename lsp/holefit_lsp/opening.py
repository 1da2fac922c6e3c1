"""Opening a session. Light to import: it happens while most of the server is still to be loaded."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from holefit_lsp.settings import Settings

if TYPE_CHECKING:
    from holefit.session import Options, Session


@dataclass(frozen=True)
class Opened:
    """A session and the options that its project has, before the editor's settings went on top."""

    session: Session
    project: Options


def open_session(root: Path, settings: Settings, *, warm: bool) -> Opened:
    """Open a session; ``warm`` starts its type service before it is needed."""
    from holefit.session import Session

    while not root.is_dir() and root != root.parent:  # a new file in a folder that is still to be made
        root = root.parent
    session = Session.open(root, trusted=settings.trusted)
    project = session.options
    session.set_options(settings.over(project))
    if warm:
        session.types.start()
    return Opened(session, project)


def open_in_thread(root: Path, settings: Settings) -> Future[Opened]:
    """Begin to open a session with a warm type service."""
    import holefit.session.session
    import holefit.types  # noqa: F401  # here and not in the thread, so that the rest of the imports does not slow it down

    opened: Future[Opened] = Future()

    def run() -> None:
        try:
            opened.set_result(open_session(root, settings, warm=True))
        except BaseException as error:
            opened.set_exception(error)

    threading.Thread(target=run, name="holefit-opening", daemon=True).start()
    return opened
