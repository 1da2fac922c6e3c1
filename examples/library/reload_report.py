"""Hot reload from a program: load a module, watch its file, and tell what each reload did.

python reload_report.py MODULE [PROJECT]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import holefit


def told(report: holefit.ReloadReport) -> Iterator[str]:
    """A reload in lines for a person."""
    if report.errors:
        yield "nothing was reloaded, the old code goes on:"
        for error in report.errors:
            yield f"  {error.path.name}:{error.range.start.line + 1}: {error.message}"
        return
    yield f"generation {report.generation}: {', '.join(report.reloaded)}"
    yield from (f"  kept {one.module}.{one.name}: {one.reason}" for one in report.kept)
    yield from (f"  removed {one.module}.{one.name}" for one in report.removed)
    yield from (f"  {one.function} still runs its old code" for one in report.stale_frames)
    yield from (f"  {note}" for note in report.notes)


def main(module: str, project: str = ".") -> int:
    """Reload until interrupted."""
    with holefit.Session.open(project) as session:
        session.interpreter.eval_stmt(f"import {module}")
        print(f"{module} is loaded; edit its file")
        while True:
            time.sleep(0.2)
            if session.interpreter.changed_modules():
                print(*told(session.reload()), sep="\n", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(0)
