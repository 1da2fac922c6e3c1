"""The newest text of every file: what an editor shows, else what is on disk."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.diagnostics import Diagnostic
from holefit.errors import HolefitError
from holefit.session.interface import Fingerprint, text_fingerprint
from holefit.syntax import ParsedModule, Source, UndecodableSourceError, decode, parse

if TYPE_CHECKING:
    from holefit.types import TypeService

_KEPT = 64


@dataclass(frozen=True)
class Buffer:
    """An editor's text of one file, parsed as far as anybody has looked."""

    parsed: ParsedModule

    @property
    def text(self) -> str:
        """The text itself."""
        return self.parsed.source.text

    @property
    def version(self) -> int | None:
        """The editor's number of this state of the text."""
        return self.parsed.source.version

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """As that of a file with this text."""
        return text_fingerprint(self.text.encode("utf-8", "surrogatepass"))


class Texts:
    """Buffers over files. Every method may be called from any thread; those that set buffers never wait for a disk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buffers: dict[Path, Buffer] = {}
        self._parsed: OrderedDict[Path, tuple[tuple[int, int], ParsedModule]] = OrderedDict()

    def set_buffer(self, path: Path, text: str, version: int | None) -> None:
        """``text`` is what the editor shows for ``path``."""
        with self._lock:
            self._buffers[path] = Buffer(parse(Source(path, text, version)))

    def close_buffer(self, path: Path) -> None:
        """The editor shows ``path`` no more: the file counts again."""
        with self._lock:
            self._buffers.pop(path, None)

    def forget(self, path: Path) -> None:
        """The file at ``path`` was written."""
        with self._lock:
            self._parsed.pop(path, None)

    def buffers(self) -> dict[Path, Buffer]:
        """All buffers at this moment."""
        with self._lock:
            return dict(self._buffers)

    def dirty(self) -> dict[Path, str]:
        """The texts of those buffers that differ from their files."""
        return {path: one.text for path, one in self.buffers().items() if _on_disk(path) != one.text}

    def parsed(self, path: Path) -> ParsedModule:
        """The newest text of ``path``, parsed; kept while it stays the same.

        Raises: UndecodableSourceError; OSError, when there is neither a buffer nor a file.
        """
        with self._lock:
            if buffer := self._buffers.get(path):
                return buffer.parsed
        stat = os.stat(path)
        stamp = (stat.st_mtime_ns, stat.st_size)
        with self._lock:
            if (kept := self._parsed.get(path)) and kept[0] == stamp:
                self._parsed.move_to_end(path)
                return kept[1]
        made = parse(Source(path, decode(path.read_bytes(), path)))
        with self._lock:
            self._parsed[path] = (stamp, made)
            self._parsed.move_to_end(path)
            while len(self._parsed) > _KEPT:
                self._parsed.popitem(last=False)
        return made


def syntax_error(parsed: ParsedModule, types: TypeService | None) -> Diagnostic | None:
    """The syntax error of a text, from ``types`` when that has nothing else to do.

    Our own parser would not let another thread run meanwhile, for tens of milliseconds in a long text.
    """
    if types is not None and types.state == "idle":
        try:
            return types.syntax(parsed.source.path)
        except HolefitError:
            pass
    return parsed.error


def _on_disk(path: Path) -> str | None:
    try:
        return decode(path.read_bytes(), path)
    except (OSError, UndecodableSourceError):
        return None
