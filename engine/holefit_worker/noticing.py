"""What notices that user code reaches a line or raises: ``sys.monitoring`` from Python 3.12 on, ``sys.settrace`` before.

Monitoring costs nothing where no breakpoint is: a line that is of no interest fires once. Tracing is switched on only while something is to be noticed, calls
a function of ours at every call, and follows the lines of those functions alone that have breakpoints.
"""

from __future__ import annotations

import sys

from holefit_worker.failures import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from holefit_worker.breakpoints import Breakpoints

TOOL = 3  # of sys.monitoring: neither debugger, coverage, profiler nor optimizer


class Monitoring:
    """Notices by ``sys.monitoring``."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._used = False
        self._followed: dict[
            int, CodeType
        ] = {}  # code whose lines fire by themselves, by identity: others may equal it

    def refresh(self) -> None:
        """Breakpoints have changed, perhaps in another thread."""
        if self._breakpoints.awake:
            self.begin(None)

    def begin(self, frame: FrameType | None) -> None:
        """Look out for what matters now."""
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
        events, breakpoints = monitoring.events, self._breakpoints
        if not breakpoints.is_wanted and not self._used:
            return
        if not self._used:
            monitoring.use_tool_id(TOOL, "holefit")
            monitoring.register_callback(TOOL, events.PY_START, self._start)
            monitoring.register_callback(TOOL, events.PY_RESUME, self._start)
            monitoring.register_callback(TOOL, events.LINE, self._line)
            monitoring.register_callback(TOOL, events.RAISE, self._raise)
            self._used = True
        if not breakpoints.is_wanted:
            monitoring.set_events(TOOL, 0)
            return
        wanted = events.PY_START | events.PY_RESUME
        if breakpoints.every_line:
            wanted |= events.LINE
        if breakpoints.exceptions:
            wanted |= events.RAISE
        for top in sys._current_frames().values():
            inner: FrameType | None = top
            while inner is not None:
                self._follow(inner.f_code)
                inner = inner.f_back
        monitoring.set_events(TOOL, wanted)
        monitoring.restart_events()

    def end(self) -> None:
        """Nothing matters any more."""
        if not self._used:
            return
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
        monitoring.set_events(TOOL, 0)
        for code in self._followed.values():
            monitoring.set_local_events(TOOL, code, 0)
        self._followed.clear()

    def _follow(self, code: CodeType) -> None:
        if id(code) not in self._followed and self._breakpoints.has_sites(code):
            monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
            monitoring.set_local_events(TOOL, code, monitoring.events.LINE)
            self._followed[id(code)] = code

    def _start(self, code: CodeType, offset: int) -> Any:
        self._follow(code)
        return sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]  # 3.12 on

    def _line(self, code: CodeType, line: int) -> Any:
        again = self._breakpoints.line(sys._getframe(1))
        return None if again else sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]  # 3.12 on

    def _raise(self, code: CodeType, offset: int, error: BaseException) -> None:
        self._breakpoints.raised(sys._getframe(1), error)


class Tracing:
    """Notices by ``sys.settrace``: in the main thread, and in threads that ``threading`` starts while something is to be noticed."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._on = False
        self._theirs: Any = None  # the tracing function that the user has given to threading
        self._wanted: dict[int, tuple[bool, CodeType]] = {}  # by identity: to hash code takes long

    def refresh(self) -> None:
        """Breakpoints have changed, perhaps in another thread: only the main one can look at its own frames."""
        self._wanted.clear()
        self._breakpoints.signal_main()

    def begin(self, frame: FrameType | None) -> None:
        """Look out for what matters now, in ``frame`` and what called it too."""
        self._wanted.clear()
        if not self._breakpoints.is_wanted and self._breakpoints.signals:
            self.end()
            return
        while frame is not None:
            if not frame.f_code.co_filename.startswith((OURS, "<frozen ")):
                frame.f_trace = self._local
            frame = frame.f_back
        if not self._on and self._breakpoints.signals:
            import threading

            self._on = True
            self._theirs = getattr(threading, "_trace_hook", None)
            threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self) -> None:
        """Nothing matters any more."""
        if self._on:
            import threading

            self._on = False
            threading.settrace(self._theirs)
            sys.settrace(None)
        elif not self._breakpoints.signals:
            sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        known = self._wanted.get(id(code))
        if known is None:
            ours = code.co_filename.startswith((OURS, "<frozen "))
            wanted = not ours and (not self._breakpoints.signals or self._breakpoints.matters(code))
            known = self._wanted[id(code)] = (wanted, code)
        return self._local if known[0] else None

    def _local(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._breakpoints.line(frame)
        elif event == "exception":
            self._breakpoints.raised(frame, argument[1])
        return self._local
