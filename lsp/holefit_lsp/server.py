"""The server's state: documents, folders, settings; and how a handler gets at an answer of the engine.

A handler is a coroutine. It takes a :class:`View`, the newest version of a document with its folder, and calls the engine
through one of the view's lanes. When the document changes meanwhile the call is told to stop and the handler gets a
:class:`~holefit_lsp.errors.ContentModifiedError`; :meth:`HolefitServer.newest` starts again with the new text instead.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from typing_extensions import override

from holefit import __version__
from holefit.holes.hole import Hole
from holefit.session import Session
from holefit_lsp import settings
from holefit_lsp.diagnostics import Publisher
from holefit_lsp.documents import Change, Document, Documents
from holefit_lsp.errors import ContentModifiedError, InvalidParamsError
from holefit_lsp.folders import Folder, Folders
from holefit_lsp.indexing import Indexing
from holefit_lsp.lanes import Job, Lane, finished
from holefit_lsp.opening import Opened
from holefit_lsp.outbox import Outbox
from holefit_lsp.protocol import HolefitProtocol
from holefit_lsp.results import Results
from holefit_lsp.status import Status
from holefit_lsp.uris import canonical
from holefit_lsp.watching import Watching

log = logging.getLogger(__name__)

T = TypeVar("T")
_PATIENCE_S = 2.5  # with a look at a hole; it is shown without its live values then
Call = Callable[[Session, threading.Event], T]


@dataclass(frozen=True)
class View:
    """One version of a document, and the folder whose session knows it."""

    server: HolefitServer
    folder: Folder
    document: Document
    path: Path

    async def text(self, call: Call[T]) -> T:
        """Ask something that needs the text alone."""
        return await self._ask(self.folder.text, call)

    async def types(self, call: Call[T]) -> T:
        """Ask something that needs types."""
        return await self._ask(self.folder.types, call)

    async def examined(self, hole: Hole) -> Hole:
        """``hole`` with what the running program knows of it, or as it is when that takes long."""
        asked = asyncio.ensure_future(
            self._ask(
                self.folder.examination, lambda session, cancelled: session.examine(hole, cancelled=cancelled)
            )
        )
        done, _ = await asyncio.wait([asked], timeout=_PATIENCE_S)
        if not done:
            asked.cancel()
            return hole
        return asked.result()

    @property
    def is_current(self) -> bool:
        """Whether the document is still as this view has it."""
        newest = self.server.documents.get(self.document.uri)
        return newest is self.document if newest is not None else self.document.version is None

    async def _ask(self, lane: Lane, call: Call[T]) -> T:
        session = await self.folder.session()
        if not self.is_current:
            raise ContentModifiedError
        job = lane.submit(lambda cancelled: call(session, cancelled))
        with self.server.outdated_by_changes(self.document.uri, job):
            answer = await finished(job)
        if not self.is_current:
            raise ContentModifiedError
        return answer


class HolefitServer(LanguageServer):
    """The language server of one client."""

    protocol: HolefitProtocol

    def __init__(
        self, outbox: Outbox, ended: asyncio.Future[int], early: dict[Path, Future[Opened]] | None = None
    ) -> None:
        """``ended`` gets the exit status; ``early`` holds sessions that are being opened already."""
        super().__init__("holefit", __version__, protocol_cls=HolefitProtocol)
        self.protocol.outbox = outbox
        self.documents = Documents()
        self.folders = Folders()
        self.initial_settings: Any = None
        self.settings = settings.Settings()
        self.results = Results()
        self.publisher = Publisher(self)
        self.status = Status(self)
        self.watching = Watching(self)
        self.indexing = Indexing(self)
        self._ended = ended
        self._early = early or {}
        self._jobs: defaultdict[str, set[Job[Any]]] = defaultdict(set)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: tuple[str, ...] = ()
        self._arrived_with: ContextVar[Mapping[str, Document]] = ContextVar(
            "arrived_with", default=MappingProxyType({})
        )

    # Documents

    def opened(self, uri: str, text: str, version: int) -> None:
        """The client has opened a document."""
        self._newest(self.documents.open(uri, text, version))

    def changed(self, uri: str, changes: Sequence[Change], version: int) -> None:
        """The client has edited a document."""
        try:
            document = self.documents.change(uri, changes, version)
        except KeyError:
            log.warning("a change of %s, which is not open", uri)
            return
        self._newest(document)

    def closed(self, uri: str) -> None:
        """The client has closed a document."""
        document = self.documents.get(uri)
        self.documents.close(uri)
        self._outdate(uri)
        self.results.forget(uri)
        self.publisher.closed(uri)
        if document is not None and document.path is not None:
            folder = self.folders.get(self.folders.root_for(document.path))
            if folder is not None and folder.opened is not None:
                folder.opened.close_buffer(document.path)

    def remember_documents(self) -> None:
        """Keep, for the request that has just arrived, the documents that its places speak of.

        Its handler begins later, when further changes may have arrived.
        """
        self._arrived_with.set(self.documents.snapshot())

    def view(self, uri: str, *, newest: bool = False) -> View | None:
        """A document as it was when the present request arrived, or as it is now; None for what is no file."""
        known = None if newest else self._arrived_with.get().get(canonical(uri))
        document = known or self.documents.look(uri)
        if document.path is None:
            return None
        return View(self, self.folder_of(document.path), document, document.path)

    async def newest(self, uri: str, ask: Callable[[View], Awaitable[T]]) -> tuple[View, T] | None:
        """An answer for the newest version, begun again whenever the document changes; None for what is no file."""
        while (view := self.view(uri, newest=True)) is not None:
            try:
                return view, await ask(view)
            except ContentModifiedError:
                continue
        return None

    def outdated_by_changes(self, uri: str, job: Job[Any]) -> _Registered:
        """While this context is open, a change of ``uri`` ends ``job``."""
        return _Registered(self._jobs, canonical(uri), job)

    def _newest(self, document: Document) -> None:
        self._outdate(document.uri)
        if document.path is not None:
            folder = self.folder_of(document.path)
            if folder.opened is not None:
                folder.opened.set_buffer(document.path, document.text, document.version)
            self.publisher.changed(document.uri)

    def _outdate(self, uri: str) -> None:
        for job in self._jobs.pop(canonical(uri), ()):
            job.fail(ContentModifiedError())

    # Folders

    def folder_of(self, path: Path) -> Folder:
        """The folder of a file; its session is opened when it is the first one."""
        root = self.folders.root_for(path)
        return self.folders.get(root) or self.open_folder(root, workspace=False)

    def folder_named(self, uri: str | None) -> Folder:
        """The folder of the document ``uri``, or the first one.

        Raises: InvalidParamsError, when there is none.
        """
        if uri is not None and (view := self.view(uri)) is not None:
            return view.folder
        if (folder := self.folders.first()) is None:
            raise InvalidParamsError("No folder is open: name a document.")
        return folder

    def open_folder(self, root: Path, *, workspace: bool) -> Folder:
        """Open a session for a folder."""
        folder = Folder(root, self.settings, warm=workspace)
        self.folders.add(folder, workspace=workspace)

        loop = asyncio.get_running_loop()

        def in_loop(function: Callable[..., None], *arguments: object) -> None:
            with suppress(RuntimeError):  # the server may have ended meanwhile
                loop.call_soon_threadsafe(function, *arguments)

        def on_open(session: Session) -> None:
            session.on_native_problems = lambda problems: in_loop(self.publisher.native, folder, problems)
            for document in self.documents:
                if document.path is not None and self.folders.holds(folder, document):
                    session.set_buffer(document.path, document.text, document.version)
            self.publisher.project(folder, session)
            self.status.watch(folder, session)
            if workspace:
                self.watching.begin(folder)
                self.indexing.begin(folder, session)

        folder.open(self._early.pop(root, None), on_open)
        return folder

    async def close_folder(self, root: Path) -> None:
        """End the session of a folder."""
        folder = self.folders.remove(root)
        if folder is not None:
            self.watching.end(folder)
            self.indexing.end(folder)
            await folder.close()
            for document in self.documents:
                if document.path is not None:
                    self._newest(document)

    def apply_settings(self, raw: object, scoped: Mapping[Path, object] | None = None) -> None:
        """Take the editor's settings, for some folders others; what is wrong with them is told once."""
        self.settings = settings.read(raw)
        if self.settings.problems and self.settings.problems != self._told:
            self.tell(lsp.MessageType.Warning, "Settings: " + "; ".join(self.settings.problems))
        self._told = self.settings.problems
        for folder in self.folders:
            own = (scoped or {}).get(folder.root)
            folder.apply(self.settings if own is None else settings.read(own))
            if folder.opened is not None:
                self.status.watch(folder, folder.opened)
        self.refresh()

    # The client

    def refresh(self, *, diagnostics: bool = True) -> None:
        """Have the client ask again for lenses, hints and diagnostics, whose causes have changed."""
        workspace = self.client_capabilities.workspace
        if workspace is not None:
            if (lens := workspace.code_lens) and lens.refresh_support:
                self.background(self.workspace_code_lens_refresh_async(None))
            if (hint := workspace.inlay_hint) and hint.refresh_support:
                self.background(self.workspace_inlay_hint_refresh_async(None))
            if diagnostics and (pulled := workspace.diagnostics) and pulled.refresh_support:
                self.background(self.workspace_diagnostic_refresh_async(None))
        if diagnostics:
            for document in self.documents:
                self.publisher.changed(document.uri)

    async def apply_edit(self, label: str, edit: lsp.WorkspaceEdit) -> None:
        """Have the client change texts.

        Raises: ContentModifiedError, when it refuses, as it does when the text has changed.
        """
        answer = await self.workspace_apply_edit_async(lsp.ApplyWorkspaceEditParams(edit=edit, label=label))
        if not answer.applied:
            why = answer.failure_reason or "the text may have changed"
            raise ContentModifiedError(f"The editor did not apply the edit: {why}.")

    def tell(self, kind: lsp.MessageType, message: str) -> None:
        """Show a message to the user."""
        self.window_show_message(lsp.ShowMessageParams(type=kind, message=f"Holefit: {message}"))

    def background(self, work: Awaitable[Any]) -> None:
        """Do something that nobody waits for; a failure is logged."""

        async def guarded() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("background work failed")

        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def finish(self, code: int) -> None:
        """End the process with an exit code."""
        if not self._ended.done():
            self._ended.set_result(code)

    async def close(self) -> None:
        """End all sessions."""
        self.publisher.close()
        self.watching.close()
        self.indexing.close()
        await asyncio.gather(*(folder.close() for folder in self.folders), return_exceptions=True)

    @override
    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls' own complaints are logged; no message pops up."""
        log.error("%s: %s", getattr(source, "__name__", source), error)

    @property
    def pulls_diagnostics(self) -> bool:
        """Whether the client asks for diagnostics, so that none are pushed."""
        documents = self.client_capabilities.text_document
        return documents is not None and documents.diagnostic is not None


@dataclass
class _Registered:
    """A context in which a job stands in the table of those that a change outdates."""

    jobs: defaultdict[str, set[Job[Any]]]
    key: str
    job: Job[Any]

    def __enter__(self) -> None:
        self.jobs[self.key].add(self.job)

    def __exit__(self, *exc: object) -> None:
        self.jobs[self.key].discard(self.job)
        if not self.jobs[self.key]:
            del self.jobs[self.key]
