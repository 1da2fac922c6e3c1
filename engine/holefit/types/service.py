"""The type service: a process of its own around mypy. ``python -m holefit.types.service`` speaks frames on its stdin and stdout.

Both are moved to private descriptors first, so that nothing that mypy or a plugin of it prints can get between the frames. The
process is single-threaded: mypy's compiled code would not let another thread run anyway. Between steps it looks for news, so that a
newer buffer or a cancellation is seen early.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

import msgpack

from holefit.types.errors import MYPY_FAILED
from holefit_wire.codec import MalformedMessageError, from_plain, to_plain
from holefit_wire.frames import Decoder, frame
from holefit_wire.types import (
    TYPES_PROTOCOL_VERSION,
    AskConstructions,
    AskHoles,
    AskProblems,
    AskSyntax,
    AskType,
    CancelTypes,
    CloseTypesBuffer,
    SetLiveTypes,
    SetTypesBuffer,
    SetTypesOptions,
    TypesFailed,
    TypesFileChanged,
    TypesHello,
    TypesProgress,
    TypesReady,
    TypesReply,
    TypesRequest,
)

log = logging.getLogger("holefit.types")
_CHUNK = 1 << 20


class Pipe:
    """Messages in and out. ``news`` holds what has arrived and was not taken yet."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = Decoder()
        self.news: deque[Any] = deque()
        self.ended = False

    def look(self, timeout_s: float | None = 0.0) -> bool:
        """Take in what has arrived, waiting up to ``timeout_s`` (None: for ever) for a first byte; whether anything came."""
        came = False
        while not self.ended and select.select([self._reader], [], [], 0.0 if came else timeout_s)[0]:
            data = os.read(self._reader, _CHUNK)
            if not data:
                self.ended = True
                break
            came = True
            for payload in self._decoder.feed(data):
                try:
                    self.news.append(from_plain(msgpack.unpackb(payload, strict_map_key=False)))
                except MalformedMessageError as error:
                    log.warning("%s", error)
                    self._refuse(payload, str(error))
        return came

    def send(self, message: Any) -> None:
        """Write one frame."""
        data = memoryview(frame(msgpack.packb(to_plain(message))))
        while data:
            data = data[os.write(self._writer, data) :]

    def _refuse(self, payload: bytes, text: str) -> None:
        """A request that nobody knows is answered, so that its sender does not wait for ever."""
        plain = msgpack.unpackb(payload, strict_map_key=False)
        if isinstance(plain, dict) and plain.get("t") == "TypesRequest" and isinstance(plain.get("id"), int):
            self.send(TypesReply(plain["id"], TypesFailed("unknown", text)))


class Service:
    """The state of the process and its loop."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._requests: deque[TypesRequest] = deque()
        self._cancelled: set[int] = set()
        self._running: int | None = None
        self._checking: Any = None

    def run(self) -> None:
        """Serve until the other end closes."""
        self._pipe.look(None)
        if not self._pipe.news:
            return
        hello = self._pipe.news.popleft()
        if not isinstance(hello, TypesHello) or hello.version != TYPES_PROTOCOL_VERSION:
            self._pipe.send(
                TypesReply(
                    0, TypesFailed("protocol", f"expected TypesHello {TYPES_PROTOCOL_VERSION}, got {hello!r}")
                )
            )
            return
        import mypy.version

        from holefit.types.workspace import Workspace  # imports mypy: the pipe is read first

        self._checking = Workspace(hello, self._progress, self._unwanted)
        self._pipe.send(TypesReady(TYPES_PROTOCOL_VERSION, os.getpid(), f"mypy {mypy.version.__version__}"))
        while True:
            self._take_news()
            if self._requests:
                self._answer(self._requests.popleft())
                continue
            if self._pipe.ended:
                return
            if self._pipe.look(_MOMENT_S) or self._checking.learn():
                continue
            if not self._pipe.look(_IDLE_S) and not self._pipe.ended:
                self._checking.idle()
                if not self._pipe.look(_REST_S) and not self._pipe.ended:
                    self._checking.rest()
                    self._pipe.look(None)

    def _take_news(self) -> None:
        self._pipe.look()
        while self._pipe.news:
            message = self._pipe.news.popleft()
            match message:
                case SetTypesBuffer(path=path, text=text, version=version):
                    self._checking.set_buffer(path, text, version)
                case CloseTypesBuffer(path=path):
                    self._checking.close_buffer(path)
                case TypesFileChanged(path=path):
                    self._checking.file_changed(path)
                case SetLiveTypes(path=path, globals=known, locals=inner, line=line):
                    self._checking.set_live(path, known, inner, line)
                case SetTypesOptions(options=options):
                    self._checking.set_options(options)
                case CancelTypes(id=number):
                    self._cancelled.add(number)
                case TypesRequest():
                    self._requests.append(message)
                case _:
                    log.warning("unexpected %r", message)

    def _unwanted(self) -> bool:
        """Whether nobody waits for the running request any more. Called often, in the middle of checks."""
        if self._pipe.look():
            for message in self._pipe.news:
                if isinstance(message, CancelTypes):
                    self._cancelled.add(message.id)
        return self._running in self._cancelled or self._pipe.ended

    def _answer(self, request: TypesRequest) -> None:
        if request.id in self._cancelled:
            self._cancelled.discard(request.id)
            self._pipe.send(TypesReply(request.id, TypesFailed("cancelled", "the request was cancelled")))
            return
        self._running = request.id
        body = None
        for _ in range(_CHASES):
            body = self._try(request)
            if request.id in self._cancelled or not self._overtaken(getattr(request.body, "path", None)):
                break
            self._take_news()
        self._running = None
        if request.id in self._cancelled:
            self._cancelled.discard(request.id)
            body = TypesFailed("cancelled", "the request was cancelled")
        self._pipe.send(TypesReply(request.id, body))

    def _overtaken(self, path: str | None) -> bool:
        """Whether a newer text of ``path`` has come while it was being looked at."""
        self._pipe.look()
        return any(
            isinstance(message, SetTypesBuffer) and message.path == path for message in self._pipe.news
        )

    def _try(self, request: TypesRequest) -> Any:
        """The answer to a request; an error is an answer too."""
        try:
            try:
                body = self._dispatch(request.body)
            except MYPY_FAILED as error:
                # mypy's own state may be at fault: once more with trees fresh from the cache.
                log.warning(
                    "mypy failed (%s: %s); checking again from the cache", type(error).__name__, error
                )
                self._checking.recover()
                body = self._dispatch(request.body)
        except OSError as error:
            body = TypesFailed("file", str(error))
        except BaseException as error:  # mypy leaves by SystemExit after an internal error
            log.exception("request failed")
            body = TypesFailed("internal", f"{type(error).__name__}: {error}")
            self._checking.recover()
            if isinstance(error, KeyboardInterrupt):
                raise
        return body

    def _dispatch(self, body: Any) -> Any:
        match body:
            case AskHoles(path=path, line=line, quick=quick):
                return self._checking.holes(path, line, quick)
            case AskConstructions(path=path, line=line, column=column):
                return self._checking.constructions(path, line, column)
            case AskProblems(path=path):
                return self._checking.problems(path)
            case AskSyntax(path=path):
                return self._checking.syntax(path)
            case AskType(path=path, expression=expression, line=line):
                return self._checking.type_of(path, expression, line)
        return TypesFailed("unknown", f"no such request: {type(body).__name__}")

    def _progress(self, text: str, done: float) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send(TypesProgress(text, done))


# After so long without a request, the process looks at other files of the project, one at a time.
_MOMENT_S = 0.1
# So long without a request, the process brings grafted files up to date as a whole.
_IDLE_S = 0.7
# And so long after that, it begins anew where edits may not have reached everything.
_REST_S = 8.0
# A text that changes while it is looked at is looked at again, but not for ever: then the answer says which version it is for.
_CHASES = 3


def private_streams() -> tuple[int, int]:
    """Move the protocol off stdin and stdout; whatever reads or prints there afterwards gets nothing, and goes to stderr."""
    reader, writer = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return reader, writer


def main(serve: Callable[[Pipe], None] = lambda pipe: Service(pipe).run()) -> None:
    """Run the service on this process's stdin and stdout."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    pipe = Pipe(*private_streams())
    with contextlib.suppress(BrokenPipeError):
        serve(pipe)
    # Tearing down mypy's trees one by one takes longer than all the rest of an exit.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
