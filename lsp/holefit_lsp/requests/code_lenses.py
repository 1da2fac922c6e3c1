"""``textDocument/codeLens``: evaluate, refresh and clear, above the snippets.

Lenses carry their command from the start: editors are known to lose those that are filled in later.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lsprotocol import types as lsp

from holefit.syntax.snippets import Snippet
from holefit.syntax.source import Range
from holefit_lsp import to_lsp
from holefit_lsp.requests.commands import CLEAR, EVALUATE
from holefit_lsp.server import HolefitServer, View


async def code_lenses(ls: HolefitServer, params: lsp.CodeLensParams) -> list[lsp.CodeLens] | None:
    """One lens for each group of snippets, and those for the whole file at the first."""

    async def ask(view: View) -> tuple[Snippet, ...]:
        return await view.text(lambda session, _: session.parsed(view.path).snippets)

    found = await ls.newest(params.text_document.uri, ask)
    if found is None:
        return None
    view, snippets = found
    with_result = {snippet for snippet, _ in ls.results.of(view.document.uri, snippets)}
    groups = [list(group) for _, group in groupby(snippets, key=lambda snippet: snippet.group)]
    lenses = [_group_lens(view, group, with_result) for group in groups]
    if groups:
        place = lenses[0].range
        whole = {"uri": view.document.uri}
        if len(groups) > 1:
            lenses.insert(1, lsp.CodeLens(place, lsp.Command("Evaluate all", EVALUATE, arguments=[whole])))
        if with_result or any(snippet.want for snippet in snippets):
            command = lsp.Command("Clear", CLEAR, arguments=[whole])
            lenses.insert(2 if len(groups) > 1 else 1, lsp.CodeLens(place, command))
    return lenses


def register(server: HolefitServer) -> None:
    """Answer the request."""
    options = lsp.CodeLensOptions(resolve_provider=False)
    server.feature(lsp.TEXT_DOCUMENT_CODE_LENS, options)(code_lenses)


def _group_lens(view: View, group: Sequence[Snippet], with_result: set[Snippet]) -> lsp.CodeLens:
    seen = any(snippet in with_result or snippet.want for snippet in group)
    stretch = to_lsp.range_(view.document, Range(group[0].range.start, group[-1].range.end))
    argument = {"uri": view.document.uri, "range": stretch}
    title = "Refresh" if seen else "Evaluate"
    first_line = to_lsp.range_(view.document, group[0].range)
    return lsp.CodeLens(first_line, lsp.Command(title, EVALUATE, arguments=[argument]))
