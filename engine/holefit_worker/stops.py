"""Stopped evaluations: what the session sees of one, and how it goes on.

An evaluation that stops keeps the main thread's stack: its request is answered with EvalBreak, and further requests are served from inside,
until one resumes or abandons it. The last answer goes to the request that resumed it.
"""

from __future__ import annotations

import sys

from holefit_wire.interpreter import (
    AbandonStmt,
    EvalBreak,
    Failed,
    LocalInfo,
    Reply,
    ResumeSeq,
    ResumeStmt,
    Shutdown,
    StackFrame,
)
from holefit_worker.failures import OURS, qualified, source_line
from holefit_worker.show import safe_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from holefit_worker.worker import Worker

MODES = ("continue", "step", "over", "out")
MAX_FRAMES = 50
MAX_VARIABLES = 100
SHORT = 200  # characters


class Abandoned(KeyboardInterrupt):
    """Unwinds an evaluation that nobody wants to go on."""


class Stop:
    """An evaluation that stands still."""

    def __init__(self, frames: list[FrameType]) -> None:
        self.frames = frames


class Stops:
    """The stopped evaluations of a worker: one inside the other, of which the innermost can be resumed."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._stops: dict[int, Stop] = {}
        self._next = 0
        self.reply_to = 0  # the request that gets the answer of the running evaluation, when it was resumed
        self.abandoned = False

    def get(self, ref: int) -> Stop:
        """Raises KeyError."""
        return self._stops[ref]

    def wait(
        self,
        frame: FrameType,
        array: int,
        index: int,
        error: BaseException | None,
        frames: list[FrameType] | None = None,
    ) -> str:
        """Stop at ``frame``; gives the mode to go on with. Raises Abandoned."""
        worker = self._worker
        serve = worker.serve_inside
        if serve is None:
            return "continue"
        stop = Stop(frames if frames is not None else user_frames(frame))
        self._next += 1
        ref = self._next
        self._stops[ref] = stop
        running = worker.runs.pause()
        out, err, limit = worker.pause_capture()
        value = worker.value_info(error, SHORT) if error is not None else None
        stack = [self._described(one) for one in stop.frames[:MAX_FRAMES]]
        notice = EvalBreak(error is not None, value, array, index, ref, stack, out, err)
        request, mode = serve(Reply(self.reply_to or running, notice), ref)
        del self._stops[ref]
        worker.resume_capture(limit)
        worker.runs.resume(request)
        self.reply_to = request
        if mode == "abandon":
            self.abandoned = True
            raise Abandoned
        return mode

    def answer(self, body: Any, innermost: int) -> str | Failed | None:
        """The mode when ``body`` lets the innermost stop go on; None when it is about something else."""
        if type(body) is Shutdown:
            return "abandon"
        if type(body) not in (ResumeStmt, ResumeSeq, AbandonStmt):
            return None
        if body.resume not in self._stops:
            return Failed("StaleRef", f"no evaluation is stopped at {body.resume}")
        if body.resume != innermost:
            return Failed(
                "Impossible", "a later evaluation is stopped inside this one: resume or abandon that first"
            )
        if type(body) is AbandonStmt:
            return "abandon"
        if body.mode not in MODES:
            return Failed("MalformedMessage", f"no way to go on is called {body.mode!r}")
        return str(body.mode)

    def _described(self, frame: FrameType) -> StackFrame:
        code = frame.f_code
        variables = []
        for name, value in list(frame.f_locals.items())[:MAX_VARIABLES]:
            if not (name.startswith("__") and name.endswith("__")):
                variables.append(LocalInfo(name, qualified(type(value)), self._short(value)))
        name = getattr(code, "co_qualname", code.co_name)
        return StackFrame(
            code.co_filename,
            frame.f_lineno or 0,
            name,
            source_line(code.co_filename, frame.f_lineno or 0, frame.f_globals),
            variables,
        )

    def _short(self, value: object) -> str:
        """Only what cannot run user code: a stop must not change what it shows."""
        if type(value).__module__ == "builtins" or type(value).__repr__ is object.__repr__:
            return safe_repr(value, SHORT)[0] if _is_plain(value, 3) else f"<{qualified(type(value))}>"
        return f"<{qualified(type(value))}>"


def user_frames(frame: FrameType | None) -> list[FrameType]:
    """The user's frames from ``frame`` outwards."""
    frames = []
    while frame is not None:
        if not frame.f_code.co_filename.startswith((OURS, "<frozen ")):
            frames.append(frame)
        frame = frame.f_back
    return frames


def _is_plain(value: object, depth: int) -> bool:
    """Whether representing it runs no user code."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset, dict):
        if depth == 0 or len(value) > 1000:  # type: ignore[arg-type]  # they all have a length
            return False
        items: Any = value
        inner = all(_is_plain(item, depth - 1) for item in items)
        return inner and (kind is not dict or all(_is_plain(item, depth - 1) for item in items.values()))
    return (kind.__module__ == "builtins" and kind.__repr__ is not None) or kind.__repr__ is object.__repr__


def write_back(frame: FrameType, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Bring what an evaluation in a frame has changed into that frame; names that are new go to its globals."""
    local = frame.f_locals
    changed = [name for name, value in after.items() if name not in before or before[name] is not value]
    for name in changed:
        if name in local or name in frame.f_code.co_varnames:
            local[name] = after[name]
        else:
            frame.f_globals[name] = after[name]
    if changed and sys.version_info < (3, 13):
        import ctypes

        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
