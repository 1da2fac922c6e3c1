"""How alike names are."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from holefit.holes.terms import Attribute, Await, Call, Name, Subscript, Term, Unary, parts

_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@lru_cache(maxsize=20_000)
def similarity(wanted: str, candidate: str) -> float:
    """From 0 (nothing shared) to 1 (the same name): shared words count most, then shared letters."""
    last = candidate.rstrip("()").rpartition(".")[2]
    if wanted == last:
        return 1.0
    one, other = words(wanted), words(last)
    shared = len(one & other) / max(len(one | other), 1)
    if shared:
        return 0.85 * shared
    if not one or not other:
        return 0.0
    if min(len(wanted), len(last)) >= 2 and (wanted.startswith(last) or last.startswith(wanted)):
        return 0.5
    letters = SequenceMatcher(None, wanted.lower(), last.lower()).ratio()
    return 0.6 * letters if letters > 0.75 else 0.0


@lru_cache(maxsize=20_000)
def words(name: str) -> frozenset[str]:
    """The words of a name in any case, in the singular: those of ``max_widths`` are ``max`` and ``width``."""
    return frozenset(
        word.lower().removesuffix("s") if len(word) > 3 else word.lower() for word in _WORDS.findall(name)
    )


def last_name(term: Term) -> str:
    """The name that tells most about ``term``: ``c`` of ``a.b.c(d)``; empty for a literal."""
    while True:
        match term:
            case Name(name) | Attribute(_, name):
                return name
            case Call() | Await() | Subscript() | Unary():
                term = parts(term)[0]
            case _:
                return ""
