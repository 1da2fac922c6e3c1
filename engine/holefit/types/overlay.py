"""The files that mypy sees: unsaved buffers before what is on disk."""

from __future__ import annotations

import mypy.util
from mypy.fscache import FileSystemCache


class Overlay(FileSystemCache):
    """A file system with unsaved texts on top. Keys are the paths that mypy was given.

    What is in ``hidden`` is not there for mypy.
    ``exists`` denies an overlaid path where a real file is asked for: mypy's native parser would read the file itself otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, bytes] = {}
        self.hidden: set[str] = set()

    def read(self, path: str) -> bytes:  # type: ignore[explicit-override]  # typing has override from 3.12 on
        return self.texts[path] if path in self.texts else super().read(path)

    def hash_digest(self, path: str) -> str:  # type: ignore[explicit-override]  # typing has override from 3.12 on
        return mypy.util.hash_digest(self.texts[path]) if path in self.texts else super().hash_digest(path)

    def exists(self, path: str, real_only: bool = False) -> bool:  # type: ignore[explicit-override]  # typing has override from 3.12 on
        if path in self.hidden:
            return False
        if path in self.texts:
            return not real_only
        return super().exists(path, real_only)

    def isfile(self, path: str) -> bool:  # type: ignore[explicit-override]  # typing has override from 3.12 on
        return path not in self.hidden and (path in self.texts or super().isfile(path))

    def isfile_case(self, path: str, prefix: str) -> bool:  # type: ignore[explicit-override]  # see isfile
        return path not in self.hidden and super().isfile_case(path, prefix)

    def isdir(self, path: str) -> bool:  # type: ignore[explicit-override]  # see isfile
        return path not in self.hidden and super().isdir(path)
