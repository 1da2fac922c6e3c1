"""Words of a command line: the places and projects that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from holefit.cli.places import BadPlaceError, NoSuchFileError, Place, expanded, place
from holefit.session.options import Options


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "app.py",
        "src/pkg/a.py",
        "src/pkg/b.py",
        "src/.hidden/c.py",
        ".venv/lib/d.py",
        "env/e.py",
        "odd:1.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "env/pyvenv.cfg").write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


def test_lines_and_columns_are_written_from_one_and_kept_from_zero(project: Path) -> None:
    assert place("app.py") == Place(project / "app.py")
    assert place("app.py:12") == Place(project / "app.py", 11)
    assert place("app.py:12:9") == Place(project / "app.py", 11, 8)


def test_a_file_whose_name_has_a_colon_is_found(project: Path) -> None:
    assert place("odd:1.py") == Place(project / "odd:1.py")
    assert place("odd:1.py:3") == Place(project / "odd:1.py", 2)


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("none.py", NoSuchFileError),
        ("none.py:3", NoSuchFileError),
        ("app.py:0", BadPlaceError),
        ("src:1", BadPlaceError),
    ],
)
def test_what_is_no_place_is_said_with_a_remedy(
    project: Path, word: str, error: type[NoSuchFileError]
) -> None:
    with pytest.raises(error) as caught:
        place(word)
    assert word.partition(":")[0] in str(caught.value)
    assert caught.value.remedy


def test_folders_stand_for_the_sources_below_them_once(project: Path) -> None:
    found = expanded([place("app.py"), place(".")], project, Options(exclude=("src/pkg/b.py",)))
    assert [one.path.relative_to(project).as_posix() for one in found] == [
        "app.py",
        "odd:1.py",
        "src/pkg/a.py",
    ]


def test_a_folder_that_is_left_out_counts_when_it_is_named(project: Path) -> None:
    found = expanded([place("src/.hidden")], project, Options())
    assert [one.path.name for one in found] == ["c.py"]
