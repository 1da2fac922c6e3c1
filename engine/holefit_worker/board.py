"""What the processes of one interpreter share: who is who, and what was evaluated since the last snapshot.

It lies in shared memory, so that it outlives the worker that writes it. One process writes at a time.
"""

from __future__ import annotations

import mmap
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

(
    WORKER,
    STANDBY,
    FINISHED,
    FRESH,
    STARTING,
    REPLAYING,
    SNAPSHOTS,
    WHOLE,
    READ,
    RUNNING,
    TORN_IN,
    TORN_OUT,
    LENGTH,
    COUNT,
    OVERFLOW,
    RESTORE,
    NEWEST,
    NUMBERED,
    FORKED,
) = range(0, 152, 8)
CHECKPOINTS = 160  # the process and the number of each, by its slot
MAX_CHECKPOINTS = 8
OUTPUT = 512  # what the running evaluation has written: two areas, each a length and the bytes
OUTPUT_SIZE = 1 << 16
LOG = OUTPUT + 2 * OUTPUT_SIZE
SIZE = LOG + (1 << 20)
_NUMBER = struct.Struct("<q")
_ENTRY = struct.Struct("<Iq")


class Board:
    """Numbers by name, the log of requests, and the baton that the keeper hands to the next worker."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, SIZE)
        self._batons = [
            os.pipe() for _ in range(1 + MAX_CHECKPOINTS)
        ]  # one for standbys, one for each checkpoint

    def get(self, field: int) -> int:
        """One of the numbers."""
        found: int = _NUMBER.unpack_from(self._memory, field)[0]
        return found

    @property
    def descriptor(self) -> int:
        """What a standby of this process will wait at."""
        return self._batons[0][0]

    def set(self, field: int, value: int) -> None:
        """Change one of the numbers."""
        _NUMBER.pack_into(self._memory, field, value)

    def begin(self, request_id: int, payload: bytes, newest_ref: int) -> None:
        """Request ``request_id`` is about to be carried out; the refs that it makes come after ``newest_ref``."""
        end = LOG + self.get(LENGTH)
        if end + _ENTRY.size + len(payload) > SIZE:
            self.set(OVERFLOW, 1)
        else:
            _ENTRY.pack_into(self._memory, end, len(payload), newest_ref)
            end += _ENTRY.size
            self._memory[end : end + len(payload)] = payload
        self.set(RUNNING, request_id)

    def end(self, payload: bytes, *, again: bool = True, before: bytes = b"") -> None:
        """It came to its end, and belongs to the state from now on. ``again``: it may run again to come back to that; ``before`` goes before it then."""
        if again and before and not self.get(OVERFLOW):
            _, newest_ref = _ENTRY.unpack_from(self._memory, LOG + self.get(LENGTH))
            self.begin(0, before, newest_ref)
            if not self.get(OVERFLOW):
                self.set(LENGTH, self.get(LENGTH) + _ENTRY.size + len(before))
                self.begin(0, payload, newest_ref)
        if again and not self.get(OVERFLOW):
            self.set(LENGTH, self.get(LENGTH) + _ENTRY.size + len(payload))
            self.set(COUNT, self.get(COUNT) + 1)
        self.set(RUNNING, 0)

    def forget(self) -> None:
        """A snapshot holds all that was logged."""
        for field in (LENGTH, COUNT, OVERFLOW):
            self.set(field, 0)

    def payloads(self) -> Iterator[tuple[bytes, int]]:
        """The requests that came to their end since the snapshot, oldest first, each with the newest ref before it."""
        at, stop = LOG, LOG + self.get(LENGTH)
        while at < stop:
            size, newest_ref = _ENTRY.unpack_from(self._memory, at)
            at += _ENTRY.size
            yield self._memory[at : at + size], newest_ref
            at += size

    def add_output(self, stream: int, data: bytes) -> None:
        """More of what the running evaluation writes to stdout (0) or stderr (1); what goes past the area is not kept."""
        start = OUTPUT + stream * OUTPUT_SIZE
        length = self.get(start)
        room = OUTPUT_SIZE - 8 - length
        if room > 0:
            piece = data[:room]
            self._memory[start + 8 + length : start + 8 + length + len(piece)] = piece
            self.set(start, length + len(piece))

    def output(self, stream: int) -> bytes:
        """What :meth:`add_output` has kept."""
        start = OUTPUT + stream * OUTPUT_SIZE
        return self._memory[start + 8 : start + 8 + self.get(start)]

    def forget_output(self) -> None:
        """Another evaluation begins."""
        self.set(OUTPUT, 0)
        self.set(OUTPUT + OUTPUT_SIZE, 0)

    def wait(self, slot: int = 0) -> int:
        """For a standby, or the checkpoint in ``slot``: blocks until it is its turn; gives the dead worker's status as ``waitpid`` does.

        Ends the process when the keeper is gone.
        """
        while True:
            data = os.read(self._batons[slot][0], 8)
            if len(data) < 8:
                os._exit(0)
            return int(_NUMBER.unpack(data)[0])

    def hand_over(self, status: int, slot: int = 0) -> None:
        """For the keeper: let the standby, or the checkpoint in ``slot``, go on."""
        os.write(self._batons[slot][1], _NUMBER.pack(status))

    def keep_no_baton(self) -> None:
        """For all but the keeper: let go of its end, so that its death is noticed."""
        for _, writer in self._batons:
            os.close(writer)

    def close(self) -> None:
        """For a child of the user's: it has no part in this."""
        for reader, _ in self._batons:
            os.close(reader)


def checkpoint_field(slot: int) -> int:
    """Where the process of the checkpoint in ``slot`` (from 1) stands; its number comes next."""
    return CHECKPOINTS + 16 * (slot - 1)
