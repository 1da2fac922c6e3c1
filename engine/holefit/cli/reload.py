"""What a hot reload of changed files would do, statement by statement: what would run, what would not, and why.

Nothing runs: the old and the new text are compared as a reload compares them, under the project's Python. A live process is not
needed, and is not asked; the old text is that of the last commit, or of --rev, or of the file that --old names. (In an editor, the live
process is asked, which also knows which values have been touched.)

examples:
  holefit reload --plan                     all files that differ from the last commit
  holefit reload --plan app.py --rev HEAD~3
  holefit reload --plan new.py --old old.py --json
  holefit reload --plan fast.c              whether a native source can be built
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from holefit.cli.places import NoSuchFileError, shown
from holefit.cli.terminal import console, counted, write_json
from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError, UntrustedWorkspaceError
from holefit.interpreter import Interpreter, LinkError, project_python
from holefit.reload.native import COMPILED, SOURCES, is_native
from holefit.reload.plan import Effect, ModulePlan, ReloadPlan, Step
from holefit.session import find_root, read_options
from holefit.syntax import Position, Range, read_source
from holefit.syntax.reading import decode


class NoLiveProcessError(HolefitError):
    """A reload was asked for where nothing is loaded."""

    remedy = "Ask for --plan, or run your program by `holefit watch SCRIPT`, which reloads it whenever files change."

    def __init__(self) -> None:
        super().__init__("the command line has no live process that could be reloaded")


class NoOldTextError(HolefitError):
    """There is nothing to compare a file with."""

    remedy = "Name a commit by --rev or the old file by --old."

    def __init__(self, *, what: str, reason: str) -> None:
        super().__init__(f"{what}: no old text: {reason}")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--plan", action="store_true", help="say what would happen; nothing runs")
    parser.add_argument("files", nargs="*", metavar="FILE", help="by default all that differ from the commit")
    parser.add_argument(
        "--rev", default="HEAD", metavar="COMMIT", help="where the old texts are; HEAD by default"
    )
    parser.add_argument("--old", metavar="FILE", help="the old text of the one FILE")
    parser.add_argument(
        "--python", metavar="PATH", help="the Python that compiles; the project's own by default"
    )
    parser.add_argument(
        "--globals",
        choices=["untouched", "keep", "always"],
        help="what a changed initialiser does to a global; the project's setting by default",
    )
    parser.add_argument("--json", action="store_true", help="for a program")


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 1 when a reload would fail."""
    if not arguments.plan:
        raise NoLiveProcessError
    files = [_existing(word) for word in arguments.files] or _changed(arguments.rev)
    if arguments.old and len(files) != 1:
        raise NoOldTextError(what=arguments.old, reason="it belongs to one file, which is to be named")
    old: dict[Path, str] = {}
    new: dict[Path, str] = {}
    native = [path for path in files if is_native(path)]
    for path in files:
        if path in native:
            continue
        new[path] = read_source(path).text
        old[path] = (
            read_source(_existing(arguments.old)).text if arguments.old else _committed(path, arguments.rev)
        )
    plan = _with_native(arguments, native, _plan(arguments, old, new) if new else ReloadPlan())
    if arguments.json:
        write_json(_plain(plan))
    else:
        _print(plan)
    return 1 if plan.errors else 0


def _plan(arguments: argparse.Namespace, old: dict[Path, str], new: dict[Path, str]) -> ReloadPlan:
    root = find_root(next(iter(new)))
    options, _ = read_options(root)
    if arguments.globals:
        options = replace(options, reload=replace(options.reload, globals=arguments.globals))
    if arguments.python:
        python = Path(arguments.python)
    else:  # comparing needs no more than a compiler: one that an untrusted project does not name
        python = project_python(root, options) if options.trusted else Path(sys.executable)
    interpreter = Interpreter(root, options, python=python)
    try:
        return interpreter.reload_plan(old=old, new=new)
    finally:
        interpreter.stop()


def _with_native(arguments: argparse.Namespace, files: list[Path], plan: ReloadPlan) -> ReloadPlan:
    """``plan`` with what would become of native files: sources are compiled, to see whether they can be; nothing is loaded."""
    if not files:
        return plan
    root = find_root(files[0])
    options, _ = read_options(root)
    if not options.trusted:
        raise UntrustedWorkspaceError(action="compiling native code")
    python = Path(arguments.python) if arguments.python else project_python(root, options)
    interpreter = Interpreter(root, options, python=python)
    flags = [*(f"-I{root / folder}" for folder in options.native.include), *options.native.compile_args]
    modules: list[ModulePlan] = []
    errors: list[Diagnostic] = []
    try:
        for path in files:
            try:
                if path.suffix in COMPILED:
                    interpreter.linker.load_object(path, flags=flags)
                reason = "it is built and loaded anew" if path.suffix in SOURCES else "it is loaded anew"
                modules.append(ModulePlan("", path, (Step(0, Effect.REBUILD, True, (), reason),)))
            except LinkError as error:
                place = Range(Position(0, 0), Position(0, 0))
                errors += error.diagnostics or (
                    Diagnostic(path, place, Severity.ERROR, "native", str(error)),
                )
    finally:
        interpreter.stop()
    failed = [one for one in errors if one.severity is Severity.ERROR]
    return ReloadPlan((*modules, *plan.modules), (*plan.errors, *failed), plan.running)


def _existing(word: str) -> Path:
    path = Path(word)
    if not path.is_file():
        raise NoSuchFileError(path)
    return path.absolute()


def _changed(rev: str) -> list[Path]:
    """The Python files below the working folder that differ from a commit and are in it."""
    names = _git(
        ["diff", "--name-only", "--relative", "--diff-filter=M", "-z", rev, "--", "*.py"], Path.cwd(), rev
    )
    return [Path.cwd() / os.fsdecode(name) for name in names.split(b"\0") if name]


def _committed(path: Path, rev: str) -> str:
    """The text of a file in a commit; empty for a file that was not there: all of it is new."""
    if not _git(["ls-tree", "--name-only", rev, "--", path.name], path.parent, shown(path)):
        return ""
    return decode(_git(["show", f"{rev}:./{path.name}"], path.parent, shown(path)), path)


def _git(words: list[str], folder: Path, what: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise NoOldTextError(what=what, reason=f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoOldTextError(what=what, reason=said[0] if said else "git failed")
    return done.stdout


def _print(plan: ReloadPlan) -> None:
    out = console()
    for error in plan.errors:
        out.print(f"{shown(error.path)}:{error.range.start.line + 1}: {error.message}", style="red")
    for module in plan.modules:
        out.print(f"{shown(module.path)}: {_summary(module)}", style="bold")
        for step in module.steps:
            out.print(_line(step), style="yellow" if step.runs else "green")
    if not plan.modules and not plan.errors:
        out.print("nothing has changed")


def _summary(module: ModulePlan) -> str:
    running = sum(step.runs for step in module.steps)
    if not module.steps:
        return "nothing would change but lines and comments"
    return f"{counted(running, 'statement')} would run, {counted(len(module.steps) - running, 'change')} without running"


def _line(step: Step) -> str:
    names = f" {', '.join(step.names)}" if step.names else ""
    runs = "runs" if step.runs else "    "
    return f"  {step.line + 1:>5}  {runs}  {step.effect.value:<8}{names}: {step.reason}"


def _plain(plan: ReloadPlan) -> dict[str, Any]:
    return {
        "modules": [
            {
                "path": str(module.path),
                "steps": [
                    {
                        "line": step.line,
                        "effect": step.effect.value,
                        "runs": step.runs,
                        "names": list(step.names),
                        "reason": step.reason,
                    }
                    for step in module.steps
                ],
            }
            for module in plan.modules
        ],
        "errors": [
            {"path": str(error.path), "line": error.range.start.line, "message": error.message}
            for error in plan.errors
        ],
    }
