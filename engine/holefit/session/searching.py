"""What a session finds by type: its index, made when it is first needed."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from holefit.session.python_for_types import python_for_types

if TYPE_CHECKING:
    from holefit.index import Index, Insertion, Match
    from holefit.session.options import Options
    from holefit.session.store import Store
    from holefit.syntax import ParsedModule


class _Indexed(Protocol):
    """What of a session is asked for here."""

    root: Path
    on_index_progress: Callable[[str, float], None] | None
    _finder: Finder
    _store: Store

    @property
    def options(self) -> Options: ...
    @property
    def index(self) -> Index: ...
    def parsed(self, path: str | os.PathLike[str]) -> ParsedModule: ...
    def module_name(self, path: str | os.PathLike[str]) -> str: ...
    def _check_open(self) -> None: ...


class Finder:
    """Holds a session's index, once there is one, and what it was made for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.index: Index | None = None
        self.made_for: object = None

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
    """The part of a session that searches by type. ``on_index_progress(message, done)`` is called while the index is being built."""

    on_index_progress: Callable[[str, float], None] | None = None

    @property
    def index(self: _Indexed) -> Index:
        """The index of names by type; nothing is built before it is asked to.

        Raises: SessionClosedError.
        """
        from holefit.index import Index

        python, _ = python_for_types(self.root, self.options)
        made_for = (python, self.options.src, self.options.exclude)
        with self._finder.lock:
            self._check_open()
            index = self._finder.index
            if index is not None and self._finder.made_for == made_for:
                return index
            made = Index(self.root, self.options, python, index_folder(self._store))
            made.on_progress = self.on_index_progress
            self._finder.index, self._finder.made_for = made, made_for
        if index is not None:
            index.close()
        return made

    def ready_index(self: _Indexed) -> None:
        """Wait until the index is up to date with the files on disk, if the options ask for one: then holes are offered all that may be imported."""
        if self.options.index:
            index = self.index
            if not index.fresh:
                index.update(gently=False)
            index.wait()

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

    def insertion(self: _Indexed, path: str | os.PathLike[str], match: Match) -> Insertion:
        """How the newest text of ``path`` names what was found, and what has to be imported there.

        Raises: UndecodableSourceError; OSError, when there is neither a buffer nor a file.
        """
        from holefit.index import insertion

        source = self.parsed(path).source
        is_package = source.path.stem == "__init__"
        return insertion(source.text, match, module=self.module_name(path), is_package=is_package)


def index_folder(store: Store) -> Path:
    """Where the index of a project lies: in its ``.holefit``, or in the user's cache if nothing can be written there."""
    store.prepare()
    if os.access(store.folder, os.W_OK):
        return store.folder
    from holefit.index.building import shared_folder

    return shared_folder() / hashlib.blake2b(os.fsencode(store.root), digest_size=8).hexdigest()
