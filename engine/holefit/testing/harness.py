"""A project driven from a test: a fixture on disk, a session on it, and claims that are checked.

What a marker may say of the hole above its carets:

==============================  ==============================================================
``expected type: T``            the place demands ``T``
``fit: EXPR``                   ``EXPR`` is among the fits; ``first fit:`` is the first of them
``no fit: EXPR``                it is not
``refinement: EXPR``            among the fits that leave holes
``binding: NAME: TYPE``         among the relevant bindings
``constraint: TEXT``            among the constraints
``hole``                        a hole, whatever is known about it
``no hole``                     none here
==============================  ==============================================================

and of any place: ``error: WORDS``, a diagnostic there that holds the words. Every hole of a file that has markers must be
spoken of, so that a hole too many is seen.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from holefit.edits import apply
from holefit.eval.result import Evaluation
from holefit.holes.hole import FitKind, Hole
from holefit.reload.report import ReloadReport
from holefit.session import Options, Session
from holefit.testing.fixture import Claim, Fixture, parse_fixture


@dataclass
class Project:
    """A fixture written under ``root``, with a session on it."""

    root: Path
    fixture: Fixture
    session: Session

    def path(self, name: str = "main.py") -> Path:
        """The file of that name."""
        return self.root / name

    def text(self, name: str = "main.py") -> str:
        """Its newest text: the buffer's, else the file's."""
        return self.session.parsed(self.path(name)).source.text

    def type(self, old: str, new: str, name: str = "main.py") -> None:
        """Replace the first ``old`` by ``new`` in the unsaved buffer of a file."""
        text = self.text(name)
        if old not in text:
            raise AssertionError(f"{name} does not hold {old!r}:\n{text}")
        self.session.set_buffer(self.path(name), text.replace(old, new, 1))

    def edit(self, generation: int) -> ReloadReport:
        """Save the files of a later generation of the fixture and hot reload."""
        self.fixture.write(self.root, generation)
        for name in self.fixture.generations[generation]:
            self.session.saved(self.path(name))
        return self.session.reload()

    def hole(self, name: str = "main.py") -> Hole:
        """The one hole of a file."""
        (hole,) = self.session.holes(self.path(name))
        return hole

    def fill(self, text: str, name: str = "main.py") -> str:
        """Take the fit that reads ``text`` for the one hole of a file; the file's text afterwards."""
        hole = self.hole(name)
        fits = {fit.text: fit for fit in hole.fits}
        if text not in fits:
            raise AssertionError(f"{text!r} is no fit of {render_hole(hole)}")
        source = self.session.parsed(self.path(name)).source
        filled = apply(source, fits[text].edits)
        self.session.set_buffer(self.path(name), filled)
        return filled

    def evaluate(self, name: str = "main.py") -> str:
        """Evaluate the snippets of a file; its text with the results written into it."""
        evaluation: Evaluation = self.session.evaluate(self.path(name))
        return apply(self.session.parsed(self.path(name)).source, evaluation.edits)


@contextmanager
def project(text: str, *, options: Options | None = None, trusted: bool = True) -> Iterator[Project]:
    """The fixture ``text`` as a project in a scratch folder, with a session that is closed in the end.

    Caches of the type checker are shared between the projects of one test run, so that only the first one builds the
    standard library's types.
    """
    fixture = parse_fixture(text)
    folder = Path(tempfile.mkdtemp(prefix="holefit-test-")).resolve()
    try:
        fixture.write(folder)
        if not (folder / "pyproject.toml").exists():
            (folder / "pyproject.toml").write_text("[tool.holefit]\n")
        warm = _warm_cache()
        if warm.exists():
            shutil.copytree(warm, folder / ".holefit")
        with Session.open(folder, options=options, trusted=trusted) as session:
            yield Project(folder, fixture, session)
        if not warm.exists() and (folder / ".holefit").exists():
            shutil.copytree(folder / ".holefit", warm)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(text: str, *, options: Options | None = None, trusted: bool = True) -> None:
    """Check every claim that the markers of a fixture make.

    Raises: AssertionError, which shows the claims that do not hold beside what was found.
    """
    with project(text, options=options, trusted=trusted) as made:
        broken: list[str] = []
        for name in made.fixture.files:
            claims = [claim for claim in made.fixture.claims if claim.path == name]
            if claims:
                broken += _broken(made, name, claims)
        if broken:
            raise AssertionError("\n\n".join(broken))


def render_hole(hole: Hole) -> str:
    """A hole for a reader: what is expected, bound, demanded, and what fits."""
    lines = [f"{hole.name}: {hole.expected}"]
    lines += [f"  {constraint}" for constraint in hole.constraints]
    lines += [f"  in scope {one.name}: {one.type}" for one in hole.bindings]
    lines += [f"  {fit.kind.value} {fit.text}: {fit.type}  ({fit.provenance})" for fit in hole.fits]
    return "\n".join(lines)


def _broken(made: Project, name: str, claims: list[Claim]) -> Iterator[str]:
    path = made.path(name)
    holes = made.session.holes(path)
    problems = made.session.check(path)
    for claim in claims:
        at = [hole for hole in holes if hole.range.overlaps(claim.range)]
        kind, _, said = claim.text.partition(": ")
        if kind == "error":
            found = [one.message for one in problems if one.range.overlaps(claim.range)]
            if not any(said in message for message in found):
                yield f"{name}:{claim.range.start.line + 1}: no diagnostic with {said!r} but {found}"
        elif not _holds(kind, said, at):
            shown = "\n".join(map(render_hole, at)) or "(no hole)"
            yield f"{name}:{claim.range.start.line + 1}: not so: {claim.text}\n{shown}"
    for hole in holes:
        if not any(hole.range.overlaps(claim.range) for claim in claims):
            yield f"{name}:{hole.range.start.line + 1}: a hole that no marker speaks of\n{render_hole(hole)}"


def _holds(kind: str, said: str, at: list[Hole]) -> bool:
    if kind == "no hole":
        return not at
    if len(at) != 1:
        return False
    (hole,) = at
    complete = [fit.text for fit in hole.fits if fit.kind is not FitKind.REFINEMENT]
    match kind:
        case "hole":
            return True
        case "expected type":
            return hole.expected == said
        case "fit":
            return said in complete
        case "first fit":
            return complete[:1] == [said]
        case "no fit":
            return said not in complete
        case "refinement":
            return said in [fit.text for fit in hole.fits if fit.kind is FitKind.REFINEMENT]
        case "binding":
            return said in [f"{one.name}: {one.type}" for one in hole.bindings]
        case "constraint":
            return said in hole.constraints
    raise AssertionError(f"a marker cannot say {kind!r}; see holefit.testing.harness")


@cache
def _warm_cache() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="holefit-test-cache-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "holefit"
