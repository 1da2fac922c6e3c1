"""`holefit check` and `holefit holes`: what they print, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holefit.cli import main

pytestmark = pytest.mark.e2e

APP = """\
def greeting(name: str, count: int) -> str:
    return _


def total(numbers: list[int]) -> int:
    return sum(numbers, _start)
"""

# Nothing is imported here: the index of what is installed, which takes long to build, has no part in it.
SETTINGS = "[tool.holefit]\nindex = false\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "done.py").write_text("x = 1\n")
    return tmp_path


def test_check_lists_every_hole_with_its_fits(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "app.py:2:12: _ : str"
    assert any(line.split()[:3] == ["fits", "name", "str,"] for line in lines)
    assert any(line.startswith("app.py:6:25: _start : ") for line in lines)
    assert lines[-1] == "2 holes in 1 of 2 files"


def test_options_leave_out_types_and_origins(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text(
        f"{SETTINGS}[tool.holefit.holes]\nshow-type-of-hole-fits = false\nshow-provenance-of-hole-fits = false\n"
    )
    assert main(["holes", "app.py:2"]) == 0
    assert any(line.split() == ["fits", "name"] for line in capsys.readouterr().out.splitlines())


def test_check_is_content_without_holes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "done.py"]) == 0
    assert capsys.readouterr().out == "no holes in 1 file\n"


def test_check_names_errors(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "done.py").write_text("x = (\n")
    (project / "latin.py").write_bytes(b"# \xe9\n")
    (project / "pyproject.toml").write_text("[tool.holefit]\nsrcs = 1\n")
    assert main(["check", "done.py", "latin.py"]) == 1
    said = capsys.readouterr().out
    assert "done.py:1:5: error: '(' was never closed [syntax]" in said
    assert "latin.py:1:1: error:" in said
    assert "pyproject.toml:2:1:" in said
    assert "no holes" in said


def test_check_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [Path(name).name for name in said["files"]] == ["app.py", "done.py"]
    assert [hole["name"] for hole in said["holes"]] == ["_", "_start"]
    assert said["diagnostics"] == []


def test_holes_of_one_line_as_json_have_the_shape_of_the_protocol(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["holes", "app.py:2", "--json"]) == 0
    (hole,) = json.loads(capsys.readouterr().out)
    assert hole["path"] == str(project / "app.py")
    assert hole["range"] == {"start": {"line": 1, "character": 11}, "end": {"line": 1, "character": 12}}
    assert (hole["name"], hole["expected"], hole["complete"]) == ("_", "str", True)
    assert {"name": "name", "type": "str"} in hole["bindings"]
    fit = hole["fits"][0]
    assert (fit["text"], fit["type"], fit["kind"], fit["level"]) == ("name", "str", "fit", 0)
    assert fit["edit"]["changes"][(project / "app.py").as_uri()] == [
        {"range": hole["range"], "newText": "name"}
    ]


def test_a_place_without_a_hole_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["holes", "app.py:1"]) == 1
    assert capsys.readouterr().out == "app.py: no holes there\n"
    assert main(["holes", "app.py:6:27"]) == 0
    assert main(["holes", "app.py:6:12"]) == 1
