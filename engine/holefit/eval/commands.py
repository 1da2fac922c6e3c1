"""Commands: snippets that start with a colon, such as ``# >>> :type area``.

Each turns into text to evaluate, but for ``:type`` and ``:ann``, which the session answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from holefit.errors import HolefitError

COMMANDS: Final = {
    "type": "the type of an expression, as the type checker knows it: :type area",
    "doc": "the documentation of a value: :doc area",
    "source": "the source of a function, class or module: :source area",
    "ann": "the annotations of a name: :ann area",
    "time": "how long an expression takes, the best of several runs: :time area(3)",
}
_PRINTS: Final = {
    "doc": 'print(__import__("inspect").getdoc({argument}) or "(no documentation)")',
    "source": 'print(__import__("inspect").getsource({argument}).rstrip())',
    "ann": "the annotations of a name: :ann area",
    "time": 'print("{{:.3g}} µs".format((lambda run, timer: 1e6 * min(timer.repeat(5, run)) / run)'
    '(*(lambda timer: (max(1, timer.autorange()[0] // 5), timer))(__import__("timeit").Timer(lambda: ({argument}))))))',
}


class CommandError(HolefitError):
    """A snippet starts like a command and is none, or a command lacks what it speaks of."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.remedy = "Commands are " + ", ".join(f":{name}" for name in COMMANDS) + "."


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what it is given."""

    name: str
    argument: str

    @property
    def is_static(self) -> bool:
        """Whether the session answers it, and no snippet runs."""
        return self.name in ("type", "ann")

    @property
    def code(self) -> str:
        """The statement that prints the answer; only for commands that are not static."""
        return _PRINTS[self.name].format(argument=self.argument)


def command_of(text: str) -> Command | None:
    """The command that a snippet's text is; None for Python.

    Raises: CommandError, for one that is not known or lacks its argument.
    """
    if not text.startswith(":"):
        return None
    name, _, argument = text[1:].strip().partition(" ")
    if name not in COMMANDS:
        raise CommandError(f"unknown command :{name}")
    if not argument.strip():
        raise CommandError(f":{name} lacks its argument: {COMMANDS[name].rpartition(': ')[2]}")
    return Command(name, " ".join(argument.split("\n")).strip())


def is_unstable(text: str) -> bool:
    """Whether a snippet with this text gives something else every time."""
    return text.startswith(":time ")
