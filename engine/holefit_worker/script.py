"""Running a script as ``__main__``, and reloading it and its modules while it runs: ``holefit watch``.

``python .../holefit_worker/__main__.py FD script app.py WORDS...`` (or ``module name``). Standard streams, signals and the exit
status are the script's own; the protocol is on descriptor ``FD``: Hello, then Reload as often as the session likes.
"""

# Note [A script is loaded as far as it has run]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# The last statement of a script usually is the program: it runs for hours, and a reload comes in the middle of it. What stands above has
# run, and is reloaded as any module is. What runs cannot be taken back, and what stands below has not run yet. So the reloader sees
# the text only up to the running statement, as a buffer: new functions and values above it take effect. The statement itself
# goes on as it was (a note says so when it was edited), and below it the newest text is taken when its time comes.

from __future__ import annotations

import atexit
import linecache
import os
import socket
import sys
import threading
import traceback

from holefit_wire.codec import replaced
from holefit_wire.frames import Decoder
from holefit_wire.interpreter import PROTOCOL_VERSION, Failed, Hello, Reload, Reply, Welcome
from holefit_wire.packing import Packing
from holefit_worker.reload.module import Module
from holefit_worker.reload.source import Parse, lines_of, read
from holefit_worker.safepoint import SafePoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from holefit_wire.interpreter import Reloaded, Request
    from holefit_worker.reload.reloader import Reloader
    from holefit_worker.reload.source import Chunk, Leaf, Statement

SWITCH_S = 0.05  # other threads wait this long while a reload is carried out


class Script:
    """The module ``__main__``, loaded as far as it has run. See Note [A script is loaded as far as it has run]."""

    def __init__(self, reloader: Reloader, path: str, module: ModuleType, package: str = "") -> None:
        self.path = path
        self._reloader = reloader
        self._record = Module("__main__", module, path, Parse(path, package))
        self._lines: list[str] = []
        self._running: Chunk | None = None
        self._rest: list[Chunk] = []
        self._next: tuple[list[str], list[Chunk], int] | None = None
        self._ended = False

    @property
    def is_between(self) -> bool:
        """Whether it is between two statements, and cannot be reloaded."""
        return self._running is None and not self._ended

    def run(self) -> None:
        """Run it. Raises what it raises."""
        text, _ = read(self.path)
        record, reloader = self._record, self._reloader
        compile(
            text, self.path, "exec", dont_inherit=True
        )  # what a compiler says of the whole, it says at once
        self._lines = lines_of(text)
        self._rest = record.parse.chunks(self._lines)
        self._show()
        reloader.modules["__main__"] = record
        self._note_imports()
        while self._rest:
            chunk = self._rest.pop(0)
            self._see_up_to(chunk.start - 1)
            self._running = chunk
            for leaf in chunk.leaves:
                reloader.running.leaf(record, leaf, chunk.statements)
            self._running = None
            chunk.leaves = []
            record.chunks.append(chunk)
        self._see_up_to(len(self._lines))
        self._reloader.buffers.pop(self.path, None)
        record.stamp = ()
        self._ended = True

    def reload(self, body: Reload) -> Reloaded:
        """As :meth:`Reloader.reload`, for what has run of the script too."""
        if self._running is not None:
            self._prepare()
        done = self._reloader.reload(body.policy, body.force, body.running)
        if self._next is not None:
            done = done if done.errors else self._moved_on(done)
            self._next = None
        return done

    def _see_up_to(self, line: int) -> None:
        """The text up to ``line`` (exclusive) is what is loaded."""
        record = self._record
        record.lines = self._lines[:line]
        record.text = record.seen = "".join(record.lines)
        record.stamp = ()
        self._reloader.buffers[self.path] = record.text

    def _prepare(self) -> None:
        """Show the reloader the new text, as far as it has run."""
        try:
            text, _ = read(self.path)
        except (OSError, SyntaxError, UnicodeError):  # it is being written; the next notice comes soon
            return
        lines = lines_of(text)
        if lines == self._lines:
            self._reloader.buffers[self.path] = self._record.seen
            return
        parse = Parse(self.path, self._record.parse.package)
        try:
            chunks = parse.chunks(lines)
        except (SyntaxError, ValueError):
            self._reloader.buffers[self.path] = text  # the whole, so that it fails with its own error
            return
        at = self._find_running(lines, chunks)
        self._next = lines, chunks, at
        self._reloader.buffers[self.path] = "".join(
            lines[: chunks[at].start - 1 if at < len(chunks) else None]
        )

    def _find_running(self, lines: list[str], chunks: list[Chunk]) -> int:
        """Which of the new ``chunks`` is the one that is running: the one of its text, of its first line, or as far from the end."""
        running = self._running
        assert running is not None
        wanted = self._lines[running.start - 1 : running.end]
        for size in (len(wanted), 1):
            for i, chunk in enumerate(chunks):
                if lines[chunk.start - 1 : chunk.end][:size] == wanted[:size] and (
                    size == 1 or chunk.end - chunk.start + 1 == size
                ):
                    return i
        return max(0, len(chunks) - 1 - len(self._rest))

    def _moved_on(self, done: Reloaded) -> Reloaded:
        """The reload has taken effect: what is running and what comes after it stand elsewhere."""
        assert self._next is not None
        assert self._running is not None
        lines, chunks, at = self._next
        running = self._running
        notes = list(done.notes)
        if at < len(chunks):
            before = self._lines[running.start - 1 : running.end]
            now = chunks[at]
            if lines[now.start - 1 : now.end] != before:
                where = f"{os.path.basename(self.path)}:{now.start}"
                notes.append(f"{where} goes on as it was: its edit takes effect at the next start")
            if lines[now.end :] != self._lines[running.end :]:
                where = f"{os.path.basename(self.path)}:{now.end}"
                notes.append(f"what stands below {where} has not run yet: its edit takes effect when it does")
            running.start, running.end = now.start, now.end
        self._lines, self._rest = lines, chunks[at + 1 :]
        self._show()
        self._note_imports()
        return replaced(done, notes=notes)

    def _show(self) -> None:
        """Tracebacks and ``inspect`` see the whole text."""
        linecache.cache[self.path] = (sum(map(len, self._lines)), None, self._lines, self.path)

    def _note_imports(self) -> None:
        """Names that the script takes from modules follow them, and what it imports stays loaded, run or not."""
        ahead = [*([self._running] if self._running else []), *self._rest]
        statements = [*self._record.statements()]
        statements += [one for chunk in ahead for leaf in chunk.leaves for one in _statements(leaf)]
        self._record.imports = list(dict.fromkeys(name for one in statements for name in one.imports))
        self._reloader.register_imports(self._record, statements)


class Control:
    """The session's end of a script's process: a thread that takes its requests to the main thread."""

    def __init__(self, descriptor: int, packing: Packing) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._packing = packing
        self._decoder = Decoder()
        self._arrived: list[bytes] = []
        self._pid = os.getpid()
        os.register_at_fork(after_in_child=self._socket.close)

    def hello(self) -> Hello:
        """Shake hands. Raises: EOFError, when the session has gone."""
        request = self._receive()
        body: Hello = request.body
        version = ".".join(map(str, sys.version_info[:3]))
        self._send(
            Reply(
                request.id,
                Welcome(
                    PROTOCOL_VERSION,
                    os.getpid(),
                    sys.executable,
                    version,
                    sys.implementation.name,
                    ["reload"],
                ),
            )
        )
        return body

    def serve(self, script: Script | None, reloader: Reloader) -> None:
        """Answer requests from now on."""

        def reload(body: Reload) -> Reloaded:
            if script is not None:
                return script.reload(body)
            return reloader.reload(body.policy, body.force, body.running)

        self._safe_point = SafePoint(
            lambda: reloader._lock.locked() or (script is not None and script.is_between)
        )
        self._reload = reload
        threading.Thread(target=self._serve, name="holefit", daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                request = self._receive()
            except (EOFError, OSError):
                if os.getpid() == self._pid:
                    os.kill(self._pid, 15)  # who started us has gone, and with it what is watched
                return
            if type(request.body) is Reload:
                self._safe_point.run(lambda request=request: self._answer(request))  # type: ignore[misc]
            else:
                text = f"{type(request.body).__name__} is no request to a script"
                self._send(Reply(request.id, Failed("UnknownMessage", text)))

    def _answer(self, request: Request) -> None:
        """Carry a reload out, in the main thread, and let other threads wait for it if they can."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(max(interval, SWITCH_S))
        try:
            answer: Any = self._reload(request.body)
        except Exception as error:  # a bug of ours must not end the script
            answer = Failed(
                "Bug", "".join(traceback.format_exception(type(error), error, error.__traceback__))
            )
        finally:
            sys.setswitchinterval(interval)
        self._send(Reply(request.id, answer))
        errors = getattr(answer, "errors", ())
        if any(error.message.startswith("KeyboardInterrupt") for error in errors):
            raise KeyboardInterrupt

    def _receive(self) -> Request:
        while not self._arrived:
            data = self._socket.recv(1 << 16)
            if not data:
                raise EOFError
            self._arrived = self._decoder.feed(data)
        request: Request = self._packing.unpack(self._arrived.pop(0))
        return request

    def _send(self, message: Any) -> None:
        try:
            self._socket.sendall(self._packing.pack(message))
        except OSError:
            return


def main(msgpack: Any, make_reloader: Any, words: list[str]) -> None:
    """Run the script that ``words`` name; gives the process's exit status by ending it."""
    control = Control(int(words[0]), Packing(msgpack))
    try:
        hello = control.hello()
    except EOFError:
        sys.exit(1)
    kind, name, sys.argv[:] = words[1], words[2], words[2:]
    reloader: Reloader = make_reloader(hello.roots)
    if hello.options.get("native") is not None:
        reloader.native.configure(hello.options["native"])
    reloader.install()
    status = 0
    try:
        _run(control, reloader, kind, name)
    except SystemExit as error:
        status = _status_of(error)
    except BaseException as error:
        _show_exception(error)
        status = 130 if isinstance(error, KeyboardInterrupt) else 1
    try:
        # here, not in the interpreter's own end, where no signal is heard
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.current_thread():
                thread.join()
    except KeyboardInterrupt as error:  # Python gives the threads up then, too
        _show_exception(error)
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(130)
    sys.exit(status)


def _run(control: Control, reloader: Reloader, kind: str, name: str) -> None:
    module = sys.modules["__main__"]
    if kind == "module":
        _run_module(control, reloader, module, name)
        return
    path = os.path.abspath(name)
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    _set_up(module, path, None)
    script = Script(reloader, path, module)
    control.serve(script, reloader)
    script.run()


def _run_module(control: Control, reloader: Reloader, module: ModuleType, name: str) -> None:
    """As ``python -m``: a module of the project is reloaded itself, another one's imports from the project are."""
    import importlib.util
    import runpy

    sys.path.insert(0, os.getcwd())
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    origin = spec.origin if spec is not None else None
    if spec is None or origin is None or not reloader._finder.is_project(origin):
        control.serve(None, reloader)
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        return
    sys.argv[0] = origin
    _set_up(module, origin, spec)
    script = Script(reloader, origin, module, spec.parent or "")
    control.serve(script, reloader)
    script.run()


def _set_up(module: ModuleType, path: str, spec: Any) -> None:
    """``__main__`` as Python makes it."""
    namespace = vars(module)
    namespace["__builtins__"] = sys.modules["builtins"]
    namespace["__file__"] = path
    namespace["__spec__"] = spec
    namespace["__package__"] = spec.parent if spec is not None else None
    namespace["__loader__"] = spec.loader if spec is not None else None
    namespace["__cached__"] = None


def _status_of(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    print(error.code, file=sys.stderr)
    return 1


def _show_exception(error: BaseException) -> None:
    """The traceback as Python shows it, without our own frames."""
    trace = error.__traceback__
    here = os.path.dirname(__file__)
    while trace is not None and (
        trace.tb_frame.f_code.co_filename.startswith(here)
        or trace.tb_frame.f_code.co_filename.startswith("<frozen runpy")
    ):
        trace = trace.tb_next
    sys.stdout.flush()
    sys.excepthook(type(error), error.with_traceback(trace), trace)


def _statements(leaf: Leaf) -> list[Statement]:
    inner = [one for branch in (leaf.body, leaf.orelse) for below in branch for one in _statements(below)]
    return [leaf.statement, *inner]
