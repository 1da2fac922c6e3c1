"""``textDocument/inlayHint``: results beside their snippets, when they are shown inline."""

from __future__ import annotations

from lsprotocol import types as lsp

from holefit.eval.profiles import duration
from holefit.eval.result import SnippetResult
from holefit.session import Session
from holefit.syntax.snippets import Snippet
from holefit.syntax.source import Position
from holefit_lsp import from_lsp, markdown, to_lsp
from holefit_lsp.server import HolefitServer, View

_LONGEST = 80


async def inlay_hints(ls: HolefitServer, params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
    """The results in the range, with ``eval.show = "inline"``, and what hot lines took in the newest profile."""

    async def ask(view: View) -> tuple[tuple[Snippet, ...], list[tuple[Position, str]]]:
        return await view.text(lambda session, _: (_snippets(session, view), _hot_lines(session, view)))

    found = await ls.newest(params.text_document.uri, ask)
    if found is None:
        return None
    view, (snippets, hot) = found
    stretch = from_lsp.range_(view.document, params.range)
    hints = [
        _hint(view, snippet, result)
        for snippet, result in ls.results.of(view.document.uri, snippets)
        if snippet.range.overlaps(stretch) and shown(result)
    ]
    return hints + [
        lsp.InlayHint(
            position=to_lsp.position(view.document, place),
            label=label,
            padding_left=True,
            tooltip="time in this line and what it calls, from the newest profile",
        )
        for place, label in hot
        if stretch.start.line <= place.line <= stretch.end.line
    ]


def shown(result: SnippetResult) -> str:
    """A result in one short line; empty for a statement that printed nothing."""
    text = " ".join((result.stdout.strip() + "\n" + result.text.strip()).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def register(server: HolefitServer) -> None:
    """Answer the request."""
    options = lsp.InlayHintOptions(resolve_provider=False)
    server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT, options)(inlay_hints)


def _snippets(session: Session, view: View) -> tuple[Snippet, ...]:
    return session.parsed(view.path).snippets if session.options.eval.show == "inline" else ()


def _hot_lines(session: Session, view: View) -> list[tuple[Position, str]]:
    """The ends of lines that took time in the newest profile, and how much."""
    heat = session.interpreter.profiling.heat if session.options.trusted else None
    if heat is None:
        return []
    source = session.parsed(view.path).source
    return [
        (
            Position(line - 1, len(source.lines[line - 1])),
            f"{100 * one.with_calls / heat.nanoseconds:.0f} %  {duration(one.with_calls)}",
        )
        for line, one in sorted(heat.of(view.path, source.text).items())
    ]


def _hint(view: View, snippet: Snippet, result: SnippetResult) -> lsp.InlayHint:
    return lsp.InlayHint(
        position=to_lsp.position(view.document, snippet.range.end),
        label=("= " if result.ok else "! ") + shown(result),
        padding_left=True,
        tooltip=lsp.MarkupContent(lsp.MarkupKind.Markdown, markdown.result(result)),
    )
