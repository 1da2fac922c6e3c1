"""A worker, or a session, that does not keep to the protocol: a typed error and a clean restart, never a hang."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgpack  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holefit.interpreter import Interpreter, InterpreterError, RequestFailedError
from holefit.interpreter.process import WORKER
from holefit.session.options import InterpreterOptions, Options
from holefit.testing.prompt import Prompt
from holefit_wire.frames import Decoder, frame
from holefit_wire.interpreter import Done, Failed, FreeRefs, Hello, Output, Reply, Request, Shutdown, Welcome
from holefit_wire.packing import Packing

PACKING = Packing(msgpack)


class Raw:
    """A worker spoken to in bytes."""

    def __init__(self) -> None:
        command = [sys.executable, "-X", "utf8", str(WORKER)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self._decoder = Decoder()
        self._arrived: list[bytes] = []

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def reply(self) -> Reply:
        assert self.process.stdout is not None
        while not self._arrived:
            data = self.process.stdout.read(65536)
            assert data, "the worker has gone"
            self._arrived = self._decoder.feed(data)
        message = PACKING.unpack(self._arrived.pop(0))
        assert isinstance(message, Reply)
        return message

    def ask(self, number: int, body: object) -> object:
        self.send(PACKING.pack(Request(number, body)))
        reply = self.reply()
        assert reply.id == number
        return reply.body

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def raw() -> Iterator[Raw]:
    made = Raw()
    yield made
    made.end()


HELLO = Hello(1, [], [], {})


def test_hello_comes_first_and_versions_must_agree(raw: Raw) -> None:
    refused = raw.ask(1, FreeRefs([1]))
    assert refused == Failed("OutOfOrder", "Hello comes first, not FreeRefs")
    refused = raw.ask(2, Hello(99, [], [], {}))
    assert refused == Failed("ProtocolVersion", "this worker speaks protocol 1, not 99")
    assert isinstance(raw.ask(3, HELLO), Welcome)
    assert raw.ask(4, Shutdown()) == Done()
    assert raw.process.wait(5) == 0


def test_what_the_worker_cannot_read_is_refused_and_it_goes_on(raw: Raw) -> None:
    raw.ask(1, HELLO)
    for payload, kind in [
        (b"", "MalformedMessage"),
        (b"\xc1", "MalformedMessage"),
        (b"\xff" * 50, "MalformedMessage"),
        (msgpack.packb(5), "OutOfOrder"),
        (msgpack.packb({"t": "Teleport"}), "UnknownMessage"),
        (PACKING.pack(Output("stdout", "x"))[4:], "OutOfOrder"),
    ]:
        raw.send(frame(payload))
        reply = raw.reply()
        assert isinstance(reply.body, Failed)
        assert (reply.id, reply.body.kind) == (0, kind)
    raw.send(frame(msgpack.packb({"t": "Request", "id": 7, "body": {"t": "Teleport"}})))
    reply = raw.reply()
    assert (reply.id, reply.body) == (7, Failed("UnknownMessage", "unknown message 'Teleport'"))
    assert raw.ask(8, FreeRefs([5])) == Done()
    assert raw.ask(9, Done()) == Failed("UnknownMessage", "Done is no request to a worker")


def test_a_frame_too_large_ends_the_worker_with_a_word(raw: Raw) -> None:
    raw.ask(1, HELLO)
    raw.send(struct.pack("<I", 0xFFFFFFFF))
    reply = raw.reply()
    assert isinstance(reply.body, Failed)
    assert reply.body.kind == "FrameTooLarge"
    assert raw.process.wait(5) is not None


def test_a_torn_frame_ends_the_worker(raw: Raw) -> None:
    raw.ask(1, HELLO)
    raw.send(PACKING.pack(Request(2, FreeRefs([1])))[:-3])
    assert raw.process.stdin is not None
    raw.process.stdin.close()
    assert raw.process.wait(5) is not None


@given(st.lists(st.binary(max_size=60), max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_worker_survives_any_frames(steady: Raw, payloads: list[bytes]) -> None:
    for payload in payloads:
        steady.send(frame(payload))
    for _ in payloads:
        assert isinstance(steady.reply().body, Failed)
    assert steady.ask(5, FreeRefs([])) == Done()


@pytest.fixture(scope="module")
def steady() -> Iterator[Raw]:
    made = Raw()
    made.ask(1, HELLO)
    yield made
    made.end()


LIAR = """
import struct, sys
sys.path[:0] = {paths!r}
import msgpack
from holefit_wire.packing import Packing
from holefit_wire.interpreter import *
packing, out = Packing(msgpack), sys.stdout.buffer
def say(data):
    out.write(data); out.flush()
def hear():
    (size,) = struct.unpack("<I", sys.stdin.buffer.read(4))
    return packing.unpack(sys.stdin.buffer.read(size))
say(packing.pack(Reply(hear().id, Welcome(1, 1, "liar", "3.11.0", "liar", []))))
request = hear()
{lie}
sys.stdin.buffer.read()
"""


def liar(tmp_path: Path, lie: str) -> Interpreter:
    """An interpreter whose worker lies at its first evaluation."""
    paths = [str(WORKER.parent.parent), str(Path(msgpack.__file__).parent.parent)]
    program = tmp_path / "liar.py"
    program.write_text(LIAR.format(paths=paths, lie=lie))
    return Interpreter(
        tmp_path, Options(interpreter=InterpreterOptions(spawn=(sys.executable, str(program), "{worker}")))
    )


@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        ("say(struct.pack('<I', 0xFFFFFFFF))", "cannot be followed"),
        ("say(struct.pack('<I', 3) + b'abc')", "no message"),
        ("say(packing.pack(Reply(request.id + 50, Done())))", "which nobody made"),
        ("say(packing.pack(request))", "no reply"),
        ("say(packing.pack(Reply(request.id, Done())))", "was answered with Done"),
        (
            "say(packing.pack(Reply(0, Failed('MalformedMessage', 'eh?'))))",
            "could not read what it was sent: eh?",
        ),
        ("say(struct.pack('<I', 100) + b'torn'); out.close(); sys.exit()", "exited with code 0"),
        ("out.close(); sys.exit(3)", "exited with code 3"),
    ],
)
def test_a_worker_that_lies_is_replaced(tmp_path: Path, lie: str, complaint: str) -> None:
    interpreter = liar(tmp_path, lie)
    interpreter.grace_s = 0.5
    with pytest.raises(InterpreterError, match=complaint):
        interpreter.eval_stmt("1", timeout_s=60)
    assert interpreter.status().state == "dead"
    interpreter.set_options(Options())
    prompt = Prompt(interpreter)
    answer = prompt.run("1 + 1")
    assert answer.result.values[0].text == "2"
    assert len(answer.notes) == 1
    interpreter.stop()


def test_a_worker_that_says_nothing_is_killed_when_the_time_is_up(tmp_path: Path) -> None:
    interpreter = liar(tmp_path, "pass")
    interpreter.grace_s = 0.2
    with pytest.raises(InterpreterError, match="was killed"):
        interpreter.eval_stmt("1", timeout_s=0.2)
    interpreter.stop()


def test_a_failed_request_is_typed_and_costs_nothing(alone: Prompt) -> None:
    alone.value("x = 1")
    with pytest.raises(RequestFailedError) as caught:
        alone.interpreter._call(Done(), Done, "nothing")
    assert caught.value.kind == "UnknownMessage"
    assert alone.value("x") == "1"


def test_a_text_that_cannot_be_sent_costs_nothing(alone: Prompt) -> None:
    alone.value("x = 1")
    with pytest.raises(RequestFailedError, match="cannot be sent"):
        alone.interpreter.eval_stmt("1", line=1 << 80)
    assert alone.value("x") == "1"
