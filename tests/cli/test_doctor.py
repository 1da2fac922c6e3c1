"""`holefit doctor`: what it tries, and what it says where that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holefit.cli import main

pytestmark = pytest.mark.e2e


def doctor(project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, str]]]:
    status = main(["doctor", str(project), "--json"])
    return status, {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}


def test_all_is_well_in_an_ordinary_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = doctor(tmp_path, capsys)
    assert status == 0
    for name in ("Holefit", "mypy", "configuration", "type service", "worker", "project's Python", "fork"):
        assert found[name]["state"] == "works", found[name]


def test_a_python_that_is_not_there_is_named_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.holefit.interpreter]\npython = "no/such/python"\n')
    status, found = doctor(tmp_path, capsys)
    assert status == 1
    assert found["project's Python"]["state"] == "fails"
    assert "no/such/python" in found["project's Python"]["detail"]
    assert "interpreter.python" in found["project's Python"]["remedy"]


def test_a_mistake_in_the_configuration_is_at_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\nsrcs = ['lib']\n")
    _, found = doctor(tmp_path, capsys)
    assert found["configuration"]["state"] != "works"
    assert "pyproject.toml:2:1" in found["configuration"]["detail"]


def test_for_people_it_is_one_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    Holefit: ")
    assert all(line.startswith(("ok    ", "lacks ", "      ")) for line in lines)
