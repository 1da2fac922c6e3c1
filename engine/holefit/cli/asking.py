"""What user code asks, put to whoever started the command: lines of the command's own standard input."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holefit.interpreter import InputPrompt

LOOK_S = 0.1  # between looks whether anybody still waits for the answer


def asker(wait_s: float) -> Callable[[InputPrompt], str | None]:
    """What reads a line for a prompt. On a terminal it takes its time; from a pipe that says nothing for ``wait_s`` (0: no limit) comes the end of input."""
    lines = _Lines()

    def ask(prompt: InputPrompt) -> str | None:
        if not os.isatty(0):
            return lines.next(prompt, wait_s)
        with _echo(not prompt.secret):
            sys.stderr.write(prompt)
            sys.stderr.flush()
            try:
                return lines.next(prompt, 0.0)
            finally:
                if prompt.secret:
                    sys.stderr.write("\n")

    return ask


class _Lines:
    """Standard input, line by line, for one at a time; with an end to waiting, which ``sys.stdin`` has not."""

    def __init__(self) -> None:
        self._data = b""
        self._turn = threading.Lock()

    def next(self, prompt: InputPrompt, wait_s: float) -> str | None:
        """The next line; None at the end, and when nobody waits for it any more."""
        with self._turn:
            waited_s = 0.0
            while b"\n" not in self._data:
                if prompt.withdrawn.is_set() or (wait_s and waited_s >= wait_s):
                    return None
                if not select.select([0], [], [], LOOK_S)[0]:
                    waited_s += LOOK_S
                    continue
                more = os.read(0, 1 << 16)
                if not more:
                    break
                self._data += more
            line, ended, self._data = self._data.partition(b"\n")
            return line.decode("utf-8", "surrogateescape").removesuffix("\r") if line or ended else None


@contextmanager
def _echo(shown: bool) -> Iterator[None]:
    """The terminal with its echo on or off."""
    if shown:
        yield
        return
    import termios

    before = termios.tcgetattr(0)
    without = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(0, termios.TCSAFLUSH, without)
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSAFLUSH, before)
