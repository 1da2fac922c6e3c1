"""Evaluate the snippets of files in place: `# >>>` in comments, `>>>` in docstrings.

Results are written below their snippets; one that agrees already, as doctest's directives have it, is left alone. It runs your
code, under your project's Python (`holefit doctor` says which).

examples:
  holefit eval app.py             write the results of app.py
  holefit eval app.py:12          only that of the snippet at line 12, and show it
  holefit eval --diff app.py      show what would be written
  holefit eval --check src/       write nothing; fail where text and result disagree
  holefit eval --check --jobs 4 --junit report.xml src/
  holefit eval --clear app.py     remove results from comments

Exit status: 0, all is well; 1, with --check or --diff: something disagrees, otherwise: something could not be run or written.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

from holefit.cli import terminal
from holefit.cli.asking import asker
from holefit.cli.eval_report import FileReport, show_diff, show_differences, show_results, show_troubles
from holefit.cli.places import Place, by_project, expanded, place, shown
from holefit.errors import with_remedy

if TYPE_CHECKING:
    from holefit.session import Session


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "places",
        metavar="FILE[:LINE]",
        nargs="+",
        help="files and folders; a line (from 1) means its snippet",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="compare only; exit status 1 where something disagrees"
    )
    mode.add_argument("--diff", action="store_true", help="print what would change as a unified diff")
    mode.add_argument("--update", action="store_true", help="write results; this is what happens anyway")
    mode.add_argument("--clear", action="store_true", help="remove results instead; nothing is run")
    parser.add_argument(
        "-j",
        "--jobs",
        type=_positive,
        default=1,
        metavar="N",
        help="processes that files are spread over (1)",
    )
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report of what agreed")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    places = [place(word) for word in arguments.places]
    if arguments.clear:
        return _clear(places)
    reports: list[FileReport] = []
    for report in _reports(places, arguments.jobs):
        reports.append(report)
        if arguments.check:
            show_differences(report)
        elif arguments.diff:
            show_diff(report)
        elif report.place.line is not None:
            show_results(report)
        if not arguments.check:
            show_troubles(report)
    # Only now: a file that changes while others still run would be reloaded for nothing.
    written = 0 if arguments.check or arguments.diff else sum(map(_write, reports))
    if arguments.junit:
        from holefit.cli.junit import write_junit

        write_junit(arguments.junit, reports)
    return _conclude(arguments, reports, written) or _missed(places, reports)


def _reports(places: list[Place], jobs: int) -> Iterator[FileReport]:
    """A report for every file that has snippets, in order, as each is done."""
    from holefit.session import Session

    for root, here in by_project(places).items():
        with Session.open(root) as first:
            if first.options.trusted and jobs == 1:  # several programs that ask at once would confuse anybody
                first.interpreter.on_input = asker(first.options.eval.timeout_s)
            if first.options.trusted:
                first.interpreter.warm_up()  # while files are still being read
            asked = [
                one
                for one in expanded(here, root, first.options)
                if _has_snippets(first, one, named=one in here)
            ]
            others = [Session.open(root) for _ in range(min(jobs, len(asked)) - 1)]
            try:
                yield from (
                    _in_parallel([first, *others], asked)
                    if others
                    else (_report(first, one, None) for one in asked)
                )
            finally:
                for session in others:
                    session.close()


def _in_parallel(sessions: list[Session], asked: list[Place]) -> Iterator[FileReport]:
    """The reports, in order, from whichever session is idle."""
    from concurrent.futures import ThreadPoolExecutor

    idle: SimpleQueue[Session] = SimpleQueue()
    for session in sessions:
        idle.put(session)
    cancelled = Event()

    def report(one: Place) -> FileReport:
        session = idle.get()
        try:
            return _report(session, one, cancelled)
        finally:
            idle.put(session)

    with ThreadPoolExecutor(len(sessions)) as pool:
        try:
            yield from pool.map(report, asked)
        except BaseException:  # Ctrl-C, say: the pool waits for what runs, so that must end
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _has_snippets(session: Session, asked: Place, *, named: bool) -> bool:
    """Whether there is something to evaluate. A file that is no text is said and passed over, unless it was ``named`` itself.

    Raises: UndecodableSourceError.
    """
    from holefit.syntax import UndecodableSourceError

    try:
        return bool(session.parsed(asked.path).snippets)
    except UndecodableSourceError as error:
        if named:
            raise
        terminal.console(stderr=True).print(with_remedy(error), style="red")
        return False


def _report(session: Session, asked: Place, cancelled: Event | None) -> FileReport:
    """Evaluate one file."""
    from holefit.eval import evaluate

    parsed = session.parsed(asked.path)
    return FileReport(
        asked, parsed, evaluate(session, asked.path, asked.line, cancelled=cancelled, rich=False)
    )


def _write(report: FileReport) -> int:
    """Write results into the file; how many."""
    from holefit.cli.rewriting import rewrite

    changed = report.changed
    if changed != report.parsed.source.text:
        rewrite(report.parsed.source, changed)
    return len(report.evaluation.edits)


def _clear(places: list[Place]) -> int:
    from holefit.cli.rewriting import rewrite
    from holefit.edits import apply
    from holefit.eval import clear
    from holefit.session import Session

    removed = 0
    for root, here in by_project(places).items():
        with Session.open(root, trusted=False) as session:
            for one in expanded(here, root, session.options):
                parsed = session.parsed(one.path)
                edits = clear(parsed, line=one.line)
                removed += len(edits)
                if edits:
                    rewrite(parsed.source, apply(parsed.source, edits))
    terminal.console(stderr=True).print(f"{terminal.counted(removed, 'result')} removed", style="bold")
    return 0


def _missed(places: list[Place], reports: list[FileReport]) -> int:
    """Name the lines that were asked for and hold no snippet; the exit status."""
    found = {report.place for report in reports if report.evaluation.results}
    missed = [one for one in places if one.line is not None and one not in found]
    for one in missed:
        terminal.console(stderr=True).print(
            f"{shown(one.path)}:{(one.line or 0) + 1}: no snippet there", style="red"
        )
    return 1 if missed else 0


def _conclude(arguments: argparse.Namespace, reports: list[FileReport], written: int) -> int:
    """Say in one line how it went; the exit status."""
    number = sum(len(report.evaluation.results) for report in reports)
    differing = sum(len(report.differing) for report in reports)
    troubles = sum(len(report.troubles) for report in reports)
    of_all = f"{terminal.counted(number, 'snippet')} in {terminal.counted(len(reports), 'file')}"
    if arguments.check:
        said, bad = f"{of_all}: {differing or 'none'} disagree{'s' if differing == 1 else ''}", differing
    elif arguments.diff:
        changes = sum(len(report.evaluation.edits) for report in reports) + troubles
        said, bad = f"{of_all}: {changes or 'none'} would change", changes
    else:
        said, bad = f"{of_all}: {terminal.counted(written, 'result')} written", troubles
    terminal.console(stderr=True).print(said, style="bold red" if bad else "bold green")
    return 1 if bad else 0


def _positive(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"a whole number, at least 1, not {word}")
    return int(word)
