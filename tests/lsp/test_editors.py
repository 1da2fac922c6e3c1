"""What real editors say of themselves, and what they get."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import LspClient

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "holefit", "lsp"]
EDITORS = {path.stem: path for path in sorted(Path(__file__).with_name("editors").glob("*.json"))}
TEXT = 'def f(it: int) -> int:\n    return ("é😀", _)[1]\n\n# >>> "é😀"\n'
COLUMNS = {"utf-8": 22, "utf-16": 19, "utf-32": 18}


@pytest.mark.parametrize("editor", list(EDITORS))
def test_an_editor_gets_what_it_understands(editor: str, tmp_path: Path, warm: Path) -> None:
    shutil.copytree(warm, tmp_path / ".holefit")
    capabilities = json.loads(EDITORS[editor].read_text())
    path = tmp_path / "main.py"
    path.write_text(TEXT, encoding="utf-8")
    with LspClient(COMMAND, root=tmp_path) as client:
        told = client.initialize(capabilities=capabilities, trusted=True)["capabilities"]
        wanted = capabilities.get("general", {}).get("positionEncodings", ["utf-16"])
        assert told["positionEncoding"] == wanted[0]
        uri = client.open(path)
        document = {"textDocument": {"uri": uri}}

        (hole,) = client.request("holefit/holes", document)
        column = COLUMNS[told["positionEncoding"]]
        assert [hole["range"][end]["character"] for end in ("start", "end")] == [column, column + 1]

        asked = document | {"range": hole["range"], "context": {"diagnostics": []}}
        action = client.request("textDocument/codeAction", asked)[0]
        versioned = capabilities.get("workspace", {}).get("workspaceEdit", {}).get("documentChanges", False)
        assert ("documentChanges" in action["edit"]) is bool(versioned)
        client.apply(action["edit"])
        assert '("é😀", it)[1]' in client.texts[uri]

        pushed = [params for method, params in client.notifications if method.endswith("publishDiagnostics")]
        if "diagnostic" in capabilities["textDocument"]:
            assert client.request("textDocument/diagnostic", document)["items"] == []
            assert pushed == [], "diagnostics are pulled"
        else:
            assert client.diagnostics(uri) == []

        lens = client.request("textDocument/codeLens", document)[0]["command"]
        result = client.request("workspace/executeCommand", without_title(lens))
        assert result["results"][0]["text"] == "'é😀'"
        assert "# 'é😀'\n" in client.texts[uri]
        refreshes = [method for method, _ in client.requests if method == "workspace/codeLens/refresh"]
        if not capabilities.get("workspace", {}).get("codeLens", {}).get("refreshSupport"):
            assert refreshes == []
        assert client.shutdown() == 0


def without_title(command: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in command.items() if name != "title"}


def test_a_client_that_knows_no_actions_gets_commands(tmp_path: Path, warm: Path) -> None:
    shutil.copytree(warm, tmp_path / ".holefit")
    path = tmp_path / "main.py"
    path.write_text("def f(it: int) -> int:\n    return _\n")
    with LspClient(COMMAND, root=tmp_path) as client:
        client.initialize(capabilities={"textDocument": {"codeAction": {}}, "workspace": {"applyEdit": True}})
        uri = client.open(path)
        here = {"line": 1, "character": 11}
        asked = {
            "textDocument": {"uri": uri},
            "range": {"start": here, "end": here},
            "context": {"diagnostics": []},
        }
        command = client.request("textDocument/codeAction", asked)[0]
        assert (command["title"], command["command"]) == ("Fill _ with it", "holefit.fill")
        client.request("workspace/executeCommand", without_title(command))
        assert client.texts[uri].endswith("return it\n")


def test_a_client_that_can_do_nothing_gets_plain_text_and_edits(tmp_path: Path, warm: Path) -> None:
    shutil.copytree(warm, tmp_path / ".holefit")
    path = tmp_path / "main.py"
    path.write_text("def f(it: int) -> int:\n    return _\n\n# >>> 1 + 1\n")
    with LspClient(COMMAND, root=tmp_path) as client:
        client.initialize(
            capabilities={"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}, trusted=True
        )
        uri = client.open(path)
        document = {"textDocument": {"uri": uri}}
        shown = client.request("textDocument/hover", document | {"position": {"line": 1, "character": 11}})
        assert shown["contents"]["kind"] == "plaintext"
        assert shown["contents"]["value"].startswith("_: int\n")
        assert "**" not in shown["contents"]["value"]
        told = client.request("workspace/executeCommand", {"command": "holefit.evaluate", "arguments": [uri]})
        assert list(told["edit"]["changes"]) == [uri]
        assert client.requests == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_incremental_changes_count_in_the_encoding_agreed_on(
    encoding: str, tmp_path: Path, warm: Path
) -> None:
    shutil.copytree(warm, tmp_path / ".holefit")
    path = tmp_path / "main.py"
    path.write_text("x = 1\n")
    with LspClient(COMMAND, root=tmp_path) as client:
        client.initialize(capabilities={"general": {"positionEncodings": ["utf-7", encoding]}})
        assert client.encoding == encoding
        uri = client.open(path, 'a = "é😀"; x: int = 1\n')
        column = {"utf-8": 23, "utf-16": 20, "utf-32": 19}[encoding]
        start, end = {"line": 0, "character": column}, {"line": 0, "character": column + 1}
        client.edit(uri, {"start": start, "end": end}, "_")
        assert client.texts[uri] == 'a = "é😀"; x: int = _\n'
        (hole,) = client.request("holefit/holes", {"textDocument": {"uri": uri}})
        assert (hole["expected"], hole["range"]["start"]) == ("int", start)
