"""Say which Pythons are used, what works here, and how to mend what does not.

Holefit has a Python of its own; your code runs under your project's. Each line is one thing that was tried just now.

examples:
  holefit doctor                  for the project that you are in
  holefit doctor path/to/project
  holefit doctor --json

Exit status: 0 when everything essential works, 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from holefit._version import __version__
from holefit.cli import terminal
from holefit.cli.places import place, shown
from holefit.errors import HolefitError

if TYPE_CHECKING:
    from holefit.session import Session


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. ``fails``: something essential does not work; ``lacks``: something that one can do without."""

    name: str
    state: Literal["works", "lacks", "fails"]
    detail: str
    remedy: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "path", metavar="PATH", nargs="?", default=".", help="the project; the working folder by default"
    )
    parser.add_argument(
        "--json", action="store_true", help="print a list of objects: name, state, detail, remedy"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    found: list[Finding] = []
    for finding in findings(place(arguments.path).path):
        found.append(finding)
        if not arguments.json:
            _show(finding)
    if arguments.json:
        terminal.write_json([asdict(finding) for finding in found])
    return 1 if any(finding.state == "fails" for finding in found) else 0


def findings(path: Path) -> Iterator[Finding]:
    """Everything that is tried, each as soon as it is known."""
    from holefit.session import Session, find_root

    yield Finding(
        "Holefit", "works", f"{__version__}, on Python {platform.python_version()} ({sys.executable})"
    )
    yield from _packages()
    root = find_root(path)
    yield Finding("project", "works", str(root))
    try:
        session = Session.open(root)
    except HolefitError as error:
        yield _failure("session", error)
        return
    with session:
        yield from _configuration(session)
        yield _tried("type service", lambda: _types(session))
        yield from _worker(session)
    yield from _tools()


def _packages() -> Iterator[Finding]:
    """The versions of what Holefit is built on; metadata only, nothing is imported."""
    for name in ("mypy", "pygls", "lsprotocol", "msgpack"):
        try:
            yield Finding(name, "works", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(
                name,
                "fails",
                "is not installed",
                "Install Holefit anew: pip install --force-reinstall holefit",
            )
    try:
        metadata.version("holefit")
    except metadata.PackageNotFoundError:
        yield Finding(
            "installation",
            "lacks",
            "holefit is not installed, it runs from its source",
            "pip install holefit",
        )


def _configuration(session: Session) -> Iterator[Finding]:
    if not session.problems:
        yield Finding("configuration", "works", "[tool.holefit] has no mistakes")
    for problem in session.problems:
        at = problem.range.start
        yield Finding(
            "configuration",
            "fails" if problem.severity.value == "error" else "lacks",
            f"{shown(problem.path)}:{at.line + 1}:{at.column + 1}: {problem.message}",
            "Correct it there; until then it does not count.",
        )


def _types(session: Session) -> str:
    """Ask the type service for the fits of a hole in a text that stands in no file."""
    path = session.root / "holefit_doctor_probe.py"
    session.set_buffer(path, "def answer() -> int:\n    number = 42\n    return _\n")
    try:
        holes = session.types.holes(path)
    finally:
        session.close_buffer(path)
    if not holes or holes[0].expected != "int":
        raise ProbeError(f"it answered {holes!r} for a hole whose type is int")
    return f"answers; a hole in three lines was filled in {holes[0].elapsed_ms:.0f} ms"


def _worker(session: Session) -> Iterator[Finding]:
    """Start the worker on the project's Python, evaluate something, and see what that Python can do."""
    from holefit.interpreter import broken_environment, project_python

    if (broken := broken_environment(session.root)) is not None:
        yield Finding(
            "environment",
            "lacks",
            f"{shown(broken)} leads to {os.readlink(broken)}, which is gone; another Python is used",
            f"Make it anew: python -m venv --clear {shown(broken.parent.parent)}",
        )
    try:
        project_python(session.root, session.options)
    except HolefitError as error:
        yield _failure("project's Python", error)
        return
    started = time.perf_counter()
    finding = _tried("worker", lambda: _evaluation(session, started))
    yield finding
    if finding.state == "fails":
        return
    status = session.interpreter.status()
    yield Finding("project's Python", "works", f"{status.version} ({status.python})")
    has_fork, has_monitoring = _abilities(session)
    yield (
        Finding("fork", "works", "a crash of your code loses one evaluation, not the state")
        if has_fork
        else Finding(
            "fork", "lacks", "a crash of your code loses the worker's state", "It needs a Unix system."
        )
    )
    yield (
        Finding("sys.monitoring", "works", "breakpoints cost nothing where none is set")
        if has_monitoring
        else Finding(
            "sys.monitoring", "lacks", "breakpoints slow evaluation down", "Python 3.12 or newer has it."
        )
    )


def _abilities(session: Session) -> tuple[bool, bool]:
    """Whether the project's Python can fork, and whether it has ``sys.monitoring``."""
    complete = session.interpreter.eval_stmt(
        'hasattr(__import__("os"), "fork"), hasattr(__import__("sys"), "monitoring")'
    )
    words = complete.result.values[0].text.strip("()").split(", ")
    return words[0] == "True", words[1] == "True"


def _evaluation(session: Session, started: float) -> str:
    complete = session.interpreter.eval_stmt("6 * 7")
    values = getattr(complete.result, "values", [])
    if not values or values[0].text != "42":
        raise ProbeError(f"6 * 7 gave {complete.result!r}")
    return f"started and evaluated 6 * 7 in {(time.perf_counter() - started) * 1000:.0f} ms"


def _tools() -> Iterator[Finding]:
    """Programs that some features want."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    yield (
        Finding("C compiler", "works", compiler)
        if compiler
        else Finding(
            "C compiler", "lacks", "C sources cannot be linked into the worker", "Install gcc or clang."
        )
    )
    node = shutil.which("node")
    yield (
        Finding("Node", "works", node)
        if node
        else Finding(
            "Node", "lacks", "the VS Code extension cannot be built here", "Install Node 20 or newer."
        )
    )


class ProbeError(HolefitError):
    """Something answers, but not what it should."""

    remedy = "This is a fault in Holefit: please report it with the output of `holefit doctor --json`."


def _tried(name: str, probe: Callable[[], str]) -> Finding:
    try:
        return Finding(name, "works", probe())
    except HolefitError as error:
        return _failure(name, error)


def _failure(name: str, error: HolefitError) -> Finding:
    return Finding(name, "fails", str(error), error.remedy)


def _show(finding: Finding) -> None:
    from rich.text import Text

    mark, style = {"works": ("ok   ", "green"), "lacks": ("lacks", "yellow"), "fails": ("FAILS", "bold red")}[
        finding.state
    ]
    text = Text().append(mark, style).append(f" {finding.name}: ", "bold").append(finding.detail)
    if finding.remedy:
        text.append(f"\n      {finding.remedy}", "cyan")
    terminal.console().print(text)
