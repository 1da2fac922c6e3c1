"""Framing: a 4-byte little-endian length, then that many bytes.

Pure: bytes in, payloads out, no I/O.
"""

from __future__ import annotations

import struct

_LENGTH = struct.Struct("<I")
DEFAULT_LIMIT = 256 * 1024 * 1024  # bytes


class FrameTooLargeError(ValueError):
    """A frame announced more bytes than the limit: the stream cannot be followed further."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a frame of {size} bytes exceeds the limit of {limit}")
        self.size = size
        self.limit = limit


def frame(payload: bytes) -> bytes:
    """``payload`` with its length before it."""
    return _LENGTH.pack(len(payload)) + payload


class Decoder:
    """Collects bytes in pieces of any size and gives the payloads that are complete."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of an incomplete frame; 0 between frames."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that ``data`` completes.

        Raises: FrameTooLargeError.
        """
        buffer = self._buffer
        buffer += data
        payloads = []
        start = 0
        while len(buffer) - start >= 4:
            (size,) = _LENGTH.unpack_from(buffer, start)
            if size > self._limit:
                raise FrameTooLargeError(size, self._limit)
            if len(buffer) - start - 4 < size:
                break
            payloads.append(bytes(buffer[start + 4 : start + 4 + size]))
            start += 4 + size
        del buffer[:start]
        return payloads
