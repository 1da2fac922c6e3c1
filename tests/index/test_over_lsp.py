"""Search and fits with imports through the real server, with the whole standard library; and on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing import parse_fixture
from holefit.testing.client import LspClient, LspError, apply_edits

pytestmark = pytest.mark.e2e

PATIENCE_S = 240.0  # the whole standard library is indexed, on a machine that may be slow and busy
PROJECT = """
    #- /pyproject.toml
    [tool.holefit]
    #- /models.py
    from decimal import Decimal

    class User:
        def __init__(self, name: str) -> None: ...

    def first(users: list[User]) -> User: ...
    def price(amount: Decimal) -> None: ...
    #- /main.py
    import os

    from models import price

    price(_)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    parse_fixture(PROJECT).write(root)
    return root


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="module")
def client(root: Path, environment: dict[str, str]) -> Iterator[LspClient]:
    command = [sys.executable, "-m", "holefit", "lsp"]
    with LspClient(command, root=root, env=environment, timeout_s=PATIENCE_S) as client:
        client.initialize(trusted=True, index=True)
        yield client


def search(client: LspClient, query: str, **more: Any) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = client.request("holefit/search", {"query": query, **more})
    return answer


def test_the_first_index_is_built_unasked_with_progress(client: LspClient) -> None:
    def begun(params: Any) -> bool:
        return bool(params["value"].get("title") == "Holefit: index of names by type")

    token = client.wait_for("$/progress", begun)["token"]
    client.wait_for("$/progress", lambda one: one["token"] == token and one["value"]["kind"] == "end")


def test_search_writes_what_is_chosen_with_its_import(client: LspClient, root: Path) -> None:
    found = search(client, "(list[User]) -> User")
    assert (found[0]["name"], found[0]["cost"], found[0]["importText"]) == (
        "first",
        0,
        "from models import first",
    )
    assert found[0]["location"]["uri"] == (root / "models.py").as_uri()
    assert found[0]["location"]["range"]["start"]["line"] == 5

    uri = client.open(root / "main.py")
    place = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 6}}
    decimal = next(one for one in search(client, "str -> Decimal", **place) if one["name"] == "Decimal")
    (changed,) = decimal["edit"]["documentChanges"]
    assert apply_edits(client.texts[uri], changed["edits"]) == (
        "import os\nfrom decimal import Decimal\n\nfrom models import price\n\nprice(Decimal_)\n"
    )


def test_a_query_that_cannot_be_read_has_a_place(client: LspClient) -> None:
    with pytest.raises(LspError) as caught:
        search(client, "(list[Usr]) -> User")
    assert caught.value.data["kind"] == "QueryError"
    assert caught.value.data["column"] == 6


def test_fits_bring_their_import_along_everywhere(client: LspClient, root: Path) -> None:
    search(client, "int")  # the index is there
    uri = client.open(root / "main.py")
    place = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 6}}
    (hole,) = client.request("holefit/holes", place)
    fit = next(one for one in hole["fits"] if one["text"] == "Decimal()")
    assert fit["importText"] == "from decimal import Decimal"
    wanted = "import os\nfrom decimal import Decimal\n\nfrom models import price\n\nprice(Decimal())\n"
    (changed,) = fit["edit"]["documentChanges"]
    assert apply_edits(client.texts[uri], changed["edits"]) == wanted

    items = client.request("textDocument/completion", {**place, "position": {"line": 4, "character": 7}})[
        "items"
    ]
    item = next(one for one in items if one["label"] == "Decimal()")
    edits = [item["textEdit"], *item["additionalTextEdits"]]
    assert apply_edits(client.texts[uri], edits) == wanted

    at = {"start": place["position"], "end": place["position"]}
    actions = client.request(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": at, "context": {"diagnostics": []}},
    )
    assert any("Decimal()" in one["title"] for one in actions)


def test_the_command_line_searches_too(root: Path, environment: dict[str, str]) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "holefit", "search", *words],
            cwd=root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    found = run("(list[User]) -> User", "--limit", "1")
    assert (found.returncode, found.stdout) == (
        0,
        "first: (users: list[User]) -> User\n    from models import first\n",
    )
    wrong = run("(list[Usr]) -> User")
    assert (wrong.returncode, wrong.stderr.splitlines()[1:]) == (2, ["  (list[Usr]) -> User", "        ^"])
    assert run("(User, User, User) -> User").returncode == 1
