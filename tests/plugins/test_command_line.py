"""Plugins on the command line: flags, explanations, frontends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.cli import main

Write = Callable[[str, str], Path]
Capture = pytest.CaptureFixture[str]
EXAMPLES = Path(__file__).parents[2] / "examples/plugins"


@pytest.fixture(autouse=True)
def project(root: Path, write: Write, open_session: object, monkeypatch: pytest.MonkeyPatch) -> None:
    write("project/pyproject.toml", f"[tool.holefit]\nplugin-path = ['../plugins', {str(EXAMPLES)!r}]\n")
    write("project/main.py", "from shapes import area\n")
    monkeypatch.chdir(root)


def test_check_with_a_plugin(capsys: Capture) -> None:
    assert main(["check", "-fplugin=deprecations"]) == 0
    assert "main.py:1:20: warning: `area` is deprecated: use surface [deprecated]" in capsys.readouterr().out
    assert main(["check", "-fplugin=deprecations", "-fplugin-opt=deprecations:strict"]) == 1
    assert main(["check", "-fplugin=deprecations", "-fclear-plugins"]) == 0
    assert "deprecated" not in capsys.readouterr().out.splitlines()[-1]


def test_a_bad_flag_is_refused(capsys: Capture) -> None:
    assert main(["check", "-fplugins=deprecations"]) == 2
    assert "`-fplugins=deprecations` is no flag for plugins" in capsys.readouterr().err


def test_a_missing_plugin_is_told_once_and_the_rest_works(capsys: Capture) -> None:
    assert main(["check", "-fplugin=gone", "-fplugin=deprecations"]) == 1
    out = capsys.readouterr().out
    assert out.count("there is no plugin `gone`") == 1
    assert "`area` is deprecated" in out


def test_explain_tells_why_each_module_was_processed(capsys: Capture, write: Write) -> None:
    assert main(["check", "--explain", "-fplugin=deprecations"]) == 0
    assert "shapes: it is new" in capsys.readouterr().out
    write("project/shapes.py", "# ANN area: 'deprecated: other'\ndef area(side: int) -> int: ...\n")
    main(["check", "--explain", "-fplugin=deprecations"])
    assert capsys.readouterr().out.splitlines()[:3] == [
        "shapes: its source changed",
        "main: the interface of shapes changed, which it uses",
        "2 modules processed",
    ]
    main(["check", "--explain", "--json"])
    assert set(json.loads(capsys.readouterr().out)["processed"].values()) == {
        "the plugin deprecations no longer acts on it"
    }


def test_a_frontend_is_a_program_with_a_session(capsys: Capture) -> None:
    assert main(["--frontend", "project_report", "-ffrontend-opt=markdown", "-fplugin=deprecations"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("# project: 3 modules\n- shapes is used by 1\n")
    assert "- shapes.area: 'deprecated: use surface'" in out
    assert "- main.py:1: `area` is deprecated: use surface" in out
    assert main(["--frontend=project_report", "alone.py"]) == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone", "there is no plugin `gone`"), ("deprecations", "the plugin `deprecations` is no frontend")],
)
def test_what_is_no_frontend_is_said_with_a_remedy(name: str, message: str, capsys: Capture) -> None:
    assert main(["--frontend", name]) == 2
    assert message in capsys.readouterr().err


def test_no_frontend_runs_in_an_untrusted_project(write: Write, capsys: Capture) -> None:
    write("project/pyproject.toml", f"[tool.holefit]\ntrusted = false\nplugin-path = [{str(EXAMPLES)!r}]\n")
    assert main(["--frontend", "project_report"]) == 2
    assert "is not trusted" in capsys.readouterr().err
