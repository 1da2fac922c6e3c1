"""The worker inside a process that has other things to do: the same requests, carried out by a thread of it.

That process stays as it is: its folder, its ``__main__``, its signals and descriptors. So user code is interrupted between two instructions and never inside a
blocking call; what it prints is caught, but not what C code and subprocesses write; and nothing outlives its crash.
"""

from __future__ import annotations

import codecs
import io
import os
import socket
import sys
from _thread import allocate_lock, get_ident
from types import ModuleType

from holefit_wire.interpreter import Failed, Reply
from holefit_wire.packing import Packing
from holefit_worker.channel import Channel, Closed
from holefit_worker.interrupt import Runs, raise_in_thread
from holefit_worker.process import FEATURES, handshake, notice, welcome
from holefit_worker.serving import Serving
from holefit_worker.streams import NAMES, Streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from typing_extensions import override

    from holefit_wire.interpreter import Hello
else:

    def override(function):
        return function


class Ended(BaseException):
    """The session has gone while user code stands still: it is unwound."""


class ThreadRuns(Runs):
    """Runs of user code in one thread of several. See Note [Interrupts stay inside]; what a signal is there is an exception that is set for the thread."""

    @override
    def _listen(self) -> None:
        self._sent = False

    @override
    def _deliver(self) -> None:
        if self._shielded:
            self._held_back = True
        else:
            self._sent = True
            raise_in_thread(self._main)

    @override
    def _over(self) -> None:
        if not self._sent or self._running:
            return
        self._sent = False
        try:  # one that has not landed shall not land later: another takes its place, and lands here. (Taken back, it would leave Python looking for it.)
            raise_in_thread(self._main)
            while True:
                pass
        except KeyboardInterrupt:
            return

    @override
    def shielded(self, function: Callable[[], None]) -> None:
        with self._lock:  # one that was sent before lands in here
            self._shielded = self._running != 0
        for _ in range(2):  # a loop is where Python looks for it
            pass
        super().shielded(function)

    @override
    def _mend_handler(self) -> None:
        """The handler is the process's own."""


class TextStreams(Streams):
    """``sys.stdout`` and ``sys.stderr`` of user code: all that its thread prints, and while a capture is open the other threads too.

    They stand in ``sys`` while user code runs, and no longer; so does its ``__main__``.
    """

    def __init__(self, notify: Callable[[str, str], None]) -> None:
        self._notify = notify
        self.lock = allocate_lock()
        self._kept = None
        self.on_kept = lambda stream, data: None
        self.make_stdin = io.StringIO
        self._readers = []  # no descriptors are ours
        self._partial = [b"", b""]
        self._held = [bytearray(), bytearray()]
        self._lines = [b"", b""]
        self._thread = get_ident()
        self._entered = False
        self._others: tuple[Any, Any, Any] = (None, None, None)  # those that do not stand in sys now
        self.own = [_Written(self, index) for index in range(2)]

    def enter(self) -> bool:
        """User code begins to run, or goes on; gives whether it did not before."""
        if self._entered:
            return False
        self._swap()
        self._entered = True
        self.mend()
        return True

    def leave(self) -> bool:
        """It has ended, or stands still; gives whether it ran."""
        if not self._entered:
            return False
        self._entered = False
        self._swap()
        return True

    def before(self, index: int) -> Any:
        """The process's own stream."""
        return self._others[index + 1] if self._entered else getattr(sys, NAMES[index])

    def _swap(self) -> None:
        others = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout, sys.stderr = self._others
        self._others = others

    def write(self, index: int, text: str) -> bool:
        """Take what was printed, if it is the user code's."""
        data = text.encode("utf-8", "backslashreplace" if index else "surrogateescape")
        with self.lock:
            if self._kept is None and get_ident() != self._thread:
                return False
            if self._kept is not None:
                self.add(index, data)
                return True
            self._held[index] += data  # a line at a time, as a terminal has it
            end = self._held[index].rfind(b"\n") + 1
            if end:
                self.add(index, bytes(self._held[index][:end]))
                del self._held[index][:end]
        return True

    @override
    def flush(self) -> None:
        with self.lock:
            for index, held in enumerate(self._held):
                if held:
                    self.add(index, bytes(held))
                    held.clear()
        self.mend()

    @override
    def start(self) -> None:
        """Nothing can fill up."""

    @override
    def close(self) -> None:
        """There is nothing to close."""

    @override
    def mend(self) -> None:
        if not self._entered:
            return
        for name, own in zip(NAMES, self.own, strict=True):
            if _is_closed(getattr(sys, name)):
                setattr(sys, name, own)
        if _is_closed(sys.stdin):
            sys.stdin = self.make_stdin()

    @override
    def _drain(self) -> None:
        """Whoever writes brings it."""


class _Written(io.TextIOBase):
    """A text stream that hands on what is written; what is not user code's goes where it would have gone."""

    def __init__(self, streams: TextStreams, index: int) -> None:
        self._streams = streams
        self._index = index
        self.buffer = _Bytes(self)

    encoding = "utf-8"

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if not self._streams.write(self._index, text):
            before = self._streams.before(self._index)
            if before is not None and before is not self:
                before.write(text)
        return len(text)

    @override
    def close(self) -> None:
        """Whoever closes it loses nothing."""


class _Bytes(io.RawIOBase):
    """Its bytes."""

    def __init__(self, text: _Written) -> None:
        self._text = text
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any) -> int:
        self._text.write(self._decoder.decode(bytes(data)))
        return len(data)


class InsideServing(Serving):
    """A worker at its work, in a thread."""

    @override
    def _make_runs(self, channel: Channel) -> Runs:
        streams: Any = self._streams
        mains = [ModuleType("__main__")]  # the one that is not in sys.modules

        def swap() -> None:
            mains[0], sys.modules["__main__"] = sys.modules["__main__"], mains[0]

        def busy() -> None:
            if streams.enter():
                swap()
            channel.busy()

        def idle() -> None:
            channel.idle()
            if streams.leave():
                swap()

        return ThreadRuns(busy, idle)

    @override
    def _take_process(self) -> None:
        self._streams.make_stdin = self._stdin.stream
        self.worker.debugging.breakpoints.signals = False
        channel = self._channel
        channel.on_restart = channel.on_end = self._refuse

    @override
    def _vanish(self) -> NoReturn:
        raise Ended

    @override
    def _end_orphan(self) -> None:  # type: ignore[override]  # the process goes on
        self._runs.interrupt(0)

    def _refuse(self) -> None:
        self._channel.send(
            Reply(0, Failed("Internal", "this process cannot be replaced: it is the session's own"))
        )


class Inside:
    """A worker in this thread, to be :meth:`serve`\\ d; ``link`` is its end of the socket. ``load`` gives a module of the worker by its name."""

    def __init__(self, link: socket.socket, msgpack: Any, load: Callable[[str], Any]) -> None:
        self._link = link
        self._msgpack = msgpack
        self._load = load
        self._serving: InsideServing | None = None

    def value(self, ref: int) -> object:
        """The object that a ref stands for. Raises: KeyError."""
        if self._serving is None:
            raise KeyError(ref)
        return self._serving.worker.refs.get(ref)

    def serve(self, ended: Callable[[], None]) -> None:
        """Answer requests until the session says goodbye or has gone; ``ended()`` is called then."""
        try:
            self._serve()
        finally:
            ended()

    def _serve(self) -> None:
        packing = Packing(self._msgpack)
        channel = Channel(self._link.fileno(), self._link.fileno(), packing)
        before = list(sys.meta_path), list(sys.path), set(sys.modules)
        streams = TextStreams(lambda stream, data: notice(channel, stream, data))
        roots: list[str] = []
        try:
            hello_id, hello = handshake(channel)
            roots = [*hello.roots, *hello.path]
            sys.path[:] = [*roots, *(entry for entry in sys.path if entry not in roots)]
            self._serving = self._made(hello, channel, streams, packing)
            channel.send(Reply(hello_id, welcome([*(one for one in FEATURES), "internal"])))
            self._serving.serve()
        except (Closed, Ended):
            pass
        finally:
            channel.end()
            streams.leave()
            sys.meta_path[:] = [
                finder for finder in sys.meta_path if finder in before[0] or not _is_ours(finder)
            ]
            sys.path[:] = [entry for entry in sys.path if entry in before[1] or entry not in roots]
            for name in _modules_below(roots, before[2]):
                sys.modules.pop(name, None)
            self._link.close()

    def _made(self, hello: Hello, channel: Channel, streams: TextStreams, packing: Packing) -> InsideServing:
        serving = InsideServing(hello, channel, streams, packing, self._load, None)
        serving.start()
        return serving


def _is_closed(stream: object) -> bool:
    return stream is None or getattr(stream, "closed", False) is True


def _is_ours(finder: object) -> bool:
    return type(finder).__module__.startswith("holefit_worker")


def _modules_below(roots: list[str], known: set[str]) -> list[str]:
    """Modules of the project that were imported since ``known`` were."""
    folders = tuple(root.rstrip(os.sep) + os.sep for root in roots)
    return [
        name
        for name, module in list(sys.modules.items())
        if name not in known and str(getattr(module, "__file__", None) or "").startswith(folders)
    ]
