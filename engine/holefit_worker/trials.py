"""Tries: sources that run in a forked copy of the worker, from which nothing comes back but what they gave.

The copy has the state of this moment. Before it runs anything, what could reach out of it is closed: descriptors that write lead to nothing, an audit hook refuses
files outside a scratch folder, programs and the network (where the system lets it, the copy has no network at all), and memory and time have limits.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time

from holefit_wire.interpreter import Failed
from holefit_wire.interpreter.holes import Tried, TriedSource
from holefit_worker.evaluate import NOTHING, execute
from holefit_worker.failures import message_of, qualified
from holefit_worker.show import safe_repr
from holefit_worker.standby import _quiet_fork as quiet_fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from holefit_wire.interpreter.holes import Try
    from holefit_worker.worker import Worker

MAX_TEXT = 20_000  # characters of a value, and of what a source prints
MAX_ANSWER = 1 << 22  # bytes from the copy
_REFUSED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.kill",
    "os.startfile",
    "pty.spawn",
    "signal.pthread_kill",
    "urllib.",
    "webbrowser.",
    "winreg.",
)
_CHANGES = {
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "os.mkfifo",
    "shutil.move",
    "shutil.rmtree",
    "shutil.copyfile",
    "sqlite3.connect",
    "dbm.open",
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


def tried(body: Try, namespace: dict[str, Any], worker: Worker) -> Tried | Failed:
    """What the sources of ``body`` gave. Raises KeyboardInterrupt."""
    if not hasattr(os, "fork"):
        return Failed("Unsupported", "this system does not let a process copy itself")
    folder = tempfile.mkdtemp(prefix="holefit-try-")
    reader, writer = os.pipe()
    try:
        child = quiet_fork()
        if not child:
            _live(body, namespace, worker, writer, folder)
        os.close(writer)
        writer = -1
        try:
            return _heard(reader, body.timeout_s)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    finally:
        os.close(reader)
        if writer != -1:
            os.close(writer)
        shutil.rmtree(folder, ignore_errors=True)


def _heard(reader: int, timeout_s: float) -> Tried:
    """The results that the copy has sent, one line each, until it ends or the time is up."""
    end = time.monotonic() + timeout_s
    data, ended = b"", "it ended before it had an answer"
    while len(data) < MAX_ANSWER:
        left = end - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            ended = f"it took more than {timeout_s:g} s"
            break
        more = os.read(reader, 1 << 16)
        if not more:
            break
        data += more
    results = []
    for line in data.split(b"\n")[:-1]:
        try:
            value, output, error = json.loads(line)
            results.append(TriedSource(str(value), str(output), str(error)))
        except ValueError:  # what runs there can write anything
            if line == b"end":
                return Tried(results)
    return Tried(results, ended)


def _live(body: Try, namespace: dict[str, Any], worker: Worker, writer: int, folder: str) -> NoReturn:
    """The life of the copy."""
    try:
        _confine(body, writer, folder)
        for source in body.sources:
            told = _run(source, namespace, worker)
            os.write(writer, json.dumps(told).encode() + b"\n")
            if told[2] and not body.keep_going:
                break
        os.write(writer, b"end\n")
    except BaseException:  # there is nobody to tell
        os._exit(1)
    os._exit(0)


def _run(source: Any, namespace: dict[str, Any], worker: Worker) -> tuple[str, str, str]:
    out = io.StringIO()
    sys.stdout = sys.stderr = out
    value, error = "", ""
    try:
        filename = worker.sources.add(source.text, source.filename, source.line)
        found = execute(source.text, filename, max(source.line, 1), namespace, worker.loop)
        if found is not NOTHING and found is not None:
            value = safe_repr(found, MAX_TEXT)[0]
    except BaseException as problem:  # user code: SystemExit and KeyboardInterrupt too
        message = message_of(problem)
        error = f"{qualified(type(problem))}: {message}" if message else qualified(type(problem))
    return value, out.getvalue()[:MAX_TEXT], error[:MAX_TEXT]


def _confine(body: Try, writer: int, folder: str) -> None:
    """Close what leads out of this process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in _open_descriptors():
        if descriptor not in (writer, nothing) and _reaches_out(descriptor):
            try:
                os.dup2(nothing, descriptor)
            except OSError:  # closed meanwhile
                continue
    os.chdir(folder)
    _limit(body)
    unshare: Any = getattr(os, "unshare", None)
    if unshare is not None:
        with contextlib.suppress(OSError):  # not allowed here: the hook refuses sockets all the same
            unshare(0x10000000 | 0x40000000)  # CLONE_NEWUSER, CLONE_NEWNET
    inside = os.path.realpath(folder) + os.sep

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITES or isinstance(path, int):
                return
        elif event not in _CHANGES:
            if event.startswith(_REFUSED):
                raise PermissionError(f"what is tried may not do this: {event}")
            return
        paths = [one for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]
        if event == "open":
            paths = paths[:1]
        for path in paths:
            if not (os.path.realpath(os.fsdecode(path)) + os.sep).startswith(inside):
                raise PermissionError(f"what is tried may not change {os.fsdecode(path)}")

    sys.addaudithook(refuse)


def _limit(body: Try) -> None:
    try:
        import resource
    except ImportError:
        return
    seconds = int(body.timeout_s) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if body.memory_mb:
        try:
            with open("/proc/self/statm", encoding="ascii") as file:
                taken = int(file.read().split()[0]) * resource.getpagesize()
            limit = taken + (body.memory_mb << 20)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        except (OSError, ValueError):  # no such file, or a lower limit is in force
            return


def _open_descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]
    except OSError:
        return list(range(3, 256))


def _reaches_out(descriptor: int) -> bool:
    """Whether something that is written there, or was read from it, would be noticed outside."""
    try:
        import fcntl

        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    except (ImportError, OSError):
        return False
    import stat

    kind = os.fstat(descriptor).st_mode
    return bool(flags & (os.O_WRONLY | os.O_RDWR)) or not stat.S_ISREG(kind)
