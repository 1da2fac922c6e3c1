"""The language server: a thin translation between LSP and ``holefit``."""

from holefit_lsp.main import main

__all__ = ["main"]
