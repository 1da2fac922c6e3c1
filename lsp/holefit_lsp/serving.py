"""The event loop of the server: from the reader's first message to the exit status."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from holefit_lsp import requests
from holefit_lsp.logs import log_to_stderr
from holefit_lsp.opening import Opened
from holefit_lsp.outbox import Outbox
from holefit_lsp.server import HolefitServer
from holefit_lsp.stdio import Reader, Stdio

CLOSING_S = 3.0
SLOW_S = 0.01
"""What the loop may be held up for; PYTHONASYNCIODEBUG=1 tells what takes longer."""


def run(reader: Reader, stdio: Stdio, early: dict[Path, Future[Opened]]) -> int:
    """Serve until the client says ``exit`` or goes away: the exit status."""
    log_to_stderr(os.environ.get("HOLEFIT_LOG", "WARNING").upper())
    loop = asyncio.new_event_loop()
    loop.slow_callback_duration = SLOW_S
    try:
        return loop.run_until_complete(_serve(reader, stdio, early))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


async def _serve(reader: Reader, stdio: Stdio, early: dict[Path, Future[Opened]]) -> int:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    outbox = Outbox(stdio.write, on_broken=lambda: _soon(loop, server.finish, 1))
    server = HolefitServer(outbox, ended, early)
    requests.register(server)
    gc.freeze()  # what has been imported stays: collections need not look at it
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


def _soon(loop: asyncio.AbstractEventLoop, call: Any, *arguments: Any) -> None:
    """``call`` on the loop, from any thread; nothing once the loop has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *arguments)
