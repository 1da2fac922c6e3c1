"""``:profile``: an evaluation's costs in a few lines, its flame graph in a file, its hot lines for the editor."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.interpreter.profiling import Heat, Profile
from holefit.interpreter.speedscope import write
from holefit.session.store import Store

if TYPE_CHECKING:
    from holefit.session import Session

SHOWN = 8  # cost centres
_FILES = 50  # whose texts are kept to show hot lines in


def keep_heat(session: Session, profile: Profile) -> None:
    """Let the editor show the hot lines of ``profile``."""
    texts: dict[Path, str] = {}
    for line in profile.lines:
        if line.path not in texts and len(texts) < _FILES and line.path.is_file():
            texts[line.path] = session.parsed(line.path).source.text
    session.interpreter.profiling.heat = Heat(profile, texts)


def write_flame_graph(session: Session, profile: Profile, name: str) -> Path:
    """Write the flame graph below the project's ``.holefit``, where the newest of each name is kept. Raises OSError."""
    store = Store(session.root)
    store.prepare()
    path = store.folder / "profiles" / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', name).strip('-')}.speedscope.json"
    write(profile, name, path)
    return path


def summary(profile: Profile, root: Path) -> list[str]:
    """The time, and the cost centres that took most of it by themselves."""
    total = max(profile.nanoseconds, 1)
    costs = [cost for cost in profile.costs if cost.centre.path]
    calls, functions = sum(cost.entries for cost in costs), len(costs)
    counted = f"{calls:,} call{'s' * (calls != 1)} of {functions:,} function{'s' * (functions != 1)}"
    lines = [f"{duration(total)} in {counted}"]
    for cost in costs[:SHOWN]:
        if cost.nanoseconds * 200 < total:
            break
        share = f"{100 * cost.nanoseconds / total:4.0f} %"
        memory = f" {size(cost.allocated):>9}" if profile.allocation else ""
        centre = cost.centre
        lines.append(
            f"{share} {duration(cost.nanoseconds):>9}{memory} {cost.entries:>8,}×  {centre.name}  {place(centre.path, centre.line, root)}"
        )
    return lines


def duration(nanoseconds: int) -> str:
    """A time as a person reads it."""
    for unit, size_ns in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if nanoseconds >= size_ns:
            return f"{nanoseconds / size_ns:.3g} {unit}"
    return f"{nanoseconds} ns"


def size(count: int) -> str:
    """A number of bytes as a person reads it."""
    for unit, unit_size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if abs(count) >= unit_size:
            return f"{count / unit_size:.3g} {unit}"
    return f"{count} B"


def place(path: str | Path, line: int, root: Path) -> str:
    """``file:line``, shorter where the file is below ``root``."""
    file = Path(path)
    return f"{file.relative_to(root) if file.is_relative_to(root) else file}:{line}"
