"""A graft gives just what a whole check of the module gives, or declines."""

from __future__ import annotations

import ast
import random
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import rich.table

from holefit.types.workspace import Workspace
from holefit_wire.types import HoleInfo, HolesFound

_NUMBERS = count()


def holes(workspace: Workspace, path: Path, text: str) -> list[tuple[Any, ...]]:
    workspace.set_buffer(str(path), text, None)
    answer = workspace.holes(str(path), None)
    assert isinstance(answer, HolesFound)
    return [shown(hole) for hole in answer.holes]


def shown(hole: HoleInfo) -> tuple[Any, ...]:
    fits = tuple((fit.text, fit.type, fit.kind) for fit in hole.fits)
    return hole.line, hole.column, hole.expected, tuple(map(tuple, hole.bindings)), fits


def file(workspace: Workspace) -> Path:
    return workspace.root / f"graft{next(_NUMBERS)}.py"


BASE = """
from dataclasses import dataclass

LIMIT = 3

@dataclass
class Box:
    size: int

    def grown(self, by: int) -> "Box":
        more = by * 2
        return Box(self.size + more)

    @property
    def half(self) -> int:
        half = self.size // 2
        return half

    @property
    def depth(self) -> int:
        return self.size

    @depth.setter
    def depth(self, value: int) -> None:
        self.size = value

def area(box: Box) -> int:
    side = box.size
    return side * side

def last(name: str) -> str:
    return _
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return Box(self.size + more)", "return Box(_)"),
        ("return Box(self.size + more)", "x = 1\n        return Box(_)"),
        ("return half", "return _"),
        ("        return self.size\n", "        n = 3\n        return _\n"),
        ("self.size = value", "self.size = _"),
        ("side = box.size\n    return side * side", "return _"),
        ("return side * side", "return side * side + area(_)\n\n"),
        ("return side * side", "\n    for i in range(3):\n        print(_)\n    return side"),
        ("return side * side", 'text = """\nless indented\n"""\n    return _'),
        ("return side * side", "def inner(q: int) -> int:\n        return _\n    return inner(side)"),
        ("return side * side", "return sum(_ for x in range(side))"),
        ("return side * side", "if side > 3:\n        pass\n    return _"),
    ],
)
def test_a_graft_agrees_with_a_whole_check(workspace: Workspace, old: str, new: str) -> None:
    path = file(workspace)
    path.write_text(BASE)
    holes(workspace, path, BASE)
    text = BASE.replace(old, new)
    before = workspace.grafted
    quick = holes(workspace, path, text)
    assert workspace.grafted == before + 1
    again = holes(workspace, path, BASE)
    assert workspace.grafted == before + 2
    workspace.grafts = False
    try:
        assert holes(workspace, path, text + "# whole\n") == quick
        assert holes(workspace, path, BASE + "# whole\n") == again
    finally:
        workspace.grafts = True


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def area(box: Box) -> int:", "def area(box: Box, n: int) -> int:"),
        ("LIMIT = 3", 'LIMIT = "a"'),
        ("    side = box.size", "    class Local: ...\n    side = box.size"),
        ("    side = box.size", "    global LIMIT\n    side = box.size"),
        ("    side = box.size", "    import os\n    side = box.size"),
        ("        more = by * 2", "        self.extra = by\n        more = by * 2"),
        ("    return side * side", "    yield side"),
        ("    side = box.size", "    side = ("),
        ("    return side * side", "    return side * side\nx = 1"),
        ("    @property\n", ""),
    ],
)
def test_what_reaches_further_is_checked_as_a_whole(workspace: Workspace, old: str, new: str) -> None:
    path = file(workspace)
    path.write_text(BASE)
    holes(workspace, path, BASE)
    before = workspace.grafted
    holes(workspace, path, BASE.replace(old, new))
    assert workspace.grafted == before


def test_holes_below_a_graft_move_with_the_text(workspace: Workspace) -> None:
    path = file(workspace)
    path.write_text(BASE)
    (last,) = holes(workspace, path, BASE)
    text = BASE.replace("    side = box.size", "    a = 1\n    b = 2\n    side = box.size")
    assert [hole[0] for hole in holes(workspace, path, text)] == [last[0] + 2]
    workspace.idle()
    assert [hole[0] for hole in holes(workspace, path, text)] == [last[0] + 2]


def test_edits_all_over_a_real_module(workspace: Workspace) -> None:
    """Holes in many functions of rich's table module, each grafted and checked as a whole."""
    source = Path(rich.table.__file__).read_text(encoding="utf-8").replace("from .", "from rich.")
    source = source.replace("from rich. import", "from rich import")
    path = file(workspace)
    path.write_text(source)
    holes(workspace, path, source)
    returns = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Return)
        and node.value is not None
        and node.value.lineno == node.value.end_lineno
    ]
    chosen = random.Random(3).sample(returns, 5)
    before = workspace.grafted
    for number, node in enumerate(chosen):
        lines = source.split("\n")
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + "___" + line[node.end_col_offset :]
        text = "\n".join(lines)
        quick = holes(workspace, path, text)
        workspace.grafts = False
        whole = holes(workspace, path, f"{text}#{number}\n")
        workspace.grafts = True
        assert quick == whole
        holes(workspace, path, source)
    assert workspace.grafted - before >= 4
