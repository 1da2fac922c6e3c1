"""The exceptions of the outside world: files, configuration, processes.

Broken user code raises none of them: it gives diagnostics.
"""

from __future__ import annotations


class HolefitError(Exception):
    """The base of every error that Holefit raises. ``str`` says what happened; ``remedy`` what to do about it."""

    remedy: str = ""
