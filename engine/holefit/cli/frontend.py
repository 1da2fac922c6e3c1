"""Run a plugin that is a program with a session at hand: ``holefit --frontend PLUGIN [-ffrontend-opt=TEXT] [TARGET ...]``.

Exit status: what the plugin gives.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from holefit.cli import plugin_flags
from holefit.errors import HolefitError


class NoFrontendError(HolefitError):
    """The plugin has no field ``frontend``, or cannot be loaded."""

    remedy = "Name a plugin whose module has a global `plugin = holefit.Plugin(frontend=...)`."


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--frontend", metavar="PLUGIN", required=True, help="the plugin")
    parser.add_argument("targets", metavar="TARGET", nargs="*", help="what it is to work on")
    plugin_flags.configure(parser)


def main(words: Sequence[str]) -> int:
    """Carry the command line ``words`` out."""
    parser = argparse.ArgumentParser(prog="holefit", description=__doc__, allow_abbrev=False)
    configure(parser)
    arguments = parser.parse_intermixed_args(words)
    from holefit.session import Session, find_root, read_options

    own = [flag.removeprefix("frontend-opt=") for flag in arguments.flags if flag.startswith("frontend-opt=")]
    others = [flag for flag in arguments.flags if not flag.startswith("frontend-opt=")]
    root = find_root(Path.cwd())
    options = plugin_flags.applied(read_options(root)[0], others)
    with Session.open(root, options=options) as session:
        frontend = session.plugin(arguments.frontend).frontend
        if frontend is None:
            raise NoFrontendError(f"the plugin `{arguments.frontend}` is no frontend")
        return frontend(tuple(own), arguments.targets, session) or 0
