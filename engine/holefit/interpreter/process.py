"""A running worker: its process, its pipe and its last words."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgpack

from holefit.interpreter.errors import (
    ProtocolError,
    PythonNotFoundError,
    PythonTooOldError,
    WorkerStartError,
    ending,
    signal_name,
)
from holefit.interpreter.python import OLDEST, environment, version_of
from holefit_wire.codec import MalformedMessageError
from holefit_wire.frames import Decoder, FrameTooLargeError
from holefit_wire.interpreter import PROTOCOL_VERSION, Failed, Hello, Reply, Request, Welcome
from holefit_wire.packing import Packing

WORKER = Path(__file__).parent.parent.parent / "holefit_worker" / "__main__.py"
HELLO_TIMEOUT_S = 30.0
STDERR_TAIL = 4000  # bytes


class Gone(Exception):
    """The worker's end of the pipe is closed."""


class WorkerProcess:
    """A worker that has started, and the pipe to it. One thread at a time may receive; any may send."""

    def __init__(self, python: Path, spawn: tuple[str, ...], cwd: Path) -> None:
        """Start it, without waiting. ``spawn`` is a command line with ``{python}`` and ``{worker}``, or empty for the plain one.

        Raises: PythonNotFoundError, WorkerStartError.
        """
        self.command = _command(python, spawn)
        self.welcome: Welcome | None = None
        self.current_pid: int | None = None
        self._elsewhere = bool(spawn)  # its process ids are not ours
        self._words_read = 0
        self._python = python
        self._packing = Packing(msgpack)
        self._decoder = Decoder()
        self._arrived: list[bytes] = []
        self._sending = threading.Lock()
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        try:
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._last_words,
                cwd=cwd,
                env=environment(python),
                bufsize=0,
                start_new_session=True,  # a Ctrl-C in our terminal is ours to pass on
            )
        except OSError as error:
            self._last_words.close()
            if spawn:
                raise WorkerStartError(self.command, str(error), "") from None
            raise PythonNotFoundError(str(python), error.strerror or str(error)) from None
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._write_fd = self._popen.stdin.fileno()
        self._read_fd = self._popen.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._read_fd, select.POLLIN)
        self._watch = select.poll()  # a poll object is for one thread at a time
        self._watch.register(self._read_fd, select.POLLIN)

    @property
    def pid(self) -> int:
        """The process that was started: the worker, or what carries it (ssh, docker)."""
        return self._popen.pid

    def shake_hands(self, hello: Hello) -> Welcome:
        """Introduce the session to it.

        Raises: PythonTooOldError, WorkerStartError, ProtocolError.
        """
        try:
            self.send(Request(0, hello))
            reply = self.receive(HELLO_TIMEOUT_S)
        except Gone:
            status = self.wait(5.0)
            version = version_of(str(self._python))
            if version is not None and version < OLDEST:
                raise PythonTooOldError(str(self._python), ".".join(map(str, version))) from None
            raise WorkerStartError(self.command, describe_ending(status), self.last_words()) from None
        if reply is None:
            raise WorkerStartError(self.command, f"no answer within {HELLO_TIMEOUT_S:g} s", self.last_words())
        if isinstance(reply, Reply) and isinstance(reply.body, Failed):
            raise WorkerStartError(self.command, reply.body.text, self.last_words())
        if not isinstance(reply, Reply) or not isinstance(reply.body, Welcome):
            raise ProtocolError(f"the worker answered Hello with {type(reply).__name__}")
        if reply.body.version != PROTOCOL_VERSION:
            raise ProtocolError(f"the worker speaks protocol {reply.body.version}, not {PROTOCOL_VERSION}")
        self.welcome = reply.body
        self.current_pid = reply.body.pid
        return reply.body

    def send(self, *messages: Any) -> None:
        """Write messages.

        Raises: Gone; MalformedMessageError, before anything is written.
        """
        with self._sending:
            data = b"".join([self._packing.pack(message) for message in messages])
            try:
                done = os.write(self._write_fd, data)
                while done < len(data):
                    done += os.write(self._write_fd, memoryview(data)[done:])
            except OSError:
                raise Gone from None

    def receive(self, timeout_s: float | None) -> Any:
        """The next message; None when none comes in time.

        Raises: Gone, ProtocolError.
        """
        if not self._arrived:
            self._read(timeout_s)
            if not self._arrived:
                return None
        try:
            return self._packing.unpack(self._arrived.pop(0))
        except MalformedMessageError as error:
            raise ProtocolError(f"the worker sent what is no message: {error}") from None

    def _read(self, timeout_s: float | None) -> None:
        """Read until a frame is whole or the time is up."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._arrived:
            if timeout_s is not None:
                assert deadline is not None
                if not self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    return
            try:
                data = os.read(self._read_fd, 1 << 18)
            except OSError:
                data = b""
            if not data:
                if self._decoder.pending:
                    raise Gone("in the middle of a message")
                raise Gone
            try:
                self._arrived = self._decoder.feed(data)
            except FrameTooLargeError as error:
                raise ProtocolError(f"the worker sent what cannot be followed: {error}") from None

    def wait_readable(self, timeout_s: float | None) -> bool:
        """Whether there is something to read, or the end of it, within the time. For one thread, beside the one that receives."""
        return bool(self._arrived or self._watch.poll(None if timeout_s is None else timeout_s * 1000))

    def wait(self, timeout_s: float) -> int | None:
        """Its exit status (negative: a signal), once it has ended; None when it has not."""
        try:
            return self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> int | None:
        """End it at once, with all that it has started; gives the status."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)  # a group of its own, see start_new_session
        return self.wait(5.0)

    def end_current(self) -> None:
        """End the process that evaluates, so that its standby takes over. Without one, or where it runs elsewhere, all of it."""
        standby = self.welcome is not None and "standby" in self.welcome.features
        if not standby or self.current_pid is None or self._elsewhere:
            self.kill()
            return
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self.current_pid, signal.SIGKILL)

    def close(self) -> None:
        """Close our ends of the pipe. It is over."""
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                stream.close()
        self._last_words.close()

    def new_words(self) -> str:
        """Those of :meth:`last_words` that are new since it was last asked."""
        if self._last_words.closed:
            return ""
        before, self._words_read = self._words_read, self._last_words.seek(0, os.SEEK_END)
        self._last_words.seek(max(before, self._words_read - STDERR_TAIL))
        return self._last_words.read().decode("utf-8", "replace")

    def last_words(self) -> str:
        """The end of what it wrote to the error output that it was started with: a fault handler's report, a spawn command's complaint."""
        if self._last_words.closed:
            return ""
        size = self._last_words.seek(0, os.SEEK_END)
        self._last_words.seek(max(0, size - STDERR_TAIL))
        return self._last_words.read().decode("utf-8", "replace")


def describe_ending(status: int | None) -> str:
    """How a process ended, from its status."""
    return ending(status, signal_name(-status) if status is not None and status < 0 else None)


def _command(python: Path, spawn: tuple[str, ...]) -> list[str]:
    words = {"{python}": str(python), "{worker}": str(WORKER)}
    plain = ["-X", "utf8", str(WORKER), str(Path(msgpack.__file__).parent)]
    if not spawn:
        return [str(python), *plain]
    command = []
    for word in spawn:
        for name, value in words.items():
            word = word.replace(name, value)
        command.append(word)
    if not any("{worker}" in word for word in spawn):
        command += plain if any("{python}" in word for word in spawn) else [str(python), *plain]
    else:
        command.append(plain[-1])
    return command
