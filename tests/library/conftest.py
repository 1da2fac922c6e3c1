"""The programs below ``examples/library`` as modules, and a project to try them on."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # for public_names.py

PEOPLE = """
import dataclasses

@dataclasses.dataclass
class Owner:
    name: str
"""
SHAPES = """
from people import Owner

# ANN area: Owner("geometry")
def area(side: int) -> int:
    # >>> area(3)
    return side * side

# ANN Shape: Owner("core")
class Shape: ...
"""

Load = Callable[[str], ModuleType]


@pytest.fixture
def load() -> Load:
    """A program by its name."""

    def loaded(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"library_{name}", ROOT / f"examples/library/{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with owners, shapes and a snippet."""
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    (tmp_path / "people.py").write_text(PEOPLE)
    (tmp_path / "shapes.py").write_text(SHAPES)
    return tmp_path
