"""Stopped evaluations: what the session sees of one, and how it goes on.

An evaluation that stops keeps the main thread's stack: its request is answered with EvalBreak, and further requests are served from inside,
until one resumes or abandons it. The last answer goes to the request that resumed it. One of those further requests may evaluate and stop in its turn: then
it stands on top of the first, and goes on first. As with GHCi's, stops are a stack.
"""

from __future__ import annotations

import sys

from holefit_wire.interpreter import (
    AbandonStmt,
    Done,
    EvalBreak,
    Failed,
    LocalInfo,
    Reply,
    ResumeSeq,
    ResumeStmt,
    Shutdown,
    StackFrame,
)
from holefit_worker.failures import qualified, source_line
from holefit_worker.holes import HoleReached, place_of
from holefit_worker.show import safe_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from holefit_worker.breakpoints import Activity
    from holefit_worker.sites import Site
    from holefit_worker.worker import Worker

MODES = ("continue", "step", "over", "out")
MAX_FRAMES = 50
MAX_VARIABLES = 100
SHORT = 200  # characters


class Abandoned(KeyboardInterrupt):
    """Unwinds an evaluation that nobody wants to go on."""


class Stop:
    """An evaluation that stands still."""

    def __init__(self, activity: Activity, frames: list[FrameType], hole: HoleReached | None = None) -> None:
        self.activity = activity
        self.frames = frames
        self.hole = hole  # the one that it stands at


class Stops:
    """The stopped evaluations of a worker: one inside the other, of which the innermost can be resumed."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._stops: dict[int, Stop] = {}
        self._redirected: dict[
            int, int
        ] = {}  # requests that began an evaluation: which one gets its last answer
        self._abandoned: set[int] = set()

    @property
    def any(self) -> bool:
        """Whether an evaluation is stopped."""
        return bool(self._stops)

    def get(self, ref: int) -> Stop:
        """Raises KeyError."""
        return self._stops[ref]

    def wait(
        self,
        activity: Activity,
        frames: list[FrameType],
        site: Site | None,
        error: BaseException | None,
        elsewhere: bool,
    ) -> str:
        """Stop with ``frames``, innermost first, which are another thread's where ``elsewhere``; gives the mode to go on with. Raises Abandoned."""
        worker = self._worker
        serve = worker.serve_inside
        if serve is None:
            return "continue"
        ref = activity.reply_to  # which no other stop answers, also of a worker before or after this one
        hole = error if isinstance(error, HoleReached) else None
        error = None if hole is not None else error
        self._stops[ref] = Stop(activity, frames, hole)
        worker.runs.pause()
        out, err, limit = worker.pause_capture()
        notice = EvalBreak(
            is_exception=error is not None,
            value=worker.value_info(error, SHORT) if error is not None else None,
            array=site.array if site is not None else 0,
            index=site.index if site is not None else -1,
            resume=ref,
            call_stack=[self._described(one) for one in frames[:MAX_FRAMES]],
            stdout=out,
            stderr=err,
            thread=_thread_of(frames) if elsewhere else "",
            note=site.problem if site is not None else "",
            hole=place_of(hole) if hole is not None else None,
        )
        activity.reply_to, mode = serve(Reply(activity.reply_to, notice), ref)
        del self._stops[ref]
        worker.resume_capture(limit)
        worker.runs.resume(activity.reply_to)
        if mode == "abandon":
            activity.abandoned = True
            raise Abandoned
        return mode

    def ended(self, activity: Activity) -> None:
        """An evaluation that may have stopped is over."""
        if activity.reply_to != activity.request:
            self._redirected[activity.request] = activity.reply_to
        if activity.abandoned:
            self._abandoned.add(activity.request)

    def last_reply(self, request_id: int, reply: Any) -> Reply:
        """The answer to ``request_id``, for the request that resumed it last."""
        number = self._redirected.pop(request_id, request_id)
        if request_id in self._abandoned:
            self._abandoned.discard(request_id)
            reply = Done()
        return Reply(number, reply)

    def answer(self, body: Any, innermost: int) -> str | Failed | None:
        """The mode when ``body`` lets the innermost stop go on; None when it is about something else."""
        if type(body) is Shutdown:
            return "abandon"
        if type(body) not in (ResumeStmt, ResumeSeq, AbandonStmt):
            return None
        if body.resume not in self._stops:
            return Failed("NotStopped", f"no evaluation stands still as {body.resume}")
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
                variables.append(LocalInfo(name, qualified(type(value)), short_text(value)))
        name = getattr(code, "co_qualname", code.co_name)
        return StackFrame(
            code.co_filename,
            frame.f_lineno or 0,
            name,
            source_line(code.co_filename, frame.f_lineno or 0, frame.f_globals),
            variables,
        )


def short_text(value: object) -> str:
    """Only what cannot run user code: a look at a value must not change it."""
    if type(value).__module__ == "builtins" or type(value).__repr__ is object.__repr__:
        return safe_repr(value, SHORT)[0] if _is_plain(value, 3) else f"<{qualified(type(value))}>"
    return f"<{qualified(type(value))}>"


def _thread_of(frames: list[FrameType]) -> str:
    """The name of the thread that runs the innermost of ``frames``."""
    threading: Any = sys.modules.get("threading")
    for thread in threading.enumerate() if threading is not None else ():
        top = sys._current_frames().get(thread.ident)
        while top is not None:
            if top is frames[0]:
                return str(thread.name)
            top = top.f_back
    return "a thread"


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
