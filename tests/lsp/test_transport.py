"""The conversation itself, with a client that forgives nothing. Each test is a way in which servers are known to fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import LspClient, LspError, frame

pytestmark = pytest.mark.e2e

PROBE = [sys.executable, str(Path(__file__).with_name("probe_server.py"))]

Start = Callable[..., LspClient]


def refusal(client: LspClient, method: str, params: Any = None) -> LspError:
    with pytest.raises(LspError) as caught:
        client.request(method, params)
    return caught.value


def appears(path: Path) -> bool:
    """Whether a file is there before long."""
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return path.exists()


def test_a_stray_print_stays_out_of_the_stream(probe: LspClient) -> None:
    assert probe.request("probe/print") == "printed"
    assert probe.request("probe/echo", {"after": 1}) == {"after": 1}
    probe.wait_until(lambda: "stray child" in probe.stderr, "the stray text on standard error")


def test_frames_from_many_threads_are_never_torn(probe: LspClient) -> None:
    ids = [probe.post("probe/big", {"size": 200_000}) for _ in range(6)]
    assert probe.request("probe/flood_from_threads", {"count": 40, "size": 5_000}) == "flooded"
    assert all(probe.answer(one) == "x" * 200_000 for one in ids)
    assert len([1 for name, _ in probe.notifications if name == "probe/flooded"]) == 320


def test_busy_handlers_do_not_keep_the_server_from_reading(probe: LspClient) -> None:
    busy = [probe.post("probe/block", {"seconds": 300, "lane": lane}) for lane in range(8) for _ in range(3)]
    assert probe.request("probe/echo", 1) == 1
    for one in busy:
        probe.cancel(one)


def test_a_client_that_does_not_read_is_still_listened_to(probe: LspClient, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    probe.pause_reading()
    try:
        probe.post("probe/flood", {"count": 50, "size": 100_000})
        probe.notify("probe/mark", {"path": str(mark)})
        assert appears(mark)
    finally:
        probe.resume_reading()
    assert probe.request("probe/echo", 2) == 2


@pytest.mark.parametrize("result", ["nan", "set"])
def test_a_result_that_cannot_be_written_is_an_internal_error(probe: LspClient, result: str) -> None:
    error = refusal(probe, "probe/unwritable", result)
    assert error.code == -32603
    assert "cannot be written" in str(error)


def test_a_bug_gives_an_internal_error_without_a_traceback(probe: LspClient) -> None:
    error = refusal(probe, "probe/raise")
    assert error.code == -32603
    assert "probe/raise" in str(error)
    assert error.data is None
    probe.wait_until(lambda: "Traceback" in probe.stderr, "the traceback in the log")
    assert not [1 for method, _ in probe.notifications if method == "window/showMessage"]


def test_params_that_do_not_fit_are_refused_and_named(probe: LspClient) -> None:
    error = refusal(probe, "textDocument/hover", {"textDocument": {}})
    assert error.code == -32602
    assert "uri" in str(error)
    assert refusal(probe, "holefit/goal", {"position": {"line": 0, "character": 0}}).code == -32602
    assert refusal(probe, "holefit/evaluate", None).code == -32602
    assert refusal(probe, "workspace/executeCommand", {"command": "no.such"}).code == -32602
    assert refusal(probe, "workspace/executeCommand", {"command": "holefit.evaluate"}).code == -32602


def test_a_key_jsonrpc_inside_params_does_not_lose_the_request(probe: LspClient) -> None:
    params = {"inner": {"jsonrpc": "2.0", "x": 1}, "class": 1, "a-b": 2}
    assert probe.request("probe/echo", params) == params


def test_a_method_that_does_not_exist_is_refused(probe: LspClient) -> None:
    assert refusal(probe, "no/such").code == -32601
    probe.notify("no/such", {})
    probe.notify("$/optional", {})
    assert probe.request("probe/echo", 3) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{bad json", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 100_000, -32700),
        (b'[{"jsonrpc":"2.0","id":1,"method":"probe/echo"}]', -32600),
        (b"17", -32600),
        (b'{"jsonrpc":"2.0"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"probe/echo"}', -32600),
        (b'{"jsonrpc":"2.0","id":[1],"method":"probe/echo"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"probe/echo"}', -32600),
    ],
)
def test_what_is_no_message_is_refused_with_no_id(probe: LspClient, body: bytes, code: int) -> None:
    answers: list[dict[str, Any]] = []
    take = probe._take
    probe._take = lambda message: answers.append(message) if message.get("id", 0) is None else take(message)  # type: ignore[method-assign]
    probe.send_bytes(frame(body))
    assert probe.request("probe/echo", 4) == 4
    assert [one["error"]["code"] for one in answers] == [code]


@pytest.mark.parametrize(
    "message",
    [{"jsonrpc": "1.0", "method": "probe/echo"}, {"method": "probe/echo"}, {"jsonrpc": "2.0", "method": 7}],
)
def test_a_request_of_another_protocol_is_refused(probe: LspClient, message: dict[str, Any]) -> None:
    probe.send({**message, "id": "other"})
    with pytest.raises(LspError) as caught:
        probe.answer("other")
    assert caught.value.code == -32600


def test_header_names_are_read_in_any_case(probe: LspClient) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": "low", "method": "probe/echo", "params": 1}).encode()
    probe.send_bytes(b"content-type: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    assert probe.answer("low") == 1


def test_a_request_before_initialize_is_refused(start: Start) -> None:
    client = start()
    assert refusal(client, "textDocument/hover", {}).code == -32002
    assert refusal(client, "shutdown").code == -32002
    client.notify("textDocument/didOpen", {})
    client.initialize()
    assert (
        refusal(client, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}).code == -32600
    )


def test_a_request_after_shutdown_is_refused(start: Start) -> None:
    client = start()
    client.initialize()
    client.request("shutdown")
    assert refusal(client, "probe/echo", 1).code == -32600
    client.notify("exit")
    assert client.wait_for_exit() == 0


def test_exit_without_shutdown_has_status_1(start: Start) -> None:
    client = start()
    client.initialize()
    client.notify("exit")
    assert client.wait_for_exit() == 1


def test_exit_before_initialize_has_status_1(start: Start) -> None:
    client = start()
    client.notify("exit")
    assert client.wait_for_exit() == 1


def test_the_end_of_input_ends_the_server(start: Start) -> None:
    client = start()
    client.initialize()
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.wait_for_exit() == 1


def test_a_handler_that_is_stuck_does_not_keep_the_server_from_exiting(start: Start) -> None:
    client = start()
    client.initialize()
    client.post("probe/stuck")
    client.request("probe/echo")
    assert client.shutdown() == 0  # sooner than the client loses patience


def test_a_terminated_server_says_so_by_its_status(start: Start) -> None:
    client = start()
    client.initialize()
    os.kill(client.process.pid, signal.SIGTERM)
    assert client.wait_for_exit() == 128 + signal.SIGTERM


def test_a_client_that_goes_away_ends_the_server() -> None:
    with subprocess.Popen(
        PROBE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdout.close()
        params: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
        server.stdin.write(frame(body))
        server.stdin.flush()
        assert server.wait(20) == 1


def test_a_cancelled_request_is_answered_at_once_and_its_work_told(probe: LspClient, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    begun = tmp_path / "begun"
    running = probe.post("probe/block", {"seconds": 60, "begun": str(begun), "mark": str(mark)})
    assert appears(begun)
    waiting = probe.post("probe/block", {"seconds": 60})
    probe.request("probe/echo")
    probe.cancel(waiting)
    probe.cancel(running)
    for one in (running, waiting):
        with pytest.raises(LspError) as caught:
            probe.answer(one)
        assert caught.value.code == -32800
    assert appears(mark)
    probe.cancel(running)
    probe.cancel("never was")
    assert probe.request("probe/echo", 5) == 5


def test_an_answer_of_the_client_reaches_who_asked(probe: LspClient) -> None:
    probe.handlers["client/probe"] = lambda params: {"x": 1}
    assert probe.request("probe/ask") == "answered: {'x': 1}"
    del probe.handlers["client/probe"]


def test_a_refusal_of_the_client_reaches_who_asked(probe: LspClient) -> None:
    assert probe.request("probe/ask") == "refused: this client does not know client/probe"
    probe.send({"jsonrpc": "2.0", "id": "never asked", "result": 1})
    assert probe.request("probe/echo", 6) == 6


def test_a_client_that_does_not_read_our_standard_error_does_not_stop_us(start: Start) -> None:
    client = start(env={"HOLEFIT_LOG": "DEBUG"}, read_stderr=False)
    client.initialize()
    for number in range(300):
        assert client.request("probe/echo", "x" * 1000 + str(number)).endswith(str(number))
