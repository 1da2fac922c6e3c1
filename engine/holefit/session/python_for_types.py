"""The Python whose packages the types come from."""

from __future__ import annotations

import sys
from pathlib import Path

from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError, with_remedy
from holefit.session.options import Options
from holefit.syntax import Position, Range


def python_for_types(root: Path, options: Options) -> tuple[Path, Diagnostic | None]:
    """The project's Python, and what is wrong with it where Holefit's own has to do; never one that an untrusted workspace names."""
    if not options.trusted:
        return Path(sys.executable), None
    from holefit.interpreter import project_python

    try:
        return project_python(root, options), None
    except HolefitError as error:
        place = Range(Position(0, 0), Position(0, 0))
        text = with_remedy(error)
        return Path(sys.executable), Diagnostic(
            root / "pyproject.toml", place, Severity.WARNING, "options", text
        )
