"""The real server over an engine that takes its time: it works for as long as the text holds the word ``slow``."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from unittest.mock import patch

from holefit.diagnostics import Diagnostic, Severity
from holefit.edits import Edit
from holefit.eval.result import Evaluation, SnippetResult
from holefit.holes.hole import Fit, Hole
from holefit.interpreter import InterpreterStatus
from holefit.session.options import Options
from holefit.syntax import parse
from holefit.syntax.parsed import ParsedModule
from holefit.syntax.source import Position, Range, Source
from holefit_lsp import main

START = Range(Position(0, 0), Position(0, 1))


class SlowTypes:
    """A type service without types."""

    on_progress = None
    state = "ready"

    def start(self) -> None:
        """Nothing to start."""


class NoBreakpoints:
    """Nothing is stopped."""

    stops = ()


class IdleInterpreter:
    """An interpreter that is not there."""

    breakpoints = NoBreakpoints()
    on_input = None
    on_output = None
    on_state = None

    def warm_up(self) -> None:
        """Nothing to start."""

    def status(self) -> InterpreterStatus:
        """That it is not there."""
        return InterpreterStatus(state="stopped", pid=None, python="", version="", generation=0)


class SlowSession:
    """What the server needs of a session."""

    problems = ()
    on_types_progress = None
    types_state = "idle"

    def __init__(self, root: Path, trusted: bool) -> None:
        self.root = root
        self.options = Options(trusted=trusted)
        self.types = SlowTypes()
        self.interpreter = IdleInterpreter()
        self.texts: dict[Path, Source] = {}

    @classmethod
    def open(cls, root: Path, *, trusted: bool) -> SlowSession:
        """A session on ``root``."""
        return cls(root, trusted)

    def set_options(self, options: Options) -> None:
        """Take options."""
        self.options = options

    def set_buffer(self, path: Path, text: str, version: int | None = None) -> None:
        """Take a text."""
        self.texts[path] = Source(path, text, version)

    def close_buffer(self, path: Path) -> None:
        """Forget a text."""
        del self.texts[path]

    def parsed(self, path: Path) -> ParsedModule:
        """The newest text."""
        return parse(self.texts[path])

    def holes(
        self,
        path: Path,
        position: Position | None = None,
        *,
        quick: bool = False,
        cancelled: threading.Event | None = None,
    ) -> list[Hole]:
        """One hole, named after the version."""
        source = self.texts[path]
        slow = "slow" in source.text
        if slow:
            (self.root / "begun").write_text("")
        if slow and cancelled is not None and cancelled.wait(60):
            (self.root / "stopped").write_text("")
        fit = Fit("1", "int", "literal", (Edit(path, START, "1"),))
        return [Hole(path, START, f"_v{source.version}", "int", fits=(fit,), version=source.version)]

    def hole_at(
        self, path: Path, position: Position, *, cancelled: threading.Event | None = None
    ) -> Hole | None:
        """The same."""
        return self.holes(path, position, cancelled=cancelled)[0]

    def check(self, path: Path, *, cancelled: threading.Event | None = None) -> list[Diagnostic]:
        """The same as a diagnostic."""
        (hole,) = self.holes(path, cancelled=cancelled)
        return [Diagnostic(path, START, Severity.ERROR, "hole", hole.name)]

    def evaluate(
        self,
        path: Path,
        line: int | None = None,
        *,
        range: Range | None = None,
        cancelled: threading.Event | None = None,
    ) -> Evaluation:
        """A result, as soon as there is a file ``go``."""
        source = self.texts[path]
        (self.root / "running").write_text("")
        while "slow" in source.text and not (self.root / "go").exists():
            time.sleep(0.005)
        return Evaluation(
            (SnippetResult(START, True, "1"),), (Edit(path, START, "x"),), version=source.version
        )

    def close(self) -> None:
        """Nothing to close."""


if __name__ == "__main__":
    with patch("holefit.session.Session", SlowSession):
        main([])
