"""Values that live in the worker, seen from the session."""

from __future__ import annotations

from collections import deque


class ForeignRef(int):
    """A remote ref that frees itself: its number, which joins ``pending`` when nothing here holds it any more.

    The next call takes the pending ones along, so that collecting garbage never speaks to the worker. ``series`` is the worker's: a ref
    outlives its worker only as a number.
    """

    series: int
    _pending: deque[int]

    def __new__(cls, number: int, series: int, pending: deque[int]) -> ForeignRef:
        ref = super().__new__(cls, number)
        ref.series = series
        ref._pending = pending
        return ref

    def __del__(self) -> None:
        self._pending.append(int(self))
