"""Properties, ``# prop> ...``: sent to the user's process with the text of :mod:`holefit.eval.falsify`, and what it says of them."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from holefit.eval.comparison import Outcome
from holefit.eval.result import SnippetResult

WORD = ":prop "
HOLDS = "+++ OK"
"""How the output of one begins that holds; how many examples were tried is for hypothesis to say."""


def code(argument: str) -> str:
    """The statement that tries the property ``argument`` and prints what came out, for :func:`read`."""
    return (
        f"print((lambda space, names: (exec({_text()!r}, space), space['told']({argument!r}, names))[1])"
        "({'__name__': 'holefit_falsify'}, globals()))"
    )


def read(result: SnippetResult, outcome: Outcome) -> tuple[SnippetResult, Outcome, str, Outcome]:
    """The result and outcome to show, the failing example as an expression (empty: none), and its outcome."""
    try:
        said, holds, example, printed = json.loads(outcome.printed)
    except ValueError:  # it did not come to its end
        return result, outcome, "", Outcome("")
    shown = replace(result, ok=holds, text=said, stdout="")
    return shown, Outcome(said + "\n"), example, Outcome(printed)


@cache
def _text() -> str:
    return Path(__file__).with_name("falsify.py").read_text(encoding="utf-8")
