"""Watching a project's files, whoever writes them: an editor, a tool, a checkout.

The operating system's notices are used (watchfiles), folder by folder, so that environments and caches cost nothing. Notices may be
lost: while the set of folders changes, on network drives, when the system has too many watches. So what counts is a look at the
files' stamps, and a notice only says when to look. Where there are no notices, the look is taken again and again.

A *burst* is what changes in one go. It ends when the files in it have come to rest: when nothing has come for a moment, a longer one when
many files have changed. While git holds its lock it goes on, and while a file is empty that was not: who saves in place empties it first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

from holefit.reload import native

STEP_MS = 10  # how often the system's notices are gathered
DEBOUNCE_MS = 50  # how long at most until they are passed on
REST_S = 0.01  # without a change, until one file counts as written
QUIET_S = 0.05  # without a change, until many files do
REFILL_S = 0.5  # without a change, until a file that was emptied is meant to be empty
GIT_QUIET_S = 3.0  # without a change, until a lock of git's is one that it left behind
LONGEST_S = 60.0  # of a burst
POLL_S = 0.1  # between two looks where there are no notices
SUFFIXES = (".py", ".pyi", "pyproject.toml", *native.SUFFIXES)
IGNORED = frozenset(
    {
        "node_modules",
        "site-packages",
        "dist-packages",
        "__pycache__",
        "__pypackages__",
        "venv",
        "build",
        "dist",
    }
)

Stamps = dict[str, tuple[int, int, int, int]]


class Watch:
    """Watches the Python files and the native code below ``roots`` and yields bursts of changes: the paths of files that were written, made or removed.

    ``polling``: look at the files again and again instead of waiting for notices. Watching begins when the object is made, so that
    nothing is missed before the first burst is asked for. Ends when ``stop`` is set.
    """

    def __init__(
        self, roots: Iterable[Path], stop: threading.Event | None = None, *, polling: bool = False
    ) -> None:
        self.stop = stop or threading.Event()
        self.polling = polling
        self._roots = list(dict.fromkeys(Path(root).absolute() for root in roots))
        self._notices: SimpleQueue[int] = SimpleQueue()
        self._ready = threading.Event()
        self._moved = threading.Event()  # other folders have to be listened to
        self._left_locks: set[tuple[int, int]] = set()
        self._folders, self._stamps = self._look()
        if not polling:
            threading.Thread(target=self._listen, name="holefit-watch", daemon=True).start()
            self._ready.wait(5.0)

    def __iter__(self) -> Iterator[frozenset[Path]]:
        """Bursts, each as soon as it is over; never an empty one."""
        while not self.stop.is_set():
            if self._noticed():
                changed = self._settled()
                if changed:
                    yield changed

    def changes(self) -> frozenset[Path]:
        """What has changed since the last look."""
        folders, stamps = self._look()
        before, self._stamps = self._stamps, stamps
        if folders != self._folders:
            self._folders = folders
            self._moved.set()
        return frozenset(
            Path(path) for path in before.keys() | stamps.keys() if before.get(path) != stamps.get(path)
        )

    def _noticed(self) -> bool:
        """Wait for a reason to look."""
        if self.polling:
            return not self.stop.wait(POLL_S)
        try:
            self._notices.get(timeout=0.5)
        except Empty:
            return False
        return True

    def _settled(self) -> frozenset[Path]:
        """The changes of a burst, once it is over."""
        before = self._stamps
        started = last = time.monotonic()
        changed = self.changes()
        while changed and last - started < LONGEST_S:
            rest = self._rest(
                changed, before
            )  # known before the look: git lets go of its lock when all is written
            if self.stop.wait(min(rest, QUIET_S)):
                break
            while not self._notices.empty():
                self._notices.get()
            more = self.changes()
            now = time.monotonic()
            if more:
                last = now
                changed |= more
            elif now - last >= rest:
                self._left_locks.update(self._locks())
                break
        return changed

    def _rest(self, changed: frozenset[Path], before: Stamps) -> float:
        """For how many seconds nothing more must change until ``changed`` is over. ``before``: the stamps that were."""
        if self._locks() - self._left_locks:
            return GIT_QUIET_S
        names = [str(path) for path in changed]
        if any(_is_empty(self._stamps.get(name)) and not _is_empty(before.get(name)) for name in names):
            return REFILL_S
        return REST_S if len(changed) == 1 else QUIET_S

    def _locks(self) -> set[tuple[int, int]]:
        """The locks of indexes: git holds one for the whole of a checkout."""
        found: set[tuple[int, int]] = set()
        for root in self._roots:
            try:
                stat = os.stat(root / ".git" / "index.lock")
            except OSError:
                continue
            found.add((stat.st_ino, stat.st_mtime_ns))
        return found

    def _look(self) -> tuple[frozenset[str], Stamps]:
        """All folders that may hold modules, and the stamps of the files in them."""
        folders: set[str] = set()
        stamps: Stamps = {}
        pending = [str(root) for root in self._roots]
        while pending:
            folder = pending.pop()
            if folder in folders:
                continue
            try:
                with os.scandir(folder) as entries:
                    folders.add(folder)
                    for entry in entries:
                        if entry.name.endswith(SUFFIXES):
                            stat = entry.stat()
                            stamps[entry.path] = (
                                stat.st_mtime_ns,
                                stat.st_size,
                                stat.st_ino,
                                stat.st_ctime_ns,
                            )
                        elif self._may_hold_modules(entry):
                            pending.append(entry.path)
            except OSError:  # it, or a file in it, has just been removed
                continue
        return frozenset(folders), stamps

    @staticmethod
    def _may_hold_modules(entry: os.DirEntry[str]) -> bool:
        return (
            not entry.name.startswith(".")
            and entry.name not in IGNORED
            and "." not in entry.name
            and entry.is_dir(follow_symlinks=False)
            and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
        )

    def _listen(self) -> None:
        """Pass the system's notices on, and begin anew when folders come and go."""
        from watchfiles._rust_notify import RustNotify

        while not self.stop.is_set():
            self._moved = moved = threading.Event()
            folders = self._folders
            try:
                # by itself, and not by watchfiles.watch(): that one listens from its first notice on, not from when it is made
                notices = RustNotify(
                    sorted(folders),
                    debug=False,
                    force_polling=False,
                    poll_delay_ms=0,
                    recursive=False,
                    ignore_permission_denied=True,
                )
                with notices:
                    self._notices.put(0)  # for what came while nobody listened
                    self._ready.set()
                    while not moved.is_set() and not self.stop.is_set():
                        found = notices.watch(DEBOUNCE_MS, STEP_MS, 1000, moved)
                        if isinstance(found, set):
                            self._notices.put(len(found))
            except (OSError, RuntimeError):  # no watches left, or a folder that has gone
                if any(not os.path.isdir(folder) for folder in folders):
                    self._notices.put(0)
                    time.sleep(QUIET_S)
                    continue
                self.polling = True
                self._ready.set()
                self._notices.put(0)
                return


def _is_empty(stamp: tuple[int, int, int, int] | None) -> bool:
    return stamp is not None and stamp[1] == 0
