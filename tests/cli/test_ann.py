"""`holefit ann`: queries over the annotations of a project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holefit.cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "owners.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Owner:\n    team: str\n    since: int = 1\n"
    )
    (tmp_path / "shapes.py").write_text(
        "from owners import Owner\n\n"
        '# ANN area: Owner("geometry", since=2)\n'
        "def area(): ...\n"
        '# ANN module: {"layer": "domain"}\n'
    )
    return tmp_path


def test_all_annotations_are_listed_with_their_places(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ann"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shapes.py:3:1: shapes.area = Owner(team='geometry', since=2)   owners.Owner",
        "shapes.py:5:1: shapes = {'layer': 'domain'}   dict",
        "2 annotations",
    ]


def test_a_query_for_a_type_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ann", "--type", "Owner", "--json", "shapes.py"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["module"], found["name"], found["kind"], found["type"]) == (
        "shapes",
        "area",
        "value",
        "owners.Owner",
    )
    assert found["value"] == {"team": "geometry", "since": 2}
    assert found["path"] == str(project / "shapes.py")


def test_nothing_found_is_exit_status_1(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ann", "--of", "nothing"]) == 1
    assert main(["ann", "owners.py"]) == 1
    assert capsys.readouterr().out == "no annotations\nno annotations\n"
