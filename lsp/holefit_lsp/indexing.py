"""The index of names by type: built in the background a while after a folder is opened, with progress."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from holefit.session import Session
from holefit_lsp.status import Progress

if TYPE_CHECKING:
    from holefit_lsp.folders import Folder
    from holefit_lsp.server import HolefitServer

# The first answers come first.
BEGIN_S = 3.0


class Indexing:
    """Has the index of every folder of the workspace built; what it gives is shown once it is there."""

    def __init__(self, server: HolefitServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Folder, asyncio.TimerHandle] = {}
        self._progress: dict[Folder, Progress] = {}

    def begin(self, folder: Folder, session: Session) -> None:
        """Have the index of a folder that was just opened brought up to date soon."""

        def on_progress(text: str, done: float) -> None:
            with suppress(RuntimeError):  # the server may have ended meanwhile
                self._loop.call_soon_threadsafe(self._report, folder, text, done)

        session.on_index_progress = on_progress
        self._waiting[folder] = self._loop.call_later(BEGIN_S, self._start, folder)

    def end(self, folder: Folder) -> None:
        """A folder is closed."""
        if (waiting := self._waiting.pop(folder, None)) is not None:
            waiting.cancel()
        self._progress.pop(folder, None)

    def close(self) -> None:
        """Begin nothing any more."""
        for folder in list(self._waiting):
            self.end(folder)

    def _start(self, folder: Folder) -> None:
        self._waiting.pop(folder, None)
        session = folder.opened
        if session is not None and session.options.index:
            self._server.background(asyncio.to_thread(lambda: session.index.update()))

    def _report(self, folder: Folder, text: str, done: float) -> None:
        progress = self._progress.get(folder)
        if progress is None and done < 1.0:
            progress = self._progress[folder] = Progress(self._server, "Holefit: index of names by type")
        if progress is not None:
            progress.report(text, done)
        if done >= 1.0:
            self._progress.pop(folder, None)
            self._server.refresh()
