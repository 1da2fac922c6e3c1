"""Run a script and reload it as it changes.

The script runs as `python app.py` does, under the Python of its project: on this terminal, with its own arguments, input, output and exit
status. When files of the project change, whoever writes them, its modules are reloaded in place: functions and classes get their new
code, values stay. What runs ends with the code that it began with; a loop calls the new code at its next turn. One line on
the error output tells of each generation. Ctrl-C ends the script. Options of the editor's own worker (spawn, memory-mb, standby) are not the
script's: they have no effect here. Needs a POSIX system.

examples:
  holefit watch app.py --port 8000        the words after the script are its own
  holefit watch -m uvicorn app:app        a module, as `python -m`
  holefit watch --running wait worker.py  reload only when nothing that changes is running
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

from holefit.cli.places import NoSuchFileError, shown
from holefit.cli.terminal import console
from holefit.errors import HolefitError, UntrustedWorkspaceError, with_remedy
from holefit.interpreter import project_python
from holefit.interpreter.native_parts import declared_parts
from holefit.interpreter.script import ScriptEndedError, ScriptProcess, in_foreground
from holefit.reload.report import ReloadReport
from holefit.reload.watching import Watch
from holefit.session import find_root, read_options
from holefit.session.options import Options, ReloadOptions

_IDLE: dict[str, Callable[[Options], object]] = {
    "interpreter.spawn": lambda options: options.interpreter.spawn,
    "interpreter.memory-mb": lambda options: options.interpreter.memory_mb,
}
SLOW_S = 2.0  # until the user is told that a reload waits for the script


class NotOnThisSystemError(HolefitError):
    """Scripts cannot be reloaded on this system."""

    remedy = "Use it on Linux, macOS or under WSL; `holefit live` and the editor reload everywhere."

    def __init__(self) -> None:
        super().__init__(f"`holefit watch` needs signals and sockets that {sys.platform} does not have")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("-m", dest="module", action="store_true", help="run a module, as `python -m` does")
    parser.add_argument(
        "--root", metavar="FOLDER", help="the project; the one that the script belongs to by default"
    )
    parser.add_argument(
        "--python", metavar="PATH", help="the Python that runs it; the project's own by default"
    )
    parser.add_argument(
        "--globals",
        choices=["untouched", "keep", "always"],
        help="what a changed initialiser does to a global; the project's setting by default",
    )
    parser.add_argument(
        "--running",
        choices=["report", "wait", "refuse"],
        help="what to do while functions that would change are running; the project's setting by default",
    )
    parser.add_argument(
        "--poll", action="store_true", help="look at the files again and again (network drives)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="tell of errors only")
    parser.add_argument("script", metavar="SCRIPT", help="a Python file, or with -m a module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments of the script")


def run(arguments: argparse.Namespace) -> int:
    """Run the script to its end; gives its exit status."""
    if os.name != "posix":
        raise NotOnThisSystemError
    script = Path(arguments.script)
    if not arguments.module and not script.is_file():
        raise NoSuchFileError(script)
    start = Path.cwd() if arguments.module else script.absolute().parent
    root = Path(arguments.root).absolute() if arguments.root else find_root(start)
    options, problems = read_options(root)
    for problem in problems:
        _say(f"{shown(problem.path)}: {problem.message}", "yellow")
    if not options.trusted:
        raise UntrustedWorkspaceError(action=f"running {arguments.script}")
    idle = [name for name, given in _IDLE.items() if given(options)]
    if idle and not arguments.quiet:
        _say(f"{', '.join(idle)}: without effect here, the script runs as it does without Holefit", "yellow")
    if arguments.python:
        options = options.replace(interpreter=replace(options.interpreter, python=arguments.python))
    reload = options.reload
    reload = replace(
        reload, globals=arguments.globals or reload.globals, running=arguments.running or reload.running
    )
    roots = list(dict.fromkeys([root, start]))
    watch = Watch(roots, polling=arguments.poll)
    python = project_python(root, options)
    process = ScriptProcess(
        python,
        roots,
        [arguments.script, *arguments.arguments],
        module=arguments.module,
        native=declared_parts(root, options),
    )
    _pass_signals_on(process)
    follower = threading.Thread(
        target=_follow, args=(watch, process, reload, arguments.quiet), name="holefit-reload", daemon=True
    )
    follower.start()
    try:
        status = process.wait()
    finally:
        watch.stop.set()
        process.close()
    return status if status >= 0 else 128 - status


def _pass_signals_on(process: ScriptProcess) -> None:
    """Signals are for the script; a Ctrl-C reaches it from the terminal, if that is where we are."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT or not in_foreground():
            process.signal(number)

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, pass_on)


def _follow(watch: Watch, process: ScriptProcess, options: ReloadOptions, quiet: bool) -> None:
    """Reload after each burst of changes, and tell of it."""
    for _ in watch:
        patience = threading.Timer(
            SLOW_S,
            _say,
            ("waiting for the script: it does not come to a point where it can be reloaded", "yellow"),
        )
        patience.daemon = True
        patience.start()
        try:
            report = process.reload(options)
        except ScriptEndedError:
            return
        except HolefitError as error:
            _say(with_remedy(error), "red")
            continue
        finally:
            patience.cancel()
        _tell(report, quiet)


def _tell(report: ReloadReport, quiet: bool) -> None:
    """One line about a reload that did something, and one for each error of one that failed."""
    for error in report.errors:
        place = (
            f"{shown(error.path)}:{error.range.start.line + 1}: "
            if error.range.start.line or error.path.name
            else ""
        )
        _say(f"not reloaded: {place}{error.message}", "red")
    if report.errors or quiet or not (report.reloaded or report.notes):
        return
    parts = [f"reloaded {', '.join(report.reloaded)}" if report.reloaded else "nothing reloaded"]
    parts += [f"kept {one.module}.{one.name} ({one.reason})" for one in report.kept]
    if report.removed:
        parts.append("removed " + ", ".join(f"{one.module}.{one.name}" for one in report.removed))
    parts += [
        f"{one.module}.{one.function} still runs its old code at line {one.line} in {one.thread}"
        for one in report.stale_frames
    ]
    parts += report.notes
    _say(f"generation {report.generation}: {'; '.join(parts)} ({report.duration_ms:.1f} ms)", "green")


def _say(text: str, style: str) -> None:
    console(stderr=True).print(f"holefit: {text}", style=style)
    sys.stderr.flush()
