"""Files that change on the disk: watched by the client where it can, by the server where not; bursts of changes are one.

A checkout changes hundreds of files. Clients tell of them in several messages, and so does the system; what follows from them is done once,
when they are over.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from holefit_lsp.uris import uri_of

if TYPE_CHECKING:
    from holefit_lsp.folders import Folder
    from holefit_lsp.server import HolefitServer

QUIET_S = 0.05  # without a message, until a burst is over
LONGEST_S = 10.0  # of a burst


class Watching:
    """Watches workspace folders for a client that does not. Used by the event loop's thread alone."""

    def __init__(self, server: HolefitServer) -> None:
        self._server = server
        self._stops: dict[Folder, threading.Event] = {}
        self._messages: dict[Folder, int] = {}

    @property
    def is_done_by_client(self) -> bool:
        """Whether the client watches files when it is asked to."""
        workspace = self._server.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        return watched is not None and bool(watched.dynamic_registration)

    def begin(self, folder: Folder) -> None:
        """Watch a folder, if nobody does and the settings want it."""
        session = folder.opened
        if (
            self.is_done_by_client
            or folder in self._stops
            or session is None
            or not session.options.reload.watch
        ):
            return
        stop = self._stops[folder] = threading.Event()
        loop = asyncio.get_running_loop()

        def watch() -> None:
            from holefit.reload.watching import Watch

            for paths in Watch([folder.root], stop):
                with suppress(RuntimeError):  # the server may have ended meanwhile
                    loop.call_soon_threadsafe(self._changed, paths)

        threading.Thread(target=watch, name="holefit-watch", daemon=True).start()

    def end(self, folder: Folder) -> None:
        """Watch it no more."""
        if (stop := self._stops.pop(folder, None)) is not None:
            stop.set()

    def close(self) -> None:
        """Watch nothing any more."""
        for folder in list(self._stops):
            self.end(folder)

    async def over(self, folder: Folder) -> bool:
        """Wait until the burst that a message belongs to is over; false when a later message waits for that."""
        number = self._messages[folder] = self._messages.get(folder, 0) + 1
        lock = folder.root / ".git" / "index.lock"  # git has it for the whole of a checkout
        deadline = asyncio.get_running_loop().time() + LONGEST_S
        await asyncio.sleep(QUIET_S)
        while (
            self._messages[folder] == number
            and lock.exists()
            and asyncio.get_running_loop().time() < deadline
        ):
            await asyncio.sleep(QUIET_S)
        return self._messages[folder] == number

    def _changed(self, paths: Iterable[Path]) -> None:
        from holefit_lsp.requests.saving import did_change_watched_files

        changes = [lsp.FileEvent(uri_of(path), lsp.FileChangeType.Changed) for path in sorted(paths)]
        self._server.background(
            did_change_watched_files(self._server, lsp.DidChangeWatchedFilesParams(changes))
        )
