"""The linker, from the session's side: native code is compiled, linked and loaded in the worker, and its symbols looked up.

Paths may be relative to the working folder; they are made absolute before they are sent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from holefit.diagnostics import Diagnostic, Severity
from holefit.interpreter.errors import InterpreterError
from holefit.interpreter.values import RemoteError
from holefit.syntax.source import Position, Range
from holefit_wire.interpreter import EvalException, Ref
from holefit_wire.interpreter.linker import (
    AddLibrarySearchPath,
    CompilerMessage,
    DLLLoaded,
    ExtensionLoaded,
    FindSystemLibrary,
    InitLinker,
    LibrarySearchPath,
    LinkerInfo,
    LinkFailed,
    LoadArchive,
    LoadDLL,
    LoadExtension,
    LoadObject,
    LookupClosure,
    LookupSymbol,
    RemoveLibrarySearchPath,
    Resolved,
    ResolveObjects,
    SearchPathRemoved,
    Symbol,
    SystemLibrary,
    Taken,
    Unloaded,
    UnloadObject,
)

if TYPE_CHECKING:
    from holefit.interpreter.interpreter import Interpreter

_R = TypeVar("_R")
SHARED = (".so", ".dylib")


class LinkError(InterpreterError):
    """Native code could not be compiled, linked or loaded; nothing has changed. ``diagnostics`` are at their places in the sources.

    ``kind`` is one word: compiler, headers, compile, link, symbols, load, init or path.
    """

    def __init__(self, failed: LinkFailed) -> None:
        super().__init__(failed.text)
        self.kind = failed.kind
        self.remedy = failed.remedy or "Correct it and try again; what was loaded before is as it was."
        self.diagnostics = tuple(map(_diagnostic, failed.messages))


@dataclass(frozen=True, slots=True)
class LoadedExtension:
    """An extension module that was loaded. ``phases`` of its initialisation: 1 or 2; ``notes`` say what could not be brought up to date."""

    name: str
    phases: int
    notes: tuple[str, ...]


class Linker:
    """Loads native code into the worker, which is started if need be.

    Every method raises LinkError for what cannot be done, and WorkerDiedError where native code ends the process: then a standby takes over.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._symbols: dict[
            str, int
        ] = {}  # asking another process takes long; purged when code may have moved
        self._series = (-1, -1)

    def init(self) -> LinkerInfo:
        """What there is to work with: the compiler, and Python's headers."""
        return self._asked(InitLinker(), LinkerInfo)

    # Objects

    def load(self, path: str | os.PathLike[str]) -> list[Diagnostic]:
        """Load any file by its suffix: a source, an object, an archive (these are resolved at once), a shared object. Gives the compiler's warnings."""
        if str(path).endswith(SHARED):
            self.load_dll(path)
            return []
        if str(path).endswith(".a"):
            self.load_archive(path)
            warnings = []
        else:
            warnings = self.load_object(path)
        self.resolve()
        return warnings

    def load_object(self, path: str | os.PathLike[str], *, flags: Sequence[str] = ()) -> list[Diagnostic]:
        """Take in an object file, or a C source, which is compiled; :meth:`resolve` links it. Gives the compiler's warnings."""
        answer = self._asked(LoadObject(_absolute(path), tuple(flags)), Taken)
        return [_diagnostic(one) for one in answer.warnings]

    def load_archive(self, path: str | os.PathLike[str]) -> None:
        """Take in all of an archive; :meth:`resolve` links it."""
        self._asked(LoadArchive(_absolute(path)), Taken)

    def resolve(self, *, flags: Sequence[str] = ()) -> list[Path]:
        """Link and load what was taken in; the objects may need one another. ``flags``: ``-lm`` and the like. Gives the paths.

        Raises LinkError of kind ``symbols`` where something is defined nowhere; what was taken in stays so, for another try.
        """
        self._purge()
        return [Path(one) for one in self._asked(ResolveObjects(tuple(flags)), Resolved).objects]

    def load_dll(self, name: str | os.PathLike[str]) -> Path | None:
        """Load a shared object: a path (a copy of the file is loaded, so that it may be replaced), or a library's name, looked for in the search paths and then by the system.

        Gives the file that was loaded; None where the system found it.
        """
        text = os.fspath(name)
        if os.sep in text or isinstance(name, Path):
            text = _absolute(text)
        self._purge()
        found = self._asked(LoadDLL(text), DLLLoaded).path
        return Path(found) if found else None

    def load_extension(self, name: str, path: str | os.PathLike[str]) -> LoadedExtension:
        """Import a shared object as the extension module ``name``; if it is there already, it is brought up to date in place.

        Raises: RemoteError, what its initialisation raises.
        """
        self._purge()
        answer = self._asked(LoadExtension(name, _absolute(path)), ExtensionLoaded)
        return LoadedExtension(name, answer.phases, tuple(answer.notes))

    def unload(self, path: str | os.PathLike[str]) -> Unloaded:
        """Forget the symbols of what was loaded from ``path`` (or by a library's name); its code leaves the process if nothing of it is held."""
        text = os.fspath(path)
        is_file = os.sep in text or isinstance(path, Path) or os.path.exists(text)
        self._purge()
        return self._asked(UnloadObject(_absolute(text) if is_file else text), Unloaded)

    # Symbols

    def symbol(self, name: str) -> int | None:
        """The address of a symbol in the worker: of what was loaded last first. None where there is none. Addresses are cached until something is unloaded."""
        status = self._interpreter.status()
        series = (self._interpreter.series, status.generation)
        if series != self._series:
            self._purge()
            self._series = series
        known = self._symbols.get(name)
        if known is None:
            known = self._asked(LookupSymbol(name), Symbol).address
            if known:
                self._symbols[name] = known
        return known or None

    def function(
        self, name: str, *, result: str | None = "c_int", arguments: Sequence[str] | None = None
    ) -> int | None:
        """A ref to a Python function that calls the C function ``name``; None where there is no such symbol.

        Types are named as in ``ctypes``: ``c_double``, ``POINTER(c_char)``. While the ref is held, the code stays in the process.
        """
        body = LookupClosure(name, result or "", None if arguments is None else list(arguments))
        ref = self._asked(body, Ref).ref
        return self._interpreter.foreign(ref) if ref else None

    # Where libraries are

    def add_search_path(self, folder: str | os.PathLike[str]) -> int:
        """Look for libraries in ``folder`` first; gives a token for :meth:`remove_search_path`."""
        return self._asked(AddLibrarySearchPath(_absolute(folder)), LibrarySearchPath).token

    def remove_search_path(self, token: int) -> bool:
        """Whether there was one of that token."""
        return self._asked(RemoveLibrarySearchPath(token), SearchPathRemoved).found

    def find_system_library(self, name: str) -> Path | None:
        """Where the worker's system has the library ``name`` (``z`` for ``libz.so.1``); search paths come first."""
        found = self._asked(FindSystemLibrary(name), SystemLibrary).path
        return Path(found) if found else None

    def _purge(self) -> None:
        self._symbols.clear()

    def _asked(self, body: Any, expected: type[_R]) -> _R:
        answer = self._interpreter.ask_any(body, (expected, LinkFailed, EvalException))
        if isinstance(answer, LinkFailed):
            raise LinkError(answer)
        if isinstance(answer, EvalException):
            raise RemoteError(answer.error)
        found: _R = answer
        return found


def _absolute(path: str | os.PathLike[str]) -> str:
    return os.path.abspath(path)


def _diagnostic(said: CompilerMessage) -> Diagnostic:
    start = Position(max(said.line - 1, 0), said.column)
    severity = Severity.ERROR if said.severity == "error" else Severity.WARNING
    return Diagnostic(Path(said.path), Range(start, start), severity, "native", said.message)
