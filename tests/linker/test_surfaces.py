"""Native code as an editor, a terminal and a library's user see it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_extensions
from native_live import needs_compiler

from holefit.interpreter.native_parts import declared_parts
from holefit.interpreter.places import Places
from holefit.session import Options, Session, read_options
from holefit.testing.client import CAPABILITIES, LspClient
from holefit_wire.interpreter.linker import CompilerMessage, LinkFailed, LoadObject, Resolved

SNIPPET = "import fast\n\n# >>> fast.twice(3)\n"
NOT_WATCHING = {**CAPABILITIES, "workspace": {**CAPABILITIES["workspace"], "didChangeWatchedFiles": {}}}
e2e = pytest.mark.e2e


@pytest.fixture
def client(tmp_path: Path) -> Iterator[LspClient]:
    (tmp_path / "fast.c").write_text(test_extensions.source(2))
    (tmp_path / "main.py").write_text(SNIPPET)
    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=tmp_path) as client:
        yield client


def result(client: LspClient, uri: str) -> dict[str, Any]:
    found: dict[str, Any] = client.request("holefit/evaluate", {"textDocument": {"uri": uri}})["results"][-1]
    return found


def shown(client: LspClient, path: Path) -> list[dict[str, Any]]:
    """The diagnostics that were pushed last for a file that is not open."""
    pushed = [
        params["diagnostics"]
        for method, params in client.notifications
        if method == "textDocument/publishDiagnostics" and params["uri"] == path.as_uri()
    ]
    return pushed[-1] if pushed else []


@e2e
@needs_compiler
@pytest.mark.parametrize("watches", [True, False], ids=["the editor watches", "the server watches"])
def test_errors_of_the_compiler_are_shown_in_the_c_file(
    client: LspClient, tmp_path: Path, watches: bool
) -> None:
    client.initialize(trusted=True, capabilities=CAPABILITIES if watches else NOT_WATCHING)
    main, source = client.open(tmp_path / "main.py"), tmp_path / "fast.c"

    def write(text: str) -> None:
        source.write_text(text)
        if watches:
            client.notify(
                "workspace/didChangeWatchedFiles", {"changes": [{"uri": source.as_uri(), "type": 2}]}
            )

    assert result(client, main)["text"] == "6"
    write(test_extensions.source(2, "n * wrong"))
    client.wait_until(lambda: bool(shown(client, source)), "an error in the C file")
    (error,) = shown(client, source)
    assert error["range"]["start"] == {"line": 8, "character": len("    return PyLong_FromLong(n * ")}
    assert (error["severity"], error["source"]) == (1, "holefit")
    assert "'wrong' undeclared" in error["message"]
    failed = result(client, main)
    assert "'wrong' undeclared" in json.dumps(failed)
    write(test_extensions.source(2, "n * 5"))
    client.wait_until(lambda: not shown(client, source), "the error's end")
    assert result(client, main)["text"] == "15"


@needs_compiler
def test_a_session_knows_the_problems_of_native_sources(tmp_path: Path) -> None:
    (tmp_path / "fast.c").write_text(test_extensions.source(2))
    with Session.open(tmp_path) as session:
        told: list[int] = []
        session.on_native_problems = lambda problems: told.append(len(problems))
        session.interpreter.eval_stmt("import fast")
        (tmp_path / "fast.c").write_text(test_extensions.source(2, "n * wrong"))
        assert session.reload().errors == session.native_problems
        assert session.native_problems[0].path == tmp_path / "fast.c"
        assert not session.reload_plan().errors
        (tmp_path / "fast.c").write_text(test_extensions.source(2))
        assert session.reload().errors == session.native_problems == ()
        assert told == [1, 0]


@e2e
@needs_compiler
def test_a_script_under_watch_gets_new_native_code_and_hears_of_errors(tmp_path: Path) -> None:
    source = tmp_path / "fast.c"
    source.write_text(test_extensions.source(1))
    (tmp_path / "app.py").write_text(
        "import time, fast\nwhile True:\n    print(fast.twice(2), flush=True)\n    time.sleep(0.01)\n"
    )
    command = [sys.executable, "-m", "holefit", "watch", "app.py"]
    with (tmp_path / ".err").open("wb") as errors:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        until(process.stdout, "4")
        source.write_text(test_extensions.source(1, "n * 5"))
        until(process.stdout, "10")
        source.write_text(test_extensions.source(1, "n * wrong"))
        for _ in process.stdout:  # it goes on meanwhile
            if "'wrong' undeclared" in (tmp_path / ".err").read_text():
                break
        assert "fast.c:9: 'wrong' undeclared" in (tmp_path / ".err").read_text()
        source.write_text(test_extensions.source(1, "n * 7"))
        until(process.stdout, "14")
        assert "reloaded fast" in (tmp_path / ".err").read_text()
    finally:
        process.kill()
        process.wait()


def until(lines: Any, text: str) -> None:
    """Read until a line is ``text``."""
    for line in lines:
        if line.strip() == text:
            return
    raise AssertionError(f"there never came {text}")


def test_parts_are_declared_by_options_and_for_setuptools(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("""
[[tool.setuptools.ext-modules]]
name = "shop.table"
sources = ["src/table.c"]
include-dirs = ["include"]
define-macros = [["FAST", "1"], ["PLAIN"]]
libraries = ["m"]
extra-compile-args = ["-O3"]

[[tool.setuptools.ext-modules]]
name = "shop.cythonised"
sources = ["src/cythonised.pyx"]

[[tool.setuptools.ext-modules]]
name = "shop.fast"
sources = ["never.c"]

[tool.holefit.native]
compile-args = ["-Wall"]
variables = "fresh"

[tool.holefit.native.extensions]
"shop.fast" = ["src/fast.c", "src/more.c"]

[tool.holefit.native.libraries]
"lib/libgeo.so" = ["src/geo.c"]
""")
    options, problems = read_options(tmp_path)
    assert problems == ()
    declared = declared_parts(tmp_path, options)
    found = {one.name: one for one in declared.parts}
    assert set(found) == {"shop.table", "shop.fast", "lib/libgeo.so"}
    assert found["shop.fast"].sources == ("src/fast.c", "src/more.c")
    assert found["lib/libgeo.so"].kind == "library"
    assert found["shop.table"].compile_flags == ("-DFAST=1", "-DPLAIN", "-O3")
    assert (found["shop.table"].include, found["shop.table"].link_flags) == (("include",), ("-lm",))
    assert (declared.compile_flags, declared.variables) == (("-Wall",), "fresh")


def test_paths_are_translated_for_a_worker_elsewhere(tmp_path: Path) -> None:
    places = Places(tmp_path, {".": "/srv/app"})
    assert places.outward(declared_parts(tmp_path, Options())).root == "/srv/app"
    assert places.outward(LoadObject(str(tmp_path / "fast.c"))).path == "/srv/app/fast.c"
    said = CompilerMessage("/srv/app/fast.c", 1, 0, "error", "wrong")
    back = places.inward(LinkFailed("compile", "wrong", messages=(said,)))
    assert back.messages[0].path == str(tmp_path / "fast.c")
    assert places.inward(Resolved(("/srv/app/fast.c",))).objects == (str(tmp_path / "fast.c"),)


def test_a_wrong_declaration_is_reported_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.holefit.native.extensions]\nfast = "fast.c"\n')
    options, (problem,) = read_options(tmp_path)
    assert options.native.extensions == {}
    assert problem.range.start.line in (0, 1)
    assert "native.extensions" in problem.message


@e2e
@needs_compiler
def test_the_plan_of_a_c_source_says_whether_it_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from holefit.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "fast.c").write_text(test_extensions.source(2))
    assert main(["reload", "--plan", "fast.c"]) == 0
    assert "it is built and loaded anew" in capsys.readouterr().out
    (tmp_path / "fast.c").write_text(test_extensions.source(2, "n * wrong"))
    assert main(["reload", "--plan", "fast.c"]) == 1
    assert "fast.c:9: 'wrong' undeclared" in capsys.readouterr().out
