"""Files of a project and the names of its modules; the graph between them."""

from pathlib import Path

import pytest

from holefit.session.graph import dependency_order, reachable, used_modules
from holefit.session.options import Options
from holefit.session.project import Project
from holefit.syntax import Import


def project(root: Path, *names: str, options: Options | None = None) -> Project:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Project(root, options or Options())


def test_files_are_found_where_code_lives(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "src/pkg/__init__.py",
        "src/pkg/mod.py",
        "tests/test_mod.py",
        "main.py",
        "notes.txt",
        ".hidden/x.py",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        "node_modules/x.py",
        "pkg/__pycache__/x.py",
        "old/x.py",
        "gen/api_pb2.py",
        options=Options(exclude=("old", "**/*_pb2.py")),
    )
    assert [path.relative_to(tmp_path).as_posix() for path, _ in made.files()] == [
        "main.py",
        "src/pkg/__init__.py",
        "src/pkg/mod.py",
        "tests/test_mod.py",
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/pkg/__init__.py", "pkg"),
        ("src/pkg/mod.py", "pkg.mod"),
        ("src/space/inner/mod.py", "space.inner.mod"),
        ("tests/test_mod.py", "tests.test_mod"),
        ("main.py", "main"),
        ("my-scripts/run.py", "run"),
        ("my-scripts/lib/run.py", "lib.run"),
        ("__init__.py", "__init__"),
    ],
)
def test_a_module_has_the_name_that_it_is_imported_by(tmp_path: Path, path: str, name: str) -> None:
    assert project(tmp_path, "src/pkg/__init__.py", path).module_name(tmp_path / path) == name


def test_a_src_folder_that_is_a_package_is_not_imported_from(tmp_path: Path) -> None:
    made = project(tmp_path, "src/__init__.py", "src/mod.py")
    assert made.module_name(tmp_path / "src/mod.py") == "src.mod"


def test_a_link_that_goes_round_ends(tmp_path: Path) -> None:
    made = project(tmp_path, "pkg/a.py")
    (tmp_path / "pkg/again").symlink_to(tmp_path)
    assert len(list(made.files())) == 1


def test_an_import_uses_the_packages_on_the_way_and_submodules() -> None:
    known = dict.fromkeys(["pkg", "pkg.sub", "pkg.sub.mod", "other", "space.mod"])
    found = used_modules(
        [
            Import("pkg.sub", ("mod", "name"), 1),
            Import("os.path", (), 2),
            Import("other", ("*",), 3, lazy=True),
            Import("space", ("mod",), 4),
        ],
        known,
    )
    assert found == ("pkg", "pkg.sub", "pkg.sub.mod", "other", "space.mod")


def test_dependencies_come_first_and_cycles_are_one_group() -> None:
    edges = {"main": ("a", "c"), "a": ("b",), "b": ("a", "leaf"), "leaf": (), "c": ("leaf", "gone")}
    assert dependency_order(edges) == [("leaf",), ("a", "b"), ("c",), ("main",)]


def test_a_long_chain_needs_no_deep_stack() -> None:
    edges = {f"m{number}": (f"m{number + 1}",) for number in range(20_000)}
    groups = dependency_order(edges | {"m20000": ()})
    assert groups[0] == ("m20000",)
    assert len(groups) == 20_001


def test_what_is_reachable() -> None:
    edges = {"a": ("b",), "b": ("c", "a"), "c": (), "d": ("a",)}
    assert reachable(["a", "unknown"], edges) == {"a", "b", "c"}


def test_a_module_is_found_where_imports_find_it(tmp_path: Path) -> None:
    made = project(tmp_path, "src/pkg/__init__.py", "src/pkg/mod.py", "main.py", "pkg/mod.py")
    assert made.find("pkg.mod") == tmp_path / "src/pkg/mod.py"
    assert made.find("pkg") == tmp_path / "src/pkg/__init__.py"
    assert made.find("main") == tmp_path / "main.py"
    assert made.find("pkg.nothing") is None
    assert made.find("..main") is None
