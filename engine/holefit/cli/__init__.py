"""The command line: one file per command, each with ``configure(parser)`` and ``run(arguments) -> exit status``.

Exit status: 0, all is well; 1, something was found (a hole, a difference, a fault of the set-up); 2, the command could not be
carried out; 130, interrupted.
"""

from holefit.cli.entry import main

__all__ = ["main"]
