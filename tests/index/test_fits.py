"""Fits of names that are not imported yet: found by the index, checked in the hole's place, with the edit for the import."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent

import pytest

from holefit.index import building
from holefit.session.options import HoleOptions
from holefit.types.workspace import Workspace
from holefit_wire.types import FitInfo, HolesFound, TypesHello

pytestmark = pytest.mark.e2e

Build = Callable[[], building.Built]
Fits = Callable[[str], dict[str, FitInfo]]


@pytest.fixture
def fits(build: Build, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fits]:
    """The fits of the only hole of a module ``main.py``, by their text."""
    (tmp_path / "models.py").write_text(
        dedent(
            """
            from dataclasses import dataclass
            from enum import Enum
            from decimal import Decimal
            from pathlib import Path

            class Color(Enum):
                RED = 1
                BLUE = 2

            @dataclass
            class User:
                name: str

            ROOT = User("root")
            _HIDDEN = User("hidden")

            def total(users: list[User]) -> Decimal: ...
            def paint(color: Color) -> None: ...
            def opened(path: Path) -> None: ...
            def length(text: str) -> int: ...
            """
        )
    )
    build()
    before = Path.cwd()
    monkeypatch.setattr("holefit.index.building.shared_folder", lambda: shared)
    options = asdict(HoleOptions(max_valid_hole_fits=30, max_refinement_hole_fits=12, hole_budget_ms=20_000))
    folder = str(tmp_path / ".holefit")
    hello = TypesHello(
        1, str(tmp_path), [str(tmp_path)], f"{folder}/types", sys.executable, options, index=folder
    )
    workspace = Workspace(hello, lambda text, done: None, lambda: False)

    def run(text: str) -> dict[str, FitInfo]:
        path = tmp_path / "main.py"
        workspace.set_buffer(str(path), dedent(text).lstrip("\n"), 1)
        answer = workspace.holes(str(path), None)
        assert isinstance(answer, HolesFound)
        (hole,) = answer.holes
        return {one.text: one for one in hole.fits}

    yield run
    os.chdir(before)


def test_names_of_the_project_and_the_standard_library_are_offered(fits: Fits) -> None:
    found = fits(
        """
        import models

        def f(users: list[models.User]) -> None:
            first: models.User = _
        """
    )
    assert all(one.import_text is None for one in found.values()), "models is imported as a whole already"
    assert "models.ROOT" in found

    found = fits(
        '''
        """Doc."""

        from models import paint

        paint(_)
        '''
    )
    assert found["Color.RED"].import_text == "from models import Color"
    (change,) = found["Color.RED"].imports
    assert (change.line, change.column, change.text) == (2, 19, "Color, ")

    found = fits(
        """
        from models import total

        def f() -> None:
            total([_])
        """
    )
    assert found["ROOT"].import_text == "from models import ROOT"
    assert found["User(_)"].import_text == "from models import User"
    assert "_HIDDEN" not in found

    found = fits(
        """
        from models import opened

        opened(_)
        """
    )
    assert found["Path.cwd()"].import_text == "from pathlib import Path"
    assert found["Path()"].import_text == "from pathlib import Path"

    found = fits(
        """
        from models import User, total

        def f(user: User) -> None:
            total([_])
        """
    )
    texts = list(found)
    assert texts.index("user") < texts.index("ROOT"), "what is in scope comes first"

    found = fits(
        """
        from collections.abc import Callable

        def apply(f: Callable[[str], int]) -> None: ...

        apply(_length)
        """
    )
    assert found["length"].import_text == "from models import length"


def test_what_would_not_mean_the_same_here_is_not_offered(fits: Fits) -> None:
    found = fits(
        """
        from models import paint

        Color = 3

        paint(_)
        """
    )
    assert not any(one.startswith("Color") for one in found)

    found = fits(
        """
        from models import paint

        def f() -> None:
            paint(_)
            Color = 3
        """
    )
    assert not any(one.startswith("Color") for one in found)

    # Nor is anything where nothing particular is expected.
    found = fits(
        """
        def f(x: object) -> None: ...

        f(_)
        """
    )
    assert all(one.import_text is None for one in found.values())
