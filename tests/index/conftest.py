"""Small indexes: a handful of modules given as text, over a standard library cut down to what the tests name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from holefit.index import building
from holefit.index.environment import Environment, Unit, standard_library
from holefit.index.reading import Runtime
from holefit.index.search import Found, Lookup
from holefit.session.options import Options
from holefit.session.project import Project

RUNTIME = Runtime((3, 12), "linux")
SMALL = {
    *(
        "builtins",
        "typing",
        "types",
        "enum",
        "abc",
        "pathlib",
        "decimal",
        "datetime",
        "os",
        "random",
        "textwrap",
    ),
    *(
        "collections",
        "collections.abc",
        "_collections_abc",
        "dataclasses",
        "_typeshed",
        "_decimal",
        "numbers",
    ),
    *("typing_extensions", "os.path", "posixpath", "genericpath", "itertools", "functools"),
}
Build = Callable[[], building.Built]
Search = Callable[..., list[Found]]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for what projects have in common."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def small_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard library of a few modules, and no packages."""

    def cut(runtime: Runtime) -> Unit | None:
        whole = standard_library(runtime)
        assert whole is not None
        return replace(whole, modules=tuple(one for one in whole.modules if one.name in SMALL))

    monkeypatch.setattr(building, "standard_library", cut)
    monkeypatch.setattr(building, "environment", lambda python: Environment(RUNTIME, ()))


@pytest.fixture
def build(small_library: None, tmp_path: Path, shared: Path) -> Build:
    """Bring the index of the project in ``tmp_path`` up to date."""

    def run() -> building.Built:
        project = Project(tmp_path, Options())
        return building.build(project, Path("python"), tmp_path / ".holefit", shared=shared)

    return run


@pytest.fixture
def search(build: Build, tmp_path: Path, shared: Path) -> Iterator[Search]:
    """Search a project of the given modules: ``search(query, models="...")``."""
    opened: list[Lookup] = []

    def run(query: str, limit: int = 10, **files: str) -> list[Found]:
        for name, text in files.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        build()
        lookup = Lookup(building.pointed(tmp_path / ".holefit", shared))
        opened.append(lookup)
        return lookup.search(query, limit)

    yield run
    for one in opened:
        one.close()
