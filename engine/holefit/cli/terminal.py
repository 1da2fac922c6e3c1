"""Where the commands write: colours on a terminal, plain text in a pipe, in a file and under NO_COLOR."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


class Plain:
    """What a console is to a pipe: text and line ends, and no wait for rich to be imported."""

    def __init__(self, *, stderr: bool) -> None:
        self._file = sys.stderr if stderr else sys.stdout

    def print(self, text: str | Text, style: str | None = None) -> None:
        """Write a line; the style is for terminals."""
        line = str(text) + "\n"
        encoding = self._file.encoding or "utf-8"
        self._file.write(line.encode(encoding, "backslashreplace").decode(encoding))


def console(*, stderr: bool = False) -> Console | Plain:
    """A console that never wraps, guesses or colours what it is not told to."""
    file = sys.stderr if stderr else sys.stdout
    if not file.isatty() or os.environ.get("NO_COLOR"):
        return Plain(stderr=stderr)
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)


def write_json(value: object) -> None:
    """``value`` as indented JSON on stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def counted(number: int, noun: str) -> str:
    """``3 holes``, ``1 hole``, ``no holes``."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
