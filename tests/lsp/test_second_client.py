"""The server as an independent client sees it: pygls' own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

pytestmark = pytest.mark.e2e


@pytest.mark.asyncio
async def test_another_client_agrees(tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text("def f(it: int) -> int:\n    return _\n\n# >>> f.__name__\n")
    client = LanguageClient("test", "1")
    published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # pygls' own
    def on_diagnostics(params: lsp.PublishDiagnosticsParams) -> None:
        published.put_nowait(params)

    await client.start_io(sys.executable, "-m", "holefit", "lsp")
    async with asyncio.timeout(60):
        await client.initialize_async(
            lsp.InitializeParams(
                capabilities=lsp.ClientCapabilities(),
                workspace_folders=[lsp.WorkspaceFolder(uri=tmp_path.as_uri(), name="project")],
                initialization_options={"trusted": True},
            )
        )
        client.initialized(lsp.InitializedParams())
        document = lsp.TextDocumentIdentifier(path.as_uri())
        item = lsp.TextDocumentItem(document.uri, "python", 1, path.read_text())
        client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        (diagnostic,) = (await published.get()).diagnostics
        assert (diagnostic.source, diagnostic.code) == ("holefit", "hole")
        place = lsp.Position(1, 11)
        hover = await client.text_document_hover_async(lsp.HoverParams(document, place))
        assert hover is not None
        assert isinstance(hover.contents, lsp.MarkupContent)
        assert "_: int" in hover.contents.value
        actions = await client.text_document_code_action_async(
            lsp.CodeActionParams(document, lsp.Range(place, place), lsp.CodeActionContext([diagnostic]))
        )
        assert actions is not None
        assert actions[0].title == "Fill _ with it"
        lenses = await client.text_document_code_lens_async(lsp.CodeLensParams(document))
        assert lenses is not None
        command = lenses[0].command
        assert command is not None
        told = await client.workspace_execute_command_async(
            lsp.ExecuteCommandParams(command.command, command.arguments)
        )
        assert told is not None
        assert told["results"][0]["text"] == "'f'"
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()  # type: ignore[no-untyped-call]  # pygls' own
