"""``textDocument/codeAction``: fill a hole with a fit, mend its name, build on it, reset a global whose live value was kept."""

from __future__ import annotations

from lsprotocol import types as lsp

from holefit.edits import Edit
from holefit.holes.hole import Fit, Hole
from holefit.reload.notices import KeptNotice
from holefit_lsp import from_lsp, to_lsp
from holefit_lsp.requests.commands import FILL
from holefit_lsp.requests.constructions import constructions, first_hole
from holefit_lsp.requests.reload import RESET
from holefit_lsp.server import HolefitServer, View

_LONGEST_TITLE = 80


async def code_actions(
    ls: HolefitServer, params: lsp.CodeActionParams
) -> list[lsp.CodeAction | lsp.Command] | None:
    """One action for each fit of each hole in the range, with its edit; the only fit of a hole is preferred. Resets of globals come first."""
    if (view := ls.view(params.text_document.uri)) is None:
        return None
    stretch = from_lsp.range_(view.document, params.range)
    built = await constructions(ls, view, params.context, stretch.start)
    if not _wanted(params.context):
        return built or None
    one_place = stretch.start if stretch.start == stretch.end else None
    found = await view.types(
        lambda session, cancelled: session.holes(view.path, one_place, cancelled=cancelled)
    )
    if one_place is not None:
        found = [await view.examined(hole) for hole in found]
    edits = to_lsp.Edits(view.document, ls.documents, ls.client_capabilities)
    kept = await view.text(lambda session, _: session.kept_notices(view.path))
    resets = [_reset(ls, view, one) for one in kept if one.diagnostic.range.overlaps(stretch)]
    return [
        *resets,
        *(
            _action(ls, view, hole, fit, edits(fit.edits), params.context)
            for hole in found
            if hole.range.overlaps(stretch)
            for fit in hole.fits
        ),
        *(
            _respelling(ls, view, hole, name, edits, params.context)
            for hole in found
            if hole.range.overlaps(stretch)
            for name in hole.misspelled
        ),
        *built,
    ]


def register(server: HolefitServer) -> None:
    """Answer the request."""
    kinds = [
        lsp.CodeActionKind.QuickFix,
        lsp.CodeActionKind.RefactorRewrite,
        lsp.CodeActionKind.RefactorExtract,
    ]
    options = lsp.CodeActionOptions(code_action_kinds=kinds)
    server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)(code_actions)


def _wanted(context: lsp.CodeActionContext) -> bool:
    """Whether fills are among the kinds asked for: those kinds themselves or one above them."""
    kinds = [str(getattr(kind, "value", kind)) for kind in context.only or [""]]
    return any("quickfix".startswith(kind) or kind == "quickfix.holefit" for kind in kinds)


def _action(
    ls: HolefitServer,
    view: View,
    hole: Hole,
    fit: Fit,
    edit: lsp.WorkspaceEdit,
    context: lsp.CodeActionContext,
) -> lsp.CodeAction | lsp.Command:
    title = _title(hole, fit)
    if not _takes_literals(ls):
        return lsp.Command(title=title, command=FILL, arguments=[edit])
    here = to_lsp.range_(view.document, hole.range)
    return lsp.CodeAction(
        title=title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[one for one in context.diagnostics if one.source == to_lsp.SOURCE and one.range == here]
        or None,
        is_preferred=len(hole.fits) == 1 or (fit is hole.fits[0] and fit.examples == "passed") or None,
        edit=edit,
        command=None if fit.level == 0 else first_hole(ls, view, fit.edits),
    )


def _respelling(
    ls: HolefitServer,
    view: View,
    hole: Hole,
    name: str,
    edits: to_lsp.Edits,
    context: lsp.CodeActionContext,
) -> lsp.CodeAction | lsp.Command:
    title = f"Change {hole.name} to {name}"
    edit = edits([Edit(hole.path, hole.range, name)])
    if not _takes_literals(ls):
        return lsp.Command(title=title, command=FILL, arguments=[edit])
    here = to_lsp.range_(view.document, hole.range)
    said = [one for one in context.diagnostics if one.source == to_lsp.SOURCE and one.range == here]
    return lsp.CodeAction(title=title, kind=lsp.CodeActionKind.QuickFix, diagnostics=said or None, edit=edit)


def _reset(ls: HolefitServer, view: View, notice: KeptNotice) -> lsp.CodeAction | lsp.Command:
    title = f"Reset {notice.name} to the new initialiser"
    argument = {"uri": view.document.uri, "module": notice.module, "name": notice.name}
    command = lsp.Command(title=title, command=RESET, arguments=[argument])
    if not _takes_literals(ls):
        return command
    return lsp.CodeAction(
        title=title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[to_lsp.diagnostic(view.document, notice.diagnostic)],
        command=command,
    )


def _takes_literals(ls: HolefitServer) -> bool:
    """Whether the client knows code actions, and not only commands."""
    documents = ls.client_capabilities.text_document
    action = documents.code_action if documents is not None else None
    return action is None or action.code_action_literal_support is not None


def _title(hole: Hole, fit: Fit) -> str:
    text = " ".join(fit.text.split())
    if len(text) > _LONGEST_TITLE:
        text = text[:_LONGEST_TITLE] + "..."
    told = f"Fill {hole.name} with {text}"
    told += "".join(f", {name} with {partner}" for name, partner in fit.partners)
    told += {"passed": "  (examples pass)", "failed": "  (examples fail)"}.get(fit.examples or "", "")
    return f"{told}  ({fit.import_text})" if fit.import_text else told
