"""The user's ``sys.stdin``: what reads it asks the session, which asks a person."""

from __future__ import annotations

import io
import os
import sys
from _thread import allocate_lock

from holefit_wire.interpreter import Done
from holefit_wire.interpreter.asking import AskInput, InputAnswer, InputOver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_worker.interrupt import Runs
    from holefit_worker.streams import Streams

LOOK_S = 0.2  # between looks for an interrupt that cannot wake a waiting thread

# Note [Asking never tears a message]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# User code is being interrupted at any of its instructions, and asks in the middle of it. So interrupts are held back while a message is
# written, and raise as soon as it is. They raise at once while the answer is waited for; the question is then taken back by its number.


class Stdin:
    """Asks for lines. An answer of None is the end of input for whom it was meant; the next read asks again, as a terminal does."""

    def __init__(self, streams: Streams, runs: Runs, send: Callable[[Any], None]) -> None:
        self.ahead: list[str | None] = []  # answers to questions that are still to come: of what runs again
        self.given: list[str | None] = []  # answers since it was last emptied
        self.deaf = False  # in a process of the user's own, which cannot ask
        self._streams = streams
        self._runs = runs
        self._send = send
        self._newest = 0
        self._waiting: dict[int, tuple[Any, list[str | None]]] = {}

    def install(self) -> None:
        """Be ``sys.stdin`` from now on."""
        self._streams.make_stdin = self.stream
        sys.stdin = sys.__stdin__ = self.stream()  # type: ignore[misc]  # final for user code

    def settle(self) -> None:
        """After a fork: nobody waits here."""
        self._waiting = {}

    def answer(self, body: InputAnswer) -> Done:
        """Take an answer; from whichever thread reads."""
        waiting = self._waiting.pop(body.number, None)
        if waiting is not None:
            lock, answers = waiting
            answers.append(body.text)
            lock.release()
        return Done()

    def line(self) -> bytes:
        """The next line with its end; empty at the end of input."""
        if self.deaf:
            return b""
        text = self.ahead.pop(0) if self.ahead else self._asked()
        self.given.append(text)
        return b"" if text is None else f"{text}\n".encode("utf-8", "surrogateescape")

    def _asked(self) -> str | None:
        secret = _in_getpass(sys._getframe(1))
        self._streams.flush()
        self._newest += 1
        number, lock = self._newest, allocate_lock()
        answers: list[str | None] = []
        lock.acquire()
        self._waiting[number] = lock, answers
        try:
            prompt = self._streams.line_begun("stderr" if secret else "stdout")
            self._runs.shielded(lambda: self._send(AskInput(number, prompt, secret)))
            while not lock.acquire(timeout=LOOK_S):
                pass
        except BaseException:  # an interrupt. See Note [Asking never tears a message]
            if self._waiting.pop(number, None) is not None:
                self._runs.shielded(lambda: self._send(InputOver(number)))
            raise
        return answers[0]

    def stream(self) -> io.TextIOWrapper:
        """A stream that asks."""
        return io.TextIOWrapper(io.BufferedReader(_Lines(self)), "utf-8", "surrogateescape")


class _Lines(io.RawIOBase):
    """The lines of a Stdin as a raw stream. It has the descriptor of the process's own input, which subprocesses get: that is at its end."""

    name = "<stdin>"
    mode = "rb"

    def __init__(self, stdin: Stdin) -> None:
        self._stdin = stdin
        self._left = b""

    def readable(self) -> bool:  # type: ignore[explicit-override]  # from 3.12 on
        """See io."""
        return True

    def readinto(self, buffer: Any) -> int:  # type: ignore[explicit-override]  # from 3.12 on
        """Give what is left of the last line, or ask for the next."""
        self._left = self._left or self._stdin.line()
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def fileno(self) -> int:  # type: ignore[explicit-override]  # from 3.12 on
        """0; for ``getpass`` a terminal of its own, whose echo it can switch off without a warning."""
        if _in_getpass(sys._getframe(1)):
            return _terminal()
        return 0

    def isatty(self) -> bool:  # type: ignore[explicit-override]  # from 3.12 on
        """Nobody can draw on it."""
        return False


_TERMINALS: dict[int, int] = {}


def _terminal() -> int:
    """A terminal that nobody looks at; one for each process."""
    found = _TERMINALS.get(os.getpid())
    if found is None:
        ours, found = os.openpty()
        _TERMINALS[os.getpid()] = found
        del ours  # stays open as long as we run
    return found


def _in_getpass(frame: Any) -> bool:
    """Whether the standard ``getpass`` is asking."""
    for _ in range(6):
        if frame is None:
            return False
        if frame.f_globals.get("__name__") == "getpass":
            return True
        frame = frame.f_back
    return False
