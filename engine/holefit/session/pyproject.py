"""``[tool.holefit]`` of a pyproject.toml: its options, and what is wrong with it at its place."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from holefit.diagnostics import Diagnostic, Severity
from holefit.session.options import Options
from holefit.session.project import holds
from holefit.session.settings import OptionProblem, updated
from holefit.syntax.source import Position, Range, Source

_TABLE = re.compile(r"\s*\[(?P<keys>[^\[\]]+)\]\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?P<keys>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def find_root(path: Path) -> Path:
    """The project that ``path`` belongs to: the nearest folder above with a pyproject.toml, else with a .git.

    Without either it is the folder that the path's outermost package lies in.
    """
    path = path.absolute()
    folder = path if path.is_dir() else path.parent
    for mark in ("pyproject.toml", ".git"):
        for above in (folder, *folder.parents):
            if (above / mark).exists():
                return above
    while (folder / "__init__.py").exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def read_options(root: Path, base: Options | None = None) -> tuple[Options, tuple[Diagnostic, ...]]:
    """The options of the project at ``root`` and the problems of its configuration. What is wrong does not count."""
    options = base or Options()
    path = root / "pyproject.toml"
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return options, ()
    except (OSError, UnicodeDecodeError) as error:
        return options, (_problem(path, _NOWHERE, f"pyproject.toml cannot be read: {error}"),)
    source = Source(path, text)
    try:
        table = tomllib.loads(text).get("tool", {}).get("holefit", {})
    except tomllib.TOMLDecodeError as error:
        return options, (_syntax_problem(source, str(error)),)
    except (AttributeError, RecursionError):
        return options, (_problem(path, _NOWHERE, "`tool` in pyproject.toml is no table"),)
    if not isinstance(table, dict):
        return options, (_problem(path, _place(source, ("tool", "holefit")), "`tool.holefit` is no table"),)
    options, problems = updated(options, table)
    if any(one.path == ("trusted",) for one in problems):
        options = options.replace(trusted=False)  # somebody meant to say something about trust
    above = [name for name in options.src if holds(Path(os.path.normpath(root / name)), root)]
    problems += tuple(
        OptionProblem(
            ("src",), f"{name!r} holds the project itself and does not count as a folder to import from"
        )
        for name in above
    )
    return options, tuple(
        _problem(path, _place(source, ("tool", "holefit", *one.path)), one.message) for one in problems
    )


_NOWHERE = Range(Position(0, 0), Position(0, 0))


def _problem(path: Path, range: Range, message: str) -> Diagnostic:
    return Diagnostic(path, range, Severity.WARNING, "options", message)


def _syntax_problem(source: Source, message: str) -> Diagnostic:
    place = source.position(len(source.text))
    if (at := _AT.search(message)) and at["line"]:
        place = Position(int(at["line"]) - 1, int(at["column"]) - 1)
    what = _AT.sub("", message)
    return Diagnostic(source.path, Range(place, place), Severity.ERROR, "options", f"pyproject.toml: {what}")


def _place(source: Source, path: tuple[str, ...]) -> Range:
    """Where the key at the end of ``path`` is written; as much of the way there as can be found."""
    best, deepest = _NOWHERE, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(source.lines):
        if header := _TABLE.match(line):
            table = _parts(header["keys"])
            here, first = table, header.start("keys")
            keys = header["keys"]
        elif entry := _KEY.match(line):
            here, first = table + _parts(entry["keys"]), entry.start("keys")
            keys = entry["keys"]
        else:
            continue
        depth = len(here)
        if here == path[:depth] and depth > deepest:
            last = [*_PART.finditer(keys)][-1]
            best = _span(number, first + last.start(), len(last[0]))
            deepest = depth
            if depth < len(path):  # the rest may stand in an inline table
                pattern = r"(?<![\w-])" + re.escape(path[-1]) + r"(?=[\"']?\s*=)"
                if inner := re.compile(pattern).search(line, first + len(keys)):
                    best, deepest = _span(number, inner.start(), len(inner[0])), len(path)
    return best


def _span(line: int, column: int, width: int) -> Range:
    return Range(Position(line, column), Position(line, column + width))


def _parts(keys: str) -> tuple[str, ...]:
    return tuple(part[0].strip("\"'") for part in _PART.finditer(keys))
