"""The examples of the user's page run as written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from native_live import NativeLive, needs_compiler

PAGE = (Path(__file__).parents[2] / "docs" / "linker.md").read_text(encoding="utf-8")


def block(language: str, head: str) -> str:
    """The block of the page that begins with the comment ``head``."""
    (found,) = re.findall(rf"^```{language}\n(?://|#) {re.escape(head)}\n(.*?)^```", PAGE, re.M | re.S)
    return str(found)


@needs_compiler
def test_the_example_of_a_changed_function_holds(live: NativeLive) -> None:
    source = block("c", "fast.c")
    live.write("fast.c", source)
    before, edited, after = re.split(r"^# (?:session|(?=fast\.c: ))", block("python", "session"), flags=re.M)
    live.run(before)
    old, new = edited.removeprefix("fast.c: ").strip().split(" -> ")
    assert old in source
    live.reload_native("fast.c", source.replace(old, new))
    live.run(after)


@pytest.mark.e2e
@needs_compiler
def test_the_example_of_the_library_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block("python", "library")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, third = done.stdout.splitlines()
    assert first == "nothing defines odd, which even.c needs"
    assert second == "1"
    assert "it was linked together with" in third


def test_every_method_of_the_linker_is_told() -> None:
    from holefit.interpreter import Linker

    told = set(re.findall(r"`(\w+)\(", PAGE))
    assert {name for name in vars(Linker) if not name.startswith("_")} <= told
