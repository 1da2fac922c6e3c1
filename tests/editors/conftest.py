"""Real editors, fetched by ``editors/setup.sh`` into ``.editors/``, on a copy of a small project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import rich

ROOT = Path(__file__).parents[2]
EDITORS = Path(os.environ.get("HOLEFIT_EDITORS", ROOT / ".editors"))
SERVER = Path(os.environ.get("HOLEFIT_SERVER", ROOT / ".venv/bin/holefit"))


@pytest.fixture(scope="session")
def editor() -> Callable[..., None]:
    """Skips the test, with the reason, when a part that it names could not be had."""

    def need(*parts: str) -> None:
        for part in parts:
            if not (EDITORS / f"{part}.ready").exists():
                missing = EDITORS / f"{part}.missing"
                reason = (
                    missing.read_text().strip() if missing.exists() else "editors/setup.sh has not been run"
                )
                pytest.skip(f"no {part}: {reason}")

    return need


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a hole and a snippet, to be edited at will."""
    return copy_project(tmp_path)


def copy_project(folder: Path) -> Path:
    """The project of the scenarios, with the package ``rich`` as it is installed here: files that nobody wrote for a test."""
    project = Path(shutil.copytree(Path(__file__).parent / "project", folder / "shapes"))
    shutil.copytree(Path(rich.__path__[0]), project / "rich", ignore=shutil.ignore_patterns("__pycache__"))
    return project
