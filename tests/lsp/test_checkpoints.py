"""Keeping the interpreter's state and going back to it, as an editor does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from holefit.testing.client import LspClient, LspError

pytestmark = pytest.mark.e2e
TEXT = "count = []\n\n# >>> count.append(1); len(count)\n"


def test_state_is_kept_and_gone_back_to(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=tmp_path) as client:
        client.initialize(trusted=True)
        uri = client.open((tmp_path / "counting.py").as_uri(), TEXT)
        (tmp_path / "counting.py").write_text(TEXT)

        def count() -> str:
            answer = client.request("holefit/evaluate", {"textDocument": {"uri": uri}})
            return str(answer["results"][-1]["text"])

        assert count() == "1"
        kept = client.request("holefit/interpreter", {"action": "checkpoint"})["checkpoints"]
        assert [one["number"] for one in kept] == [1]
        assert count() == "2"
        client.request("holefit/interpreter", {"action": "restore"})
        assert count() == "2"
        client.request("workspace/executeCommand", {"command": "holefit.restart", "arguments": []})
        client.request("holefit/interpreter", {"action": "restore", "checkpoint": 1})
        assert count() == "2"
        with pytest.raises(LspError, match="no checkpoint 7"):
            client.request("holefit/interpreter", {"action": "restore", "checkpoint": 7})
