"""Constructions, misspelled names and deferred holes as an editor meets them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import LspClient, apply_edits

pytestmark = pytest.mark.e2e

TEXT = """_length = 3

def label(flag: bool, n: int) -> int:
    return _

def other() -> int:
    return _lenght

# >>> stuck(4)
def stuck(side: int) -> int:
    return _result * 2
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LspClient]:
    (tmp_path / "app.py").write_text(TEXT)
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=tmp_path) as client:
        client.initialize(trusted=True, holes={"deferTypedHoles": True})
        yield client


def actions(client: LspClient, uri: str, line: int, character: int, *only: str) -> dict[str, Any]:
    at = {"line": line, "character": character}
    found = client.request(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": uri},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": [], **({"only": list(only)} if only else {})},
        },
    )
    return {one["title"]: one for one in found or ()}


def edited(client: LspClient, uri: str, action: dict[str, Any]) -> str:
    (change,) = action["edit"]["documentChanges"]
    return apply_edits(client.texts[uri], change["edits"])


def test_constructions_are_refactorings_and_go_to_their_first_hole(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "app.py")
    found = actions(client, uri, 3, 12, "refactor")
    split = found["Split on flag"]
    assert split["kind"] == "refactor.rewrite.holefit.split"
    assert "    if flag:\n        return _\n    else:\n        return _\n" in edited(client, uri, split)
    assert all(one["kind"].startswith("refactor") for one in found.values())
    client.change(uri, edited(client, uri, split))
    command = split["command"]
    gone = client.request(
        "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
    )
    assert gone["start"] == {"line": 4, "character": 15}
    back = [{**command["arguments"][0], "backward": True}]
    gone = client.request("workspace/executeCommand", {"command": "holefit.goToHole", "arguments": back})
    assert gone["start"]["line"] > 4  # round the end


def test_the_request_tells_what_can_be_built(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "app.py")
    params = {"textDocument": {"uri": uri}, "position": {"line": 3, "character": 11}}
    assert [one["title"] for one in client.request("holefit/constructions", params)] == ["Split on flag"]


def test_a_misspelled_name_has_a_quick_fix(client: LspClient, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "app.py")
    found = actions(client, uri, 6, 13, "quickfix")
    fix = found["Change _lenght to _length"]
    assert "return _length\n" in edited(client, uri, fix)
    hover = client.request(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 6, "character": 13}}
    )
    assert "perhaps it is misspelled: `_length`" in hover["contents"]["value"]


def test_an_evaluation_stands_at_a_hole_until_it_is_filled_and_saved(
    client: LspClient, tmp_path: Path
) -> None:
    uri = client.open(tmp_path / "app.py")
    lines = {"start": {"line": 8, "character": 0}, "end": {"line": 8, "character": 5}}
    told = client.request("holefit/evaluate", {"textDocument": {"uri": uri}, "range": lines})
    assert "stands still at the hole _result" in told["results"][0]["note"]
    goal = {"textDocument": {"uri": uri}, "position": {"line": 10, "character": 12}}
    hole = client.request("holefit/goal", goal)
    assert hole["reached"] is True
    assert {"name": "side", "type": "int", "value": "4"} in hole["bindings"]
    assert next(fit for fit in hole["fits"] if fit["text"] == "side")["value"] == "4"
    client.change(uri, client.texts[uri].replace("_result", "side"))
    client.save(uri)
    client.wait_until(lambda: "# >>> stuck(4)\n# 8\n" in client.texts[uri], "the result in the text")
