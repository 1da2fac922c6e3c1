"""What the words of a command line name: files, folders, places in files, and the projects that they belong to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from holefit.errors import HolefitError
from holefit.session.options import Options

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?")


class NoSuchFileError(HolefitError):
    """A word of the command line names no file."""

    remedy = "Name a Python file or a folder that exists."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no such file or folder")
        self.path = path


class NotAFileError(HolefitError):
    """A folder where a file is needed."""

    remedy = "Name a Python file; `holefit check` takes folders."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: is a folder")
        self.path = path


class BadPlaceError(HolefitError):
    """Lines and columns on the command line start at 1."""

    remedy = "Write FILE, FILE:LINE or FILE:LINE:COLUMN; the first line is 1, the first column is 1."

    def __init__(self, word: str) -> None:
        super().__init__(f"{word}: no such place")
        self.word = word


@dataclass(frozen=True, slots=True)
class Place:
    """A file, or a line or a place in it. ``line`` and ``column`` are 0-based here, 1-based as a user writes them."""

    path: Path
    line: int | None = None
    column: int | None = None


def place(word: str) -> Place:
    """The place that ``FILE``, ``FILE:LINE`` or ``FILE:LINE:COLUMN`` names. A file whose name has colons goes first.

    Raises: NoSuchFileError, BadPlaceError.
    """
    if os.path.exists(word):
        return Place(Path(word).resolve())
    found = _PLACE.fullmatch(word)
    path = Path(word if found is None else found["path"])
    if found is None or not path.exists():
        raise NoSuchFileError(path if word else Path('""'))
    if found["line"] and path.is_dir():
        raise BadPlaceError(word)
    numbers = [None if part is None else int(part) - 1 for part in (found["line"], found["column"])]
    if any(number is not None and number < 0 for number in numbers):
        raise BadPlaceError(word)
    return Place(path.resolve(), *numbers)


def by_project(places: Iterable[Place]) -> dict[Path, list[Place]]:
    """Places under the root of the project that each belongs to."""
    from holefit.session.pyproject import find_root

    projects: dict[Path, list[Place]] = {}
    for one in places:
        projects.setdefault(find_root(one.path), []).append(one)
    return projects


def expanded(places: Iterable[Place], root: Path, options: Options) -> list[Place]:
    """``places`` with every folder replaced by the files of the project below it; each place once.

    A folder that the project leaves out (hidden, an environment, excluded) counts when it is named itself.
    """
    from holefit.session.project import Project

    found: dict[Place, None] = {}
    for one in places:
        if not one.path.is_dir():
            found[one] = None
            continue
        below = [path for path, _ in Project(root, options).files() if path.is_relative_to(one.path)]
        if not below:
            below = [path for path, _ in Project(one.path, Options(src=(".",))).files()]
        found.update((Place(path), None) for path in below)
    return list(found)


def shown(path: Path) -> str:
    """A path as a user wants to read it: relative to the working folder where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
