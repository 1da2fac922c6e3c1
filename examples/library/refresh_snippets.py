"""Batch evaluation: run the snippets of many files, and write the results below those that have none or another.

python refresh_snippets.py FILE...
"""

from __future__ import annotations

import sys
from pathlib import Path

import holefit


def refresh(session: holefit.Session, path: Path) -> tuple[int, int]:
    """Write the results of one file into it: how many snippets ran, and how many failed."""
    evaluation = session.evaluate(path)
    if evaluation.edits:
        path.write_text(
            holefit.apply(session.parsed(path).source, evaluation.edits), encoding="utf-8", newline=""
        )
        session.saved(path)
    return len(evaluation.results), sum(not one.ok for one in evaluation.results)


def main(*names: str) -> int:
    """Refresh every file; 1 when a snippet failed."""
    failures = 0
    for name in names:
        path = Path(name).resolve()
        with holefit.Session.open(holefit.find_root(path)) as session:
            ran, failed = refresh(session, path)
        print(f"{name}: {ran} snippets, {failed} failed")
        failures += failed
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
