"""The session's end of the type service: spawn, ask, and start again what died."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgpack

from holefit.diagnostics import Diagnostic, Severity
from holefit.edits import Edit
from holefit.holes.constructions import Construction, ConstructionKind
from holefit.holes.hole import Binding, Fit, FitKind, Hole
from holefit.session.options import Options
from holefit.syntax.source import Position, Range
from holefit.types.errors import (
    TypeServiceDiedError,
    TypeServiceStuckError,
    TypesRequestCancelledError,
    TypesRequestFailedError,
)
from holefit_wire.codec import MalformedMessageError, from_plain, to_plain
from holefit_wire.frames import Decoder, FrameTooLargeError, frame
from holefit_wire.types import (
    TYPES_PROTOCOL_VERSION,
    AskConstructions,
    AskHoles,
    AskProblems,
    AskSyntax,
    AskType,
    CancelTypes,
    ChangeInfo,
    CloseTypesBuffer,
    ConstructionInfo,
    ConstructionsFound,
    FitInfo,
    HoleInfo,
    HolesFound,
    ProblemInfo,
    ProblemsFound,
    SetLiveTypes,
    SetTypesBuffer,
    SetTypesOptions,
    TypeFound,
    TypesFailed,
    TypesFileChanged,
    TypesHello,
    TypesProgress,
    TypesReady,
    TypesReply,
    TypesRequest,
)

log = logging.getLogger(__name__)
_T = TypeVar("_T")
_STEP_S = 0.05
# A long text goes through at once, where the system lets pipes be so large: each part that has to wait costs a change of process.
_PIPE_BYTES = (1 << 20) if sys.platform == "linux" else -1


class TypeService:
    """Holes, problems and types, from a process of their own.

    Every method may be called from any thread; those that ask wait for the answer, the others never wait. A process that died is
    started again by the next question, with all buffers.

    Raises (from what asks): TypeServiceDiedError, TypeServiceStuckError, TypesRequestCancelledError, TypesRequestFailedError.
    """

    def __init__(
        self,
        root: Path,
        options: Options,
        *,
        python: Path,
        cache: Path,
        index: Path | None = None,
        timeout_s: float = 120.0,
    ) -> None:
        self.on_progress: Callable[[str, float], None] | None = None
        self._root = root
        self._options = options
        self._python = python
        self._cache = cache
        self._index = index
        self._timeout_s = timeout_s
        self._lock = threading.RLock()
        self._buffers: dict[Path, tuple[str, int | None]] = {}
        self._live: dict[Path, SetLiveTypes] = {}
        self._process: _Process | None = None
        self._closed = False

    @property
    def state(self) -> str:
        """``stopped``, ``starting``, ``idle``, ``busy`` or ``dead``."""
        process = self._process
        if process is None:
            return "stopped"
        return process.state

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        process = self._process
        return None if process is None or process.state == "dead" else process.pid

    def start(self) -> None:
        """Spawn the process; does not wait for it."""
        self._alive()

    def set_buffer(self, path: Path, text: str, version: int | None) -> None:
        """What the editor shows of ``path``. The newest text wins; older ones that were not looked at yet are dropped."""
        with self._lock:
            self._buffers[path] = (text, version)
            if self._process is not None:
                self._process.post(SetTypesBuffer(str(path), text, version), key=path)

    def close_buffer(self, path: Path) -> None:
        """The file on disk counts again."""
        with self._lock:
            if self._buffers.pop(path, None) is not None and self._process is not None:
                self._process.post(CloseTypesBuffer(str(path)), key=path)

    def file_changed(self, path: Path) -> None:
        """A file was written by somebody else: what imports it is brought up to date at the next question."""
        with self._lock:
            if self._process is not None:
                self._process.post(TypesFileChanged(str(path)), key=("changed", path))

    def set_live(self, path: Path, globals: Mapping[str, str], locals: Mapping[str, str], line: int) -> None:
        """The classes of live values in a file: of its globals, and at ``line`` (1-based; 0: nowhere) of the frame that stands there."""
        told = SetLiveTypes(str(path), dict(globals), dict(locals), line)
        with self._lock:
            if self._live.get(path, SetLiveTypes(str(path), {}, {})) == told:
                return
            self._live[path] = told
            if self._process is not None:
                self._process.post(told, key=("live", path))

    def set_options(self, options: Options) -> None:
        """Hole options take effect at the next question; import folders and trust need a new process."""
        with self._lock:
            before, self._options = self._options, options
            if self._process is None:
                return
            if _needs_process(before) != _needs_process(options):
                self._process.end()
                self._process = None
            else:
                self._process.post(SetTypesOptions(asdict(options.holes)), key="options")

    def holes(
        self,
        path: Path,
        position: Position | None = None,
        *,
        quick: bool = False,
        cancelled: threading.Event | None = None,
    ) -> list[Hole]:
        """The holes of a file in text order; with ``position`` only the one there. For the newest text that was set.

        ``quick``: without the search for longer terms, unless it was made already; what was not searched is marked as incomplete.
        """
        line = None if position is None else position.line
        answer = self._ask(AskHoles(str(path), line, quick), HolesFound, cancelled)
        found = [_hole(path, info, answer.version) for info in answer.holes]
        return found if position is None else [hole for hole in found if position in hole.range]

    def constructions(
        self, path: Path, position: Position, *, cancelled: threading.Event | None = None
    ) -> list[Construction]:
        """What can be built at ``position``, likeliest first; each was tried by the checker."""
        body = AskConstructions(str(path), position.line, position.column)
        answer = self._ask(body, ConstructionsFound, cancelled)
        return [_construction(path, info) for info in answer.constructions]

    def problems(self, path: Path) -> list[Diagnostic]:
        """mypy's errors in a file, holes aside."""
        answer = self._ask(AskProblems(str(path)), ProblemsFound, None)
        return [_problem(path, info) for info in answer.problems]

    def syntax(self, path: Path) -> Diagnostic | None:
        """The syntax error of the newest text of a file, if it has one; needs no check of the file."""
        answer = self._ask(AskSyntax(str(path)), ProblemsFound, None)
        return next((_problem(path, info) for info in answer.problems), None)

    def type_of(self, path: Path, expression: str, line: int) -> str:
        """The type of ``expression`` in the scope that ``line`` (0-based) is in; a function's as its signature.

        Raises: TypesRequestFailedError, when the expression is no Python or has an error there.
        """
        return self._ask(AskType(str(path), expression, line), TypeFound, None).text

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _alive(self) -> _Process:
        with self._lock:
            process = self._process
            if process is not None and process.state != "dead":
                return process
            if self._closed:
                raise TypesRequestFailedError(
                    kind="closed", text="the type service was closed", request="start"
                )
            process = self._process = _Process(self._hello(), self._report)
            for path, (text, version) in self._buffers.items():
                process.post(SetTypesBuffer(str(path), text, version), key=path)
            for path, told in self._live.items():
                process.post(told, key=("live", path))
            return process

    def _hello(self) -> TypesHello:
        bases = [self._root / folder for folder in self._options.src]
        present = [
            str(base.resolve()) if base == self._root / "." else str(base) for base in bases if base.is_dir()
        ]
        return TypesHello(
            TYPES_PROTOCOL_VERSION,
            str(self._root),
            list(dict.fromkeys([*(os.path.normpath(base) for base in present), str(self._root)])),
            str(self._cache),
            str(self._python),
            asdict(self._options.holes),
            self._options.trusted,
            None if self._index is None else str(self._index),
            self._options.plugins,
            tuple(str((self._root / folder).resolve()) for folder in self._options.plugin_path),
            self._options.plugin_budget_ms,
        )

    def _ask(self, body: Any, kind: type[_T], cancelled: threading.Event | None) -> _T:
        try:
            return self._ask_once(body, kind, cancelled)
        except TypeServiceDiedError:
            # It may have been ended from outside; a question that kills the process does so again.
            return self._ask_once(body, kind, cancelled)

    def _ask_once(self, body: Any, kind: type[_T], cancelled: threading.Event | None) -> _T:
        name = type(body).__name__.removeprefix("Ask").lower()
        process = self._alive()
        call = process.ask(body)
        started = time.monotonic()
        told = False
        while not call.done.wait(_STEP_S):
            if cancelled is not None and cancelled.is_set() and not told:
                told = True
                process.post(CancelTypes(call.id))
                raise TypesRequestCancelledError(name)
            if time.monotonic() - max(started, process.heard) > self._timeout_s:
                process.kill()
                raise TypeServiceStuckError(request=name, timeout_s=self._timeout_s)
        answer = call.answer
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, TypesFailed):
            if answer.kind == "cancelled":
                raise TypesRequestCancelledError(name)
            raise TypesRequestFailedError(kind=answer.kind, text=answer.text, request=name)
        with self._lock:
            if self._process is process:
                self._process = None  # the next question starts another
        raise TypeServiceDiedError(returncode=process.returncode, request=name, stderr=process.errors)

    def _report(self, text: str, done: float) -> None:
        if self.on_progress is not None:
            self.on_progress(text, done)


class _Call:
    """A question under way. ``answer`` None after ``done``: the process died."""

    def __init__(self, id: int) -> None:
        self.id = id
        self.done = threading.Event()
        self.answer: Any = None


class _Process:
    """One spawned service with its two threads: one writes what was posted, one reads replies."""

    def __init__(self, hello: TypesHello, report: Callable[[str, float], None]) -> None:
        # -P, and no relative folder on the path: the working folder may be a workspace that nobody trusts, with a mypy.py of its own.
        path = [_IMPORTED_FROM, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "holefit.types.service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, path))},
        )
        self.pid = self._popen.pid
        self.heard = time.monotonic()
        self.errors = ""
        self._report = report
        self._ids = count(1)
        self._calls: dict[int, _Call] = {}
        self._posted: OrderedDict[object, Any] = OrderedDict([(object(), hello)])
        self._wake = threading.Condition()
        self._ready = False
        self._dead = False
        for target in (self._write, self._read, self._read_errors):
            threading.Thread(target=target, name=f"types-{target.__name__.strip('_')}", daemon=True).start()

    @property
    def state(self) -> str:
        if self._dead:
            return "dead"
        if not self._ready:
            return "starting"
        return "busy" if self._calls else "idle"

    @property
    def returncode(self) -> int | None:
        """How the process ended; waits a moment for it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(5)
        return self._popen.returncode

    def post(self, message: Any, *, key: object = None) -> None:
        """Send without waiting; what was posted under the same ``key`` and is not sent yet is replaced."""
        with self._wake:
            if key is not None:
                self._posted.pop(key, None)
            self._posted[object() if key is None else key] = message
            self._wake.notify()

    def ask(self, body: Any) -> _Call:
        """Send a request."""
        call = _Call(next(self._ids))
        with self._wake:
            if self._dead:
                call.done.set()
                return call
            self._calls[call.id] = call
        self.post(TypesRequest(call.id, body))
        return call

    def end(self) -> None:
        """Let the process go; it is killed when it does not leave at once."""
        with self._wake:
            self._dead = True
            self._wake.notify()
        with contextlib.suppress(OSError):
            self._popen.terminate()
        try:
            self._popen.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process now; whoever waits is told that it died."""
        with contextlib.suppress(OSError):
            self._popen.kill()
        self._popen.wait()
        self._fail()

    def _write(self) -> None:
        stream = self._popen.stdin
        assert stream is not None
        while True:
            with self._wake:
                while not self._posted and not self._dead:
                    self._wake.wait()
                if self._dead:
                    break
                _, message = self._posted.popitem(last=False)
            try:
                stream.write(frame(msgpack.packb(to_plain(message), unicode_errors="surrogatepass")))
                stream.flush()
            except (OSError, ValueError):
                break
        with contextlib.suppress(OSError):
            stream.close()

    def _read(self) -> None:
        stream = self._popen.stdout
        assert stream is not None
        decoder = Decoder()
        try:
            while data := os.read(stream.fileno(), 1 << 16):
                self.heard = time.monotonic()
                for payload in decoder.feed(data):
                    self._take(from_plain(msgpack.unpackb(payload, strict_map_key=False)))
        except (OSError, FrameTooLargeError, MalformedMessageError) as error:
            log.warning("the type service's answers cannot be read: %s", error)
            with contextlib.suppress(OSError):
                self._popen.kill()
        self._popen.wait()
        self._fail()

    def _take(self, message: Any) -> None:
        match message:
            case TypesReply(id=id, body=body):
                with self._wake:
                    call = self._calls.pop(id, None)
                if call is not None:
                    call.answer = body
                    call.done.set()
            case TypesProgress(text=text, done=done):
                self._report(text, done)
            case TypesReady():
                self._ready = True

    def _read_errors(self) -> None:
        stream = self._popen.stderr
        assert stream is not None
        for line in stream:
            text = line.decode(errors="replace")
            self.errors = (self.errors + text)[-20_000:]
            log.debug("type service: %s", text.rstrip())

    def _fail(self) -> None:
        with self._wake:
            self._dead = True
            calls, self._calls = list(self._calls.values()), {}
            self._wake.notify()
        for call in calls:
            call.done.set()


# A child must find this very holefit, however it came to be importable here.
_IMPORTED_FROM = str(Path(__file__).resolve().parents[2])


def _problem(path: Path, info: ProblemInfo) -> Diagnostic:
    return Diagnostic(
        path,
        Range(Position(info.line, info.column), Position(info.end_line, info.end_column)),
        Severity.ERROR if info.severity == "error" else Severity.INFORMATION,
        "syntax" if info.code == "syntax" else "type",
        info.message if info.code == "syntax" else f"{info.message}  [{info.code}]",
    )


def _needs_process(options: Options) -> tuple[object, ...]:
    """Options that a process takes when it starts."""
    plugins = (options.plugins, options.plugin_path, options.plugin_budget_ms)
    return options.src, options.trusted, plugins


def _construction(path: Path, info: ConstructionInfo) -> Construction:
    edits = tuple(_edit(path, one) for one in info.changes)
    return Construction(ConstructionKind(info.kind), info.title, edits)


def _edit(path: Path, change: ChangeInfo) -> Edit:
    start, end = Position(change.line, change.column), Position(change.end_line, change.end_column)
    return Edit(path, Range(start, end), change.text)


def _edits(path: Path, place: Range, fit: FitInfo) -> tuple[Edit, ...]:
    """The edit of the hole itself, those of its partners, those of imports."""
    partners = [
        Edit(
            path,
            Range(Position(one.line, one.column), Position(one.line, one.column + len(one.name))),
            one.text,
        )
        for one in fit.partners
    ]
    return (Edit(path, place, fit.text), *partners, *(_edit(path, one) for one in fit.imports))


def _hole(path: Path, info: HoleInfo, version: int | None) -> Hole:
    start = Position(info.line, info.column)
    place = Range(start, Position(info.line, info.column + len(info.name)))
    return Hole(
        path,
        place,
        info.name,
        info.expected,
        tuple(info.constraints),
        tuple(Binding(name, type) for name, type in info.bindings),
        tuple(
            Fit(
                fit.text,
                fit.type,
                fit.provenance,
                _edits(path, place, fit),
                FitKind(fit.kind),
                fit.level,
                fit.import_text,
                documentation=fit.documentation,
                partners=tuple((one.name, one.text) for one in fit.partners),
            )
            for fit in info.fits
        ),
        info.complete,
        info.elapsed_ms,
        version,
        info.tried,
        info.misspelled,
        messages=info.messages,
    )
