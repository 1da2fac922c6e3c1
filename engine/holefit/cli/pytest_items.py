"""Snippets as pytest's test items: one for each group in comments, one for each docstring.

A process of pytest's has one session for each project, with one worker, which starts with the first item that runs. Files keep the order that
pytest gives them, and items that of their text: what a group in a comment defines is there for the next.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from holefit.cli.eval_report import FileReport, difference
from holefit.cli.places import Place
from holefit.errors import HolefitError
from holefit.eval import evaluate
from holefit.eval.plan import block_of, chosen
from holefit.session import Session
from holefit.session.project import Project
from holefit.session.pyproject import find_root
from holefit.syntax import Snippet, SnippetKind, UndecodableSourceError
from holefit.syntax.source import Range

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method: Any) -> Any:
        return method


class SnippetItems:
    """The hooks of pytest that make items of snippets."""

    def __init__(self) -> None:
        self._sessions: dict[Path, tuple[Session, frozenset[Path]]] = {}

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """The file's snippets, if it is one of the project's, or was named itself."""
        if file_path.suffix != ".py":
            return None
        text = file_path.read_bytes()
        if b">>>" not in text and b"prop>" not in text:
            return None
        session, files = self._of(file_path)
        if file_path not in files and not parent.session.isinitpath(file_path):
            return None
        return SnippetFile.of(parent, file_path, session)

    def pytest_unconfigure(self) -> None:
        """End the workers."""
        while self._sessions:
            _, (session, _) = self._sessions.popitem()
            session.close()

    def _of(self, path: Path) -> tuple[Session, frozenset[Path]]:
        """The session of the project that ``path`` belongs to, and the project's files."""
        root = find_root(path)
        if root not in self._sessions:
            session = Session.open(root)
            if (
                not session.options.interpreter.python
            ):  # what runs the tests is what the project is tested with
                python = replace(session.options.interpreter, python=sys.executable)
                session.set_options(session.options.replace(interpreter=python))
            for problem in session.problems:
                warnings.warn(pytest.PytestConfigWarning(f"{problem.path}: {problem.message}"), stacklevel=1)
            files = frozenset(path for path, _ in Project(root, session.options).files())
            self._sessions[root] = session, files
        return self._sessions[root]


class SnippetFile(pytest.File):
    """A file's snippets."""

    holefit: Session

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, session: Session) -> SnippetFile:
        """The collector of ``path``."""
        made: SnippetFile = cls.from_parent(parent, path=path)
        made.holefit = session
        return made

    @override
    def collect(self) -> Iterator[SnippetItem]:
        """An item for each group and docstring, in text order."""
        try:
            snippets = chosen(self.holefit.parsed(self.path).snippets, line=None, range=None)
        except UndecodableSourceError as error:
            if self.session.isinitpath(self.path):
                raise self.CollectError(f"{error}. {error.remedy}") from error
            self.warn(pytest.PytestCollectionWarning(f"{error}. {error.remedy}"))
            return
        blocks = [list(block) for _, block in groupby(snippets, block_of)]
        names = [_name(block) for block in blocks]
        for name, block in zip(names, blocks, strict=True):
            unique = name if names.count(name) == 1 else f"{name}, line {block[0].line}"
            yield SnippetItem.of(self, unique, block)


class SnippetItem(pytest.Item):
    """A group of snippets in comments, or the examples of a docstring."""

    parent: SnippetFile
    stretch: Range
    funcargs: dict[str, object]
    """Empty: other plugins look for it, as doctest's items have it."""

    @classmethod
    def of(cls, parent: SnippetFile, name: str, snippets: list[Snippet]) -> SnippetItem:
        """The item of ``snippets``; ``-k`` finds it by words of its input, too."""
        made: SnippetItem = cls.from_parent(parent, name=name)
        made.funcargs = {}
        made.stretch = Range(snippets[0].range.start, snippets[-1].range.end)
        made.extra_keyword_matches.update(snippet.text for snippet in snippets)
        return made

    @override
    def runtest(self) -> None:
        """Evaluate them, after the setup of their file.

        Raises: DifferenceError; pytest's exception for what is skipped.
        """
        session = self.parent.holefit
        parsed = session.parsed(self.path)
        evaluation = evaluate(session, self.path, range=self.stretch, rich=False)
        if not evaluation.results:
            pytest.skip("a directive says so")
        said = "".join(result.stderr for result in evaluation.results)
        if said:
            self.add_report_section("call", "stderr", said)
        report = FileReport(Place(self.path), parsed, evaluation)
        if report.differing:
            raise DifferenceError("\n".join(difference(report, one).plain for one in report.differing))

    @override
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        """The differences, each with its place; or what went wrong instead, and what to do."""
        error = excinfo.value
        if isinstance(error, HolefitError):
            return f"{error}. {error.remedy}" if error.remedy else str(error)
        return super().repr_failure(excinfo, *args, **kwargs)

    @override
    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it begins."""
        return self.path, self.stretch.start.line, f"[holefit] {self.name}"


class DifferenceError(HolefitError):
    """Text and result disagree."""


def _name(block: list[Snippet]) -> str:
    first = block[0]
    if first.kind is SnippetKind.COMMENT:
        return f"line {first.line}"
    return first.scope or "__doc__"
