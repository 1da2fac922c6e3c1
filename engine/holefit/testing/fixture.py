"""Fixtures: source text and what is true about it, in one string.

====================  ==================================================================
``#- /shapes.py``     a file starts; text before the first one is ``/main.py``
``#- /shapes.py@2``   the same file after its second edit (see :attr:`Fixture.generations`)
``#   ^^^ text``      *text* is said of the columns above the carets, in the last line that is no marker
``#<^^^ text``        the same for columns that start at the ``#``: the carets count from there
``$0``                the cursor; it is taken out of the text
====================  ==================================================================

Marker lines are comments and stay in the text, so that places are as written.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from holefit.syntax.source import Position, Range

_FILE = re.compile(r"#- /(?P<path>[^@\s]+)(?:@(?P<generation>\d+))?\s*$")
_MARKER = re.compile(r"(?P<indent>\s*)#(?P<left><)?(?P<space>\s*)(?P<carets>\^+)\s*(?P<text>.*)$")
_CURSOR = "$0"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a marker says of a range of the file ``path`` (relative, with ``/``)."""

    path: str
    range: Range
    text: str


@dataclass(frozen=True)
class Fixture:
    """A parsed fixture.

    ``files`` maps relative paths to the first text of each; ``generations`` maps a later generation (2, 3, ...) to the
    files that change then. ``cursor`` is a path and a position.
    """

    files: dict[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    cursor: tuple[str, Position] | None = None
    generations: dict[int, dict[str, str]] = field(default_factory=dict)

    def write(self, root: Path, generation: int = 1) -> None:
        """Write the files of one generation under ``root``."""
        for name, text in (self.files if generation == 1 else self.generations[generation]).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")


class FixtureError(ValueError):
    """A fixture is not written as it should be."""


def parse_fixture(text: str) -> Fixture:
    """The fixture that ``text`` (indented as its place in a test) stands for.

    Raises: FixtureError, for a marker without a line above it or a second cursor.
    """
    files: dict[tuple[int, str], list[str]] = {}
    claims: list[Claim] = []
    cursor: tuple[str, Position] | None = None
    path, generation, last_code = "main.py", 1, -1
    for line in textwrap.dedent(text).removeprefix("\n").split("\n"):
        if start := _FILE.match(line):
            path, generation, last_code = start["path"], int(start["generation"] or 1), -1
            files[generation, path] = []
            continue
        lines = files.setdefault((generation, path), [])
        if marker := _MARKER.match(line):
            if last_code < 0:
                raise FixtureError(f"the marker {line.strip()!r} has no line above it")
            column = marker.start("carets") - (2 if marker["left"] else 0)
            span = Range(Position(last_code, column), Position(last_code, column + len(marker["carets"])))
            claims.append(Claim(path, span, marker["text"].strip()))
        else:
            last_code = len(lines)
            if _CURSOR in line:
                if cursor is not None:
                    raise FixtureError("a fixture has one cursor at most")
                cursor = (path, Position(last_code, line.index(_CURSOR)))
                line = line.replace(_CURSOR, "", 1)
        lines.append(line)
    texts = {key: "\n".join(lines).rstrip("\n") + "\n" for key, lines in files.items()}
    later = sorted({number for number, _ in texts if number > 1})
    return Fixture(
        {name: made for (number, name), made in texts.items() if number == 1},
        tuple(claims),
        cursor,
        {at: {name: made for (number, name), made in texts.items() if number == at} for at in later},
    )
