"""What a session finds by type: its index, made when it is first needed."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from holefit.session.python_for_types import python_for_types

if TYPE_CHECKING:
    from holefit.index import Index, Match
    from holefit.session.options import Options
    from holefit.session.store import Store


class _Indexed(Protocol):
    """What of a session is asked for here."""

    root: Path
    _finder: Finder
    _store: Store

    @property
    def options(self) -> Options: ...
    @property
    def index(self) -> Index: ...
    def _check_open(self) -> None: ...


class Finder:
    """Holds a session's index, once there is one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.index: Index | None = None
        self.on_progress: Callable[[str, float], None] | None = None

    def changed(self) -> None:
        """A file was written."""
        if self.index is not None:
            self.index.changed()

    def close(self) -> None:
        """End what is being built."""
        with self.lock:
            index, self.index = self.index, None
        if index is not None:
            index.close()


class Searching:
    """The part of a session that searches by type."""

    @property
    def index(self: _Indexed) -> Index:
        """The index of names by type; nothing is built before it is asked to.

        Raises: SessionClosedError.
        """
        from holefit.index import Index

        with self._finder.lock:
            self._check_open()
            if self._finder.index is None:
                python, _ = python_for_types(self.root, self.options)
                made = Index(
                    self.root, import_folders(self.root, self.options), python, index_folder(self._store)
                )
                made.on_progress = self._finder.on_progress
                self._finder.index = made
            return self._finder.index

    def search(self: _Indexed, query: str, *, limit: int = 20) -> list[Match]:
        """Names whose type answers ``query``, best first: ``(list[User]) -> User``, ``str -> Path``, ``Decimal``.

        They come from the project, the standard library and installed packages with types. The first search waits until the index is up to date
        with the files on disk.

        Raises: QueryError, with the column; IndexUnavailableError; SessionClosedError.
        """
        index = self.index
        if not index.fresh:
            index.update(gently=False)
            index.wait()
        return index.search(query, limit)


def import_folders(root: Path, options: Options) -> list[Path]:
    """The folders that modules of the project are imported from."""
    found = [Path(os.path.normpath(root / folder)) for folder in options.src]
    return list(dict.fromkeys([*(one for one in found if one.is_dir()), root]))


def index_folder(store: Store) -> Path:
    """Where the index of a project lies: in its ``.holefit``, or elsewhere if nothing can be written there."""
    store.prepare()
    if os.access(store.folder, os.W_OK):
        return store.folder
    return Path(tempfile.gettempdir()) / f"holefit-index-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
