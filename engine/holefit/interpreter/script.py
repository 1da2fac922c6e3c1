"""A script that runs in a process of its own, on the terminal, and is reloaded from here: what ``holefit watch`` drives."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgpack

from holefit.interpreter.errors import ProtocolError, PythonNotFoundError, RequestFailedError
from holefit.interpreter.process import WORKER
from holefit.interpreter.python import environment
from holefit.interpreter.wire import reload_report
from holefit.reload.report import ReloadReport
from holefit.reload.running import patiently
from holefit.session.options import ReloadOptions
from holefit_wire.frames import Decoder
from holefit_wire.interpreter import (
    PROTOCOL_VERSION,
    Failed,
    Hello,
    Reload,
    Reloaded,
    Reply,
    Request,
)
from holefit_wire.interpreter.linker import SetNative
from holefit_wire.packing import Packing


class ScriptEndedError(Exception):
    """The script has ended, and cannot be reloaded any more."""


class ScriptProcess:
    """A running script with its modules. Its standard streams, signals and exit status are those of a script that is run plainly."""

    def __init__(
        self,
        python: Path,
        roots: Sequence[Path],
        words: Sequence[str],
        *,
        module: bool = False,
        native: SetNative | None = None,
    ) -> None:
        """Start it. ``words`` are the script (with ``module``: a module's name) and its arguments; modules below ``roots`` are reloaded, and ``native`` parts.

        Raises: PythonNotFoundError.
        """
        ours, theirs = socket.socketpair()
        kind = "module" if module else "script"
        command = [
            str(python),
            str(WORKER),
            str(theirs.fileno()),
            kind,
            *words,
        ]
        try:
            self._popen = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment(python))
        except OSError as error:
            raise PythonNotFoundError(str(python), error.strerror or str(error)) from None
        finally:
            theirs.close()
        self._socket = ours
        self._packing = Packing(msgpack)
        self._decoder = Decoder()
        self._arrived: list[bytes] = []
        self._last_id = 0
        self._asking = threading.Lock()
        self._send(
            Hello(
                PROTOCOL_VERSION,
                [str(root) for root in roots],
                [],
                {} if native is None else {"native": native},
            )
        )
        self._welcome = False

    @property
    def pid(self) -> int:
        """The script's process."""
        return self._popen.pid

    def reload(self, options: ReloadOptions) -> ReloadReport:
        """Bring its modules up to date with their files, as soon as it can be interrupted for it.

        Raises: ScriptEndedError; RequestFailedError, ProtocolError.
        """
        with self._asking:
            return patiently(
                lambda running: reload_report(self._asked(Reload(options.globals, (), running))),
                options.running,
                options.wait_s,
            )

    def wait(self) -> int:
        """Its exit status, once it has ended; negative for a signal."""
        return self._popen.wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._popen.send_signal(number)

    def close(self) -> None:
        """End it, if it runs."""
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()
        self._socket.close()

    def _asked(self, body: Reload) -> Reloaded:
        if not self._welcome:
            self._receive()
            self._welcome = True
        self._send(body)
        reply = self._receive()
        if isinstance(reply, Failed):
            raise RequestFailedError(reply.kind, reply.text)
        if not isinstance(reply, Reloaded):
            raise ProtocolError(f"Reload was answered with {type(reply).__name__}")
        return reply

    def _send(self, body: Any) -> None:
        self._last_id += 1
        try:
            self._socket.sendall(self._packing.pack(Request(self._last_id, body)))
        except OSError:
            raise ScriptEndedError from None

    def _receive(self) -> Any:
        while not self._arrived:
            try:
                data = self._socket.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                raise ScriptEndedError
            self._arrived = self._decoder.feed(data)
        reply = self._packing.unpack(self._arrived.pop(0))
        return reply.body if isinstance(reply, Reply) else reply


def in_foreground() -> bool:
    """Whether the terminal sends its Ctrl-C to us and to the processes that we start."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
