"""The real server with handlers that misbehave, for the tests of the transport."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from holefit.types import TypeService
from holefit_lsp import main, requests
from holefit_lsp.lanes import Lane
from holefit_lsp.server import HolefitServer

register = requests.register


def register_probes(server: HolefitServer) -> None:
    """The server's own requests and the probes."""
    register(server)
    lanes = [Lane(f"probe-{number}") for number in range(8)]

    @server.feature("probe/echo")
    async def echo(ls: HolefitServer, params: Any) -> Any:
        return params

    @server.feature("probe/big")
    async def big(ls: HolefitServer, params: Any) -> Any:
        return "x" * params["size"]

    @server.feature("probe/print")
    async def stray_print(ls: HolefitServer, params: Any) -> str:
        print("stray")
        sys.stdout.flush()
        sys.stdout.buffer.write(b"stray bytes\n")
        sys.stdout.buffer.flush()
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('stray child')")
        await child.wait()
        return "printed"

    @server.feature("probe/unwritable")
    async def unwritable(ls: HolefitServer, params: Any) -> Any:
        return {"nan": float("nan")} if params == "nan" else {1, 2}

    @server.feature("probe/raise")
    async def fail(ls: HolefitServer, params: Any) -> None:
        raise KeyError("secret")

    @server.feature("probe/block")
    async def block(ls: HolefitServer, params: Any) -> str:
        """Busy in a lane until it is told to stop; then it leaves a mark."""

        def run(cancelled: Any) -> str:
            if "begun" in params:
                Path(params["begun"]).write_text("begun")
            if cancelled.wait(params["seconds"]) and "mark" in params:
                Path(params["mark"]).write_text("told to stop")
            return "done"

        told: str = await lanes[params.get("lane", 0)].run(run)
        return told

    @server.feature("probe/stuck")
    async def stuck(ls: HolefitServer, params: Any) -> None:
        await lanes[0].run(lambda cancelled: time.sleep(600))

    @server.feature("probe/flood")
    async def flood(ls: HolefitServer, params: Any) -> str:
        for number in range(params["count"]):
            ls.protocol.notify("probe/flooded", {"number": number, "pad": "x" * params["size"]})
        return "flooded"

    @server.feature("probe/flood_from_threads")
    async def flood_from_threads(ls: HolefitServer, params: Any) -> str:
        def send(cancelled: Any) -> None:
            for number in range(params["count"]):
                ls.protocol.notify("probe/flooded", {"number": number, "pad": "x" * params["size"]})

        await asyncio.gather(*(lane.run(send) for lane in lanes))
        return "flooded"

    @server.feature("probe/mark")
    async def mark(ls: HolefitServer, params: Any) -> None:
        Path(params["path"]).write_text("seen")

    @server.feature("probe/ask")
    async def ask(ls: HolefitServer, params: Any) -> str:
        try:
            answer = await ls.protocol.send_request_async("client/probe", {})
        except Exception as error:
            return f"refused: {error}"
        return f"answered: {answer}"


if __name__ == "__main__":
    requests.register = register_probes
    with patch.object(TypeService, "start", lambda self: None):  # nobody asks for types here
        main([])
