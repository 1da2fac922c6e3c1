"""Questions of user code, put to the client: ``holefit/input``."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from holefit.interpreter import InputPrompt
from holefit_lsp import messages
from holefit_lsp.uris import uri_of

if TYPE_CHECKING:
    from holefit_lsp.server import HolefitServer

log = logging.getLogger(__name__)

LOOK_S = 0.05  # between looks whether anybody still waits for the answer


def asker(server: HolefitServer, root: Path) -> Callable[[InputPrompt], str | None] | None:
    """What asks the client, from any thread; None for a client that has not said that it can be asked."""
    if not _can_be_asked(server.client_capabilities):
        return None
    loop = asyncio.get_running_loop()

    def ask(prompt: InputPrompt) -> str | None:
        return asyncio.run_coroutine_threadsafe(_ask(server, root, prompt), loop).result()

    return ask


async def _ask(server: HolefitServer, root: Path, prompt: InputPrompt) -> str | None:
    """The client's answer; None for a refusal, and for one that is no answer. The request is cancelled when nobody waits for it any more."""
    number = str(uuid.uuid4())
    params = {"root": uri_of(root), "prompt": str(prompt), "secret": prompt.secret}
    answer: Future[Any] = server.protocol.send_request(messages.INPUT, params, msg_id=number)
    waiting = asyncio.wrap_future(answer)
    while not waiting.done():
        if prompt.withdrawn.is_set():
            server.protocol.notify(lsp.CANCEL_REQUEST, lsp.CancelParams(id=number))
            return None  # the answer, which comes all the same, meets nothing
        await asyncio.wait([waiting], timeout=LOOK_S)
    if waiting.exception() is not None:
        log.info("the client did not answer a question: %s", waiting.exception())
        return None
    result = waiting.result()
    text = result.get("text") if isinstance(result, dict) else getattr(result, "text", None)
    return text if isinstance(text, str) else None


def _can_be_asked(capabilities: lsp.ClientCapabilities) -> bool:
    experimental = capabilities.experimental
    own = (
        experimental.get("holefit")
        if isinstance(experimental, dict)
        else getattr(experimental, "holefit", None)
    )
    return bool(own.get("input") if isinstance(own, dict) else getattr(own, "input", False))
