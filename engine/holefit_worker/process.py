"""The worker as a process: descriptors, handshake, the loop of the main thread."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from _thread import start_new_thread

from holefit_wire.interpreter import (
    PROTOCOL_VERSION,
    Done,
    Failed,
    Hello,
    Output,
    Reply,
    Shutdown,
    Welcome,
)
from holefit_wire.packing import Packing
from holefit_worker.channel import Channel, Closed
from holefit_worker.deferred import DeferredReloader
from holefit_worker.failures import own_traceback
from holefit_worker.interrupt import Runs
from holefit_worker.streams import Streams, private_copy
from holefit_worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

FEATURES = ["await", "annotations", "buffers", "display", "interrupt", "reload"]
GRACE_S = 1.0  # for user code to end after the session has gone


def main(msgpack: Any, load_reloader: Callable[[], Any]) -> None:
    """Serve the session on stdin and stdout until it says goodbye or vanishes."""
    read_fd, write_fd, last_words = private_copy(0), private_copy(1), private_copy(2)
    faulthandler.enable(last_words)
    try:
        _run(read_fd, write_fd, msgpack, load_reloader)
    except BaseException as error:  # a bug of ours: say so where the session reads it
        os.write(last_words, own_traceback(error).encode("utf-8", "backslashreplace"))
        os._exit(70)


def _run(read_fd: int, write_fd: int, msgpack: Any, load_reloader: Callable[[], Any]) -> None:
    packing = Packing(msgpack)
    channel = Channel(read_fd, write_fd, packing)
    streams = Streams(lambda stream, data: _notice(channel, stream, data))
    try:
        hello = _handshake(channel)
    except Closed:
        os._exit(1)
    _settle(hello)
    runs = Runs(channel.busy, channel.idle)
    reloader = DeferredReloader(hello.roots, load_reloader)
    reloader.install()
    worker = Worker(
        streams, runs, reloader, msgpack.Packer(use_bin_type=True, unicode_errors="surrogatepass").pack
    )
    _leave_forked_children_alone(channel, streams)
    channel.on_interrupt = runs.interrupt
    channel.on_gone = lambda: _end_orphan(runs)
    channel.start_watcher()
    streams.start()
    try:
        _serve(channel, worker)
    except Closed:
        streams.flush()


def _serve(channel: Channel, worker: Worker) -> None:
    first = True
    while True:
        request = channel.receive()
        if request.free:
            worker.refs.free(request.free)
        if type(request.body) is Shutdown:
            channel.send(Reply(request.id, Done()))
            return
        channel.send(Reply(request.id, worker.answer(request.id, request.body)))
        if first:
            worker.sources.publish()
            first = False


def _handshake(channel: Channel) -> Hello:
    while True:
        request = channel.receive()
        hello = request.body
        if type(hello) is not Hello:
            channel.send(
                Reply(request.id, Failed("OutOfOrder", f"Hello comes first, not {type(hello).__name__}"))
            )
        elif hello.version != PROTOCOL_VERSION:
            text = f"this worker speaks protocol {PROTOCOL_VERSION}, not {hello.version}"
            channel.send(Reply(request.id, Failed("ProtocolVersion", text)))
        else:
            version = ".".join(map(str, sys.version_info[:3]))
            welcome = Welcome(
                PROTOCOL_VERSION, os.getpid(), sys.executable, version, sys.implementation.name, FEATURES
            )
            channel.send(Reply(request.id, welcome))
            return hello


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


def _notice(channel: Channel, stream: str, data: str) -> None:
    try:
        channel.send(Output(stream, data))
    except Closed:
        return  # nobody is left to tell


def _leave_forked_children_alone(channel: Channel, streams: Streams) -> None:
    """A child that user code forks has our descriptors: it must neither read nor write them."""

    def in_child() -> None:
        channel.close()
        streams.close()

    os.register_at_fork(after_in_child=in_child)


def _end_orphan(runs: Runs) -> NoReturn:
    """The session has gone while user code runs: interrupt it, and do not wait for long."""
    start_new_thread(runs.interrupt, (0,))
    time.sleep(GRACE_S)
    os._exit(1)
