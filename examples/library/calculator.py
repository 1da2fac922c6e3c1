"""Drive an interpreter: read expressions, evaluate each in the project's own Python, go on whatever happens.

What is evaluated can crash or run for ever; it runs in a process of its own.

    echo "import app; app.main()" | python calculator.py [PROJECT]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import holefit


def answers(session: holefit.Session, lines: Iterable[str], *, limit_s: float = 5.0) -> Iterator[str]:
    """What each line gives: a value, an exception, or what became of the process."""
    for line in lines:
        try:
            answer = session.interpreter.eval_stmt(line, timeout_s=limit_s)
        except holefit.WorkerDiedError as death:
            yield f"{death} {death.remedy}"
            continue
        if answer.stdout:
            yield answer.stdout.rstrip()
        error = getattr(answer.result, "error", None)
        if error is not None:
            yield f"{error.type}: {error.message}"
        else:
            yield from (
                f"{value.text}  ({value.type})" for value in answer.result.values if not value.is_none
            )


def main(project: str = ".") -> int:
    """Answer the lines of stdin."""
    with holefit.Session.open(project) as session:
        for answer in answers(session, (line.rstrip() for line in sys.stdin if line.strip())):
            print(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
