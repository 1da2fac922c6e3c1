"""A worker in a process of its own: its start and end, and its last words."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from holefit.interpreter.command import WORKER as WORKER
from holefit.interpreter.command import worker_command
from holefit.interpreter.errors import (
    PythonNotFoundError,
    PythonTooOldError,
    WorkerStartError,
    ending,
    signal_name,
)
from holefit.interpreter.pipe import Gone, Pipe, override
from holefit.interpreter.places import Places
from holefit.interpreter.python import OLDEST, environment, version_of
from holefit_wire.interpreter import Hello, Request, Welcome
from holefit_wire.interpreter.life import End

STDERR_TAIL = 4000  # bytes


class WorkerProcess(Pipe):
    """A worker that has started, and the pipe to it."""

    def __init__(self, python: Path, spawn: tuple[str, ...], cwd: Path, places: Places) -> None:
        """Start it, without waiting. ``spawn`` is a command line around it, or empty for the plain one; ``places`` says what paths are called there.

        Raises: PythonNotFoundError, WorkerStartError.
        """
        command = worker_command(python, spawn, places)
        self._elsewhere = bool(spawn)  # its process ids are not ours
        self._words_read = 0
        self._python = python
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        try:
            self._popen = subprocess.Popen(
                command,
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
                raise WorkerStartError(command, str(error), "") from None
            raise PythonNotFoundError(str(python), error.strerror or str(error)) from None
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        super().__init__(self._popen.stdout.fileno(), self._popen.stdin.fileno(), command, places)

    @property
    def pid(self) -> int:
        """The process that was started: the worker, or what carries it (ssh, docker)."""
        return self._popen.pid

    @override
    def shake_hands(self, hello: Hello) -> Welcome:
        """Introduce the session to it.

        Raises: PythonTooOldError, WorkerStartError, ProtocolError.
        """
        try:
            return super().shake_hands(hello)
        except Gone:
            status = self.wait(5.0)
            version = version_of(str(self._python))
            if version is not None and version < OLDEST:
                raise PythonTooOldError(str(self._python), ".".join(map(str, version))) from None
            raise WorkerStartError(self.command, describe_ending(status), self.last_words()) from None

    @override
    def wait(self, timeout_s: float) -> int | None:
        """Its exit status (negative: a signal), once it has ended; None when it has not."""
        try:
            return self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    @override
    def kill(self) -> int | None:
        """End it at once, with all that it has started; gives the status."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)  # a group of its own, see start_new_session
        return self.wait(5.0)

    @override
    def end_current(self) -> None:
        """End the process that evaluates, so that its standby takes over. Without one, or where it runs elsewhere, all of it."""
        standby = self.welcome is not None and "standby" in self.welcome.features
        if not standby or self.current_pid is None:
            self.kill()
            return
        if self._elsewhere:
            with suppress(Gone):
                self.send(Request(0, End()))  # where it does not hear that, nothing but the end of all helps
            return
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self.current_pid, signal.SIGKILL)

    @override
    def close(self) -> None:
        """Close our ends of the pipe. It is over."""
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                stream.close()
        self._last_words.close()

    @override
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
