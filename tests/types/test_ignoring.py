"""A file that asks mypy to look away has holes all the same, and no errors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from holefit.session.options import Options
from holefit.types import TypeService
from holefit.types.ignoring import looked_at

BODY = "def f(side: int) -> int:\n    print(1 + [])\n    return _\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# mypy: ignore-errors\nx = 1\n", "# mypy: ignore-errors = False\nx = 1\n"),
        ("# mypy: ignore_errors = True, strict\n", "# mypy: ignore_errors = False, strict\n"),
        ("# mypy: ignore-errors = False\n", "# mypy: ignore-errors = False\n"),
        ("#!/bin/python\n# type: ignore\nx = 1\n", "#!/bin/python\n# type; ignore\nx = 1\n"),
        ("x = f()  # type: ignore\n# type: ignore\n", "x = f()  # type: ignore\n# type: ignore\n"),
    ],
)
def test_only_a_request_for_the_whole_file_is_taken_out(text: str, shown: str) -> None:
    assert looked_at(text) == shown


@pytest.mark.e2e
@pytest.mark.parametrize("request_", ["# mypy: ignore-errors", "# type: ignore"])
def test_its_holes_are_found_and_its_errors_are_not(tmp_path: Path, request_: str) -> None:
    path = tmp_path / "careless.py"
    path.write_text(f"{request_}\n{BODY}")
    service = TypeService(tmp_path, Options(), python=Path(sys.executable), cache=tmp_path / "cache")
    try:
        (hole,) = service.holes(path)
        assert (hole.expected, hole.fits[0].text) == ("int", "side")
        assert service.problems(path) == []
    finally:
        service.close()
