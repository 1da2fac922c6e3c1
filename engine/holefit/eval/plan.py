"""Which snippets run, in which order, in whose namespace.

Setup snippets in comments run first, those of teardown last. A snippet needs those above it in its group (a run of comment lines without a
gap) or in its docstring: they run before it, and only what was asked for has its result shown. Those that hold nothing but
comments are passed over, as by doctest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from holefit.syntax.snippets import Snippet, SnippetKind
from holefit.syntax.source import Range

_EMPTY: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?:#[^\n]*)?")


@dataclass(frozen=True, slots=True)
class Step:
    """One snippet to run. ``block`` tells which namespace and which fate it shares: steps of one block depend on those before.

    ``number`` counts the snippets of the block, from 1.
    """

    snippet: Snippet
    asked: bool
    block: tuple[str, int]
    number: int


def chosen(snippets: Sequence[Snippet], *, line: int | None, range: Range | None) -> list[Snippet]:
    """The snippets whose lines, output included, have ``line`` (0-based) or share a place with ``range``; all without either."""
    snippets = [one for one in snippets if not _EMPTY.fullmatch(one.text)]
    if line is not None:
        return [one for one in snippets if one.range.start.line <= line <= one.output.end.line]
    if range is not None:
        return [one for one in snippets if Range(one.range.start, one.output.end).overlaps(range)]
    return snippets


def plan(snippets: Sequence[Snippet], asked: Sequence[Snippet]) -> list[Step]:
    """The steps that ``asked`` takes: setup, what was asked for and what that needs in text order, teardown."""
    wanted = {one.range.start for one in asked}
    last_in = {block_of(one): one.range.start for one in asked}
    steps: tuple[list[Step], list[Step], list[Step]] = ([], [], [])
    counts: Counter[tuple[str, int]] = Counter()
    for one in snippets if asked else ():
        if _EMPTY.fullmatch(one.text):
            continue
        block = block_of(one)
        counts[block] += 1
        step = Step(one, one.range.start in wanted, block, counts[block])
        if is_setup(one):
            steps[0].append(step)
        elif one.teardown and one.kind is SnippetKind.COMMENT:
            steps[2].append(step)
        elif block in last_in and (one.teardown or one.range.start <= last_in[block]):
            steps[1].append(step)
    return [step for part in steps for step in part]


def is_setup(snippet: Snippet) -> bool:
    """Whether it runs before any other. In a docstring, setup runs first by where it stands, and teardown last."""
    return snippet.setup and snippet.kind is SnippetKind.COMMENT


def block_of(snippet: Snippet) -> tuple[str, int]:
    """What shares a fate. Comments: the group. Docstrings: the docstring."""
    if snippet.kind is SnippetKind.COMMENT:
        return ("", snippet.group)
    return (snippet.scope or "__doc__", snippet.docstring)
