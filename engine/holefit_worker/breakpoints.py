"""Breakpoints: which lines stop, and the machinery that notices. Where code stands on no breakpoint it runs at full speed.

``sys.monitoring`` (3.12 on) fires once for a line that is of no interest and then never again; before that, ``sys.settrace`` is switched on for
evaluations that may stop, and follows only files with breakpoints.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, get_ident
from collections import deque

from holefit_worker.failures import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    from holefit_wire.interpreter import EvalOpts

HISTORY = 50
TOOL = 3  # of sys.monitoring: neither debugger, coverage, profiler nor optimizer
OFF = -1
_LIBRARY = os.path.dirname(os.__file__)


class Array:
    """Counters for the lines of one file."""

    def __init__(self, path: str, lines: list[int]) -> None:
        self.path = path
        self.lines = lines
        self.counts = [OFF] * len(lines)
        self.hits = [0] * len(lines)


class Breakpoints:
    """All arrays, and the mode of the evaluation that runs. ``on_stop(frame, array, index, exception)`` is called in the main thread, and
    returns the mode to go on with."""

    def __init__(self, on_stop: Callable[..., str]) -> None:
        self._on_stop = on_stop
        self._lock = allocate_lock()
        self._main = get_ident()
        self._arrays: dict[int, Array] = {}
        self._next = 0
        self._places: dict[str, dict[int, tuple[int, int]]] = {}
        self._mode = "continue"
        self._anchor: FrameType | None = None
        self._opts: EvalOpts | None = None
        self._stopping = False
        self.history: deque[tuple[str, int, str]] = deque(maxlen=HISTORY)
        self._engine: Any = _Monitoring(self) if hasattr(sys, "monitoring") else _Tracing(self)

    # Arrays; from any thread

    def new_array(self, path: str) -> tuple[int, list[int]]:
        """An array for the lines of ``path`` that hold code. Raises OSError, SyntaxError."""
        import linecache

        linecache.checkcache(path)
        text = "".join(linecache.getlines(path))
        if not text:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        lines = sorted(set(_lines(compile(text, path, "exec", 0, True))))
        with self._lock:
            self._next += 1
            self._arrays[self._next] = Array(path, lines)
            return self._next, lines

    def setup(self, ref: int, index: int, count: int) -> None:
        """Set a counter. Raises LookupError."""
        with self._lock:
            array = self._arrays[ref]
            line = array.lines[index]
            array.counts[index] = count
            places = self._places.setdefault(array.path, {})
            if count == OFF:
                places.pop(line, None)
            else:
                places[line] = (ref, index)
            if not places:
                del self._places[array.path]
        self._engine.refresh()

    def status(self, ref: int, index: int) -> tuple[int, int]:
        """A counter, and how often the line was passed while it was on. Raises LookupError."""
        array = self._arrays[ref]
        return array.counts[index], array.hits[index]

    def free(self, ref: int) -> None:
        """Forget an array and its breakpoints. Raises LookupError."""
        with self._lock:
            array = self._arrays.pop(ref)
            places = {
                line: place for line, place in self._places.get(array.path, {}).items() if place[0] != ref
            }
            self._places.pop(array.path, None)
            if places:
                self._places[array.path] = places
        self._engine.refresh()

    # Evaluations; in the main thread

    def begin(self, opts: EvalOpts) -> None:
        """An evaluation that may stop begins."""
        self._main = get_ident()
        self._opts = opts
        self._mode = "step" if opts.single_step else "continue"
        self._anchor = None
        self.history.clear()
        self._engine.begin()

    def end(self) -> None:
        """It is over."""
        self._opts = None
        self._mode = "continue"
        self._anchor = None
        self._engine.end()

    @property
    def every_line(self) -> bool:
        """Whether every line matters now, not only those with breakpoints."""
        return self._opts is not None and (self._mode != "continue" or self._opts.trace)

    @property
    def exceptions(self) -> bool:
        """Whether raising matters now."""
        return self._opts is not None and self._opts.break_on_exception

    def concerns(self, path: str) -> bool:
        """Whether lines of a file matter now."""
        return self._opts is not None and (path in self._places or self.every_line)

    def line(self, frame: FrameType) -> bool:
        """User code reaches a line; may stop. Gives whether the line may matter again."""
        path, number = frame.f_code.co_filename, frame.f_lineno
        opts = self._opts
        if opts is None or get_ident() != self._main or self._stopping:
            return True
        place = self._places.get(path, {}).get(number)
        if opts.trace and not _is_ours(path):
            self.history.append((path, number, frame.f_code.co_name))
        stop = False
        if place is not None:
            array, index = self._arrays[place[0]], place[1]
            array.hits[index] += 1
            if array.counts[index] > 0:
                array.counts[index] -= 1
            else:
                stop = True
        if stop or self._steps_to(frame):
            self.stop(frame, *(place or (0, -1)), None)
        return place is not None or self.every_line

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """User code raises; may stop."""
        if (
            self.exceptions
            and get_ident() == self._main
            and not self._stopping
            and not _is_ours(frame.f_code.co_filename)
        ):
            self.stop(frame, 0, -1, error)

    def stop(self, frame: FrameType, array: int, index: int, error: BaseException | None) -> None:
        """Stop here, until the session says how to go on."""
        if self._opts is None or self._stopping:
            return
        opts, self._stopping = self._opts, True
        try:
            mode = self._on_stop(frame, array, index, error)
        finally:
            self._stopping = False
            self._opts = opts
        self._mode, self._anchor = mode, frame
        self._engine.begin()

    def stop_after(self, frames: list[FrameType], error: BaseException) -> None:
        """An exception is about to end the evaluation: stop, with the frames that it went through."""
        self._stopping = True
        try:
            self._on_stop(frames[0], 0, -1, error, frames)
        finally:
            self._stopping = False

    def _steps_to(self, frame: FrameType) -> bool:
        """Whether the step that was asked for ends at this line."""
        if self._mode == "continue" or _is_ours(frame.f_code.co_filename):
            return False
        if self._mode == "step" or self._anchor is None:
            return True
        above = self._anchor.f_back
        if self._mode == "over" and frame is self._anchor:
            return True
        while above is not None:
            if frame is above:
                return True
            above = above.f_back
        return False


class _Monitoring:
    """Notices by ``sys.monitoring``."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._used = False

    def refresh(self) -> None:
        """Breakpoints have changed, perhaps in another thread."""
        if self._breakpoints._opts is not None:
            self.begin()

    def begin(self) -> None:
        """Look out for what matters now."""
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
        events, breakpoints = monitoring.events, self._breakpoints
        if not self._used:
            monitoring.use_tool_id(TOOL, "holefit")
            monitoring.register_callback(TOOL, events.PY_START, self._start)
            monitoring.register_callback(TOOL, events.PY_RESUME, self._start)
            monitoring.register_callback(TOOL, events.LINE, self._line)
            monitoring.register_callback(TOOL, events.RAISE, self._raise)
            self._used = True
        wanted = events.PY_START | events.PY_RESUME if breakpoints._places else 0
        if breakpoints.every_line:
            wanted |= events.LINE
        if breakpoints.exceptions:
            wanted |= events.RAISE
        for frame in sys._current_frames().values():
            inner: FrameType | None = frame
            while inner is not None:
                if inner.f_code.co_filename in breakpoints._places:
                    monitoring.set_local_events(TOOL, inner.f_code, events.LINE)
                inner = inner.f_back
        monitoring.set_events(TOOL, wanted)
        monitoring.restart_events()

    def end(self) -> None:
        """Nothing matters any more."""
        if self._used:
            sys.monitoring.set_events(TOOL, 0)  # type: ignore[attr-defined,unused-ignore]  # 3.12 on

    def _start(self, code: CodeType, offset: int) -> Any:
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
        if code.co_filename in self._breakpoints._places:
            monitoring.set_local_events(TOOL, code, monitoring.events.LINE)
        return monitoring.DISABLE

    def _line(self, code: CodeType, line: int) -> Any:
        again = self._breakpoints.line(sys._getframe(1))
        return None if again else sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]  # 3.12 on

    def _raise(self, code: CodeType, offset: int, error: BaseException) -> None:
        self._breakpoints.raised(sys._getframe(1), error)


class _Tracing:
    """Notices by ``sys.settrace``."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints

    def refresh(self) -> None:
        """Breakpoints have changed. The main thread follows new ones from its next call on."""

    def begin(self) -> None:
        """Look out for what matters now, in the frames that stand too."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if not _is_ours(frame.f_code.co_filename):
                frame.f_trace = self._local
            frame = frame.f_back
        sys.settrace(self._call)

    def end(self) -> None:
        """Nothing matters any more."""
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        breakpoints = self._breakpoints
        path = frame.f_code.co_filename
        wanted = breakpoints.concerns(path) or breakpoints.exceptions or not path.startswith(_LIBRARY)
        return self._local if wanted and not _is_ours(path) else None  # a breakpoint may be set while it runs

    def _local(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._breakpoints.line(frame)
        elif event == "exception":
            self._breakpoints.raised(frame, argument[1])
        return self._local


def _is_ours(path: str) -> bool:
    return path.startswith((OURS, "<frozen "))


def _lines(code: CodeType) -> list[int]:
    """The lines that hold code, of inner functions too."""
    found = [line for _, _, line in code.co_lines() if line]
    for constant in code.co_consts:
        if type(constant) is type(code):
            found += _lines(constant)
    return found
