"""The latest result of each snippet, for hints and hover.

A result belongs to its snippet's code, not to a line: it is found again after edits elsewhere, and is gone once the
snippet itself is edited.
"""

from __future__ import annotations

from collections.abc import Sequence

from holefit.eval.result import SnippetResult
from holefit.syntax.snippets import Snippet
from holefit_lsp.uris import canonical


class Results:
    """Results by document. Used by the event loop's thread alone."""

    def __init__(self) -> None:
        self._by_uri: dict[str, dict[tuple[str, int], SnippetResult]] = {}

    def keep(self, uri: str, snippets: Sequence[Snippet], results: Sequence[SnippetResult]) -> None:
        """Remember what ``snippets`` gave."""
        keys = _keys(snippets)
        kept = self._by_uri.setdefault(canonical(uri), {})
        for key in set(kept) - set(keys.values()):
            del kept[key]
        by_line = {snippet.range.start.line: key for snippet, key in keys.items()}
        for result in results:
            if result.range.start.line in by_line:
                kept[by_line[result.range.start.line]] = result

    def of(self, uri: str, snippets: Sequence[Snippet]) -> list[tuple[Snippet, SnippetResult]]:
        """The snippets of the present text that have a result, with it."""
        kept = self._by_uri.get(canonical(uri))
        if not kept:
            return []
        return [(one, kept[key]) for one, key in _keys(snippets).items() if key in kept]

    def forget(self, uri: str) -> None:
        """Drop the results of a document."""
        self._by_uri.pop(canonical(uri), None)


def _keys(snippets: Sequence[Snippet]) -> dict[Snippet, tuple[str, int]]:
    """Every snippet by its code and its place among those with the same code."""
    seen: dict[str, int] = {}
    keys = {}
    for snippet in snippets:
        number = seen.get(snippet.text, 0)
        seen[snippet.text] = number + 1
        keys[snippet] = (snippet.text, number)
    return keys
