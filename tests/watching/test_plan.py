"""Looking ahead: a plan says what a reload would do, and the reload does that."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from holefit import Effect, ReloadPlan, Session
from holefit.cli import main

OLD = '''
    """Shapes."""
    import math
    print("loaded")
    limit = 3
    seen = []
    table = {"area": lambda r: r}

    def registered(f):
        print("registered", f.__name__)
        return f

    def area(r):
        return r

    @registered
    def edge(r, n=1):
        return n

    class Shape:
        sides = 3
        def draw(self): return 1

    def gone(): pass

    if limit:
        inside = 1
    seen.append("load")
    '''

NEW = '''
    """Shapes, and more."""
    import math
    print("loaded")
    limit = 4
    seen = [1]
    table = {"area": lambda r: r * r}

    def registered(f):
        print("registered", f.__name__)
        return f

    def area(r):
        return math.pi * r

    @registered
    def edge(r, n=2):
        return n

    class Shape:
        sides = 4
        def draw(self): return 2

    def fresh(): pass

    if limit:
        inside = 2
    seen.append("again")
    '''


def rendered(plan: ReloadPlan) -> str:
    """A line for each step."""
    return "\n".join(
        f"{step.line + 1:>3} {'runs' if step.runs else '-':<4} {step.effect.value:<8} {' '.join(step.names)}: {step.reason}"
        for module in plan.modules
        for step in module.steps
    )


def text(source: str) -> str:
    return textwrap.dedent(source).lstrip("\n")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "shapes.py").write_text(text(OLD))
    with Session.open(tmp_path) as session:
        session.interpreter.eval_stmt("import shapes")
        yield session


def test_a_plan_tells_each_statement_and_runs_none(project: Session) -> None:
    project.set_buffer("shapes.py", text(NEW))
    assert rendered(project.reload_plan()) == snapshot("""\
  1 -    document : a text
  4 runs run      limit: its value is untouched
  5 -    keep     seen: its value has changed since it was initialised
  6 -    swap     table: functions in it get their new code where they are
 12 -    swap     area: functions in it get their new code where they are
 16 runs header   edge: its defaults and annotations are evaluated anew; its decorators do not run
 19 runs patch    Shape: sides run again
 23 runs define   fresh: it is new
 23 -    remove   gone: its names go
 26 runs run      inside: its value is untouched
 27 runs run      : it is new
 27 -    remove   : it is gone; what it did stays done\
""")
    unchanged = project.interpreter.eval_stmt(
        "shapes.limit, shapes.seen, shapes.edge(1), hasattr(shapes, 'fresh')"
    )
    assert unchanged.result.values[0].text == "(3, ['load'], 1, False)"
    assert unchanged.stdout == ""


def test_the_reload_does_what_the_plan_said(project: Session) -> None:
    project.set_buffer("shapes.py", text(NEW))
    planned = project.reload_plan()
    report = project.reload()
    keeps = {name for step in planned.modules[0].steps if step.effect is Effect.KEEP for name in step.names}
    gone = {name for step in planned.modules[0].steps if step.effect is Effect.REMOVE for name in step.names}
    assert {one.name for one in report.kept} == keeps == {"seen"}
    assert {one.name for one in report.removed} == gone == {"gone"}
    assert project.reload_plan() == ReloadPlan()


def test_a_plan_of_a_broken_text_tells_the_error(project: Session) -> None:
    project.set_buffer("shapes.py", text(NEW).replace("class Shape:", "class Shape"))
    plan = project.reload_plan()
    assert [(error.range.start.line, error.message) for error in plan.errors] == [
        (18, "SyntaxError: expected ':'")
    ]


def test_a_plan_names_calls_that_are_running(project: Session) -> None:
    project.interpreter.eval_stmt(
        "import threading\ngo, began = threading.Event(), threading.Event()\n"
        "shapes.area.__globals__.update(go=go, began=began)"
    )
    project.set_buffer(
        "shapes.py",
        text(OLD).replace(
            "def area(r):\n    return r", "def area(r):\n    began.set()\n    go.wait()\n    return r"
        ),
    )
    project.reload()
    project.interpreter.eval_stmt(
        "threading.Thread(target=shapes.area, args=(1,), name='drawing').start()\nbegan.wait()"
    )
    project.set_buffer("shapes.py", text(NEW))
    assert [(one.function, one.thread) for one in project.reload_plan().running] == [("area", "drawing")]
    project.interpreter.eval_stmt("go.set()")


def test_the_command_line_compares_with_the_last_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shapes.py"
    path.write_text(text(OLD).replace('print("loaded")', "open('ran', 'w')"))
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *words], check=True)
    assert main(["reload", "--plan"]) == 0
    assert capsys.readouterr().out == "nothing has changed\n"
    path.write_text(path.read_text().replace("return r", "return 2 * r").replace("limit = 3", "limit = 4"))
    assert main(["reload", "--plan"]) == 0
    assert capsys.readouterr().out == snapshot("""\
shapes.py: 1 statement would run, 1 change without running
      4  runs  run      limit: if the value is still the one that the old initialiser gave
     12        swap     area: functions in it get their new code where they are
""")
    assert main(["reload", "--plan", "--globals", "keep", "shapes.py"]) == 0
    assert "keep     limit: live values stay (policy keep)" in capsys.readouterr().out
    path.write_text("def f(:\n")
    assert main(["reload", "--plan"]) == 1
    assert capsys.readouterr().out.startswith("shapes.py:1: SyntaxError")
    assert not (tmp_path / "ran").exists()


def test_two_files_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text("x = 1\n")
    (tmp_path / "new.py").write_text("x = 1\ny = 2\n")
    assert main(["reload", "--plan", "new.py", "--old", "old.py"]) == 0
    assert (
        capsys.readouterr().out
        == "new.py: 1 statement would run, no changes without running\n      2  runs  run      y: it is new\n"
    )


def test_without_a_plan_the_command_line_has_nothing_to_reload(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reload"]) == 2
    assert "holefit watch SCRIPT" in capsys.readouterr().err


def test_a_file_outside_of_git_needs_an_old_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.py").write_text("")
    assert main(["reload", "--plan", str(tmp_path / "x.py")]) == 2
    assert "no old text" in capsys.readouterr().err


def test_a_plan_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text("def f():\n    return 1\n")
    (tmp_path / "new.py").write_text("def f():\n    return 2\n")
    assert main(["reload", "--plan", "new.py", "--old", "old.py", "--json"]) == 0
    (module,) = json.loads(capsys.readouterr().out)["modules"]
    (step,) = module["steps"]
    assert (step["line"], step["effect"], step["runs"], step["names"]) == (0, "swap", False, ["f"])
