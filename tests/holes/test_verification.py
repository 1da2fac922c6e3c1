"""``holefit holes --verify``: fits are checked again by a mypy run that knows nothing of holes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from holefit.session import Session
from holefit.types.verification import Verifier

pytestmark = pytest.mark.e2e
SOURCE = """
class Box:
    width: int = 3
    def named(self, name: str, size: int) -> str: ...

def label(box: Box, name: str) -> str:
    return _

def area(box: Box) -> int:
    factor: int = _width
    return box.width * factor
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit.holes]\nrefinement-level-hole-fits = 2\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text("")
    (tmp_path / "app/boxes.py").write_text(SOURCE)
    return tmp_path


def test_what_is_shown_holds_and_what_does_not_fit_is_refused(project: Path) -> None:
    path = project / "app/boxes.py"
    with Session.open(project) as session:
        holes = session.holes(path)
        verifier = Verifier(project, session.options, session.python)
    try:
        assert len(holes) == 2
        assert all(hole.fits for hole in holes)
        assert verifier.rejected(holes, {path: SOURCE}) == []
        wrong = replace(holes[0].fits[0], text="box.width", edits=(replace(holes[0].fits[0].edits[0], text="box.width"),))  # fmt: skip
        spoilt = [replace(holes[0], fits=(*holes[0].fits, wrong)), holes[1]]
        (refused,) = verifier.rejected(spoilt, {path: SOURCE})
    finally:
        verifier.close()
    assert refused.fit is wrong
    assert refused.messages[0].startswith("line 7: Incompatible return value type")


def test_the_command_looks_at_a_folder_and_counts(project: Path) -> None:
    command = [sys.executable, "-m", "holefit", "holes", str(project), "--verify", "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    told = json.loads(answer.stdout)
    assert told["holes"] == 2
    assert told["fits"] > 6
    assert told["rejected"] == []
