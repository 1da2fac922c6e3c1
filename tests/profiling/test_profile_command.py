"""``holefit profile``, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from holefit.cli import main

APP = """\
def slow(n):
    return sum(i * i for i in range(n))


# >>> k = 300
# >>> slow(k)

if __name__ == "__main__":
    slow(50_000)
    print("done")
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "app.py"


def test_a_script_an_expression_and_a_snippet_are_profiled(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "app.py", "--only", "__main__"]) == 0
    told = capsys.readouterr()
    assert "slow  app.py:1\n" in told.out
    assert "flame graph: .holefit/profiles/app.speedscope.json\n" in told.out
    assert told.err == "done\n"
    assert main(["profile", "app.py:6", "-o", "made.speedscope.json"]) == 0
    made = json.loads(Path("made.speedscope.json").read_text())
    assert any(frame["name"].startswith("slow") for frame in made["shared"]["frames"])
    capsys.readouterr()
    assert main(["profile", "slow(10)", "--module", "app", "--only", "app", "--memory", "--json"]) == 0
    told_json = json.loads(capsys.readouterr().out)
    (slow,) = [cost for cost in told_json["costs"] if cost["name"] == "slow"]
    assert slow["entries"] == 1
    assert "allocated" in slow


def test_what_cannot_be_profiled_is_said(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "1 / 0"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert main(["profile", "nosuch.py"]) != 0
    assert "nosuch.py: no such file" in capsys.readouterr().err
    assert main(["profile", "app.py:1"]) != 0
    assert "app.py:1: no snippet there" in capsys.readouterr().err
