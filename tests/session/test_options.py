"""Options from a pyproject.toml and from an editor."""

import textwrap
from pathlib import Path

import pytest

from holefit.session import Options, Session, find_root, read_options
from holefit.syntax import Position, Source


def read(folder: Path, text: str) -> tuple[Options, list[tuple[str, str]]]:
    """The options, and each problem as the text it points at and its message."""
    text = textwrap.dedent(text).removeprefix("\n")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    options, problems = read_options(folder)
    source = Source(folder / "pyproject.toml", text)
    assert all(problem.path == source.path for problem in problems)
    return options, [(source.slice(problem.range), problem.message) for problem in problems]


def test_a_project_without_configuration_has_the_defaults(tmp_path: Path) -> None:
    assert read_options(tmp_path) == (Options(), ())


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    options, problems = read(
        tmp_path,
        """
        [tool.holefit]
        src = ["lib"]
        type-errors = true
        eval = { show = "inline", timeout-s = 3 }

        [tool.holefit.holes]
        max-valid-hole-fits = 10

        [tool.holefit.interpreter]
        spawn = ["docker", "exec", "{python}"]
        """,
    )
    assert problems == []
    assert (options.src, options.type_errors) == (("lib",), True)
    assert (options.eval.show, options.eval.timeout_s) == ("inline", 3.0)
    assert options.holes.max_valid_hole_fits == 10
    assert options.interpreter.spawn == ("docker", "exec", "{python}")


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        (
            "typ-errors = true",
            "typ-errors",
            "`typ-errors` is no option of `tool.holefit`; did you mean `type-errors`?",
        ),
        ("src = 'lib'", "src", '`src` takes an array of strings, not "lib"'),
        ("src = ['a', 3]", "src", "`src` takes a string, not an array of int and str"),
        ("type-errors = 1", "type-errors", "`type-errors` takes true or false, not 1"),
        ("holes = 3", "holes", "`holes` takes a table, not 3"),
        (
            "holes.hole-budget-ms = true",
            "hole-budget-ms",
            "`holes.hole-budget-ms` takes a whole number, not true",
        ),
        (
            "holes.hole-budget-ms = -5",
            "hole-budget-ms",
            "`holes.hole-budget-ms` takes a whole number that is 0 or more, not -5",
        ),
        (
            "eval = { shown = 'insert' }",
            "shown",
            "`shown` is no option of `tool.holefit.eval`; did you mean `show`?",
        ),
        ("eval.show = 'insret'", "show", '`eval.show` takes one of "insert", "inline", not "insret"'),
        ("'eval'.timeout-s = 'x'", "timeout-s", '`eval.timeout-s` takes a number, not "x"'),
        (
            "[tool.holefit.reload]\nglobal = 'keep'",
            "global",
            "`global` is no option of `tool.holefit.reload`",
        ),
        (
            "[tool.holefit.reloads]",
            "reloads",
            "`reloads` is no option of `tool.holefit`; did you mean `reload`?",
        ),
    ],
)
def test_what_is_wrong_is_named_at_its_place(tmp_path: Path, line: str, place: str, message: str) -> None:
    _, [(found, said)] = read(tmp_path, f"[tool.other]\nsrc = 3\n[tool.holefit]\n{line}\n")
    assert found.strip("'") == place
    assert said.startswith(message)


def test_what_is_wrong_does_not_spoil_the_rest(tmp_path: Path) -> None:
    options, problems = read(tmp_path, "[tool.holefit]\nsrc = 3\ntype-errors = true\n")
    assert (options.src, options.type_errors, len(problems)) == (("src", "."), True, 1)


def test_a_file_that_is_no_toml_is_said_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\nsrc = [\n")
    options, (problem,) = read_options(tmp_path)
    assert options == Options()
    assert (problem.range.start.line, problem.severity.value) == (2, "error")


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nholefit = 3", "\ufeff[tool.holefit]\n"])
def test_odd_files_are_borne(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text)[0] == Options()


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    _, (problem,) = read_options(tmp_path)
    assert problem.message.startswith("pyproject.toml cannot be read")


def test_an_editor_may_write_keys_as_it_likes() -> None:
    options, problems = Options().updated(
        {"typeErrors": True, "holes": {"maxValidHoleFits": 3, "hole-budget-ms": 50}, "eval": {"timeout_s": 1}}
    )
    assert problems == ()
    assert (options.type_errors, options.holes.max_valid_hole_fits, options.holes.hole_budget_ms) == (
        True,
        3,
        50,
    )
    assert options.eval.timeout_s == 1.0


def test_an_editor_s_problems_have_their_keys() -> None:
    options, (one, other) = Options().updated({"holes": {"maxFits": 3, "maxRelevantBinds": None}, "src": "x"})
    assert options == Options()
    assert (one.key, other.key) == ("holes.maxFits", "src")
    assert "is no option of `tool.holefit.holes`" in one.message


def test_the_root_is_the_nearest_pyproject(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "libs/one"
    (inner / "src/pkg").mkdir(parents=True)
    (inner / "pyproject.toml").touch()
    assert find_root(inner / "src/pkg/mod.py") == inner
    assert find_root(tmp_path / "libs") == tmp_path


def test_a_folder_that_holds_the_project_is_not_imported_from(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "stranger.py").write_text("x = 1\n")
    (root / "own.py").write_text("y = 1\n")
    (root / "pyproject.toml").write_text('[tool.holefit]\nsrc = ["..", "."]\n')
    with Session.open(root) as session:
        (problem,) = session.problems
        assert "'..' holds the project itself" in problem.message
        assert problem.range.start == Position(1, 0)
        assert set(session.module_graph()) == {"own"}
