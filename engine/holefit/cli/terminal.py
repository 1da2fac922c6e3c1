"""Where the commands write: colours on a terminal, plain text in a pipe, in a file and under NO_COLOR."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """A console that never wraps, guesses or colours what it is not told to."""
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)


def write_json(value: object) -> None:
    """``value`` as indented JSON on stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def counted(number: int, noun: str) -> str:
    """``3 holes``, ``1 hole``, ``no holes``."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
