"""Tell where the time of an expression, a snippet or a script goes.

Every Python function is a cost centre, and is charged on the stack of those that called it. The flame graph opens on https://www.speedscope.app, in the browser alone.
It runs your code, under your project's Python (`holefit doctor` says which).

examples:
  holefit profile app.py                        run the script app.py
  holefit profile app.py:12                     the snippet at line 12, those above it in its group first
  holefit profile "sum(range(10**6))"           an expression
  holefit profile "render()" --module app.page  an expression in a module's namespace
  holefit profile app.py --only app --memory    functions of the package app alone; memory too

Exit status: 0; 1 when the code raised, or nothing could be profiled.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.cli import terminal
from holefit.cli.places import place, shown
from holefit.errors import HolefitError

if TYPE_CHECKING:
    from holefit.eval.plan import Step
    from holefit.interpreter.profiling import Profile
    from holefit.session import Session

LINES = 8
_FILE = re.compile(r".*\.pyw?(:\d+)?")
_SCRIPT = """\
import runpy, sys
sys.argv[:] = [{path!r}]
sys.path.insert(0, {folder!r})
(runpy.run_path({path!r}, run_name="__main__"), None)[1]
"""


class NoSnippetError(HolefitError):
    """A place on the command line has no snippet."""

    remedy = "Name the line of a `# >>>` snippet, a whole file, or an expression."


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "what", metavar="FILE[:LINE] | EXPRESSION", help="a script, a snippet in a file, or code"
    )
    parser.add_argument(
        "--module", metavar="NAME", default="__main__", help="where an expression runs (__main__)"
    )
    parser.add_argument(
        "--only",
        metavar="MODULE",
        action="append",
        default=[],
        help="only functions of this module or package are cost centres; may be repeated",
    )
    parser.add_argument("--memory", action="store_true", help="count memory, too, which takes longer")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where the flame graph goes (FILE.speedscope.json); below .holefit without it",
    )
    parser.add_argument("--json", action="store_true", help="print the costs as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from holefit.cli.asking import asker
    from holefit.eval import profiles
    from holefit.interpreter.speedscope import write
    from holefit.session import Session, find_root

    where = place(arguments.what) if _FILE.fullmatch(arguments.what) else None
    root = find_root(where.path if where is not None else Path.cwd())
    with Session.open(root) as session:
        session.interpreter.on_input = asker(0.0)
        profile, name = _profile(
            session, arguments, where.path if where else None, where.line if where else None
        )
        _pass_on(profile)
        if arguments.output is not None:
            path = arguments.output
            write(profile, name, path)
        else:
            path = profiles.write_flame_graph(session, profile, name)
        if arguments.json:
            terminal.write_json(_plain(profile, path))
        else:
            _show(profile, session.root, path)
    error = getattr(profile.complete.result, "error", None)
    if error is not None:
        terminal.console(stderr=True).print(error.traceback.rstrip(), style="red")
    return 1 if error is not None else 0


def _profile(
    session: Session, arguments: argparse.Namespace, path: Path | None, line: int | None
) -> tuple[Profile, str]:
    """The profile, and what to call it. Raises: NoSnippetError."""
    profiling = session.interpreter.profiling
    if path is None:
        session.interpreter.eval_stmt("None", module=arguments.module)  # its import is not to be measured
        profile = profiling.run(
            arguments.what, module=arguments.module, modules=arguments.only, allocation=arguments.memory
        )
        return profile, arguments.what[:60]
    if line is not None:
        return _of_snippet(session, arguments, path, line), f"{path.stem}-{line + 1}"
    session.interpreter.eval_stmt("import runpy")
    script = _SCRIPT.format(path=str(path), folder=str(path.parent))
    profile = profiling.run(
        script, filename="<holefit profile>", modules=arguments.only, allocation=arguments.memory
    )
    return profile, path.stem


def _of_snippet(session: Session, arguments: argparse.Namespace, path: Path, line: int) -> Profile:
    """Run what stands above the snippet in its group or docstring, then the snippet with a profile."""
    from holefit.eval import plan

    snippets = session.parsed(path).snippets
    asked = plan.chosen(snippets, line=line, range=None)
    if not asked:
        raise NoSnippetError(f"{shown(path)}:{line + 1}: no snippet there")
    module = session.module_name(path)
    steps = plan.plan(snippets, asked)
    for step in steps[:-1]:
        session.interpreter.eval_stmt(
            step.snippet.text, module=module, scope=_scope(step), filename=str(path), line=step.snippet.line
        )
    last = steps[-1].snippet
    text = last.text.removeprefix(":profile ").removeprefix(":time ")
    return session.interpreter.profiling.run(
        text,
        module=module,
        scope=_scope(steps[-1]),
        filename=str(path),
        line=last.line,
        modules=arguments.only,
        allocation=arguments.memory,
    )


def _scope(step: Step) -> str:
    """A docstring's snippets share a namespace of their own."""
    name, number = step.block
    return f"{name}:{number}@profile" if step.snippet.docstring else ""


def _pass_on(profile: Profile) -> None:
    """What the program printed; on stderr, so that the costs stand alone on stdout."""
    sys.stderr.write(profile.complete.stdout + profile.complete.stderr)


def _show(profile: Profile, root: Path, path: Path) -> None:
    from holefit.eval import profiles

    out = terminal.console()
    for text in profiles.summary(profile, root):
        out.print(text)
    looked_at = max(sum(line.nanoseconds for line in profile.lines), 1)
    hot = [line for line in profile.lines if line.nanoseconds * 100 >= looked_at][:LINES]
    if hot:
        out.print("hot lines:")
    for line in hot:
        share = f"{100 * line.nanoseconds / looked_at:4.0f} %"
        out.print(f"{share}  {profiles.place(line.path, line.line, root)}")
    out.print(f"flame graph: {shown(path.absolute())}")


def _plain(profile: Profile, path: Path) -> dict[str, object]:
    """The costs for a program; times in nanoseconds, sizes in bytes."""
    return {
        "nanoseconds": profile.nanoseconds,
        "flameGraph": str(path.absolute()),
        "costs": [
            {
                "name": cost.centre.name,
                "path": cost.centre.path,
                "line": cost.centre.line,
                "entries": cost.entries,
                "nanoseconds": cost.nanoseconds,
                "withInner": cost.with_inner,
                **({"allocated": cost.allocated} if profile.allocation else {}),
            }
            for cost in profile.costs
        ],
        "lines": [
            {
                "path": str(line.path),
                "line": line.line,
                "nanoseconds": line.nanoseconds,
                "withCalls": line.with_calls,
            }
            for line in profile.lines
        ],
    }
