"""Answers are for the text as it is: what was asked of an older one is told so, or is worked out again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.testing.client import LspClient, LspError

pytestmark = pytest.mark.e2e

SLOW = [sys.executable, str(Path(__file__).with_name("slow_server.py"))]
ORIGIN = {"line": 0, "character": 0}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slow")


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[LspClient]:
    with LspClient(SLOW, root=root) as client:
        client.initialize(trusted=True)
        yield client


@pytest.fixture
def uri(client: LspClient, root: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    for name in ("go", "running", "begun", "stopped"):
        (root / name).unlink(missing_ok=True)
    uri = client.open((root / f"{request.node.name}.py").as_uri(), "_ slow")
    yield uri
    client.close_document(uri)


def error_of(client: LspClient, request_id: int) -> LspError:
    with pytest.raises(LspError) as caught:
        client.answer(request_id)
    return caught.value


def test_holes_are_those_of_the_newest_version(client: LspClient, uri: str) -> None:
    asked = client.post("holefit/holes", {"textDocument": {"uri": uri}})
    client.change(uri, "_ slow again")
    client.change(uri, "_")
    assert [hole["name"] for hole in client.answer(asked)] == ["_v3"]


def test_a_place_in_an_older_text_is_content_modified_at_once(
    client: LspClient, uri: str, root: Path
) -> None:
    params = {"textDocument": {"uri": uri}, "position": ORIGIN}
    asked = [client.post(method, params) for method in ("textDocument/hover", "textDocument/completion")]
    span = {"start": ORIGIN, "end": ORIGIN}
    asked.append(
        client.post(
            "textDocument/codeAction",
            {"textDocument": {"uri": uri}, "range": span, "context": {"diagnostics": []}},
        )
    )
    client.change(uri, "_")
    assert [error_of(client, one).code for one in asked] == [-32801, -32801, -32801]


def test_work_that_a_change_made_superfluous_is_told_to_stop(client: LspClient, uri: str, root: Path) -> None:
    client.wait_until((root / "begun").exists, "the check that pushes diagnostics")
    client.change(uri, "_")
    assert client.diagnostics(uri)[0]["message"] == "_v2"
    assert (root / "stopped").exists()


def test_diagnostics_of_an_older_text_are_not_published(client: LspClient, uri: str) -> None:
    for number in range(5):
        client.change(uri, f"_ slow {number}")
    client.change(uri, "_")
    assert client.diagnostics(uri)[0]["message"] == "_v7"
    published = [
        params["version"]
        for method, params in client.notifications
        if method == "textDocument/publishDiagnostics" and params["uri"] == uri
    ]
    assert published == [7]


def test_a_cancelled_request_stops_its_work(client: LspClient, uri: str, root: Path) -> None:
    asked = client.post("textDocument/hover", {"textDocument": {"uri": uri}, "position": ORIGIN})
    client.cancel(asked)
    assert error_of(client, asked).code == -32800


def test_a_result_is_never_written_into_text_that_has_changed(
    client: LspClient, uri: str, root: Path
) -> None:
    asked = client.post(
        "workspace/executeCommand", {"command": "holefit.evaluate", "arguments": [{"uri": uri}]}
    )
    while not (root / "running").exists():
        time.sleep(0.005)
    client.change(uri, "_ slow, typed on")
    (root / "go").write_text("")
    error = error_of(client, asked)
    assert error.code == -32801
    assert "nothing was written" in str(error)
    assert client.texts[uri] == "_ slow, typed on"


def test_a_result_is_written_into_the_text_that_was_evaluated(
    client: LspClient, uri: str, root: Path
) -> None:
    (root / "go").write_text("")
    told = client.request(
        "workspace/executeCommand", {"command": "holefit.evaluate", "arguments": [{"uri": uri}]}
    )
    assert "edit" not in told
    assert client.texts[uri] == "x slow"


def test_the_request_gives_the_edit_with_the_version_that_it_is_for(client: LspClient, uri: str) -> None:
    client.change(uri, "_")
    told = client.request("holefit/evaluate", {"textDocument": {"uri": uri}})
    assert told["edit"]["documentChanges"][0]["textDocument"] == {"uri": uri, "version": 2}


def test_an_edit_that_the_editor_refuses_is_content_modified(client: LspClient, uri: str) -> None:
    client.change(uri, "_")
    apply = client.handlers["workspace/applyEdit"]
    client.handlers["workspace/applyEdit"] = lambda params: {"applied": False, "failureReason": "no"}
    asked = client.post("workspace/executeCommand", {"command": "holefit.evaluate", "arguments": [uri]})
    error = error_of(client, asked)
    client.handlers["workspace/applyEdit"] = apply
    assert error.code == -32801


def test_a_fill_for_an_older_text_is_not_applied(client: LspClient, uri: str) -> None:
    edit = {"documentChanges": [{"textDocument": {"uri": uri, "version": 1}, "edits": []}]}
    client.change(uri, "_")
    asked = client.post("workspace/executeCommand", {"command": "holefit.fill", "arguments": [edit]})
    assert error_of(client, asked).code == -32801


def test_a_document_that_is_closed_meanwhile_ends_what_was_asked_of_it(
    client: LspClient, uri: str, root: Path
) -> None:
    asked = client.post("textDocument/hover", {"textDocument": {"uri": uri}, "position": ORIGIN})
    client.close_document(uri)
    assert error_of(client, asked).code == -32801
    client.open(uri, "_")
