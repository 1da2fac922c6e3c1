"""The process that builds the index: ``python -m holefit.index.process``, which is given one JSON object as its argument.

It yields to everything else on the machine, and says how far it is in lines of JSON.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

from holefit.index.building import build
from holefit.session.options import Options
from holefit.session.project import Project

_EVERY_S = 0.2


def main() -> int:
    """Build, and tell of it."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    given = json.loads(sys.argv[1])
    if given["gently"]:
        _yield_to_others()
    last = 0.0

    def progress(text: str, done: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_S or done >= 1.0:
            last = now
            _tell({"text": text, "done": round(done, 4)})

    options = Options(src=tuple(given["src"]), exclude=tuple(given["exclude"]))
    project = Project(Path(given["root"]), options)
    try:
        built = build(project, Path(given["python"]), Path(given["folder"]), progress=progress)
    except (OSError, sqlite3.Error) as error:
        _tell({"failed": f"{type(error).__name__}: {error}"})
        return 1
    _tell({"units": built.units, "read": built.read, "unreadable": len(built.unreadable)})
    return 0


def _tell(message: object) -> None:
    with suppress(OSError):  # whoever asked has gone: the index is still worth having
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def _yield_to_others() -> None:
    with suppress(OSError, AttributeError):
        os.nice(19)
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


if __name__ == "__main__":
    sys.exit(main())
