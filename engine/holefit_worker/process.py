"""The worker as a process: descriptors, handshake, the loop of the main thread."""

from __future__ import annotations

import faulthandler
import os
import sys

from holefit_wire.interpreter import (
    PROTOCOL_VERSION,
    Failed,
    Hello,
    Output,
    Reply,
    Welcome,
)
from holefit_wire.packing import Packing
from holefit_worker.board import STARTING, WHOLE, Board
from holefit_worker.channel import Channel, Closed
from holefit_worker.failures import own_traceback
from holefit_worker.keeper import can_keep, keep
from holefit_worker.serving import Serving
from holefit_worker.streams import Streams, private_copy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

FEATURES = ["await", "annotations", "buffers", "display", "interrupt", "reload"]
GRACE_S = 1.0  # for user code to end after the session has gone


def main(msgpack: Any, load: Callable[[str], Any]) -> None:
    """Serve the session on stdin and stdout until it says goodbye or vanishes. ``load`` gives a module of the worker by its name."""
    read_fd, write_fd, last_words = private_copy(0), private_copy(1), private_copy(2)
    faulthandler.enable(last_words)
    try:
        _run(read_fd, write_fd, msgpack, load)
    except BaseException as error:  # a bug of ours: say so where the session reads it
        os.write(last_words, own_traceback(error).encode("utf-8", "backslashreplace"))
        os._exit(70)


def _run(read_fd: int, write_fd: int, msgpack: Any, load: Callable[[str], Any]) -> None:
    packing = Packing(msgpack)
    channel = Channel(read_fd, write_fd, packing)
    streams = Streams(lambda stream, data: notice(channel, stream, data))
    try:
        hello_id, hello = handshake(channel)
    except Closed:
        os._exit(1)
    board = Board() if hello.options.get("standby", False) and can_keep() else None
    made: list[Serving] = []

    def start(status: int | None) -> None:
        _settle(hello)
        made.append(Serving(hello, channel, streams, packing, load, board))
        made[0].start()
        if status is None:
            channel.send(Reply(hello_id, welcome([*FEATURES, "standby"] if board is not None else FEATURES)))
        else:
            made[0].take_over(status, kept=board is not None and bool(board.get(WHOLE)))
        if board is not None:
            board.set(STARTING, 0)

    if board is None:
        start(None)
    else:
        keep(board, start)
    try:
        made[0].serve()
    except Closed:
        streams.flush()
    made[0].finish()
    _leave(streams)


def _leave(streams: Streams) -> NoReturn:
    """End as Python does, without taking every object apart, which takes a second where much is imported."""
    import atexit

    threading: Any = sys.modules.get("threading")
    for step in (getattr(threading, "_shutdown", None), atexit._run_exitfuncs, streams.flush):
        try:
            if step is not None:
                step()
        except BaseException as error:  # user code
            os.write(2, own_traceback(error).encode("utf-8", "backslashreplace"))
    os._exit(0)


def handshake(channel: Channel) -> tuple[int, Hello]:
    """The session's Hello, and the id of its request. Raises: Closed."""
    while True:
        received = channel.receive()
        assert received is not None
        request = received[0]
        hello = request.body
        if type(hello) is not Hello:
            channel.send(
                Reply(request.id, Failed("OutOfOrder", f"Hello comes first, not {type(hello).__name__}"))
            )
        elif hello.version != PROTOCOL_VERSION:
            text = f"this worker speaks protocol {PROTOCOL_VERSION}, not {hello.version}"
            channel.send(Reply(request.id, Failed("ProtocolVersion", text)))
        else:
            return request.id, hello


def welcome(features: list[str]) -> Welcome:
    """What this process is."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Welcome(PROTOCOL_VERSION, os.getpid(), sys.executable, version, sys.implementation.name, features)


def _settle(hello: Hello) -> None:
    """Folder, search path, arguments and limits as the session wants them."""
    cwd = hello.options.get("cwd")
    if isinstance(cwd, str) and os.path.isdir(cwd):
        os.chdir(cwd)
    ours = [*hello.roots, *hello.path]
    sys.path[:] = [*ours, *(entry for entry in sys.path if entry not in ours)]
    sys.argv[:] = [""]
    megabytes = hello.options.get("memory_mb")
    if isinstance(megabytes, int) and megabytes > 0:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def notice(channel: Channel, stream: str, data: str) -> None:
    """Pass on what was printed while nothing captures it."""
    try:
        channel.send(Output(stream, data))
    except Closed:
        return  # nobody is left to tell
