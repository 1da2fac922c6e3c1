"""The index follows the files, and survives what happens to its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from holefit.index import building
from holefit.index.search import Found, Lookup

Build = Callable[[], building.Built]
Search = Callable[..., list[Found]]


def names(found: list[Found]) -> list[str]:
    return [one.entry.name for one in found]


def test_only_what_has_changed_is_read_again(build: Build, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"m{number}.py").write_text(f"class C{number}: ...\n")
    build()
    assert build() == building.Built()
    (tmp_path / "m1.py").write_text("class Changed: ...\n")
    built = build()
    assert (built.units, built.read) == (["project"], 1)


def test_what_other_modules_cannot_see_links_nothing_again(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("def f() -> int:\n    return 1\n")
    build()
    path.write_text("def f() -> int:\n    return 1 + 1\n")
    built = build()
    assert (built.units, built.read) == ([], 1)
    assert build().read == 0


def test_a_removed_module_is_forgotten(search: Search, tmp_path: Path) -> None:
    assert names(search("Gone", gone="class Gone: ...", kept="class Kept: ...")) == ["Gone"]
    (tmp_path / "gone.py").unlink()
    assert names(search("Kept")) == ["Kept"]
    assert "Gone" not in names(search("() -> _", 500))


def test_a_module_that_cannot_be_parsed_keeps_what_was_known(search: Search) -> None:
    search("Box", box="class Box: ...")
    assert names(search("Box", box="class Box: ...\ndef f(:")) == ["Box"]


def test_an_open_look_up_sees_what_is_written_meanwhile(build: Build, tmp_path: Path, shared: Path) -> None:
    (tmp_path / "m.py").write_text("class A: ...\n")
    build()
    lookup = Lookup(building.pointed(tmp_path / ".holefit", shared))
    assert names(lookup.search("A")) == ["A"]
    (tmp_path / "m.py").write_text("class A: ...\nONE = A()\n")
    build()
    assert names(lookup.search("A")) == ["ONE", "A"]
    lookup.close()


def test_a_damaged_file_is_made_anew(build: Build, search: Search, tmp_path: Path) -> None:
    search("A", m="class A: ...")
    (tmp_path / ".holefit/index.db").write_bytes(b"nothing that SQLite knows" * 100)
    assert names(search("A")) == ["A"]


def test_nothing_of_the_project_is_imported(search: Search, tmp_path: Path) -> None:
    text = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\nclass A: ...\n"
    assert names(search("A", m=text)) == ["A"]
    assert not (tmp_path / "ran").exists()


def test_tests_and_environments_are_left_out(search: Search, tmp_path: Path) -> None:
    files = {"tests/helper": "class A: ...", "test_a": "class A: ...", "env/lib": "class A: ..."}
    (tmp_path / "env").mkdir()
    (tmp_path / "env/pyvenv.cfg").touch()
    found = search("A", a="class A: ...", **files)
    assert [(one.entry.module, one.entry.name) for one in found] == [("a", "A")]


def test_a_pointer_to_files_elsewhere_is_not_followed(tmp_path: Path, shared: Path) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"standard": "../../secret.db", "packages": "p.db"}))
    assert building.pointed(tmp_path, shared) == ()
    (tmp_path / "index.json").write_text("[1, 2")
    assert building.pointed(tmp_path, shared) == ()
