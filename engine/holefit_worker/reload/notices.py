"""The system's notices of files that change, so that a reload need not look at each of a thousand files.

Only Linux has them without a package (inotify), and only for what lies on a disk of this machine. A file is *covered* when every change of
it is noticed: its folder and those around it are watched, no part of its path is a link, and it was looked at after the watch had begun.
What is not covered is looked at, as all files are where there are no notices. A notice ends the cover of its file: whoever reads the
notice and does nothing about it takes nothing away from the next one who looks. A notice is there before the call that wrote returns.
"""

from __future__ import annotations

import os
import stat
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

WORTHWHILE = 100  # modules: looking at fewer takes no longer than asking
_CHANGED = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200  # modify, attrib, close-write, moved, create, delete
_FOLDER_GONE = 0x400 | 0x800 | 0x2000 | 0x4000 | 0x8000  # delete-self, move-self, unmount, overflow, ignored
_EVENT = struct.Struct("iIII")
_NONBLOCKING = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_LOCAL = frozenset(  # kinds of file systems on which all writes go through this kernel: ext, xfs, btrfs, tmpfs, overlay, zfs, f2fs
    {0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630, 0x2FC12FC1, 0xF2F52010}
)


class Notices:
    """Which files are covered. Calls take turns; begins anew in a process that was forked."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = list(roots)
        self._pid = 0
        self._descriptor = -1
        self._places: list[tuple[int, int] | None] = []  # what stood at the roots
        self._watches: dict[int, str] = {}
        self._folders: dict[str, bool] = {}  # whether changes in it are noticed
        self._covered: set[str] = set()
        self._system: Any = None  # the C library
        self._buffer: Any = None

    def covered(self) -> frozenset[str]:
        """Paths of the files that have not changed since they were covered."""
        if self._pid != os.getpid() or not self._is_ours() or self._places != self._found():
            self._begin()
        found = self._read()
        if found is None:
            self._begin()
        else:
            self._covered -= found
        return frozenset(self._covered)

    def cover(self, path: str) -> None:
        """Notice changes of the file from now on, if that can be relied on. To be called before it is looked at."""
        if self._descriptor < 0 or path in self._covered:
            return
        try:
            found = os.lstat(path)
        except OSError:
            return
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and self._watch(os.path.dirname(path)):
            self._covered.add(path)

    def uncover(self, path: str) -> None:
        """Have the file looked at once more: what is known of it may be older than the last notice."""
        self._covered.discard(path)

    def _begin(self) -> None:
        if self._descriptor >= 0 and (self._pid != os.getpid() or self._is_ours()):
            os.close(self._descriptor)
        self._pid, self._descriptor = os.getpid(), -1
        self._watches, self._folders, self._covered = {}, {}, set()
        self._places = self._found()
        if self._system is None and sys.platform == "linux":
            import ctypes

            self._system, self._buffer = ctypes.CDLL(None), ctypes.create_string_buffer
        if hasattr(self._system, "inotify_init1"):
            self._descriptor = self._system.inotify_init1(_NONBLOCKING)

    def _found(self) -> list[tuple[int, int] | None]:
        """Which folders stand at the roots now: one around them may have been exchanged for another, and nobody watches it."""
        return [_identity(root) for root in self._roots]

    def _is_ours(self) -> bool:
        """Whether the descriptor is what it was: code that closes all descriptors closes this one, and its number is used again."""
        if self._descriptor < 0:
            return True
        try:
            return "inotify" in os.readlink(f"/proc/self/fd/{self._descriptor}")
        except OSError:
            return False

    def _read(self) -> set[str] | None:
        """Paths that notices have come for; None when some may have been lost."""
        found: set[str] = set()
        while self._descriptor >= 0:
            try:
                data = os.read(self._descriptor, 1 << 16)
            except BlockingIOError:
                break
            except OSError:
                return None
            at = 0
            while at < len(data):
                watch, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size + length
                if mask & _FOLDER_GONE:
                    return None
                name = os.fsdecode(data[at - length : at].rstrip(b"\0"))
                found.add(os.path.join(self._watches.get(watch, ""), name))
        return found

    def _watch(self, folder: str) -> bool:
        """Notice what happens in ``folder`` and to the folders around it, up to a root."""
        if folder not in self._folders:
            self._folders[folder] = False
            around = folder in self._roots or (
                any(folder.startswith(root + os.sep) for root in self._roots)
                and self._watch(os.path.dirname(folder))
            )
            if around and os.path.realpath(folder) == folder and self._is_local(folder):
                watch = self._system.inotify_add_watch(
                    self._descriptor, os.fsencode(folder), _CHANGED | 0x400 | 0x800
                )
                if watch >= 0:
                    self._watches[watch] = folder
                    self._folders[folder] = True
        return self._folders[folder]

    def _is_local(self, folder: str) -> bool:
        told = self._buffer(256)
        if self._system.statfs(os.fsencode(folder), told) != 0:
            return False
        return int.from_bytes(told.raw[: struct.calcsize("l")], sys.byteorder) in _LOCAL


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino
