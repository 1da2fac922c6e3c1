"""Evaluations of files, for a reader."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from holefit.cli import terminal
from holefit.cli.places import Place, shown
from holefit.edits import apply

if TYPE_CHECKING:
    from rich.text import Text

    from holefit.eval import Evaluation, SnippetResult
    from holefit.syntax import ParsedModule


@dataclass(frozen=True)
class FileReport:
    """What became of one file's snippets."""

    place: Place
    parsed: ParsedModule
    evaluation: Evaluation

    @cached_property
    def changed(self) -> str:
        """The text with all results in it."""
        return apply(self.parsed.source, self.evaluation.edits)

    @property
    def differing(self) -> list[SnippetResult]:
        """Those that the text disagrees with."""
        return [result for result in self.evaluation.results if not result.agrees]

    @property
    def troubles(self) -> list[SnippetResult]:
        """Those that cannot be written."""
        return [result for result in self.evaluation.results if result.note]

    def where(self, result: SnippetResult) -> str:
        """``file:line`` of a result."""
        return f"{shown(self.place.path)}:{result.range.start.line + 1}"

    def input(self, result: SnippetResult) -> str:
        """The lines that gave a result, as they stand in the text."""
        return "\n".join(line.strip() for line in self.parsed.source.slice(result.range).splitlines())


def got(result: SnippetResult) -> str:
    """All that came out: what was printed, then the value or the exception."""
    printed = (
        result.stdout
        if not result.text or not result.stdout or result.stdout.endswith("\n")
        else result.stdout + "\n"
    )
    return (printed + result.text).rstrip("\n")


def show_differences(report: FileReport) -> None:
    """Each result that the text disagrees with."""
    out = terminal.console()
    for result in report.differing:
        out.print(difference(report, result))


def difference(report: FileReport, result: SnippetResult) -> Text:
    """What a result is about that the text disagrees with: where, what was expected, what came out."""
    from rich.text import Text

    text = Text()
    text.append(report.where(result), "bold").append(f": {_first_line(report.input(result))}")
    if result.want or not result.note:
        text.append("\n  expected", "green").append(_block(result.want))
    text.append("\n  got", "red").append(_block(got(result)))
    for frame in result.frames[-3:]:
        text.append(f"\n    at {shown_path(frame.path)}:{frame.line} in {frame.function}", "dim")
    if result.note:
        text.append(f"\n  {result.note}", "yellow")
    return text


def show_results(report: FileReport) -> None:
    """Each result with its input."""
    from rich.text import Text

    out = terminal.console()
    for result in report.evaluation.results:
        out.print(Text(report.input(result), "dim"))
        if said := got(result):
            out.print(Text(said, "" if result.ok else "red"))
        if result.stderr:
            terminal.console(stderr=True).print(Text(result.stderr.rstrip("\n")))


def show_troubles(report: FileReport) -> None:
    """What could not be run or written, and why."""
    out = terminal.console(stderr=True)
    for result in report.troubles:
        told = result.ok or result.note in got(result)  # what stands still says so in its result, too
        said = result.note if told else f"{result.note}: {got(result)}"
        out.print(f"{report.where(result)}: not written: {said}", style="red")


def show_diff(report: FileReport) -> None:
    """What would change in the file, as a unified diff."""
    from rich.text import Text

    name = shown(report.place.path)
    before, after = (text.splitlines(keepends=True) for text in (report.parsed.source.text, report.changed))
    out = terminal.console()
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"):
        out.print(Text(line.rstrip("\r\n"), styles.get(line[0], "")))
        if not line.endswith(("\n", "\r")):
            out.print("\\ No newline at end of file", style="dim")


def shown_path(path: str) -> str:
    """A path of a traceback, as a user wants to read it."""
    from pathlib import Path

    return shown(Path(path))


def _first_line(text: str) -> str:
    first, _, more = text.partition("\n")
    return f"{first} ..." if more else first


def _block(text: str) -> str:
    if not text:
        return " nothing"
    if "\n" not in text:
        return f" {text}"
    return "".join(f"\n    {line}" for line in text.split("\n"))
