"""What an editor sees: notices of kept values and their reset, tweaks, plans, and files that change behind its back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import CAPABILITIES, LspClient

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "holefit", "lsp"]
TEXT = "count = 1  # holefit: tweak(0, 100)\ndef bump():\n    global count\n    count += 1\n    return count\n\n# >>> bump()\n"
NOT_WATCHING = {**CAPABILITIES, "workspace": {**CAPABILITIES["workspace"], "didChangeWatchedFiles": {}}}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LspClient]:
    (tmp_path / "main.py").write_text(TEXT)
    (tmp_path / "other.py").write_text("def value():\n    return 1\n")
    with LspClient(COMMAND, root=tmp_path) as client:
        yield client


def evaluated(client: LspClient, uri: str) -> str:
    found = client.request("holefit/evaluate", {"textDocument": {"uri": uri}})
    text: str = found["results"][-1]["text"]
    return text


def kept(client: LspClient, uri: str) -> list[dict[str, Any]]:
    return [one for one in client.diagnostics(uri) if one["code"] == "kept"]


def test_a_kept_value_has_a_notice_and_can_be_reset(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py")
    assert evaluated(client, uri) == "2"
    client.change(uri, TEXT.replace("count = 1 ", "count = 50 "))
    assert client.request("holefit/reload", {})["kept"][0]["name"] == "count"
    client.wait_until(lambda: bool(kept(client, uri)), "a notice")
    (notice,) = kept(client, uri)
    assert notice["range"]["start"] == {"line": 0, "character": 0}
    assert notice["severity"] == 3
    assert "count keeps its live value" in notice["message"]
    actions = client.request(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": notice["range"], "context": {"diagnostics": [notice]}},
    )
    (reset,) = [one for one in actions if one["title"].startswith("Reset")]
    assert reset["title"] == "Reset count to the new initialiser"
    client.request("workspace/executeCommand", reset["command"])
    client.wait_until(lambda: not kept(client, uri), "the notice's end")
    assert evaluated(client, uri) == "51"


def test_globals_are_tweaked_and_written(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py")
    document = {"textDocument": {"uri": uri}}
    assert client.request("holefit/tweaks", document) == []
    assert evaluated(client, uri) == "2"
    (found,) = client.request("holefit/tweaks", document)
    assert (found["module"], found["name"], found["value"], found["low"], found["high"]) == (
        "main",
        "count",
        2,
        0,
        100,
    )
    assert "step" not in found
    done = client.request("holefit/tweak", {"module": "main", "name": "count", "value": 40})
    assert done["value"] == 40
    with pytest.raises(Exception, match="too high"):
        client.request("holefit/tweak", {"module": "main", "name": "count", "value": 400})
    arguments = [{"module": "main", "name": "count", "uri": uri}]
    client.request("workspace/executeCommand", {"command": "holefit.writeTweak", "arguments": arguments})
    assert client.texts[uri].startswith("count = 40  # holefit: tweak(0, 100)\n")
    assert evaluated(client, uri) == "41"


def test_a_plan_is_told_and_nothing_runs(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    uri = client.open(tmp_path / "main.py")
    assert evaluated(client, uri) == "2"
    client.change(uri, TEXT.replace("count = 1 ", "count = 50 ").replace("+= 1", "+= 2"))
    (module,) = client.request("holefit/reloadPlan", {})["modules"]
    assert (module["module"], module["uri"]) == ("main", uri)
    assert [(step["line"], step["effect"], step["runs"], step["names"]) for step in module["steps"]] == [
        (0, "keep", False, ["count"]),
        (1, "swap", False, ["bump"]),
    ]


def test_files_are_watched_for_a_client_that_does_not(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True, capabilities=NOT_WATCHING)
    uri = client.open(tmp_path / "main.py", "import other\n# >>> other.value()\n")
    assert evaluated(client, uri) == "1"
    (tmp_path / ".other.py.swp").write_text("def value():\n    return 22\n")
    (tmp_path / ".other.py.swp").rename(tmp_path / "other.py")
    told = client.wait_for("holefit/reloaded")
    assert told["reloaded"] == ["other"]
    assert evaluated(client, uri) == "22"


def test_many_messages_of_a_client_that_watches_are_one_reload(client: LspClient, tmp_path: Path) -> None:
    client.initialize(trusted=True)
    names = [f"m{number}" for number in range(100)]
    for name in names:
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    imports = "".join(f"import {name}\n" for name in names)
    uri = client.open(tmp_path / "main.py", imports + "# >>> sum(m.x for m in (" + ", ".join(names) + "))\n")
    assert evaluated(client, uri) == "100"
    for name in names:
        (tmp_path / f"{name}.py").write_text("x = 2\n")
    for name in names:
        change = {"uri": (tmp_path / f"{name}.py").as_uri(), "type": 2}
        client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    told = client.wait_for("holefit/reloaded")
    assert (told["generation"], len(told["reloaded"])) == (1, 100)
    assert evaluated(client, uri) == "200"
