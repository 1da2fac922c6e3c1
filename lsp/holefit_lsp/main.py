"""The server's process.

The reader starts first. From the first message, as raw JSON, it is known which folders there are: their sessions are opened,
and the type services with them, before the rest of the server (most of it the types of LSP) is imported.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from holefit_lsp.stdio import Reader, Received, Stdio

if TYPE_CHECKING:
    from concurrent.futures import Future

    from holefit_lsp.opening import Opened


def main(argv: Sequence[str] | None = None) -> int:
    """Serve one client over stdin and stdout until it says ``exit``, which ends the process.

    The exit status is 0 after ``shutdown`` and 1 without, as the protocol has it.
    """
    gc.disable()  # importing makes many objects and no garbage
    stdio = Stdio()
    reader = Reader(stdio.read)
    early = open_early(reader.first())

    from holefit_lsp.late_classes import import_lsp_types

    import_lsp_types()
    from holefit_lsp.serving import run

    code = run(reader, stdio, early)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # no thread that is stuck in a call is waited for


def open_early(received: Received) -> dict[Path, Future[Opened]]:
    """Begin to open the sessions of the folders that a raw ``initialize`` names; what is wrong with it is seen later."""
    from holefit_lsp import settings
    from holefit_lsp.opening import open_in_thread
    from holefit_lsp.uris import path_of

    try:
        message = json.loads(received) if isinstance(received, bytes) else {}
        params = message["params"] if message.get("method") == "initialize" else {}
        wanted = settings.read(params.get("initializationOptions"))
        uris = [folder["uri"] for folder in params.get("workspaceFolders") or ()] or [params.get("rootUri")]
        roots = {path for uri in uris if isinstance(uri, str) and (path := path_of(uri)) is not None}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {root: open_in_thread(root, wanted) for root in roots}
