"""What Holefit has to say about a place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from holefit.syntax.source import Range


class Severity(Enum):
    """How grave a diagnostic is; ordered as editors order them."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message about one range. ``code`` is a stable word such as ``hole``, ``syntax``, ``type``, ``annotation``."""

    path: Path
    range: Range
    severity: Severity
    code: str
    message: str
