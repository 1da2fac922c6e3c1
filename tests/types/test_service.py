"""The type service as a process: spawned at once, mended when it dies, never in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from holefit.session.options import HoleOptions, Options
from holefit.syntax.source import Position
from holefit.types import (
    TypeService,
    TypeServiceDiedError,
    TypesRequestCancelledError,
    TypesRequestFailedError,
)
from holefit_wire.codec import from_plain, to_plain
from holefit_wire.frames import Decoder, frame
from holefit_wire.types import TypesHello, TypesReady, TypesRequest

pytestmark = pytest.mark.e2e
AREA = "def area(side: int) -> int:\n    return _\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture
def service(root: Path) -> Iterator[TypeService]:
    made = TypeService(root, Options(), python=Path(sys.executable), cache=root / ".holefit/types")
    yield made
    made.close()


def fits(service: TypeService, path: Path) -> list[str]:
    return [fit.text for hole in service.holes(path) for fit in hole.fits]


def test_the_newest_text_is_what_is_answered(service: TypeService, root: Path) -> None:
    path = root / "newest.py"
    service.start()
    for version in range(20):
        service.set_buffer(path, AREA.replace("side", f"side{version}"), version)
    (hole,) = service.holes(path)
    assert (hole.expected, hole.fits[0].text, hole.version) == ("int", "side19", 19)
    assert hole.fits[0].edits[0].range == hole.range
    assert hole.tried > len(hole.fits)
    assert service.state == "idle"


def test_only_the_hole_at_a_position(service: TypeService, root: Path) -> None:
    path = root / "position.py"
    service.set_buffer(path, AREA + "x: str = _\n", 1)
    assert [hole.expected for hole in service.holes(path)] == ["int", "str"]
    assert [hole.expected for hole in service.holes(path, Position(2, 10))] == ["str"]
    assert service.holes(path, Position(0, 0)) == []


def test_a_process_that_was_killed_is_started_again_with_its_buffers(
    service: TypeService, root: Path
) -> None:
    path = root / "killed.py"
    service.set_buffer(path, AREA, 1)
    assert "side" in fits(service, path)
    first = service.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while service.state != "dead" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "side" in fits(service, path)
    assert service.pid not in (None, first)


def test_dying_while_a_request_runs_is_mended_once(service: TypeService, root: Path) -> None:
    path = root / "dying.py"
    service.set_buffer(path, AREA, 1)
    service.holes(path)
    pid = service.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    assert "side" in fits(service, path)
    assert service.pid != pid


def test_a_process_that_dies_again_and_again_is_an_error_that_says_how(
    service: TypeService, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(root / "nowhere"))
    service.set_buffer(root / "again.py", AREA, 1)
    with pytest.raises(TypeServiceDiedError, match="exit code 1 during holes") as caught:
        service.holes(root / "again.py")
    assert caught.value.remedy
    monkeypatch.undo()
    assert "side" in fits(service, root / "again.py")


def test_a_stuck_process_is_ended(root: Path) -> None:
    path = root / "stuck.py"
    service = TypeService(
        root, Options(), python=Path(sys.executable), cache=root / ".holefit/types", timeout_s=30
    )
    try:
        service.set_buffer(path, AREA, 1)
        service.holes(path)
        assert service.pid is not None
        os.kill(service.pid, signal.SIGSTOP)
        service._timeout_s = 0.3
        with pytest.raises(Exception, match=r"no answer to holes in 0\.3 s"):
            service.holes(path)
        service._timeout_s = 30
        assert "side" in fits(service, path)
    finally:
        service.close()


def test_a_cancelled_request_does_not_wait(service: TypeService, root: Path) -> None:
    path = root / "cancelled.py"
    service.set_buffer(path, AREA, 1)
    event = threading.Event()
    event.set()
    with pytest.raises(TypesRequestCancelledError):
        service.holes(path, cancelled=event)
    assert "side" in fits(service, path)


def test_close_ends_the_process(root: Path) -> None:
    service = TypeService(root, Options(), python=Path(sys.executable), cache=root / ".holefit/types")
    path = root / "closed.py"
    service.set_buffer(path, AREA, 1)
    service.holes(path)
    pid = service.pid
    assert pid is not None
    service.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(TypesRequestFailedError):
        service.holes(path)


def test_questions_from_many_threads(service: TypeService, root: Path) -> None:
    paths = [root / f"thread{number}.py" for number in range(4)]
    for number, path in enumerate(paths):
        service.set_buffer(path, AREA.replace("side", f"side{number}"), 1)
    found: dict[int, list[str]] = {}
    threads = [
        threading.Thread(target=lambda n=number: found.__setitem__(n, fits(service, paths[n])))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number][0] for number in range(4)] == ["side0", "side1", "side2", "side3"]


def test_options_take_effect_at_the_next_question(service: TypeService, root: Path) -> None:
    path = root / "options.py"
    service.set_buffer(path, AREA, 1)
    assert len(fits(service, path)) > 2
    service.set_options(Options(holes=HoleOptions(max_valid_hole_fits=1, refinement_level_hole_fits=0)))
    assert fits(service, path) == ["side"]
    service.set_options(Options(holes=HoleOptions(show_valid_hole_fits=False)))
    assert fits(service, path) == []


def test_type_of_an_expression(service: TypeService, root: Path) -> None:
    path = root / "typeof.py"
    service.set_buffer(
        path,
        "def area(side: int, name: str = '') -> float:\n    x = [side]\n    return 1.0\n\ny = area(1)\n",
        1,
    )
    assert service.type_of(path, "area", 4) == "(side: int, name: str = ...) -> float"
    assert service.type_of(path, "y", 4) == "float"
    assert service.type_of(path, "x", 1) == "list[int]"
    assert service.type_of(path, "None", 4) == "None"
    with pytest.raises(TypesRequestFailedError, match="no expression"):
        service.type_of(path, "1 +", 4)
    with pytest.raises(TypesRequestFailedError, match="nowhere"):
        service.type_of(path, "nowhere", 4)
    assert service.holes(path) == []


def test_problems_are_errors_other_than_holes(service: TypeService, root: Path) -> None:
    path = root / "problems.py"
    service.set_buffer(path, "x: int = 'a'\ny = _hole\nz = nowhere\n", 1)
    found = service.problems(path)
    assert [(one.range.start.line, one.code) for one in found] == [(0, "type"), (2, "type")]
    assert found[0].range.start.column == 9
    service.set_buffer(path, "x = (\n", 2)
    (syntax,) = service.problems(path)
    assert syntax.code == "syntax"


def test_an_unknown_message_is_answered_and_prints_do_not_disturb(root: Path) -> None:
    """Frames by hand: a request that nobody knows gets an error reply."""
    process = subprocess.Popen(
        [sys.executable, "-m", "holefit.types.service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    hello = TypesHello(1, str(root), [str(root)], str(root / ".holefit/types"), sys.executable, {})
    unknown = to_plain(TypesRequest(7, None)) | {"body": {"t": "FromTheFuture"}}
    for plain in (to_plain(hello), unknown):
        process.stdin.write(frame(msgpack.packb(plain)))
    process.stdin.flush()
    decoder, messages = Decoder(), []
    while len(messages) < 2 and (data := os.read(process.stdout.fileno(), 65536)):
        messages += [from_plain(msgpack.unpackb(payload)) for payload in decoder.feed(data)]
    (reply,) = [message for message in messages if not isinstance(message, TypesReady)]
    assert reply.id == 7
    assert reply.body.kind == "unknown"
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
