"""The base protocol of LSP: header lines, an empty line, a body. A pure decoder: bytes in, bodies out, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_BODY = 1 << 29
MAX_HEADER = 1 << 16


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no frame; they have been skipped."""

    reason: str


class Decoder:
    """Cuts a stream of bytes into bodies.

    Header names are read in any case and order, all but ``Content-Length`` are ignored; a lone line feed ends a header line
    too. A header that names no length gives a :class:`Malformed`, and the next line that can start a header is tried.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._needed: int | None = None
        self._discard = 0

    def feed(self, data: bytes) -> Iterator[bytes | Malformed]:
        """The bodies that ``data`` completes."""
        self._buffer += data
        while True:
            if self._discard:
                dropped = min(self._discard, len(self._buffer))
                del self._buffer[:dropped]
                self._discard -= dropped
            if self._needed is None:
                header = self._header()
                if header is None:
                    return
                length = _content_length(header)
                if isinstance(length, Malformed):
                    yield length
                elif length > MAX_BODY:
                    self._discard = length
                    yield Malformed(f"a message of {length} bytes is longer than the limit of {MAX_BODY}")
                else:
                    self._needed = length
                continue
            if len(self._buffer) < self._needed:
                return
            body = bytes(memoryview(self._buffer)[: self._needed])
            del self._buffer[: self._needed]
            self._needed = None
            yield body

    def _header(self) -> bytes | None:
        """The next header block, without leading empty lines."""
        while self._buffer.startswith((b"\r", b"\n")):
            del self._buffer[:1]
        for separator in (b"\r\n\r\n", b"\n\n"):
            end = self._buffer.find(separator)
            if end >= 0:
                header = bytes(self._buffer[:end])
                del self._buffer[: end + len(separator)]
                return header
        if len(self._buffer) > MAX_HEADER:
            del self._buffer[:]
            return b"?"
        return None


def encode(body: bytes) -> bytes:
    """One frame."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _content_length(header: bytes) -> int | Malformed:
    for line in header.splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            value = value.strip()
            if value.isdigit():
                return int(value)
            return Malformed(f"Content-Length is no number: {value[:40]!r}")
    return Malformed(f"a header without Content-Length: {header[:80]!r}")
