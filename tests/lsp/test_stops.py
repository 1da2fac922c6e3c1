"""Stopped evaluations, profiles and commands of the debugger over LSP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import LspClient, LspError

pytestmark = pytest.mark.e2e

TEXT = """\
def area(side):
    found = side * side
    return found


# >>> :break 2
# >>> area(4)
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LspClient]:
    root = tmp_path_factory.mktemp("project")
    (root / "shapes.py").write_text(TEXT)
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=root) as client:
        client.initialize(trusted=True)
        yield client


@pytest.fixture(scope="module")
def shapes(client: LspClient) -> str:
    return client.open(Path(client.root, "shapes.py"))


def run(client: LspClient, command: str, *arguments: object) -> Any:
    return client.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})


def test_a_stop_is_told_and_goes_on(client: LspClient, shapes: str) -> None:
    client.change(shapes, TEXT)
    client.request("holefit/evaluate", {"textDocument": {"uri": shapes}})
    client.wait_until(
        lambda: any(
            len(params.get("stops", ())) == 1
            for method, params in client.notifications
            if method == "holefit/status"
        ),
        "a status that tells of the stop",
    )
    (stop,) = client.request("holefit/stops", {})["stops"]
    frame = stop["frames"][0]
    assert (frame["uri"], frame["line"], frame["function"], frame["text"]) == (
        shapes,
        2,
        "area",
        "found = side * side",
    )
    assert frame["variables"] == [{"name": "side", "type": "int", "text": "4"}]
    told = run(client, "holefit.stepOver", {"uri": shapes})
    assert told["stops"][0]["frames"][0]["line"] == 3
    told = client.request("holefit/stops", {"action": "continue", "stop": told["stops"][0]["id"]})
    assert told == {"finished": {"ok": True, "text": "16", "stdout": "", "stderr": ""}, "stops": []}
    with pytest.raises(LspError, match="Nothing is stopped"):
        run(client, "holefit.abandon")
    with pytest.raises(LspError, match="is none of continue, step"):
        client.request("holefit/stops", {"action": "jump"})


def test_hot_lines_show_beside_the_code(client: LspClient, shapes: str) -> None:
    text = TEXT.replace("# >>> :break 2\n# >>> area(4)", "# >>> :profile [area(i) for i in range(200_000)]")
    client.change(shapes, text)
    client.request("holefit/evaluate", {"textDocument": {"uri": shapes}})
    everywhere = {"start": {"line": 0, "character": 0}, "end": {"line": 20, "character": 0}}
    hints = client.request("textDocument/inlayHint", {"textDocument": {"uri": shapes}, "range": everywhere})
    hot = [hint for hint in hints if " %  " in hint["label"]]
    assert hot
    line = hot[0]["position"]["line"]
    client.change(shapes, "# one more\n" + text)
    hints = client.request("textDocument/inlayHint", {"textDocument": {"uri": shapes}, "range": everywhere})
    assert line + 1 in [hint["position"]["line"] for hint in hints if hint["label"] == hot[0]["label"]]


def test_commands_are_completed(client: LspClient, shapes: str) -> None:
    client.change(shapes, "# >>> :st")
    place = {"textDocument": {"uri": shapes}, "position": {"line": 0, "character": 9}}
    (item,) = client.request("textDocument/completion", place)["items"]
    assert (item["label"], item["insertText"]) == (":step", "step")
    assert ":step area(3)" in item["detail"]
