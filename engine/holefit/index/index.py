"""The session's end of the index: has it built in a process of its own, and looks things up."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holefit.errors import HolefitError
from holefit.index.building import pointed
from holefit.index.import_edit import Wanted, import_edit, imported_module
from holefit.index.search import Found, Lookup
from holefit.index.summary import Kind
from holefit.session.options import Options
from holefit.syntax import Range

log = logging.getLogger(__name__)
_SETTLED_S = 1.5


class IndexUnavailableError(HolefitError):
    """The index could not be built, and there is none from before."""

    remedy = "See the log. Make sure that the project's `.holefit` folder, or your cache folder, can be written to."

    def __init__(self, *, problem: str) -> None:
        super().__init__(f"there is no index to search: {problem}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Match:
    """Something that answers a search.

    ``name`` is as it is written (``Path.cwd``) once ``module`` gives it; ``import_text`` is the import for that, None for builtins. ``kind`` is
    ``function``, ``class``, ``value``, ``method``, ``class method``, ``static method``, ``property`` or ``member``. ``cost`` is how far its type is from what was
    asked for, 0 for the same. ``path`` and ``line`` (0-based) are where it is defined.
    """

    name: str
    module: str
    kind: str
    signature: str
    import_text: str | None
    cost: float
    path: Path | None
    line: int
    deprecated: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Insertion:
    """A name as one text writes it, and the change that imports it: what to replace by what. None: nothing has to be imported."""

    text: str
    change: tuple[Range, str] | None


def insertion(text: str, match: Match, *, module: str = "", is_package: bool = False) -> Insertion:
    """How ``text``, the module of that name, writes what was found. Of a method or property the object is there already."""
    if match.kind in ("method", "property"):
        return Insertion(match.name.rpartition(".")[2], None)
    if match.import_text is None or match.module == module:
        return Insertion(match.name, None)
    if (known := imported_module(text, match.module)) is not None:
        return Insertion(f"{known}.{match.name}", None)
    wanted = Wanted(match.module, match.name.partition(".")[0])
    change = import_edit(text, wanted, module=module, is_package=is_package)
    return Insertion(match.name, change if change is not None and change[1] else None)


class Index:
    """The index of one project. Every method may be called from any thread.

    ``on_progress(text, done)`` is called while it is being built, ``done`` from 0 to 1, and not at all when there is nothing to do. ``fresh``: it was brought up to date since the session began, and no
    file has been written since.
    """

    def __init__(self, root: Path, options: Options, python: Path, folder: Path) -> None:
        self.on_progress: Callable[[str, float], None] | None = None
        self.folder = folder
        self._root = root
        self._options = options
        self._python = python
        self._lock = threading.RLock()
        self._lookup: Lookup | None = None
        self._paths: tuple[Path, ...] = ()
        self._process: subprocess.Popen[str] | None = None
        self._again = False
        self._timer: threading.Timer | None = None
        self._idle = threading.Event()
        self._idle.set()
        self._failure = ""
        self._closed = False
        self.fresh = False

    @property
    def state(self) -> str:
        """``none``, ``building``, ``ready`` or ``failed``."""
        if not self._idle.is_set():
            return "building"
        if self._failure:
            return "failed"
        return "ready" if pointed(self.folder) else "none"

    def update(self, *, gently: bool = True) -> None:
        """Have the index brought up to date; does not wait. ``gently``: whatever else runs goes first."""
        with self._lock:
            if self._closed:
                return
            if not self._idle.is_set():
                self._again = not self.fresh
                return
            self._idle.clear()
            self.fresh = True
        threading.Thread(target=self._build, args=(gently,), name="index", daemon=True).start()

    def changed(self) -> None:
        """A file of the project was written: the index follows once writing pauses."""
        with self._lock:
            self.fresh = False
            if self._closed or self.state == "none":
                return
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_SETTLED_S, self.update)
            self._timer.daemon = True
            self._timer.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is being built; whether that came in time."""
        return self._idle.wait(timeout_s)

    def search(self, query: str, limit: int = 20) -> list[Match]:
        """What answers ``query``, best first. Waits for the first index, not for later ones.

        Raises: QueryError; IndexUnavailableError.
        """
        if not pointed(self.folder):
            self.update(gently=False)
            self.wait()
        lookup = self._opened()
        if lookup is None:
            raise IndexUnavailableError(problem=self._failure or "it was not built")
        return [_match(one) for one in lookup.search(query, limit)]

    def close(self) -> None:
        """End what is being built, and let the files go."""
        with self._lock:
            self._closed = True
            process, lookup = self._process, self._lookup
            self._lookup = None
            if self._timer is not None:
                self._timer.cancel()
        if process is not None:
            with contextlib.suppress(OSError):
                process.terminate()
        self.wait(5)
        if lookup is not None:
            lookup.close()

    def _opened(self) -> Lookup | None:
        with self._lock:
            paths = pointed(self.folder)
            if paths and paths != self._paths:
                if self._lookup is not None:
                    self._lookup.close()
                self._lookup, self._paths = Lookup(paths), paths
            return self._lookup

    def _build(self, gently: bool) -> None:
        try:
            while True:
                self._run(gently)
                with self._lock:
                    if not self._again or self._closed:
                        self._idle.set()
                        return
                    self._again = False
        except BaseException:
            self._idle.set()
            raise

    def _run(self, gently: bool) -> None:
        given = {
            "root": str(self._root),
            "src": self._options.src,
            "exclude": self._options.exclude,
            "python": str(self._python),
            "folder": str(self.folder),
            "gently": gently,
        }
        path = [_IMPORTED_FROM, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "holefit.index.process", json.dumps(given)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, path))},
            )
        except OSError as error:
            self._failure = str(error)
            return
        with self._lock:
            self._process = process
            if self._closed:
                process.terminate()
        errors: list[str] = []
        begun = False
        assert process.stderr is not None
        assert process.stdout is not None
        listener = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
        listener.start()
        failure = "the process that builds it ended early"
        for line in process.stdout:
            told = json.loads(line)
            if "text" in told and self.on_progress is not None:
                begun = begun or told["done"] < 1.0
                if begun:
                    self.on_progress(told["text"], told["done"])
            elif "failed" in told:
                failure = told["failed"]
            elif "units" in told:
                failure = ""
                log.debug("index: %s", told)
        process.wait()
        listener.join(5)
        process.stdout.close()
        process.stderr.close()
        with self._lock:
            self._process = None
            self._failure = failure
        if failure and not self._closed:
            log.warning("the index could not be built: %s\n%s", failure, "".join(errors)[-4000:])


# A child must find this very holefit, however it came to be importable here.
_IMPORTED_FROM = str(Path(__file__).resolve().parents[2])


def _match(one: Found) -> Match:
    entry = one.entry
    outer = entry.name.partition(".")[0]
    needed = None if entry.module == "builtins" else f"from {entry.module} import {outer}"
    kind = Kind(entry.kind).name.lower().replace("_", " ")
    deprecated, private = "d" in entry.flags, "p" in entry.flags
    return Match(
        entry.name,
        entry.module,
        kind,
        one.signature,
        needed,
        one.cost,
        one.path,
        entry.line,
        deprecated,
        private,
    )
