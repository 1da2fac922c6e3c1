"""A small project with annotations, and sessions on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holefit.session import Session

OWNERS = """
import dataclasses, enum

class Level(enum.Enum):
    HIGH = 1

@dataclasses.dataclass
class Owner:
    name: str
    since: int = 1

def make(name):
    return Owner(name)
"""
SHAPES = """
import math
from people.owners import Level, Owner

print("shapes runs")
raise SystemExit("it must not run")

# ANN area: Owner("geometry", since=2)
def area(side):
    return side

# ANN type Shape: "stable"
class Shape: ...

# ANN module: {"layer": "domain", "pi": round(math.pi, 2)}
# ANN LIMIT: Level.HIGH
LIMIT = 3
"""
FILES = {"people/__init__.py": "", "people/owners.py": OWNERS, "shapes.py": SHAPES}

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of the project."""

    def put(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    for name, text in FILES.items():
        put(name, text)
    return put


@pytest.fixture
def session(tmp_path: Path, write: Write) -> Iterator[Session]:
    """A session on the project."""
    with Session.open(tmp_path) as made:
        yield made


@pytest.fixture
def shapes() -> str:
    """The text of ``shapes.py``."""
    return SHAPES
