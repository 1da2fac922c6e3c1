"""``python -m holefit``: the command line."""

import sys

from holefit.cli import main

if __name__ == "__main__":
    sys.exit(main())
