"""Syntax that is newer than Holefit's own Python.

A project may run under a later Python than Holefit does. What our parser refuses may be right there, so it is no error then: only
what needs our parser (annotations, interfaces) does without that module, and the diagnostic says so.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from holefit.diagnostics import Diagnostic, Severity

_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.MULTILINE)


def judged(problem: Diagnostic, python: Path | None) -> Diagnostic:
    """``problem``; milder where it is a syntax error and ``python``, which the code runs under, is newer than ours."""
    if problem.code != "syntax" or python is None:
        return problem
    version = environment_version(python)
    ours = sys.version_info[:2]
    if version is None or version <= ours:
        return problem
    text = (
        f"Python {ours[0]}.{ours[1]}, which Holefit runs on, cannot parse this ({problem.message}); the project has"
        f" {version[0]}.{version[1]}. Install Holefit under that if the code is right."
    )
    return replace(problem, severity=Severity.INFORMATION, message=text)


@lru_cache(maxsize=16)
def environment_version(python: Path) -> tuple[int, int] | None:
    """The version of the virtual environment that ``python`` is in, by its ``pyvenv.cfg``; nothing is run to find out."""
    try:
        text = (python.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2])) if found else None
