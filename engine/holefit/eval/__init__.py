"""Evaluation in place: snippets in comments and docstrings, what they give, and the edits that write it below them."""

from holefit.eval.comparison import Outcome, UnknownDoctestOptionError
from holefit.eval.evaluate import clear, evaluate
from holefit.eval.result import Evaluation, Frame, SnippetResult

__all__ = [
    "Evaluation",
    "Frame",
    "Outcome",
    "SnippetResult",
    "UnknownDoctestOptionError",
    "clear",
    "evaluate",
]
