"""``holefit/input``: the server asks the client for what the evaluated program reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing.client import CAPABILITIES, LspClient, LspError

pytestmark = pytest.mark.e2e
CAN_BE_ASKED = {**CAPABILITIES, "experimental": {"holefit": {"input": True}}}
TEXT = '# >>> input("Name? ")\n'


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LspClient]:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=tmp_path) as made:
        yield made


def evaluated(client: LspClient, *, capabilities: dict[str, Any]) -> dict[str, Any]:
    assert client.root is not None
    client.initialize(trusted=True, capabilities=capabilities)
    uri = client.open((client.root / "main.py").as_uri(), TEXT)
    answer = client.request("holefit/evaluate", {"textDocument": {"uri": uri}})
    result: dict[str, Any] = answer["results"][0]
    return result


def test_the_client_is_asked_for_a_line(client: LspClient) -> None:
    client.handlers["holefit/input"] = lambda params: {"text": "Ada"}
    result = evaluated(client, capabilities=CAN_BE_ASKED)
    assert (result["ok"], result["text"]) == (True, "'Ada'")
    assert client.root is not None
    asked = [params for method, params in client.requests if method == "holefit/input"]
    assert asked == [{"root": client.root.as_uri(), "prompt": "Name? ", "secret": False}]


def test_a_closed_box_is_the_end_of_input(client: LspClient) -> None:
    client.handlers["holefit/input"] = lambda params: {"text": None}
    result = evaluated(client, capabilities=CAN_BE_ASKED)
    assert (result["ok"], result["text"].split(":")[0]) == (False, "EOFError")


def test_a_client_that_refuses_is_the_end_of_input(client: LspClient) -> None:
    def refuse(params: Any) -> Any:
        raise LspError("no")

    client.handlers["holefit/input"] = refuse
    assert evaluated(client, capabilities=CAN_BE_ASKED)["text"].startswith("EOFError")


def test_a_client_that_cannot_be_asked_is_not(client: LspClient) -> None:
    assert evaluated(client, capabilities=CAPABILITIES)["text"].startswith("EOFError")
    assert not [method for method, _ in client.requests if method == "holefit/input"]


def test_an_interrupted_question_is_cancelled(client: LspClient) -> None:
    asked: list[int | str] = []
    reply = client._reply

    def hold(request_id: int | str, method: str, params: Any) -> None:
        if method == "holefit/input":
            asked.append(request_id)
        else:
            reply(request_id, method, params)

    client._reply = hold  # type: ignore[method-assign]  # one that leaves the box open
    client.initialize(trusted=True, capabilities=CAN_BE_ASKED)
    assert client.root is not None
    uri = client.open((client.root / "main.py").as_uri(), TEXT)
    evaluation = client.post("holefit/evaluate", {"textDocument": {"uri": uri}})
    client.wait_until(lambda: asked, "the question")
    client.request("holefit/interpreter", {"action": "interrupt"})
    params = client.wait_for("$/cancelRequest")
    assert params == {"id": asked[0]}
    answer = client.answer(evaluation)
    assert answer["results"][0]["text"].startswith("KeyboardInterrupt")
