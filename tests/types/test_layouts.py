"""Files are found to be the modules that they are, wherever they lie."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from holefit.session.options import HoleOptions
from holefit.testing import parse_fixture
from holefit.types.naming import module_of
from holefit.types.workspace import Workspace
from holefit_wire.types import HolesFound, TypesHello

pytestmark = pytest.mark.e2e

Project = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A workspace over a fixture's files; gives name and expected type of each hole of a file, and leaves the workspace open."""
    before = Path.cwd()
    opened: dict[str, Workspace] = {}

    def run(
        text: str, ask: str, *, root: str = ".", bases: tuple[str, ...] = ("src", ".")
    ) -> list[tuple[str, str]]:
        parse_fixture(text).write(tmp_path)
        top = (tmp_path / root).resolve()
        workspace = opened.get(root)
        if workspace is None:
            folders = [str((top / base).resolve()) for base in bases if (top / base).is_dir()]
            workspace = opened[root] = Workspace(
                TypesHello(
                    1, str(top), folders, str(top / ".holefit/types"), sys.executable, asdict(HoleOptions())
                ),
                lambda text, done: None,
                lambda: False,
            )
        answer = workspace.holes(str(tmp_path / ask), None)
        assert isinstance(answer, HolesFound)
        return [(hole.fits[0].text if hole.fits else "", hole.expected) for hole in answer.holes]

    yield run
    os.chdir(before)


def test_src_layout(project: Project) -> None:
    found = project(
        """
        #- /src/app/__init__.py
        #- /src/app/shapes.py
        class Shape: ...
        #- /src/app/main.py
        from app.shapes import Shape
        from . import shapes
        def f(s: Shape, n: int) -> Shape:
            return _
        """,
        "src/app/main.py",
    )
    assert found == [("s", "Shape")]


def test_namespace_packages(project: Project) -> None:
    found = project(
        """
        #- /plugins/one/tools.py
        LIMIT: int = 3
        #- /plugins/two/use.py
        from plugins.one.tools import LIMIT
        x: int = _
        """,
        "plugins/two/use.py",
    )
    assert found == [("LIMIT", "int")]


def test_a_stub_and_a_script_with_an_odd_name(project: Project) -> None:
    text = """
    #- /native.pyi
    def size(x: str) -> int: ...
    #- /native.py
    def size(x): return _
    #- /my-script.py
    import native
    def f(text: str) -> None:
        native.size(_)
    """
    assert project(text, "my-script.py") == [("text", "str")]


def test_a_file_outside_the_root(project: Project) -> None:
    text = """
    #- /inside/main.py
    x = 1
    #- /elsewhere/tool.py
    import helper
    helper.run(_)
    #- /elsewhere/helper.py
    def run(n: int) -> None: ...
    """
    assert project(text, "inside/main.py", root="inside") == []
    assert project(text, "elsewhere/tool.py", root="inside")[0][1] == "int"


def test_a_file_in_site_packages(project: Project) -> None:
    text = """
    #- /venv/lib/python3.11/site-packages/thing/__init__.py
    from thing.core import VALUE as VALUE
    #- /venv/lib/python3.11/site-packages/thing/core.py
    VALUE: int = 3
    def f(n: int) -> int:
        return _
    """
    assert project(text, "venv/lib/python3.11/site-packages/thing/core.py") == [("n", "int")]


def test_two_files_of_one_name(project: Project) -> None:
    text = """
    #- /a/script.py
    def f(one: int) -> int: return _
    #- /b/script.py
    def f(two: str) -> str: return _
    """
    for _ in range(2):
        assert project(text, "a/script.py", bases=()) == [("one", "int")]
        assert project(text, "b/script.py", bases=()) == [("two", "str")]


def test_an_imported_file_with_a_syntax_error_is_taken_as_empty(project: Project) -> None:
    text = """
    #- /broken.py
    def (
    #- /main.py
    import broken
    def f(n: int) -> int:
        return _
    """
    assert project(text, "main.py") == [("n", "int")]


@pytest.mark.parametrize(
    "name", ["types", "abc", "builtins", "typing_extensions", "collections/__init__", "enum"]
)
def test_a_module_with_the_name_of_one_of_the_standard_library(project: Project, name: str) -> None:
    text = f"""
    #- /{name}.py
    def g(b: str) -> str: return _
    #- /main.py
    import {name.partition("/")[0]}
    def f(a: int) -> int: return _
    """
    assert project(text, "main.py", bases=(".",)) == [("a", "int")]
    assert project(text, f"{name}.py", bases=(".",)) == [("b", "str")]


def test_a_file_with_a_syntax_error_has_no_holes_until_it_is_mended(project: Project) -> None:
    assert project("#- /main.py\ndef f(n: int) -> int:\n    return (_\n", "main.py") == []
    assert project("#- /main.py\ndef f(n: int) -> int:\n    return (_)\n", "main.py") == [("n", "int")]
    assert project("#- /main.py\ndef f(n: int) -> int:\n    return (_\n", "main.py") == []
    assert project("#- /main.py\ndef f(m: str) -> str:\n    return (_)\n", "main.py") == [("m", "str")]


def test_an_edit_of_one_file_reaches_another(project: Project) -> None:
    text = """
    #- /shapes.py
    def area(side: int) -> int: ...
    #- /main.py
    from shapes import area
    area(_)
    """
    assert project(text, "shapes.py") == []
    assert project(text, "main.py")[0][1] == "int"
    changed = text.replace("side: int", "side: str")
    assert project(changed, "shapes.py") == []
    assert project(changed, "main.py")[0][1] == "str"


def test_a_file_that_is_not_open_may_change_on_disk(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holefit.types.workspace._LOOK_EVERY_S", 0.0)
    text = """
    #- /shapes.py
    def area(side: int) -> int: ...
    #- /main.py
    from shapes import area
    area(_)
    """
    assert project(text, "main.py")[0][1] == "int"
    assert project(text.replace("side: int", "side: list[str]"), "main.py")[0][1] == "list[str]"


def test_what_a_module_between_infers_is_right_after_a_rest(workspace: Workspace) -> None:
    low, between, top = (workspace.root / f"rest_{name}.py" for name in ("low", "between", "top"))
    low.write_text("def make() -> int: ...\n")
    between.write_text("from rest_low import make\nmade = make()\n")
    top.write_text("from rest_between import made\ndef f() -> None:\n    global made\n    made = _\n")

    def expected() -> list[str]:
        answer = workspace.holes(str(top), None)
        assert isinstance(answer, HolesFound)
        return [hole.expected for hole in answer.holes]

    assert expected() == ["int"]
    edited = "def make() -> bytes: ...\n"
    workspace.set_buffer(str(low), edited, 2)
    expected()
    low.write_text(edited)
    workspace.rest()
    assert expected() == ["bytes"]
    workspace.close_buffer(str(low))


def test_a_buffer_that_was_closed_no_longer_counts(workspace: Workspace) -> None:
    shapes, main = workspace.root / "closed_shapes.py", workspace.root / "closed_main.py"
    shapes.write_text("def area(side: int) -> int: ...\n")
    main.write_text("from closed_shapes import area\narea(_)\n")

    def expected() -> list[str]:
        answer = workspace.holes(str(main), None)
        assert isinstance(answer, HolesFound)
        return [hole.expected for hole in answer.holes]

    assert expected() == ["int"]
    workspace.set_buffer(str(shapes), "def area(side: bytes) -> int: ...\n", 2)
    assert expected() == ["bytes"]
    workspace.close_buffer(str(shapes))
    assert expected() == ["int"]


def test_the_projects_own_mypy_settings_count(project: Project) -> None:
    text = """
    #- /mypy.ini
    [mypy]
    strict_optional = False
    plugins = nowhere_to_be_found
    #- /main.py
    def f(n: int | None) -> int:
        return _
    """
    assert project(text, "main.py") == [("n", "int")]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("\ufeffx: int = _\n", 0, 10),
        ("x = 1\r\ny: int = _\r\n", 1, 9),
        ("x = 1\ry: int = _\r", 1, 9),
        ("x = '\u00e9\U0001f600'; y: int = _\n", 0, 19),
        ("\x0cx: int = _\n", 0, 10),
        ("x = '\u2028'; y: int = _", 0, 18),
    ],
)
def test_places_in_odd_texts(workspace: Workspace, text: str, line: int, column: int) -> None:
    path = str(workspace.root / "odd.py")
    workspace.set_buffer(path, text, 1)
    answer = workspace.holes(path, None)
    workspace.close_buffer(path)
    assert isinstance(answer, HolesFound)
    assert [(hole.line, hole.column, hole.expected) for hole in answer.holes] == [(line, column, "int")]


@pytest.mark.parametrize(
    ("path", "bases", "module"),
    [
        ("/p/src/a/b.py", ["/p/src", "/p"], "a.b"),
        ("/p/a/__init__.py", ["/p"], "a"),
        ("/p/odd-name/b.py", ["/p"], "b"),
        ("/v/lib/site-packages/a/b.py", ["/v"], "a.b"),
        ("/v/site-packages/a-stubs/b.pyi", ["/v"], "a.b"),
        ("/other/b.py", ["/p"], "b"),
    ],
)
def test_names_of_modules(path: str, bases: list[str], module: str) -> None:
    assert module_of(Path(path), [Path(base) for base in bases])[0] == module


@pytest.mark.parametrize("damage", ["garbage", "cut"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "main.py"
    path.write_text("import json\ndef f(n: int) -> int:\n    return _\n")
    before = Path.cwd()

    def fits(python: str = sys.executable) -> list[str]:
        workspace = Workspace(
            TypesHello(1, str(tmp_path), [str(tmp_path)], str(tmp_path / ".holefit/types"), python, {}),
            lambda text, done: None,
            lambda: False,
        )
        answer = workspace.holes(str(path), None)
        assert isinstance(answer, HolesFound)
        return [fit.text for hole in answer.holes for fit in hole.fits]

    try:
        assert fits()[0] == "n"
        for database in (tmp_path / ".holefit/types").rglob("*.db"):
            if damage == "garbage":
                database.write_bytes(b"no database" * 1000)
            else:
                with closing(sqlite3.connect(database)) as rows, rows:
                    rows.execute("update files2 set data = substr(data, 1, length(data) / 2)")
        assert fits()[0] == "n"
        assert fits("/nowhere/python")[0] == "n"
    finally:
        os.chdir(before)
