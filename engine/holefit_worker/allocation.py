"""How much memory an evaluation takes."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Allocation:
    """Measures from its making to :meth:`end`."""

    def __init__(self) -> None:
        import tracemalloc

        self._tracing: Any = tracemalloc
        self._ours = not tracemalloc.is_tracing()  # the user's own goes on
        if self._ours:
            tracemalloc.start()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]
        self._blocks = sys.getallocatedblocks()

    def end(self) -> tuple[int, int]:
        """By how many the blocks in use have grown, and how many bytes more than before were in use at most."""
        blocks = sys.getallocatedblocks() - self._blocks
        if not self._tracing.is_tracing():  # user code has ended it
            return blocks, 0
        peak = self._tracing.get_traced_memory()[1]
        if self._ours:
            self._tracing.stop()
        return blocks, max(peak - self._before, 0)
