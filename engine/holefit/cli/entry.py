"""From the words of a command line to an exit status.

Only the module of the command that was asked for is imported: ``holefit --version`` and ``holefit --help`` answer at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from holefit._version import __version__
from holefit.errors import HolefitError

COMMANDS: Final = {
    "check": "all holes with what fits there; fails while any is left",
    "holes": "the holes of one file, line or place",
    "search": "find functions, classes and values by their type",
    "eval": "evaluate the snippets of files; write, compare or diff their results",
    "profile": "where the time of a script, snippet or expression goes",
    "ann": "find annotations",
    "watch": "run a script and reload it as it changes",
    "reload": "what a hot reload of changed files would do, without doing it",
    "live": "one live process with hot reload, driven by JSON lines",
    "lsp": "the language server, over stdin and stdout",
    "doctor": "which Pythons are used, what works here, how to mend what does not",
}
_EPILOG: Final = """\
examples:
  holefit check src/                 every hole below src/ and what fits there
  holefit holes app.py:12 --json     line 12's holes, for a program
  holefit search "str -> Path"       what takes a str and gives a Path
  holefit eval app.py                write results below the snippets of app.py
  holefit eval --check src/ docs.py  for CI: do the written results still hold?
  holefit ann --type Owner           who owns what
  holefit watch app.py               run app.py, and reload it as its files change
  holefit profile app.py             where its time goes
  holefit --frontend PLUGIN          run a plugin that is a program of its own

A command that runs your code runs it under your project's Python: `holefit doctor` says which.
`holefit COMMAND --help` tells more of each.
"""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps examples as they are written, and gives options room."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line (that of the process by default) and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    frontend = any(word.partition("=")[0] == "--frontend" for word in words)
    arguments = argparse.Namespace() if frontend else _parser(words).parse_args(words)
    if not frontend and arguments.command is None:
        _parser([]).print_help()
        return 2
    command = importlib.import_module(f"holefit.cli.{'frontend' if frontend else arguments.command}")
    try:
        status: int = command.main(words) if frontend else command.run(arguments)
        sys.stdout.flush()
        return status
    except HolefitError as error:
        print(f"holefit: {error}", file=sys.stderr)
        if error.remedy:
            print(f"  {error.remedy}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("holefit: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return _unread()
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"holefit: {named}{error.strerror or error}", file=sys.stderr)
        return 2


def _unread() -> int:
    """Nobody reads what we write any more (``holefit check | head``), which is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="holefit",
        description="Typed holes, annotations, evaluation in place and hot reload for Python.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"holefit {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    asked = next((word for word in words if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"holefit.cli.{name}") if name == asked else None
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__ if module else None,
            formatter_class=HelpFormatter,
        )
        if module:
            module.configure(command)
    return parser
