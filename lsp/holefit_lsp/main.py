"""The server's process.

The reader starts first, with the standard library alone. From the first message, as raw JSON, it is known which folders
there are: their sessions are opened, and the type services with them, while the rest of the server is being imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import logging.handlers
import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from typing_extensions import override

from holefit_lsp import folders, settings
from holefit_lsp.documents import path_of
from holefit_lsp.folders import Opened
from holefit_lsp.outbox import Outbox
from holefit_lsp.stdio import Reader, Received, Stdio

CLOSING_S = 3.0

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve one client over stdin and stdout until it says ``exit``, which ends the process.

    The exit status is 0 after ``shutdown`` and 1 without, as the protocol has it.
    """
    stdio = Stdio()
    _log_to_stderr(os.environ.get("HOLEFIT_LOG", "WARNING").upper())
    gc.disable()  # importing makes many objects and no garbage
    reader = Reader(stdio.read)
    early = _open_early(reader.first())
    loop = asyncio.new_event_loop()
    try:
        code = loop.run_until_complete(_serve(reader, stdio, early))
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # no thread that is stuck in a call is waited for


async def _serve(reader: Reader, stdio: Stdio, early: dict[Path, Future[Opened]]) -> int:
    from holefit_lsp import requests
    from holefit_lsp.server import HolefitServer

    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    outbox = Outbox(stdio.write, on_broken=lambda: _soon(loop, server.finish, 1))
    server = HolefitServer(outbox, ended, early)
    requests.register(server)
    gc.collect()
    gc.freeze()
    gc.enable()
    reader.wait_for_room = outbox.wait_for_room
    reader.deliver_to(lambda received: _soon(loop, server.protocol.receive, received))
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, server.finish, 128 + signal.SIGTERM)
    code = await ended
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.close(), CLOSING_S)
    outbox.close()
    return code


def _open_early(received: Received) -> dict[Path, Future[Opened]]:
    """Begin to open the sessions of the folders that a raw ``initialize`` names; what is wrong with it is seen later."""
    try:
        message = json.loads(received) if isinstance(received, bytes) else {}
        params = message["params"] if message.get("method") == "initialize" else {}
        wanted = settings.read(params.get("initializationOptions"))
        uris = [folder["uri"] for folder in params.get("workspaceFolders") or ()] or [params.get("rootUri")]
        roots = {path for uri in uris if isinstance(uri, str) and (path := path_of(uri)) is not None}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    return {root: _open_in_thread(root, wanted) for root in roots}


def _open_in_thread(root: Path, wanted: settings.Settings) -> Future[Opened]:
    opened: Future[Opened] = Future()

    def run() -> None:
        try:
            opened.set_result(folders.open_session(root, wanted, warm=True))
        except BaseException as error:
            opened.set_exception(error)

    threading.Thread(target=run, name="holefit-opening", daemon=True).start()
    return opened


def _soon(loop: asyncio.AbstractEventLoop, call: Any, *arguments: Any) -> None:
    """``call`` on the loop, from any thread; nothing once the loop has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *arguments)


def _log_to_stderr(level: str) -> None:
    """Log from a thread of its own: a client that does not read our standard error must not stop us."""
    lines: queue.Queue[Any] = queue.Queue(10_000)
    root = logging.getLogger()
    root.addHandler(_DroppingQueueHandler(lines))
    root.setLevel(level if level in logging.getLevelNamesMapping() else "WARNING")
    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.handlers.QueueListener(lines, to_stderr).start()


class _DroppingQueueHandler(logging.handlers.QueueHandler):
    """Drops what finds no room."""

    @override
    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)
