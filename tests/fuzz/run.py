"""Fuzz the interpreter's pipe in both directions: ``python -m tests.fuzz.run --seconds 60 [--seed N]``.

Cases that have an outcome that no kept one has are kept in ``tests/fuzz/corpus``, which the unit tests replay. One that an end does not stand is
kept too, and shown; the exit status is 1 then.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cases import Broken, Case, Worker, kept, outcome
from making import changed, make


def main() -> int:
    """Run until the time is up."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30.0)
    arguments.add_argument("--seed", type=int, default=None)
    arguments.add_argument("--dry", action="store_true", help="keep nothing")
    given = arguments.parse_args()
    seed = given.seed if given.seed is not None else random.randrange(1 << 32)
    chance, broken, tried = random.Random(seed), 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(Path(folder))
        corpus = [Case.read(path) for path in kept()]
        known = {(case.direction, word) for case in corpus for word in outcome(case, worker)}
        print(f"seed {seed}, {len(corpus)} cases kept, {len(known)} outcomes known")
        deadline = time.monotonic() + given.seconds
        while time.monotonic() < deadline:
            case = (
                changed(chance, chance.choice(corpus)) if corpus and chance.random() < 0.3 else make(chance)
            )
            tried[case.direction] += 1
            try:
                found = {(case.direction, word) for word in outcome(case, worker)}
            except Broken as error:
                broken += 1
                worker.end()
                print(ascii(f"broken by {case.name}: {error}"))
                if not given.dry:
                    case.keep()
                continue
            if new := found - known:
                known |= new
                corpus.append(case)
                print(*(ascii(f"{direction}: {word}") for direction, word in sorted(new)), sep="\n")
                if not given.dry:
                    case.keep()
        worker.end()
    print(f"{sum(tried.values())} cases ({dict(tried)}), {len(known)} outcomes, {broken} broken; seed {seed}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
