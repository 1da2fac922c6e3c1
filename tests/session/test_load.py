"""Loading: what is processed again, why, in which order, and what persists."""

from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from holefit.errors import SessionClosedError, TargetNotFoundError
from holefit.session import (
    LoadAll,
    LoadResult,
    Options,
    Session,
    Target,
    load_dependencies_of,
    load_up_to,
    modules,
)
from holefit.syntax import parse

FILES = {
    "src/app/__init__.py": "",
    "src/app/main.py": "from app.shapes import area\n\ndef main() -> None:\n    import app.lazy\n    area(2)\n",
    "src/app/shapes.py": "from app import units\n\ndef area(side: int) -> int:\n    return side * side\n",
    "src/app/units.py": "def metre() -> int:\n    return 1\n",
    "src/app/lazy.py": "X = 1\n",
    "tests/test_app.py": "import app.main\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def session(root: Path) -> Iterator[Session]:
    with Session.open(root) as made:
        made.load()
        yield made


def why(result: LoadResult) -> dict[str, str]:
    return {one.name: one.reason for one in result.modules}


def edit(session: Session, name: str, old: str, new: str) -> None:
    text = (session.root / name).read_text()
    assert old in text
    session.set_buffer(name, text.replace(old, new, 1))


def test_dependencies_are_processed_before_dependents(root: Path) -> None:
    with Session.open(root) as session:
        result = session.load(LoadAll)
    names = [one.name for one in result.modules]
    assert sorted(names) == ["app", "app.lazy", "app.main", "app.shapes", "app.units", "tests.test_app"]
    assert (
        names.index("app.units")
        < names.index("app.shapes")
        < names.index("app.main")
        < names.index("tests.test_app")
    )
    assert set(why(result).values()) == {"it is new"}
    assert (result.diagnostics, result.generation) == ((), 0)


def test_the_graph_has_lazy_imports_too(session: Session) -> None:
    assert set(session.module_graph()["app.main"]) == {"app", "app.shapes", "app.lazy"}


def test_nothing_is_processed_twice(session: Session) -> None:
    result = session.load()
    assert (result.modules, result.unchanged) == ((), 6)


def test_a_new_session_starts_from_what_persists(session: Session) -> None:
    session.close()
    with Session.open(session.root) as later:
        result = later.load()
    assert (result.modules, result.unchanged) == ((), 6)


def test_a_body_concerns_its_module_only(session: Session) -> None:
    edit(session, "src/app/shapes.py", "side * side", "side ** 2")
    assert why(session.load()) == {"app.shapes": "its source changed"}


def test_a_signature_concerns_those_who_use_it(session: Session) -> None:
    edit(session, "src/app/units.py", "-> int", "-> float")
    assert why(session.load()) == {
        "app.units": "its source changed",
        "app.shapes": "the interface of app.units changed, which it uses",
    }


def test_a_new_module_concerns_those_who_import_it(session: Session) -> None:
    (session.root / "src/app/main.py").write_text("import app.extra\n")
    session.load()
    (session.root / "src/app/extra.py").write_text("")
    assert why(session.load()) == {
        "app.extra": "it is new",
        "app.main": "the interface of app.extra changed, which it now finds",
    }
    (session.root / "src/app/extra.py").unlink()
    assert why(session.load()) == {"app.main": "app.extra is gone, which it uses"}
    assert session.interface("app.extra") is None


def test_unsaved_text_counts_and_a_closed_buffer_does_not(session: Session) -> None:
    session.set_buffer("src/app/units.py", "def metre() -> float: ...\n")
    assert "app.units" in why(session.load())
    session.close_buffer("src/app/units.py")
    assert "app.units" in why(session.load())
    assert session.load().modules == ()


def test_a_buffer_without_a_file_is_a_module(session: Session) -> None:
    session.set_buffer("src/app/new.py", "Y = 1\n")
    session.load()
    interface = session.interface("app.new")
    assert interface is not None
    assert [one.name for one in interface.exports] == ["Y"]


def test_unsaved_text_is_not_persisted(session: Session) -> None:
    edit(session, "src/app/units.py", "-> int", "-> float")
    session.load()
    session.close()
    with Session.open(session.root) as later:
        assert later.load().modules == ()


def test_a_syntax_error_is_said_and_concerns_nobody_else(session: Session) -> None:
    session.set_buffer("src/app/units.py", "def metre( -> int:\n")
    result = session.load()
    assert why(result) == {"app.units": "its source changed"}
    (problem,) = result.diagnostics
    assert (problem.code, problem.path) == ("syntax", session.root / "src/app/units.py")
    assert session.load().diagnostics == (problem,)
    session.close_buffer("src/app/units.py")
    assert session.load().diagnostics == ()


def test_a_file_that_is_no_text_is_said(session: Session) -> None:
    (session.root / "src/app/units.py").write_bytes(b"x = '\xe9'\n")
    (problem,) = session.load().diagnostics
    assert "UTF-8" in problem.message


def test_problems_survive_a_restart(session: Session) -> None:
    (session.root / "src/app/units.py").write_text("def (\n")
    session.load()
    session.close()
    with Session.open(session.root) as later:
        assert [one.code for one in later.load().diagnostics] == ["syntax"]


def test_a_cycle_is_no_problem(session: Session) -> None:
    edit(session, "src/app/units.py", "def metre", "import app.shapes\ndef metre")
    assert session.load().diagnostics == ()
    edit(session, "src/app/units.py", "-> int", "-> float")
    assert "app.shapes" in why(session.load())


@pytest.mark.parametrize("content", [b"", b"\xc1garbage", msgpack.packb({"version": 99}), msgpack.packb([1])])
def test_a_damaged_interface_is_made_again(session: Session, content: bytes) -> None:
    session.close()
    (session.root / ".holefit/interfaces/app.units.msgpack").write_bytes(content)
    (session.root / ".holefit/stamps.msgpack").write_bytes(content)
    with Session.open(session.root) as later:
        assert why(later.load()) == {"app.units": "it is new"}
        assert later.load().modules == ()


def test_equal_content_gives_equal_bytes(session: Session) -> None:
    files = sorted((session.root / ".holefit/interfaces").iterdir())
    before = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    with Session.open(session.root) as later:
        later.load()
    assert [path.read_bytes() for path in files] == before


def test_the_folder_ignores_itself(session: Session) -> None:
    assert (session.root / ".holefit/.gitignore").read_text() == "*\n"
    assert not list((session.root / ".holefit").rglob("*.tmp"))


def test_a_folder_that_cannot_be_written_to_is_no_error(root: Path) -> None:
    (root / ".holefit").write_text("in the way")
    with Session.open(root) as session:
        assert len(session.load().modules) == 6
        assert session.load().modules == ()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("app.main", "src/app/main.py"),
        ("src/app/main.py", "src/app/main.py"),
        ("app", "src/app"),
        ("tests", "tests"),
    ],
)
def test_targets_are_guessed(session: Session, name: str, path: str) -> None:
    assert session.guess_target(name) == Target(name, session.root / path)


def test_a_target_that_is_not_there_is_refused_with_the_nearest(session: Session) -> None:
    with pytest.raises(TargetNotFoundError, match=r"did you mean app\.shapes\?"):
        session.guess_target("app.shape")


def test_targets_are_loaded_with_what_they_use(root: Path) -> None:
    with Session.open(root) as session:
        session.set_targets([session.guess_target("app.shapes")])
        assert session.load().unchanged == 3
        session.set_targets([])
        assert session.load().unchanged == 6


def test_a_part_may_be_loaded(session: Session) -> None:
    assert session.load(load_up_to("app.units")).unchanged == 1
    assert session.load(load_dependencies_of("app.shapes")).unchanged == 2
    with pytest.raises(TargetNotFoundError):
        session.load(load_up_to("app.nothing"))


def test_two_files_of_one_name_are_both_known(session: Session) -> None:
    for folder in ("my-a", "my-b"):
        (session.root / folder).mkdir()
        (session.root / folder / "run.py").write_text("X = 1\n")
    names = set(why(session.load()))
    assert names == {"run", "my-b.run"}


def test_other_options_may_concern_every_module(session: Session) -> None:
    session.set_options(session.options.replace(src=("src",)))
    assert "the options changed" in set(why(session.load()).values())


def test_problems_of_the_configuration_are_reported(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.holefit]\nsource = 1\n")
    with Session.open(root) as session:
        assert [one.code for one in session.load().diagnostics] == ["options"]
        (root / "pyproject.toml").write_text("[tool.holefit]\ntype-errors = true\n")
        assert session.reread_options().type_errors
        assert session.problems == ()


def test_given_options_stand_and_trust_overrules(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.holefit]\ntrusted = true\ntype-errors = true\n")
    with Session.open(root, trusted=False) as session:
        assert (session.options.trusted, session.options.type_errors) == (False, True)
        assert not session.reread_options().trusted
    with Session.open(root, options=Options()) as session:
        assert not session.options.type_errors


def test_a_closed_session_says_so(session: Session) -> None:
    session.close()
    session.close()
    with pytest.raises(SessionClosedError):
        session.load()


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        Session.open(tmp_path / "nothing")


def test_names_and_paths_of_modules(session: Session) -> None:
    assert session.module_name("src/app/main.py") == "app.main"
    assert session.path_of("app.main") == session.root / "src/app/main.py"
    assert session.path_of("app.nothing") is None


def test_parsed_text_is_kept_while_it_stays(session: Session) -> None:
    path = session.root / "src/app/units.py"
    first = session.parsed(path)
    assert session.parsed(path) is first
    path.write_text("other = 1\n")
    session.saved(path)
    assert session.parsed(path).source.text == "other = 1\n"
    session.set_buffer(path, "typed = 1\n", 7)
    assert session.parsed(path).source.version == 7
    assert session.dirty() == {path: "typed = 1\n"}
    session.set_buffer(path, "other = 1\n", 8)
    assert session.dirty() == {}


def test_a_question_about_one_module_without_annotations_looks_at_no_other(root: Path) -> None:
    with Session.open(root) as session:
        assert session.annotations(module="app.units") == []
        assert not (root / ".holefit").exists()


def test_two_edits_in_one_tick_of_the_clock_are_both_seen(session: Session) -> None:
    path = session.root / "src/app/lazy.py"
    for number in range(2, 8):
        path.write_text(f"X = {number}\n")
        assert why(session.load()) == {"app.lazy": "its source changed"}


@pytest.mark.parametrize(
    ("version", "severity"), [("3.99.1", "information"), ("3.11.0", "error"), ("", "error")]
)
def test_syntax_of_a_newer_python_is_no_error(root: Path, version: str, severity: str) -> None:
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").touch(0o755)
    (root / ".venv/pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    (root / "src/app/units.py").write_text("unknown syntax here\n")
    with Session.open(root) as session:
        (problem,) = session.load().diagnostics
        assert problem.severity.value == severity
        assert [one.severity.value for one in session.check("src/app/units.py")] == [severity]
        assert ("the project has 3.99" in problem.message) == (severity == "information")


def test_users_of_a_changed_interface_are_not_parsed_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = []
    monkeypatch.setattr(modules, "parse", lambda source: parsed.append(source.path.name) or parse(source))
    (session.root / "src/app/units.py").write_text("def metre() -> float: ...\n")
    assert set(why(session.load())) == {"app.units", "app.shapes"}
    assert parsed == ["units.py"]
    assert session.load().modules == ()
