"""The language server: a thin translation between LSP and ``holefit``."""
