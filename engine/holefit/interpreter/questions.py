"""What user code asks a person for: ``input()`` and all else that reads standard input."""

from __future__ import annotations

import threading
from collections.abc import Callable

from holefit_wire.interpreter import AskInput

OnInput = Callable[["InputPrompt"], str | None]


class InputPrompt(str):
    """What user code has written before it waits for a line. ``secret``: what is typed is not to be shown.

    ``withdrawn`` is set when nobody waits for the answer any more: the code was interrupted, or its process has ended.
    """

    secret: bool
    withdrawn: threading.Event

    def __new__(cls, text: str, *, secret: bool = False) -> InputPrompt:
        prompt = super().__new__(cls, text)
        prompt.secret = secret
        prompt.withdrawn = threading.Event()
        return prompt


class Questions:
    """Those that are open. Each is put in a thread of its own, while the call that runs the code goes on."""

    def __init__(self) -> None:
        self._open: dict[int, InputPrompt] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._open)

    def ask(self, message: AskInput, on_input: OnInput | None, answer: Callable[[str | None], None]) -> None:
        """Have ``on_input`` answer; ``answer`` gets the line, or None for the end of input, unless it is withdrawn before."""
        if on_input is None:
            answer(None)
            return
        prompt = InputPrompt(message.prompt, secret=message.secret)
        with self._lock:
            self._open[message.number] = prompt

        def run() -> None:
            text = None
            try:
                text = on_input(prompt)
            except (Exception, KeyboardInterrupt):  # EOFError, and whatever else a client's code may raise
                text = None
            finally:
                with self._lock:
                    awaited = self._open.get(message.number) is prompt
                    if awaited:
                        del self._open[message.number]
                if awaited:
                    answer(text)

        threading.Thread(target=run, name="holefit-input", daemon=True).start()

    def withdraw(self, number: int) -> None:
        """Nobody waits for the answer to this one."""
        with self._lock:
            prompt = self._open.pop(number, None)
        if prompt is not None:
            prompt.withdrawn.set()

    def withdraw_all(self) -> None:
        """Nor for any."""
        for number in list(self._open):
            self.withdraw(number)
