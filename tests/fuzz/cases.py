"""Cases: bytes that one end of the interpreter's pipe sends the other, and what comes of them.

A case is kept in a file of text: the direction in its first line, then the bytes in hexadecimal, a line for each write.
"""

from __future__ import annotations

import hashlib
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]  # has no types

from holefit.interpreter import Interpreter, InterpreterError
from holefit.interpreter.pipe import Pipe
from holefit.interpreter.places import Places
from holefit.interpreter.process import WORKER
from holefit.session.options import Options
from holefit_wire.codec import MalformedMessageError
from holefit_wire.frames import Decoder, FrameTooLargeError
from holefit_wire.interpreter import (
    PROTOCOL_VERSION,
    Done,
    EvalComplete,
    EvalException,
    EvalSuccess,
    Failed,
    FreeRefs,
    Hello,
    Reply,
    Request,
    TookOver,
    Welcome,
)
from holefit_wire.packing import Packing

CORPUS = Path(__file__).parent / "corpus"
TO_WORKER, TO_SESSION = "to the worker", "to the session"
PACKING = Packing(msgpack)
PATIENCE_S = 60.0
ENDS = (0, 1, 247)
"""How a worker may end: with the session; where it was told to end at once, in the middle of a frame, as its process did."""
PROBE = 987_654_321  # no request of a case has this number
_PROBE = PACKING.pack(Request(PROBE, FreeRefs([])))
GOOD = EvalComplete(EvalSuccess([]), "", "", 0.0, 0)


@dataclass(frozen=True)
class Case:
    """What is written, in pieces, and to whom."""

    direction: str
    pieces: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """A name of its own."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:16]

    def text(self) -> str:
        """As it is kept."""
        return "\n".join([self.direction, *(piece.hex() for piece in self.pieces), ""])

    @classmethod
    def read(cls, path: Path) -> Case:
        """One that is kept."""
        direction, *pieces = path.read_text().splitlines()
        return cls(direction, tuple(bytes.fromhex(piece) for piece in pieces))

    def keep(self) -> Path:
        """Put it into the corpus."""
        path = CORPUS / f"{self.name}.case"
        path.write_text(self.text())
        return path


def kept() -> list[Path]:
    """The corpus."""
    return sorted(CORPUS.glob("*.case"))


class Broken(AssertionError):
    """An end did what it must not do: hang, die of a bug, raise what is no error of ours, get out of step."""


def outcome(case: Case, worker: Worker | None = None) -> frozenset[str]:
    """What comes of a case, in words without names and numbers. Raises: Broken."""
    if case.direction == TO_SESSION:
        return frozenset({_said_to_a_session(case)})
    if worker is not None:
        return worker.outcome(case)
    with tempfile.TemporaryDirectory() as folder:
        fresh = Worker(Path(folder))
        try:
            return fresh.outcome(case)
        finally:
            fresh.end()


class Worker:
    """A real worker, spoken to in bytes; started again when a case has ended it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def end(self) -> None:
        """End it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                assert stream is not None
                stream.close()
            self._process = None

    def outcome(self, case: Case) -> frozenset[str]:
        """Write the case and a request that any worker can answer; all answers up to that one, or how it ended. Raises: Broken.

        After half a frame comes the end.
        """
        process = self._running()
        assert process.stdin is not None
        torn = _is_torn(case.pieces)
        pieces = case.pieces if torn else (*case.pieces, _PROBE)
        written = threading.Thread(target=_write, args=(process.stdin.fileno(), pieces))
        written.start()
        if torn:
            written.join(PATIENCE_S)
            process.stdin.close()
        try:
            said, answered = self._answers()
            if not answered:
                self._check_end(said)
            return frozenset(said)
        finally:
            if torn or process.poll() is not None:
                self.end()
            written.join(PATIENCE_S)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-X", "utf8", str(WORKER)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self._folder,
                start_new_session=True,
            )
            assert self._process.stdin is not None
            self._decoder, self._arrived = Decoder(), list[bytes]()
            hello = Hello(PROTOCOL_VERSION, [str(self._folder)], [], {"standby": True})
            self._process.stdin.write(PACKING.pack(Request(0, hello)))
            try:
                welcome = self._message()
            except EOFError:
                assert self._process.stderr is not None
                raise Broken(f"it does not start: {self._process.stderr.read().decode()}") from None
            if not isinstance(welcome.body, Welcome):
                raise Broken(f"no welcome, but {welcome}")
        return self._process

    def _write_probe(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(_PROBE)

    def _answers(self) -> tuple[list[str], bool]:
        """What it says in words, and whether the probe was answered."""
        said: list[str] = []
        while True:
            try:
                message = self._message()
            except EOFError:
                return said, False
            body = getattr(message, "body", message)
            if isinstance(body, TookOver) and body.read == PROBE:  # which the worker before had read
                self._write_probe()
            if isinstance(body, Failed) and body.kind == "Bug":
                raise Broken(body.text)
            if isinstance(message, Reply) and message.id == PROBE:
                if body != Done() and not (isinstance(body, Failed) and "Hello" not in body.text):
                    raise Broken(f"the probe was answered with {body}")
                return said, True
            said.append(_in_words(body))

    def _check_end(self, said: list[str]) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        try:
            status = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Broken("it closed the pipe and goes on") from None
        words = self._process.stderr.read().decode(errors="replace")
        if status not in ENDS or "Traceback" in words:
            raise Broken(f"it ended with status {status}: {words}")
        said.append(f"ended {status}")

    def _message(self) -> Any:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        while not self._arrived:
            if not select.select([process.stdout], [], [], PATIENCE_S)[0]:
                raise Broken("it says nothing")
            data = process.stdout.read(1 << 16)
            if not data:
                raise EOFError
            self._arrived = self._decoder.feed(data)
        return PACKING.unpack(self._arrived.pop(0))


class Liar(Pipe):
    """A pipe at whose other end is no worker: what comes out of it was decided before. Without ``pieces`` every request is answered as it should be."""

    def __init__(self, pieces: Sequence[bytes] | None) -> None:
        ours, theirs = os.pipe()
        heard, self._sent = os.pipe()
        super().__init__(ours, self._sent, ["a liar"], Places(Path("/"), {}))
        self._ours, self._heard = ours, heard
        self._talking = [threading.Thread(target=_answer, args=(heard, theirs), daemon=True)]
        if pieces is not None:
            telling = threading.Thread(target=_tell, args=(theirs, pieces), daemon=True)
            self._talking = [telling, threading.Thread(target=_drain, args=(heard,), daemon=True)]
        self._closed = False

    def shake_hands(self, hello: Hello) -> Welcome:  # type: ignore[explicit-override]  # from 3.12 on
        """It is welcoming."""
        self.welcome = Welcome(PROTOCOL_VERSION, 1, "liar", "3.11.0", "liar", [])
        for thread in self._talking:
            thread.start()
        return self.welcome

    def wait(self, timeout_s: float) -> int | None:  # type: ignore[explicit-override]  # from 3.12 on
        """It has ended well."""
        return 0

    def kill(self) -> int | None:  # type: ignore[explicit-override]  # from 3.12 on
        """It has ended."""
        return 0

    def end_current(self) -> None:  # type: ignore[explicit-override]  # from 3.12 on
        """It evaluates nothing."""

    def new_words(self) -> str:  # type: ignore[explicit-override]  # from 3.12 on
        """It says nothing."""
        return ""

    def close(self) -> None:  # type: ignore[explicit-override]  # from 3.12 on
        """Close our ends."""
        if not self._closed:
            self._closed = True
            os.close(self._ours)
            os.close(self._sent)


class Deceived(Interpreter):
    """An interpreter whose first worker tells the pieces, and whose next one is good."""

    def __init__(self, pieces: tuple[bytes, ...]) -> None:
        super().__init__(Path(tempfile.gettempdir()), Options(), python=Path(sys.executable))
        self.grace_s = 0.05
        self._stories: list[Sequence[bytes]] = [pieces]

    def _process(self, python: Path) -> Any:  # type: ignore[explicit-override]  # from 3.12 on
        return Liar(self._stories.pop() if self._stories else None)


def _said_to_a_session(case: Case) -> str:
    """What an evaluation gives when its worker says that; the next worker must be all right."""
    interpreter = Deceived(case.pieces)
    try:
        try:
            complete = interpreter.eval_stmt("1", timeout_s=PATIENCE_S)
            said = _in_words(complete)
        except InterpreterError as error:
            said = f"{type(error).__name__}: {_without_names(str(error))}"
        if interpreter.status().state == "idle":
            return said
        after = interpreter.eval_stmt("1", timeout_s=PATIENCE_S)
        if after.result != GOOD.result:
            raise Broken(f"the next evaluation gave {after}")
        return said
    except InterpreterError as error:
        raise Broken(f"the next worker is not understood: {error}") from error
    finally:
        interpreter.stop()


def _in_words(body: Any) -> str:
    if isinstance(body, Failed):
        return f"Failed({body.kind}: {_without_names(body.text)[:60]})"
    if isinstance(body, EvalComplete):
        result = body.result
        if isinstance(result, EvalException):
            return f"EvalException({getattr(result.error, 'type', '?')})"
        return f"EvalComplete({type(result).__name__})"
    return type(body).__name__


def _without_names(text: str) -> str:
    return re.sub(r"'.*'|-?\d+|0x\w+|b?\".*\"|\b[A-Z]\w+|^\w+:|\bno \w+$|: \w+ cannot be .*", "*", text)[:80]


def _is_torn(pieces: tuple[bytes, ...]) -> bool:
    decoder = Decoder()
    try:
        decoder.feed(b"".join(pieces))
    except FrameTooLargeError:
        return True
    return decoder.pending > 0


def _write(descriptor: int, pieces: Sequence[bytes]) -> None:
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(descriptor, view) :]
    except OSError:
        return


def _answer(heard: int, theirs: int) -> None:
    decoder = Decoder()
    while data := os.read(heard, 1 << 16):
        for payload in decoder.feed(data):
            _write(theirs, [PACKING.pack(Reply(PACKING.unpack(payload).id, GOOD))])
    os.close(heard)
    os.close(theirs)


def _tell(descriptor: int, pieces: Sequence[bytes]) -> None:
    _write(descriptor, pieces)
    os.close(descriptor)


def _drain(descriptor: int) -> None:
    while os.read(descriptor, 1 << 16):
        pass
    os.close(descriptor)


def framed(data: bytes) -> bytes:
    """Bytes as a frame, whatever they are."""
    return struct.pack("<I", len(data)) + data


def readable(data: bytes) -> Any:
    """The message in a frame, if it is one."""
    try:
        return PACKING.unpack(data[4:])
    except MalformedMessageError:
        return None
