"""What the client is told without asking: state of the processes, output of user code, progress of the first index."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from holefit.session import Session
from holefit_lsp import messages, to_lsp
from holefit_lsp.asking import asker
from holefit_lsp.uris import uri_of

if TYPE_CHECKING:
    from holefit_lsp.folders import Folder
    from holefit_lsp.server import HolefitServer

log = logging.getLogger(__name__)

PAUSE_S = 0.03
OUTPUT_CHUNK = 1 << 16


class Status:
    """Listens to the sessions' processes and tells the client."""

    def __init__(self, server: HolefitServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._soon: set[Folder] = set()
        self._told: dict[Folder, dict[str, Any]] = {}
        self._progress: dict[Folder, Progress] = {}
        self._output: dict[tuple[Folder, str], list[str]] = {}

    def watch(self, folder: Folder, session: Session) -> None:
        """Listen to a session: when it has been opened, and again when its options have changed."""
        if session.on_types_progress is None:
            session.on_types_progress = self._later(partial(self._on_progress, folder))
            if folder.warm:  # it runs already
                session.types.on_progress = session.on_types_progress
        if session.options.trusted and session.interpreter.on_state is None:
            session.interpreter.on_state = self._later(lambda status: self.tell_soon(folder))
            session.interpreter.on_output = self._later(partial(self._on_output, folder))
            session.interpreter.on_input = asker(self._server, folder.root)
            if folder.warm:
                session.interpreter.warm_up()
        self.tell(folder)

    def of(self, folder: Folder) -> dict[str, Any]:
        """The state of a folder's processes."""
        session = folder.opened
        trusted = session is not None and session.options.trusted
        status = session.interpreter.status() if session is not None and trusted else None
        return {
            "root": uri_of(folder.root),
            **to_lsp.interpreter(status, session if trusted else None),
            "trusted": trusted,
            "types": session.types_state if session is not None else "stopped",
        }

    def tell_soon(self, folder: Folder) -> None:
        """Send ``holefit/status`` when the state has settled: that of a moment is not worth a message."""
        if folder not in self._soon:
            self._soon.add(folder)
            self._loop.call_later(PAUSE_S, self.tell, folder)

    def tell(self, folder: Folder) -> None:
        """Send ``holefit/status`` when something has changed."""
        self._soon.discard(folder)
        if folder.opened is None:
            return
        status = self.of(folder)
        if status != self._told.get(folder):
            self._told[folder] = status
            self._server.protocol.notify(messages.STATUS, status)

    def _later(self, call: Callable[..., None]) -> Callable[..., None]:
        """``call`` on the event loop, from any thread."""

        def from_thread(*arguments: Any) -> None:
            with suppress(RuntimeError):  # the server may have ended meanwhile
                self._loop.call_soon_threadsafe(call, *arguments)

        return from_thread

    def _on_output(self, folder: Folder, stream: str, text: str) -> None:
        """Gather what is printed in quick succession into one message."""
        waiting = self._output.setdefault((folder, stream), [])
        waiting.append(text)
        if len(waiting) == 1:
            asyncio.get_running_loop().call_later(PAUSE_S, self._send_output, folder, stream)

    def _send_output(self, folder: Folder, stream: str) -> None:
        text = "".join(self._output.pop((folder, stream), ()))
        for start in range(0, len(text), OUTPUT_CHUNK):
            self._server.protocol.notify(
                messages.OUTPUT,
                {"root": uri_of(folder.root), "stream": stream, "text": text[start : start + OUTPUT_CHUNK]},
            )

    def _on_progress(self, folder: Folder, message: str, done: float) -> None:
        progress = self._progress.get(folder)
        if progress is None and done < 1.0:
            progress = self._progress[folder] = Progress(self._server, "Holefit: reading the project")
        if progress is not None:
            progress.report(message, done)
            if done >= 1.0:
                del self._progress[folder]
        self.tell_soon(folder)


class Progress:
    """One work-done progress, for clients that show them."""

    def __init__(self, server: HolefitServer, title: str) -> None:
        self._server = server
        self._title = title
        self._token = str(uuid.uuid4())
        self._latest: tuple[str, float] = ("", 0.0)
        self._begun = False
        window = server.client_capabilities.window
        if window is not None and window.work_done_progress:
            server.background(self._begin())

    def report(self, message: str, done: float) -> None:
        """Say how far it is; ``done`` is 1.0 at the end."""
        self._latest = message, done
        if not self._begun:
            return
        if done >= 1.0:
            self._send(lsp.WorkDoneProgressEnd(message=message or None))
        else:
            self._send(lsp.WorkDoneProgressReport(message=message, percentage=round(100 * done)))

    async def _begin(self) -> None:
        await self._server.window_work_done_progress_create_async(
            lsp.WorkDoneProgressCreateParams(token=self._token)
        )
        message, done = self._latest
        self._begun = True
        self._send(
            lsp.WorkDoneProgressBegin(
                title=self._title, message=message or None, percentage=round(100 * done)
            )
        )
        if done >= 1.0:
            self._send(lsp.WorkDoneProgressEnd())

    def _send(
        self, value: lsp.WorkDoneProgressBegin | lsp.WorkDoneProgressReport | lsp.WorkDoneProgressEnd
    ) -> None:
        self._server.protocol.notify(lsp.PROGRESS, lsp.ProgressParams(token=self._token, value=value))
