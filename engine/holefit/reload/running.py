"""What to do about functions that are running while a reload would change them: report them, wait for them, or refuse.

A reload never disturbs a call: it ends with the code that it began with. Who wants no old code to be at work beside new code
chooses ``wait`` or ``refuse``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from holefit.reload.report import ReloadReport

Running = Literal["report", "wait", "refuse"]
AGAIN_S = 0.05


def patiently(reload: Callable[[str], ReloadReport], policy: Running, wait_s: float) -> ReloadReport:
    """The report of ``reload(running)`` under a policy; ``running`` is ``report`` or ``refuse``.

    Under ``wait`` it is asked again until nothing that would change is running, for ``wait_s`` seconds; what is refused then stays refused.
    """
    if policy != "wait":
        return reload(policy)
    deadline = time.monotonic() + wait_s
    report = reload("refuse")
    while is_refused(report) and time.monotonic() < deadline:
        time.sleep(AGAIN_S)
        report = reload("refuse")
    return report


def is_refused(report: ReloadReport) -> bool:
    """Whether a reload did not happen because functions that it would change were running."""
    return bool(report.errors and report.stale_frames)
