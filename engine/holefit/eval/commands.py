"""Commands: snippets that start with a colon, such as ``# >>> :type area``.

Some turn into text to evaluate; ``:type`` and ``:ann`` are answered by the session. Those of the debugger and the profiler, which are named as GHCi names them, are
carried out by :mod:`holefit.eval.debugger` in their turn among the snippets.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from holefit.errors import HolefitError
from holefit.eval import properties

COMMANDS: Final = {
    "type": "the type of an expression, as the type checker knows it: :type area",
    "doc": "the documentation of a value: :doc area",
    "source": "the source of a function, class or module: :source area",
    "prop": "whether a property holds, tried with hypothesis: :prop area(x) >= 0 for x in integers()",
    "ann": "the annotations of a name: :ann area",
    "time": "how long an expression takes, the best of several runs: :time area(3)",
    "profile": "where the time of an expression goes: :profile area(3)",
    "break": "stop at a function, line or FILE:LINE, or list breakpoints: :break area if side > 2",
    "delete": "remove a breakpoint by its number, or all: :delete 1",
    "step": "run an expression line by line, or go to the next line: :step area(3)",
    "over": "go to the next line of the stopped function: :over",
    "out": "go on to the end of the stopped function: :out",
    "continue": "go on to the next breakpoint or the end: :continue",
    "abandon": "give the stopped evaluation up: :abandon",
    "trace": "run an expression and remember its last lines: :trace area(3)",
    "history": "the last lines before a stop, of :trace: :history",
    "where": "the frames of the stopped evaluation: :where",
    "frame": "choose the frame that expressions see, 0 is the innermost: :frame 1",
    "locals": "the variables of the chosen frame: :locals",
    "print": "what a value is made of, without running its code: :print shape",
    "force": "run a generator to its end, wait for a future or coroutine: :force numbers",
    "set": "an option of evaluations, or all of them: :set break-on-error on",
}
BARE: Final = frozenset(
    ["break", "step", "over", "out", "continue", "abandon", "history", "where", "locals", "set"]
)  # need no argument
ALONE: Final = frozenset(["over", "out", "continue", "abandon", "history", "where", "locals"])  # take none
_STATIC: Final = frozenset(["type", "ann"])
_PRINTS: Final = {
    "doc": 'print(__import__("inspect").getdoc({argument}) or "(no documentation)")',
    "source": 'print(__import__("inspect").getsource({argument}).rstrip())',
    "time": 'print("{{:.3g}} µs".format((lambda run, timer: 1e6 * min(timer.repeat(5, run)) / run)'
    '(*(lambda timer: (max(1, timer.autorange()[0] // 5), timer))(__import__("timeit").Timer(lambda: ({argument}))))))',
}


class CommandError(HolefitError):
    """A snippet starts like a command and is none, or a command lacks what it speaks of, or cannot be carried out now."""

    def __init__(self, said: str, remedy: str = "") -> None:
        super().__init__(said)
        self.remedy = remedy or "Commands are " + ", ".join(f":{name}" for name in COMMANDS) + "."


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what it is given."""

    name: str
    argument: str

    @property
    def is_static(self) -> bool:
        """Whether the session answers it, and no snippet runs."""
        return self.name in _STATIC

    @property
    def is_text(self) -> bool:
        """Whether it is carried out by evaluating :attr:`code`."""
        return self.name in _PRINTS or self.name == "prop"

    @property
    def code(self) -> str:
        """The statement that prints the answer; only where :attr:`is_text`."""
        if self.name == "prop":
            return properties.code(self.argument)
        return _PRINTS[self.name].format(argument=self.argument)


def command_of(text: str) -> Command | None:
    """The command that a snippet's text is; None for Python.

    Raises: CommandError, for one that is not known, lacks its argument or takes none.
    """
    if not text.startswith(":"):
        return None
    name, _, argument = text[1:].strip().partition(" ")
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, 1)
        raise CommandError(f"unknown command :{name}", f"Did you mean :{close[0]}?" if close else "")
    argument = " ".join(argument.split("\n")).strip()
    example = COMMANDS[name].rpartition(": ")[2]
    if not argument and name not in BARE:
        raise CommandError(f":{name} lacks its argument: {example}")
    if argument and name in ALONE:
        raise CommandError(f":{name} takes no argument")
    return Command(name, argument)


def completions(text: str) -> list[str]:
    """The commands that ``text``, the beginning of a snippet, may become: ``:st`` gives ``step``."""
    if not text.startswith(":") or " " in text:
        return []
    return [name for name in COMMANDS if name.startswith(text[1:])]


def is_unstable(text: str) -> bool:
    """Whether a snippet with this text gives something else every time."""
    return text.startswith((":time ", ":profile "))
