"""Requests about holes that were reached, about live values, and tries of what may fill a hole."""

from __future__ import annotations

import sys

from holefit_wire.interpreter import Done, EvalOpts, Failed
from holefit_wire.interpreter.holes import DeferHoles, FillHole, LiveNames, LiveValue, LiveValues, Try
from holefit_worker.evaluate import NOTHING, execute
from holefit_worker.failures import qualified
from holefit_worker.holes import deferred
from holefit_worker.marking import marked
from holefit_worker.stops import short_text
from holefit_worker.trials import tried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from holefit_worker.holes import HoleReached
    from holefit_worker.worker import Worker


def answers(worker: Worker) -> dict[type, Callable[[int, Any], Any]]:
    """What is answered here; from now on, holes stop the evaluations of ``worker``."""
    holes = _Holes(worker)
    deferred.mark, deferred.stop = marked, holes.stop
    return {DeferHoles: holes.defer, FillHole: holes.fill, LiveNames: holes.live, Try: holes.attempt}


class _Holes:
    """The holes of a worker's code."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def stop(self, frame: FrameType, error: HoleReached) -> None:
        """Stand still at a hole, if the evaluation may."""
        self._worker.debugging.breakpoints.stop(frame, None, error)

    def defer(self, request_id: int, body: DeferHoles) -> Done:
        """Switch."""
        deferred.switch(body.on)
        return Done()

    def fill(self, request_id: int, body: FillHole) -> Any:
        """Give the hole of a stop a value."""
        try:
            stop = self._worker.debugging.stops.get(body.resume)
        except KeyError:
            return Failed("NotStopped", f"no evaluation stands still as {body.resume}")
        hole, frame = stop.hole, stop.frames[0]
        if hole is None:
            return Failed("Impossible", f"stop {body.resume} is at no hole")

        def value() -> object:
            namespace = {**frame.f_globals, **frame.f_locals}
            found = execute(body.text, "<hole>", 1, namespace, self._worker.loop)
            if found is NOTHING:
                raise TypeError("a hole is filled by an expression")
            hole.filled = (found,)
            return found

        return self._worker.evaluated(request_id, EvalOpts(), value)

    def live(self, request_id: int, body: LiveNames) -> LiveValues | Failed:
        """What names are bound to."""
        spaces = self._spaces(body.resume, body.module)
        if isinstance(spaces, Failed):
            return spaces
        if not body.names and not body.resume:
            return LiveValues(
                [
                    LiveValue(name, qualified(type(value)), "")
                    for space in spaces
                    for name, value in list(space.items())
                    if not name.startswith("__")
                ]
            )
        found = []
        for name in body.names:
            space = next((one for one in spaces if name in one), None)
            if space is not None:
                value = space[name]
                found.append(LiveValue(name, qualified(type(value)), short_text(value)))
        return LiveValues(found)

    def attempt(self, request_id: int, body: Try) -> Any:
        """Run sources in a copy of this process."""
        spaces = self._spaces(body.resume, body.module)
        if isinstance(spaces, Failed):
            return spaces
        if not spaces:
            return Failed("Impossible", f"the module {body.module} is not loaded")
        namespace = spaces[0] if len(spaces) == 1 else {**spaces[1], **spaces[0]}
        return self._worker.runs.run(request_id, lambda: tried(body, namespace, self._worker))

    def _spaces(self, resume: int, module: str) -> list[dict[str, Any]] | Failed:
        """Where names are looked up, innermost first; none where the module is not loaded."""
        if not resume:
            return [sys.modules[module].__dict__] if module in sys.modules else []
        try:
            frame = self._worker.debugging.frame(resume, 0)
        except LookupError:
            return Failed("NotStopped", f"no evaluation stands still as {resume}")
        return [frame.f_locals, frame.f_globals]
