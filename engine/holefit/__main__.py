"""``python -m holefit``: the command line."""

import os
import sys

if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[
        0
    ]  # the working folder is the user's project, which may have a mypy.py or a typing_extensions.py of its own

if __name__ == "__main__":
    from holefit.cli import main

    sys.exit(main())
