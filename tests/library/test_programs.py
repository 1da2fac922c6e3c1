"""Each program of ``examples/library`` does what it says."""

import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import holefit

Load = Callable[[str], ModuleType]
Capture = pytest.CaptureFixture[str]


def test_list_holes(load: Load, project: Path, capsys: Capture) -> None:
    program = load("list_holes")
    assert program.main(str(project)) == 0
    (project / "main.py").write_text("def double(width: int) -> int:\n    return _width\n")
    assert program.main(str(project)) == 1
    assert capsys.readouterr().out == "0 holes\nmain.py:2  _width: int  <-  width\n1 holes\n"


def test_who_owns_what(load: Load, project: Path, capsys: Capture) -> None:
    program = load("who_owns_what")
    assert program.main(str(project)) == 0
    assert capsys.readouterr().out == "core: shapes.Shape\ngeometry: shapes.area\n"
    (project / "bad.py").write_text("# ANN gone: 1\n")
    assert program.main(str(project)) == 1
    assert "bad.py:1: this module does not define `gone`." in capsys.readouterr().err


def test_calculator(load: Load, project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "import shapes\nshapes.area(3)\nprint('hello')\n1 / 0\nimport os; os.abort()\n'still ' + 'here'\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert load("calculator").main(str(project)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["9  (int)", "hello", "ZeroDivisionError: division by zero"]
    assert "SIGABRT" in said[3]
    assert said[-1] == "'still here'  (str)"


def test_refresh_snippets(load: Load, project: Path, capsys: Capture) -> None:
    path = project / "shapes.py"
    program = load("refresh_snippets")
    assert program.main(str(path)) == 0
    assert "    # >>> area(3)\n    # 9\n    return" in path.read_text()
    path.write_text(path.read_text().replace("area(3)", "area()"))
    assert program.main(str(path)) == 1
    assert "1 snippets, 1 failed" in capsys.readouterr().out


def test_reload_report(load: Load, project: Path) -> None:
    program = load("reload_report")
    path = project / "live.py"
    path.write_text("limit = [1]\ndef f(): return 1\ndef gone(): ...\n")
    with holefit.Session.open(project) as session:
        session.interpreter.eval_stmt("import live; live.limit.append(2)")
        path.write_text("limit = [3]\ndef f(): return 2\n")
        lines = list(program.told(session.reload()))
        assert lines[0] == "generation 1: live"
        assert any(line.startswith("  kept live.limit:") for line in lines)
        assert "  removed live.gone" in lines
        path.write_text("def f(: return 3\n")
        lines = list(program.told(session.reload()))
    assert lines[0] == "nothing was reloaded, the old code goes on:"
    assert lines[1].startswith("  live.py:1: ")
