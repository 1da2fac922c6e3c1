"""What the words of a command line name: files, folders, places in files, and the projects that they belong to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from holefit.errors import HolefitError

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?")
_NOT_SOURCE = {"__pycache__", "node_modules", "site-packages"}


class NoSuchFileError(HolefitError):
    """A word of the command line names no file."""

    remedy = "Name a Python file or a folder that exists."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no such file or folder")
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
    assert found is not None
    path = Path(found["path"])
    if not path.exists():
        raise NoSuchFileError(path)
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


def python_files(folder: Path, root: Path, exclude: Iterable[str] = ()) -> Iterator[Path]:
    """The Python files below ``folder``, sorted; not those in hidden folders, environments and what ``exclude`` matches.

    ``exclude`` holds patterns of paths relative to ``root``: ``build``, ``tests/data/*``.
    """
    patterns = list(exclude)
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_SOURCE
            and not (here / name / "pyvenv.cfg").exists()
            and not _excluded(here / name, root, patterns)
        )
        for name in sorted(files):
            if name.endswith((".py", ".pyi")) and not _excluded(here / name, root, patterns):
                yield here / name


def expanded(places: Iterable[Place], root: Path, exclude: Iterable[str] = ()) -> list[Place]:
    """``places`` with every folder replaced by the files below it; each file once."""
    found: dict[Place, None] = {}
    for one in places:
        if one.path.is_dir():
            found.update((Place(path), None) for path in python_files(one.path, root, exclude))
        else:
            found[one] = None
    return list(found)


def shown(path: Path) -> str:
    """A path as a user wants to read it: relative to the working folder where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _excluded(path: Path, root: Path, patterns: Iterable[str]) -> bool:
    try:
        relative = path.relative_to(root).as_posix()
    except ValueError:
        return False
    return any(fnmatch(relative, pattern.rstrip("/")) for pattern in patterns)
