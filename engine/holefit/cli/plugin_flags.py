"""Flags for plugins on a command line: ``-fplugin=M`` and the like."""

from __future__ import annotations

import argparse

from holefit.errors import HolefitError
from holefit.session.options import Options


class BadFlagError(HolefitError):
    """A flag is none that plugins have."""

    remedy = "docs/plugins has the list."

    def __init__(self, message: str) -> None:
        super().__init__(message)


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags, in one list, so that their order is kept."""
    parser.add_argument(
        "-f",
        dest="flags",
        metavar="FLAG",
        action="append",
        default=[],
        help="for plugins: -fplugin=M, -fplugin-opt=M:TEXT, -fplugin-library=..., -fclear-plugins",
    )


def applied(options: Options, flags: list[str]) -> Options:
    """``options`` with flags behind those of the project.

    Raises: BadFlagError.
    """
    if not flags:
        return options
    from holefit.plugins import read_flags

    words = tuple(f"-f{flag}" for flag in flags)
    _, problems = read_flags(words)
    if problems:
        raise BadFlagError(problems[0])
    return options.replace(plugins=(*options.plugins, *words))
