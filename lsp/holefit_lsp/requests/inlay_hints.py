"""``textDocument/inlayHint``: results beside their snippets, when they are shown inline."""

from __future__ import annotations

from lsprotocol import types as lsp

from holefit.eval.result import SnippetResult
from holefit.syntax.snippets import Snippet
from holefit_lsp import from_lsp, markdown, to_lsp
from holefit_lsp.server import HolefitServer, View

_LONGEST = 80


async def inlay_hints(ls: HolefitServer, params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
    """The results in the range, with ``eval.show = "inline"``."""

    async def ask(view: View) -> tuple[Snippet, ...]:
        return await view.text(
            lambda session, _: (
                session.parsed(view.path).snippets if session.options.eval.show == "inline" else ()
            )
        )

    found = await ls.newest(params.text_document.uri, ask)
    if found is None:
        return None
    view, snippets = found
    stretch = from_lsp.range_(view.document, params.range)
    return [
        _hint(view, snippet, result)
        for snippet, result in ls.results.of(view.document.uri, snippets)
        if snippet.range.overlaps(stretch) and shown(result)
    ]


def shown(result: SnippetResult) -> str:
    """A result in one short line; empty for a statement that printed nothing."""
    text = " ".join((result.stdout.strip() + "\n" + result.text.strip()).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def register(server: HolefitServer) -> None:
    """Answer the request."""
    options = lsp.InlayHintOptions(resolve_provider=False)
    server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT, options)(inlay_hints)


def _hint(view: View, snippet: Snippet, result: SnippetResult) -> lsp.InlayHint:
    return lsp.InlayHint(
        position=to_lsp.position(view.document, snippet.range.end),
        label=("= " if result.ok else "! ") + shown(result),
        padding_left=True,
        tooltip=lsp.MarkupContent(lsp.MarkupKind.Markdown, markdown.result(result)),
    )
