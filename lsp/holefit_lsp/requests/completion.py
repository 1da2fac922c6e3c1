"""``textDocument/completion``: what fits the hole that is being typed."""

from __future__ import annotations

import re

from lsprotocol import types as lsp

from holefit.eval.commands import COMMANDS, completions
from holefit.holes.hole import Fit, FitKind, Hole
from holefit.session.options import HoleOptions
from holefit_lsp import from_lsp, markdown, to_lsp
from holefit_lsp.requests.hover import hole_at, name_at
from holefit_lsp.server import HolefitServer, View

_COMMAND = re.compile(r"\s*#?\s*>>>\s+(:\w*)")
_KINDS = {
    "local": lsp.CompletionItemKind.Variable,
    "parameter": lsp.CompletionItemKind.Variable,
    "module": lsp.CompletionItemKind.Value,
    "builtin": lsp.CompletionItemKind.Function,
}


async def completion(ls: HolefitServer, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    """The fits of the hole at the cursor, best first, or the commands that a snippet may become; nothing elsewhere."""
    if (view := ls.view(params.text_document.uri)) is None:
        return None
    place = from_lsp.position(view.document, params.position)
    commands = command_completions(view.document.source.lines[place.line][: place.column])
    if commands is not None:
        return commands
    word = name_at(view.document, place)
    if word is None or not word[0].startswith("_"):
        return None
    hole = await hole_at(view, place)
    if hole is None:
        return None
    options = (await view.folder.session()).hole_options(view.path)
    items = [_item(ls, view, hole, fit, rank, options) for rank, fit in enumerate(hole.fits)]
    return lsp.CompletionList(is_incomplete=not hole.complete, items=items)


def register(server: HolefitServer) -> None:
    """Answer the request."""
    options = lsp.CompletionOptions(trigger_characters=["_", ":"])
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)(completion)


def command_completions(before: str) -> lsp.CompletionList | None:
    """The commands that go on with the line that is ``before`` the cursor; None where it begins no command of a snippet."""
    found = _COMMAND.fullmatch(before)
    if found is None:
        return None
    items = [
        lsp.CompletionItem(
            label=f":{name}",
            kind=lsp.CompletionItemKind.Keyword,
            detail=COMMANDS[name],
            insert_text=name,
            filter_text=name,
            sort_text=f"{rank:04d}",
        )
        for rank, name in enumerate(completions(found[1]))
    ]
    return lsp.CompletionList(is_incomplete=False, items=items)


def _item(
    ls: HolefitServer, view: View, hole: Hole, fit: Fit, rank: int, options: HoleOptions
) -> lsp.CompletionItem:
    here = [to_lsp.text_edit(view.document, edit) for edit in fit.edits if edit.path == view.path]
    documents = ls.client_capabilities.text_document
    wants = documents.completion.completion_item if documents is not None and documents.completion else None
    text = markdown.fit(fit, options)
    kind = lsp.MarkupKind.Markdown
    if wants is None or kind not in (wants.documentation_format or ()):
        kind, text = lsp.MarkupKind.PlainText, markdown.plain(text)
    return lsp.CompletionItem(
        label=fit.text,
        label_details=lsp.CompletionItemLabelDetails(
            description=fit.provenance if options.show_provenance_of_hole_fits else None
        ),
        kind=_KINDS.get(fit.provenance, _kind(fit)),
        detail=fit.type if options.show_type_of_hole_fits else None,
        documentation=lsp.MarkupContent(kind, text),
        preselect=rank == 0,
        sort_text=f"{rank:04d}",
        filter_text=hole.name,
        insert_text_format=lsp.InsertTextFormat.PlainText,
        text_edit=here[0],
        additional_text_edits=here[1:] or None,
    )


def _kind(fit: Fit) -> lsp.CompletionItemKind:
    if fit.kind is FitKind.FIT and fit.text.isidentifier():
        return lsp.CompletionItemKind.Variable
    return lsp.CompletionItemKind.Snippet if fit.level else lsp.CompletionItemKind.Value
