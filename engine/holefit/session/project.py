"""The files of a project and the names that its modules are imported by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from holefit.session.options import Options

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


class Project:
    """A root folder with the folders that modules are imported from, in the order in which they are searched."""

    def __init__(self, root: Path, options: Options) -> None:
        self.root = root
        self.exclude = options.exclude
        self.sources = _source_folders(root, options.src)

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every Python file of the project with its stat, folder by folder, in order of their names.

        Hidden folders, virtual environments, ``node_modules`` and what ``exclude`` matches are left out.
        """
        folders = [str(self.root)]
        outside = [str(one) for one in self.sources if not one.is_relative_to(self.root)]
        folders += outside
        while folders:
            folder = folders.pop()
            inner: list[str] = []
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            if any(entry.name == "pyvenv.cfg" for entry in entries):
                continue
            for entry in entries:
                name = entry.name
                try:
                    if name.endswith(".py"):
                        if entry.is_file() and not self.excluded(entry.path):
                            yield Path(entry.path), entry.stat()
                    elif self._enters(entry):
                        inner.append(entry.path)
                except OSError:  # removed while we look
                    continue
            folders += reversed(inner)

    def _enters(self, entry: os.DirEntry[str]) -> bool:
        if entry.name[0] == "." or entry.name in _SKIPPED or not entry.is_dir(follow_symlinks=False):
            return False
        return not self.excluded(entry.path)

    def excluded(self, path: str | Path) -> bool:
        """Whether ``exclude`` leaves a file or folder out: a path or a glob, relative to the root; what lies below is out too."""
        if not self.exclude:
            return False
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        return any(
            relative == one.rstrip("/")
            or relative.startswith(one.rstrip("/") + "/")
            or fnmatch(relative, one)
            for one in self.exclude
        )

    def module_name(self, path: Path) -> str:
        """The name that the file at ``path`` is imported by.

        It is relative to the first source folder that holds the file; parts that are no identifiers cannot be imported from, so that
        the name starts behind the last of them.
        """
        parts = self._relative(path).with_suffix("").parts
        if parts[-1] == "__init__" and len(parts) > 1:
            parts = parts[:-1]
        for number in range(len(parts) - 2, -1, -1):
            if not parts[number].isidentifier():
                return ".".join(parts[number + 1 :])
        return ".".join(parts)

    def find(self, module: str) -> Path | None:
        """The file that ``module`` is imported from, as imports look for it: without a look at all the others."""
        if not all(part.isidentifier() for part in module.split(".")):
            return None
        for folder in self.sources:
            path = folder.joinpath(*module.split("."))
            for file in (path / "__init__.py", path.with_name(path.name + ".py")):
                if file.is_file():
                    return file
        return None

    def _relative(self, path: Path) -> Path:
        for folder in self.sources:
            if path.is_relative_to(folder):
                return path.relative_to(folder)
        return Path(path.name)


def holds(folder: Path, root: Path) -> bool:
    """Whether ``folder`` lies above ``root``."""
    return folder != root and root.is_relative_to(folder)


def _source_folders(root: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """The folders of ``names`` that exist.

    One that is a package itself (other than the root) is not imported from, and one that holds the project does not count: it holds
    other projects too.
    """
    found = []
    for name in names:
        folder = Path(os.path.normpath(root / name))
        if (
            folder.is_dir()
            and not holds(folder, root)
            and (folder == root or not (folder / "__init__.py").exists())
            and folder not in found
        ):
            found.append(folder)
    return tuple(found)
