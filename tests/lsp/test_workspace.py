"""Trust, settings, folders, pulled diagnostics; and processes that die."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import CAPABILITIES, LspClient, LspError

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "holefit", "lsp"]
TEXT = "def f(it: int) -> int:\n    return _\n\n# >>> f.__name__\n"
PULLING = {**CAPABILITIES, "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {}}}


@pytest.fixture
def client(tmp_path: Path, warm: Path) -> Iterator[LspClient]:
    """A server that has not been initialized."""
    (tmp_path / "main.py").write_text(TEXT)
    shutil.copytree(warm, tmp_path / ".holefit")
    with LspClient(COMMAND, root=tmp_path) as client:
        yield client


def document(uri: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}}


def refused(client: LspClient, method: str, params: Any) -> LspError:
    with pytest.raises(LspError) as caught:
        client.request(method, params)
    return caught.value


def expected_of(client: LspClient, uri: str) -> list[str]:
    return [hole["expected"] for hole in client.request("holefit/holes", document(uri))]


def test_an_untrusted_workspace_has_holes_and_runs_nothing(client: LspClient, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\ntrusted = true\n")
    client.initialize()
    uri = client.open(tmp_path / "main.py", TEXT + "# ANN f: __import__('os').mkdir('ran')\n")
    assert expected_of(client, uri) == ["int"]
    for method, params in [
        ("holefit/evaluate", document(uri)),
        ("holefit/reload", {}),
        ("holefit/interpreter", {"action": "start"}),
        ("workspace/executeCommand", {"command": "holefit.evaluate", "arguments": [uri]}),
    ]:
        error = refused(client, method, params)
        assert error.code == -32803
        assert "not trusted" in str(error)
        assert error.data["kind"] == "UntrustedWorkspaceError"
    assert client.request("holefit/interpreter", {})["state"] == "stopped"
    assert client.request("holefit/annotations", {}) == []
    client.save(uri)
    assert client.request("textDocument/codeLens", document(uri))
    assert not (tmp_path / "ran").exists()


def test_trust_may_come_later_and_go_again(client: LspClient, tmp_path: Path) -> None:
    client.initialize(capabilities={})
    uri = client.open(tmp_path / "main.py")
    assert refused(client, "holefit/evaluate", document(uri)).code == -32803
    client.notify("workspace/didChangeConfiguration", {"settings": {"holefit": {"trusted": True}}})
    assert client.request("holefit/evaluate", document(uri))["results"][0]["text"] == "'f'"
    assert client.wait_for("holefit/status")["trusted"] is True
    client.notify("workspace/didChangeConfiguration", {"settings": {"holefit": {"trusted": False}}})
    assert refused(client, "holefit/evaluate", document(uri)).code == -32803


def test_settings_that_are_asked_for_go_on_top_of_the_first_ones(client: LspClient, tmp_path: Path) -> None:
    client.handlers["workspace/configuration"] = lambda params: [
        {"holes": {"maxValidHoleFits": 1}} for _ in params["items"]
    ]
    client.initialize(trusted=True, holes={"maxValidHoleFits": 3, "refinementLevelHoleFits": 0})
    uri = client.open(tmp_path / "main.py", "def f(a: int, b: int, c: int) -> int:\n    return _\n")
    client.wait_until(
        lambda: len(client.request("holefit/holes", document(uri))[0]["fits"]) == 1, "the newer settings"
    )
    assert client.request("holefit/evaluate", document(uri))["results"] == []


def test_settings_that_there_are_not_are_named_and_the_others_count(
    client: LspClient, tmp_path: Path
) -> None:
    client.initialize(trusted=True, holes={"nonsense": 1, "maxValidHoleFits": "many"}, evil=True)
    told = client.wait_for("window/showMessage")
    assert told["type"] == 2
    for name in ("holefit.holes.nonsense", "holefit.holes.maxValidHoleFits", "holefit.evil"):
        assert name in told["message"]
    uri = client.open(tmp_path / "main.py")
    assert client.request("holefit/evaluate", document(uri))["results"][0]["ok"]
    assert len([1 for method, _ in client.notifications if method == "window/showMessage"]) == 1


def test_the_projects_file_is_read_again_when_it_changes(client: LspClient, tmp_path: Path) -> None:
    client.initialize()
    uri = client.open(tmp_path / "main.py", "def f(a: int, b: int, c: int) -> int:\n    return _\n")
    plain = [fit for fit in client.request("holefit/holes", document(uri))[0]["fits"] if fit["level"] == 0]
    assert len(plain) > 1
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool.holefit.holes]\nmax-valid-hole-fits = 1\nrefinement-level-hole-fits = 0\n")
    changes = [{"uri": project.as_uri(), "type": 1}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    client.wait_until(
        lambda: len(client.request("holefit/holes", document(uri))[0]["fits"]) == 1, "the new options"
    )


def test_several_folders_have_a_session_each(client: LspClient, tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for folder, kind in ((one, "int"), (two, "str"), (three, "bytes")):
        shutil.copytree(tmp_path / ".holefit", folder / ".holefit")
        (folder / "kinds.py").write_text(f"def take(it: {kind}) -> None: ...\n")
        (folder / "main.py").write_text("from kinds import take\ntake(_)\n")
    client.initialize(folders=[one, two], trusted=True)
    first, second = client.open(one / "main.py"), client.open(two / "main.py")
    assert (expected_of(client, first), expected_of(client, second)) == (["int"], ["str"])
    added = {"uri": three.as_uri(), "name": "three"}
    removed = {"uri": two.as_uri(), "name": "two"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [added], "removed": [removed]}})
    third = client.open(three / "main.py")
    assert expected_of(client, third) == ["bytes"]
    assert expected_of(client, second) == ["str"], "a file outside of all folders has its own project"
    roots = {status["root"] for method, status in client.notifications if method == "holefit/status"}
    assert roots >= {one.as_uri(), two.as_uri(), three.as_uri()}


def test_a_file_without_a_workspace_is_served(client: LspClient, tmp_path: Path) -> None:
    client.initialize(folders=[])
    uri = client.open(tmp_path / "main.py")
    assert expected_of(client, uri) == ["int"]
    new = client.open((tmp_path / "not" / "yet" / "there.py").as_uri(), TEXT)
    assert expected_of(client, new) == ["int"]


def test_diagnostics_are_pulled_whole_or_unchanged(client: LspClient, tmp_path: Path) -> None:
    client.initialize(capabilities=PULLING)
    uri = client.open(tmp_path / "main.py")
    first = client.request("textDocument/diagnostic", document(uri))
    assert (first["kind"], [one["code"] for one in first["items"]]) == ("full", ["hole"])
    asked = document(uri) | {"previousResultId": first["resultId"]}
    again = client.request("textDocument/diagnostic", asked)
    assert again == {"kind": "unchanged", "resultId": first["resultId"]}
    client.change(uri, TEXT.replace("_", "it", 1))
    third = client.request("textDocument/diagnostic", asked)
    assert (third["kind"], third["items"]) == ("full", [])
    assert not [1 for method, _ in client.notifications if method == "textDocument/publishDiagnostics"]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.parent.name))
    return found


def runs(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def type_service(client: LspClient) -> int:
    (found,) = (pid for pid in children(client.process.pid) if "holefit.types" in runs(pid))
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")


@needs_proc
def test_the_server_outlives_its_type_service(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py")
    assert expected_of(client, uri) == ["int"]
    os.kill(type_service(client), signal.SIGKILL)
    client.change(uri, TEXT.replace("int:", "str:"))
    assert client.request("holefit/evaluate", document(uri))["results"][0]["ok"]
    client.wait_until(lambda: expected_of(client, uri) == ["str"], "holes from a new type service")


@needs_proc
def test_the_server_outlives_a_type_service_that_hangs_for_a_while(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py")
    assert expected_of(client, uri) == ["int"]
    service = type_service(client)
    os.kill(service, signal.SIGSTOP)
    try:
        client.change(uri, TEXT.replace("int:", "str:"))
        asked = client.post("holefit/holes", document(uri))
        assert client.request("holefit/evaluate", document(uri))["results"][0]["ok"]
        assert client.request("textDocument/codeLens", document(uri))
        hover = client.post("textDocument/hover", document(uri) | {"position": {"line": 1, "character": 11}})
        client.cancel(hover)
        with pytest.raises(LspError) as caught:
            client.answer(hover)
        assert caught.value.code == -32800
    finally:
        os.kill(service, signal.SIGCONT)
    assert [hole["expected"] for hole in client.answer(asked)] == ["str"]


def test_the_server_outlives_the_interpreter(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py", TEXT + "\n# >>> import os; os.kill(os.getpid(), 9)\n")
    told = client.request("holefit/evaluate", document(uri))
    assert [result["ok"] for result in told["results"]] == [True, False]
    assert "SIGKILL" in told["results"][1]["text"]
    client.change(uri, TEXT)
    assert client.request("holefit/evaluate", document(uri))["results"][0]["text"] == "'f'"
    pid = client.request("holefit/interpreter", {})["pid"]
    os.kill(pid, signal.SIGKILL)
    assert expected_of(client, uri) == ["int"]
    client.wait_until(
        lambda: client.request("holefit/evaluate", document(uri))["results"][0]["ok"], "a new interpreter"
    )


@needs_proc
def test_no_process_is_left_behind(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py")
    client.request("holefit/holes", document(uri))
    client.request("holefit/evaluate", document(uri))
    started = children(client.process.pid)
    assert len(started) >= 2
    client.process.kill()
    client.wait_for_exit()
    deadline = time.monotonic() + 30
    while (
        alive := [pid for pid in started if Path(f"/proc/{pid}").exists()]
    ) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive == []


def test_two_clients_worth_of_requests_are_all_answered(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uris = []
    for number in range(2):
        path = tmp_path / f"part{number}.py"
        path.write_text(TEXT)
        uris.append(client.open(path))
    here = {"position": {"line": 1, "character": 11}}
    asked = [
        (method, client.post(method, document(uri) | here))
        for _ in range(20)
        for uri in uris
        for method in ("holefit/holes", "textDocument/hover", "textDocument/completion", "holefit/evaluate")
    ]
    for method, request_id in asked:
        assert client.answer(request_id, doing=method)
