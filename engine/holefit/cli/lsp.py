"""Run the language server; an editor starts it and speaks to it over stdin and stdout.

examples:
  holefit lsp                     what an editor's settings name
"""

from __future__ import annotations

import argparse
import importlib


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command. ``--stdio`` is what many clients add by themselves."""
    parser.add_argument("--stdio", action="store_true", help="speak over stdin and stdout (it always does)")


def run(arguments: argparse.Namespace) -> int:
    """Hand the process over to the server, which the engine knows by name only."""
    server = importlib.import_module("holefit_lsp")
    status: int = server.main([])
    return status
