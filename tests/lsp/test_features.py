"""Every request and notification that the server has, over stdio, with the real engine behind it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holefit.testing import parse_fixture
from holefit.testing.client import LspClient, LspError, apply_edits

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "holefit", "lsp"]

PROJECT = """
    #- /pyproject.toml
    [tool.holefit]
    no-such-option = 1
    #- /shapes.py
    class Circle:
        def __init__(self, radius: int) -> None:
            self.radius = radius

    def area(shape: Circle) -> float:
        return 3.0 * shape.radius

    # ANN area: {"owner": "geometry"}
    # ANN module: "stable"
    #- /holes.py
    from shapes import Circle, area

    def use(radius: int, unrelated: str) -> float:
        circle = Circle(radius)
        return area(_what)
    #- /snippets.py
    from shapes import Circle, area

    # >>> area(Circle(2))

    def twice(number: int) -> int:
        return number * 2

    # >>> twice(21)
    # >>> print("shown")
    #- /counter.py
    count = 0

    def step() -> str:
        return "old"
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Path:
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(warm, root / ".holefit")
    parse_fixture(PROJECT).write(root)
    return root


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[LspClient]:
    with LspClient(COMMAND, root=root) as client:
        client.initialize(trusted=True)
        yield client


@pytest.fixture
def holes(client: LspClient, root: Path) -> Iterator[str]:
    uri = client.open(root / "holes.py")
    yield uri
    client.close_document(uri)


@pytest.fixture
def snippets(client: LspClient, root: Path) -> Iterator[str]:
    uri = client.open(root / "snippets.py")
    yield uri
    client.close_document(uri)


def document(uri: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}}


def place(client: LspClient, uri: str, text: str, *, after: bool = False) -> dict[str, int]:
    """Where ``text`` stands (or ends) in a document whose characters are all ASCII."""
    before, found, _ = client.texts[uri].partition(text)
    assert found, text
    before += found if after else ""
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


def span(client: LspClient, uri: str, text: str) -> dict[str, Any]:
    return {"start": place(client, uri, text), "end": place(client, uri, text, after=True)}


def applied(client: LspClient, uri: str, edit: dict[str, Any]) -> str:
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": client.versions[uri]}
    return apply_edits(client.texts[uri], change["edits"])


def run(client: LspClient, command: str, *arguments: Any) -> Any:
    return client.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})


def running(client: LspClient, uri: str, begun: Path) -> int:
    """Begin to evaluate something endless; gives the request once it runs."""
    client.change(uri, f"# >>> import pathlib\n# >>> while True: pathlib.Path({str(begun)!r}).touch()\n")
    asked = client.post("holefit/evaluate", document(uri))
    while not begun.exists():
        time.sleep(0.01)
    return asked


def test_holes_are_told_in_full(client: LspClient, holes: str) -> None:
    (hole,) = client.request("holefit/holes", document(holes))
    assert hole["range"] == span(client, holes, "_what")
    assert (hole["name"], hole["expected"], hole["constraints"]) == ("_what", "Circle", [])
    assert {"name": "circle", "type": "Circle"} in hole["bindings"]
    assert hole["complete"] is True
    assert hole["elapsedMs"] > 0
    best = hole["fits"][0]
    assert (best["text"], best["type"], best["kind"], best["level"]) == ("circle", "Circle", "fit", 0)
    assert best["provenance"]
    assert "area(circle)" in applied(client, holes, best["edit"])


def test_the_goal_is_the_hole_at_a_place(client: LspClient, holes: str) -> None:
    inside = document(holes) | {"position": place(client, holes, "_what")}
    assert client.request("holefit/goal", inside)["expected"] == "Circle"
    outside = document(holes) | {"position": place(client, holes, "def use")}
    assert client.request("holefit/goal", outside) is None


def test_holes_follow_what_is_typed(client: LspClient, holes: str) -> None:
    client.edit(holes, span(client, holes, "area(_what)"), "float(_n)")
    (hole,) = client.request("holefit/holes", document(holes))
    assert hole["name"] == "_n"
    client.change(holes, "x: int = _\n")
    (hole,) = client.request("holefit/holes", document(holes))
    assert (hole["expected"], hole["range"]["start"]) == ("int", {"line": 0, "character": 9})
    client.change(holes, "x: int = 1\n")
    assert client.request("holefit/holes", document(holes)) == []


def test_a_form_feed_does_not_move_lines(client: LspClient, holes: str) -> None:
    client.change(holes, 'a = "\u2028"\n\x0c\nx: int = 0\n')
    client.edit(holes, {"start": {"line": 2, "character": 9}, "end": {"line": 2, "character": 10}}, "_")
    (hole,) = client.request("holefit/holes", document(holes))
    assert (hole["expected"], hole["range"]["start"]) == ("int", {"line": 2, "character": 9})


def test_diagnostics_are_pushed_with_their_version_and_taken_away(client: LspClient, holes: str) -> None:
    (found,) = client.diagnostics(holes)
    assert (found["source"], found["code"]) == ("holefit", "hole")
    assert "Circle" in found["message"]
    assert found["range"] == span(client, holes, "_what")
    client.edit(holes, span(client, holes, "_what"), "circle")
    assert client.diagnostics(holes) == []


def test_a_syntax_error_stands_at_its_place(client: LspClient, holes: str) -> None:
    client.change(holes, "def f(:\n")
    (found,) = client.diagnostics(holes)
    assert (found["code"], found["range"]["start"]["line"]) == ("syntax", 0)


def test_what_is_wrong_with_the_project_stands_in_its_file(client: LspClient, root: Path) -> None:
    uri = (root / "pyproject.toml").as_uri()
    pushed = client.wait_for("textDocument/publishDiagnostics", lambda params: params["uri"] == uri)
    assert "no-such-option" in pushed["diagnostics"][0]["message"]
    assert pushed["diagnostics"][0]["range"]["start"]["line"] == 1


def test_an_action_fills_the_hole(client: LspClient, holes: str) -> None:
    (diagnostic,) = client.diagnostics(holes)
    context = {"diagnostics": [diagnostic], "only": ["quickfix"]}
    asked = document(holes) | {"range": span(client, holes, "_what"), "context": context}
    actions = client.request("textDocument/codeAction", asked)
    first = actions[0]
    assert (first["title"], first["kind"]) == ("Fill _what with circle", "quickfix")
    assert first["diagnostics"] == [diagnostic]
    assert "isPreferred" not in first, "there are several fits"
    assert len(actions) > 1
    client.apply(first["edit"])
    assert "return area(circle)" in client.texts[holes]
    assert client.diagnostics(holes) == []


def test_the_only_fit_is_preferred(client: LspClient, holes: str) -> None:
    client.change(holes, "class Lone: ...\ndef f(it: Lone, other: int) -> Lone:\n    return _\n")
    here = place(client, holes, "_\n")
    asked = document(holes) | {"range": {"start": here, "end": here}, "context": {"diagnostics": []}}
    actions = client.request("textDocument/codeAction", asked)
    assert [action.get("isPreferred") for action in actions] == (
        [True] if len(actions) == 1 else [None] * len(actions)
    )
    assert actions[0]["title"] == "Fill _ with it"


@pytest.mark.parametrize("only", [["refactor"], ["source.organizeImports"]])
def test_no_action_of_another_kind(client: LspClient, holes: str, only: list[str]) -> None:
    asked = document(holes) | {
        "range": span(client, holes, "_what"),
        "context": {"diagnostics": [], "only": only},
    }
    assert not client.request("textDocument/codeAction", asked)


def test_completion_offers_the_fits_in_the_holes_place(client: LspClient, holes: str) -> None:
    asked = document(holes) | {"position": place(client, holes, "hat)")}
    offered = client.request("textDocument/completion", asked)
    first = offered["items"][0]
    assert (first["label"], first["detail"], first["filterText"]) == ("circle", "Circle", "_what")
    assert first["textEdit"] == {"range": span(client, holes, "_what"), "newText": "circle"}
    assert [item["sortText"] for item in offered["items"]] == sorted(
        item["sortText"] for item in offered["items"]
    )
    elsewhere = document(holes) | {"position": place(client, holes, "radius")}
    assert client.request("textDocument/completion", elsewhere) is None


def test_hover_shows_a_hole(client: LspClient, holes: str) -> None:
    shown = client.request(
        "textDocument/hover", document(holes) | {"position": place(client, holes, "_what")}
    )
    assert shown["range"] == span(client, holes, "_what")
    for text in ("_what: Circle", "circle: Circle", "**Fits**"):
        assert text in shown["contents"]["value"]
    assert (
        client.request("textDocument/hover", document(holes) | {"position": place(client, holes, "return")})
        is None
    )


def test_hover_shows_annotations(client: LspClient, root: Path) -> None:
    uri = client.open(root / "shapes.py")
    shown = client.request("textDocument/hover", document(uri) | {"position": place(client, uri, "area")})
    assert "{'owner': 'geometry'}" in shown["contents"]["value"]
    client.close_document(uri)


def test_annotations_are_found(client: LspClient, root: Path) -> None:
    found = client.request("holefit/annotations", {"of": "area"})
    assert [(one["module"], one["name"], one["kind"], one["value"]) for one in found] == [
        ("shapes", "area", "value", {"owner": "geometry"})
    ]
    assert found[0]["uri"] == (root / "shapes.py").as_uri()
    assert found[0]["range"]["start"]["line"] == 7
    (module,) = client.request("holefit/annotations", {"module": "shapes", "type": "str"})
    assert (module["kind"], module["name"], module["repr"]) == ("module", None, "'stable'")


def test_lenses_carry_their_command(client: LspClient, snippets: str) -> None:
    lenses = client.request("textDocument/codeLens", document(snippets))
    assert [lens["command"]["title"] for lens in lenses] == ["Evaluate", "Evaluate all", "Evaluate"]
    assert {lens["command"]["command"] for lens in lenses} == {"holefit.evaluate"}
    assert lenses[0]["range"]["start"] == {"line": 2, "character": 0}


def test_a_lens_evaluates_and_writes_the_result(client: LspClient, snippets: str) -> None:
    refreshes = len([1 for method, _ in client.requests if method == "workspace/codeLens/refresh"])
    lens = client.request("textDocument/codeLens", document(snippets))[0]
    told = run(client, lens["command"]["command"], *lens["command"]["arguments"])
    assert [(result["ok"], result["text"]) for result in told["results"]] == [(True, "6.0")]
    assert told["results"][0]["durationMs"] > 0
    assert "# >>> area(Circle(2))\n# 6.0\n" in client.texts[snippets]
    client.wait_until(
        lambda: (
            len([1 for method, _ in client.requests if method == "workspace/codeLens/refresh"]) > refreshes
        ),
        "a refresh of lenses",
    )
    titles = [
        lens["command"]["title"] for lens in client.request("textDocument/codeLens", document(snippets))
    ]
    assert titles == ["Refresh", "Evaluate all", "Clear", "Evaluate"]
    run(client, "holefit.clear", {"uri": snippets})
    assert "6.0" not in client.texts[snippets]


def test_evaluate_gives_results_and_an_edit_and_changes_nothing(client: LspClient, snippets: str) -> None:
    text = client.texts[snippets]
    told = client.request("holefit/evaluate", document(snippets))
    assert [(one["text"], one["stdout"]) for one in told["results"]] == [
        ("6.0", ""),
        ("42", ""),
        ("", "shown\n"),
    ]
    assert applied(client, snippets, told["edit"]).count("\n") == text.count("\n") + 3
    assert client.texts[snippets] == text
    told = client.request(
        "holefit/evaluate", document(snippets) | {"range": span(client, snippets, "twice(21)")}
    )
    assert [one["text"] for one in told["results"]] == ["42"]


def test_hover_shows_the_result_of_a_snippet(client: LspClient, snippets: str) -> None:
    client.request("holefit/evaluate", document(snippets))
    asked = document(snippets) | {"position": place(client, snippets, "twice(21)")}
    assert "42" in client.request("textDocument/hover", asked)["contents"]["value"]


def test_a_failure_shows_the_exception_and_the_users_own_frames(client: LspClient, snippets: str) -> None:
    client.change(snippets, "def f(x):\n    return 1 / x\n\n# >>> f(0)\n")
    told = client.request("holefit/evaluate", document(snippets))
    (result,) = told["results"]
    assert (result["ok"], result["text"]) == (False, "ZeroDivisionError: division by zero")
    assert [frame["function"] for frame in result["frames"]][-1] == "f"


def test_results_stand_beside_their_snippets_when_they_are_inline(client: LspClient, snippets: str) -> None:
    client.settings = {"trusted": True, "eval": {"show": "inline"}}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    asked = document(snippets) | {"range": whole}

    def hints() -> list[Any]:
        told = run(client, "holefit.evaluate", {"uri": snippets})
        return client.request("textDocument/inlayHint", asked) if "edit" not in told else []

    found = hints() or hints()
    assert [(hint["label"], hint["position"]) for hint in found] == [
        ("= 6.0", place(client, snippets, "area(Circle(2))", after=True)),
        ("= 42", place(client, snippets, "twice(21)", after=True)),
        ("= shown", place(client, snippets, 'print("shown")', after=True)),
    ]
    client.edit(snippets, {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "\n")
    moved = client.request("textDocument/inlayHint", asked)
    assert [hint["position"]["line"] for hint in moved] == [hint["position"]["line"] + 1 for hint in found]
    client.settings = {"trusted": True}
    client.notify("workspace/didChangeConfiguration", {"settings": None})


def test_an_endless_evaluation_is_interrupted(client: LspClient, snippets: str, tmp_path: Path) -> None:
    asked = running(client, snippets, tmp_path / "begun")
    client.request("holefit/interpreter", {"action": "interrupt"})
    (_, result) = client.answer(asked)["results"]
    assert not result["ok"]
    assert "KeyboardInterrupt" in result["text"]


def test_an_evaluation_is_cancelled(client: LspClient, snippets: str, tmp_path: Path) -> None:
    asked = running(client, snippets, tmp_path / "begun")
    client.cancel(asked)
    with pytest.raises(LspError) as caught:
        client.answer(asked)
    assert caught.value.code == -32800
    client.change(snippets, "# >>> 1 + 1\n")
    assert client.request("holefit/evaluate", document(snippets))["results"][0]["text"] == "2"


def test_the_interpreter_tells_its_state_and_obeys(client: LspClient) -> None:
    started = client.request("holefit/interpreter", {"action": "start"})
    assert started["state"] == "idle"
    assert started["version"].startswith("3.")
    again = client.request("holefit/interpreter", {"action": "restart"})
    assert again["pid"] not in (None, started["pid"])
    assert client.request("holefit/interpreter", {})["pid"] == again["pid"]
    assert client.request("holefit/interpreter", {"action": "stop"})["state"] == "stopped"
    with pytest.raises(LspError) as caught:
        client.request("holefit/interpreter", {"action": "explode"})
    assert caught.value.code == -32602


def test_a_file_that_is_not_there_is_named(client: LspClient, root: Path) -> None:
    missing = (root / "missing.py").as_uri()
    with pytest.raises(LspError, match=r"There is no file .*missing\.py") as caught:
        client.request("holefit/holes", {"textDocument": {"uri": missing}})
    assert caught.value.code == -32602


def test_status_is_told_when_it_changes(client: LspClient, root: Path) -> None:
    client.request("holefit/interpreter", {"action": "start"})
    status = client.wait_for("holefit/status", lambda status: status["state"] == "idle")
    assert status["root"] == root.as_uri()
    assert status["trusted"] is True
    assert set(status) >= {"pid", "python", "version", "generation"}


def test_what_a_thread_prints_later_arrives(client: LspClient, snippets: str) -> None:
    code = "import threading; threading.Timer(0.2, lambda: print('from a timer')).start()"
    client.change(snippets, f"# >>> {code}\n")
    client.request("holefit/evaluate", document(snippets))
    output = client.wait_for("holefit/output", lambda params: "from a timer" in params["text"])
    assert output["stream"] == "stdout"


def test_saving_reloads_the_live_process(client: LspClient, root: Path) -> None:
    uri = client.open(root / "counter.py")
    client.change(uri, client.texts[uri] + "\n# >>> count = 5\n# >>> step(), count\n")
    told = client.request("holefit/evaluate", document(uri))
    assert told["results"][1]["text"] == "('old', 5)"
    client.change(uri, client.texts[uri].replace('"old"', '"new"'))
    client.save(uri)
    report = client.wait_for("holefit/reloaded", lambda report: "counter" in report["reloaded"])
    assert report["errors"] == []
    client.change(uri, client.texts[uri].replace("# >>> count = 5\n", ""))
    told = client.request("holefit/evaluate", document(uri))
    assert told["results"][0]["text"] == "('new', 5)"
    assert told["results"][0]["generation"] >= report["generation"]
    client.close_document(uri)


def test_a_reload_on_request_tells_what_it_did(client: LspClient) -> None:
    client.request("holefit/interpreter", {"action": "start"})
    report = client.request("holefit/reload", {})
    assert set(report) >= {"generation", "reloaded", "kept", "removed", "errors", "staleFrames"}
    assert client.request("holefit/reload")["reloaded"] == []
    assert run(client, "holefit.reload")["reloaded"] == []


def test_an_error_of_a_reload_stands_at_its_place(client: LspClient, root: Path) -> None:
    (root / "parts").mkdir()
    (root / "parts" / "__init__.py").write_text("")
    (root / "parts" / "wheel.py").write_text("size = 1\n")
    uri = client.open((root / "main_parts.py").as_uri(), "import parts.wheel\n# >>> parts.wheel.size\n")
    assert client.request("holefit/evaluate", document(uri))["results"][0]["text"] == "1"
    wheel = client.open((root / "parts" / "wheel.py").as_uri(), "size = 1\nspokes = size / 0\n")
    (error,) = client.request("holefit/reload", {})["errors"]
    assert (error["module"], error["uri"]) == ("parts.wheel", wheel)
    assert error["range"]["start"]["line"] == 1
    assert "ZeroDivisionError" in error["message"]
    client.close_document(wheel)
    client.close_document(uri)


def test_a_file_that_changes_on_the_disk_counts(client: LspClient, root: Path, holes: str) -> None:
    other = root / "other.py"
    other.write_text("def give() -> int: ...\n")
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": other.as_uri(), "type": 1}]})
    client.change(
        holes,
        "import other\ndef take(x: int) -> None: ...\ntake(_ + other.give())\nx = other.give()\nx = _y\n",
    )
    assert client.request("holefit/holes", document(holes))[1]["expected"] == "int"
    other.write_text("def give() -> str: ...\n")
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": other.as_uri(), "type": 2}]})
    client.wait_until(
        lambda: client.request("holefit/holes", document(holes))[1]["expected"] == "str", "the new file"
    )


def test_the_first_index_shows_its_progress(client: LspClient, holes: str) -> None:
    client.request("holefit/holes", document(holes))
    kinds = [params["value"]["kind"] for method, params in client.notifications if method == "$/progress"]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"


def test_the_client_is_asked_to_watch_files_and_for_settings(client: LspClient) -> None:
    registered = [
        one["method"]
        for method, params in client.requests
        if method == "client/registerCapability"
        for one in params["registrations"]
    ]
    assert registered == ["workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"]
    assert "workspace/configuration" in [method for method, _ in client.requests]


def test_what_is_no_file_is_left_alone(client: LspClient) -> None:
    uri = client.open("untitled:Untitled-1", "x: int = _\n")
    assert client.request("holefit/holes", document(uri)) == []
    nowhere = document(uri) | {"position": {"line": 0, "character": 9}}
    assert client.request("textDocument/hover", nowhere) is None
    assert client.request("textDocument/codeLens", document(uri)) is None
    client.close_document(uri)
