"""Workspace folders: a session each, with lanes of its own.

A file belongs to the innermost folder that holds it; one outside of all folders to the nearest folder above it that looks
like a project's root. Sessions are opened in a thread; whoever needs one waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from holefit.session import Session, find_root
from holefit_lsp.documents import Document
from holefit_lsp.lanes import Lane
from holefit_lsp.opening import Opened, open_session
from holefit_lsp.settings import Settings

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Folder:
    """A root with its session, whose type service is started at once if it is ``warm``. ``text`` serves what needs no other process, ``types`` and ``evaluation`` what does."""

    root: Path
    settings: Settings
    warm: bool = False
    text: Lane = field(default_factory=lambda: Lane("text"))
    types: Lane = field(default_factory=lambda: Lane("types"))
    evaluation: Lane = field(default_factory=lambda: Lane("evaluation"))
    examination: Lane = field(default_factory=lambda: Lane("examination"))
    _opening: asyncio.Task[Session] | None = None
    _opened: Opened | None = None

    @property
    def opened(self) -> Session | None:
        """The session, if it is open already."""
        return None if self._opened is None else self._opened.session

    async def session(self) -> Session:
        """The session, once it is open."""
        if self._opened is not None:
            return self._opened.session
        assert self._opening is not None
        return await asyncio.shield(self._opening)

    def open(self, early: Future[Opened] | None, on_open: Callable[[Session], None]) -> None:
        """Begin to open the session; ``early`` is one whose opening has begun before. ``on_open`` comes first."""
        self._opening = asyncio.create_task(self._open(early, on_open))
        self._opening.add_done_callback(_log_failure)

    def apply(self, settings: Settings) -> None:
        """Take other settings of the editor."""
        self.settings = settings
        if self._opened is not None:
            options = settings.over(self._opened.project)
            if options != self._opened.session.options:
                self._opened.session.set_options(options)

    async def reread_project(self) -> None:
        """Read pyproject.toml again."""
        if self._opened is not None:
            session = self._opened.session
            self._opened = Opened(session, await self.text.run(lambda _: session.reread_options()))
            self.apply(self.settings)

    async def close(self) -> None:
        """End the session and its processes."""
        if self._opening is not None:
            self._opening.cancel()
        opened, self._opened = self._opened, None
        if opened is not None:
            await asyncio.to_thread(opened.session.close)
        for lane in (self.text, self.types, self.evaluation, self.examination):
            lane.close()

    async def _open(self, early: Future[Opened] | None, on_open: Callable[[Session], None]) -> Session:
        if early is not None:
            self._opened = await asyncio.wrap_future(early)
        else:
            self._opened = await asyncio.to_thread(open_session, self.root, self.settings, warm=self.warm)
        self.apply(self.settings)
        on_open(self._opened.session)
        return self._opened.session


class Folders:
    """All folders by root."""

    def __init__(self) -> None:
        self._folders: dict[Path, Folder] = {}
        self._workspace: set[Path] = set()

    def __iter__(self) -> Iterator[Folder]:
        """Every folder that has a session."""
        return iter(list(self._folders.values()))

    def root_for(self, path: Path) -> Path:
        """The root that the file ``path`` belongs to, whether it has a session or not."""
        inside = [root for root in self._workspace if path.is_relative_to(root)]
        return max(inside, key=lambda root: len(root.parts)) if inside else find_root(path)

    def get(self, root: Path) -> Folder | None:
        """The folder with this root."""
        return self._folders.get(root)

    def first(self) -> Folder | None:
        """The folder that a message means that names none."""
        ordered = sorted(self._folders.values(), key=lambda folder: folder.root not in self._workspace)
        return ordered[0] if ordered else None

    def add(self, folder: Folder, *, workspace: bool) -> None:
        """Keep a folder; ``workspace`` says that the client named it."""
        self._folders[folder.root] = folder
        if workspace:
            self._workspace.add(folder.root)

    def remove(self, root: Path) -> Folder | None:
        """Forget a folder of the workspace."""
        self._workspace.discard(root)
        return self._folders.pop(root, None)

    def holds(self, folder: Folder, document: Document) -> bool:
        """Whether ``document`` belongs to ``folder``."""
        return document.path is not None and self.root_for(document.path) == folder.root


def _log_failure(task: asyncio.Task[Session]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the session could not be opened", exc_info=error)
