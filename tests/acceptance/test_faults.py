"""Processes that are killed or kept busy: what a person sees of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.testing import LspClient, LspError

pytestmark = pytest.mark.e2e

TEXT = "def f(a: int) -> int:\n    return _\n\n# >>> 6 * 7\n"


@pytest.fixture
def client(folder: Path) -> Iterator[LspClient]:
    (folder / "main.py").write_text(TEXT)
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=folder) as client:
        client.initialize(trusted=True)
        yield client


def _open(client: LspClient, text: str = TEXT) -> dict[str, dict[str, str]]:
    assert client.root is not None
    return {"textDocument": {"uri": client.open(client.root / "main.py", text)}}


def _children(client: LspClient, word: str) -> list[int]:
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(client.process.pid)], capture_output=True, text=True
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if word in line]


def _texts(client: LspClient, document: object) -> list[str]:
    return [result["text"] for result in client.request("holefit/evaluate", document)["results"]]


def test_an_endless_evaluation_keeps_nothing_else_waiting_and_can_be_cancelled(client: LspClient) -> None:
    document = _open(client, "# >>> while True: pass\ndef f() -> int:\n    return _\n")
    client.request("holefit/holes", document)
    running = client.post("holefit/evaluate", document)
    client.wait_until(lambda: client.request("holefit/interpreter", {})["state"] == "busy", "a busy worker")
    hover = {**document, "position": {"line": 2, "character": 11}}
    assert client.request("textDocument/hover", hover)
    assert client.request("holefit/holes", document)
    client.cancel(running)
    with pytest.raises(LspError) as cancelled:
        client.answer(running)
    assert cancelled.value.code == -32800
    client.change(document["textDocument"]["uri"], "# >>> 1 + 1\n")
    assert _texts(client, document) == ["2"]


def test_a_type_service_that_hangs_keeps_nothing_else_waiting(client: LspClient) -> None:
    document = _open(client)
    client.request("holefit/holes", document)
    (service,) = _children(client, "types.service")
    os.kill(service, signal.SIGSTOP)
    try:
        client.change(document["textDocument"]["uri"], TEXT + "x = 1\n")
        assert client.request("textDocument/codeLens", document)
        assert _texts(client, document) == ["42"]
        client.request("textDocument/hover", {**document, "position": {"line": 3, "character": 2}})
    finally:
        os.kill(service, signal.SIGCONT)
    assert client.request("holefit/holes", document)[0]["expected"] == "int"


def test_killed_processes_are_replaced(client: LspClient) -> None:
    document = _open(client)
    assert client.request("holefit/holes", document)[0]["expected"] == "int"
    assert _texts(client, document) == ["42"]
    (service,) = _children(client, "types.service")
    for process in (service, client.request("holefit/interpreter", {})["pid"]):
        os.kill(process, signal.SIGKILL)
    client.change(document["textDocument"]["uri"], TEXT.replace("-> int", "-> float"))
    assert client.request("holefit/holes", document)[0]["expected"] == "float"
    assert "42" in _texts(client, document) + _texts(client, document)


def test_nothing_is_left_running_when_the_server_dies(client: LspClient) -> None:
    document = _open(client)
    client.request("holefit/holes", document)
    _texts(client, document)
    left = [*_children(client, "holefit"), client.request("holefit/interpreter", {})["pid"]]
    assert len(left) == 3  # the type service, the worker, and the one behind it that keeps its state
    client.process.kill()
    client.process.wait()
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in left if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_thousand_edits_leave_the_server_as_large_as_it_was(client: LspClient) -> None:
    text = "".join(f"def f{n}(a: int, b: str) -> str:\n    return b\n" for n in range(100))
    document = _open(client, text)
    uri = document["textDocument"]["uri"]
    client.request("holefit/holes", document)
    before = _memory_mb(client.process.pid)
    for n in range(1_000):
        line = 2 * (n % 100) + 1
        place = {"start": {"line": line, "character": 11}, "end": {"line": line, "character": 12}}
        client.edit(uri, place, "_" if n % 200 < 100 else "b")
        if n % 50 == 0:
            client.request("textDocument/codeLens", document)
    assert client.request("holefit/holes", document) == []
    assert _memory_mb(client.process.pid) < before + 40


def _memory_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def test_two_processes_work_on_one_project_at_once(folder: Path) -> None:
    (folder / "main.py").write_text("# ANN f: 1\n" + TEXT)
    command = [sys.executable, "-m", "holefit", "check", str(folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        out, _ = process.communicate()
        assert "_ : int" in out
        assert process.returncode == 1
