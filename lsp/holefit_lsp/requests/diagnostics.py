"""``textDocument/diagnostic``: diagnostics for clients that ask for them."""

from __future__ import annotations

import hashlib

from lsprotocol import types as lsp

from holefit_lsp.diagnostics import check
from holefit_lsp.server import HolefitServer


async def document_diagnostic(
    ls: HolefitServer, params: lsp.DocumentDiagnosticParams
) -> lsp.RelatedFullDocumentDiagnosticReport | lsp.RelatedUnchangedDocumentDiagnosticReport:
    """All diagnostics of the newest version, or that they are the same as before."""
    found = await check(ls, params.text_document.uri)
    items = [] if found is None else found[1]
    result_id = hashlib.blake2b(repr(items).encode("utf-8", "replace"), digest_size=12).hexdigest()
    if params.previous_result_id == result_id:
        return lsp.RelatedUnchangedDocumentDiagnosticReport(result_id=result_id)
    return lsp.RelatedFullDocumentDiagnosticReport(items=items, result_id=result_id)


def register(server: HolefitServer) -> None:
    """Answer the request."""
    options = lsp.DiagnosticOptions(
        identifier="holefit", inter_file_dependencies=True, workspace_diagnostics=False
    )
    server.feature(lsp.TEXT_DOCUMENT_DIAGNOSTIC, options)(document_diagnostic)
