"""Breakpoints: which lines stop, and the evaluations that may. What notices that a line is reached is in :mod:`.noticing`.

Code in which no breakpoint stands runs at full speed, and so does all code while no evaluation runs that may stop.
"""

# Note [Stops in other threads]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Requests are served in the main thread, and evaluations run there. A thread of the user's that comes to a breakpoint leaves a visit, signals the main thread
# and waits. Python calls the signal's handler in the main thread between two instructions, in the middle of a join or a sleep too; it serves requests
# as if it had stopped itself, with the frames of the visitor. While one stop lasts, further visitors wait for their turn.

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # without the enums, whose import takes 3 ms
import sys
from _thread import RLock, allocate_lock, get_ident
from collections import deque

from holefit_worker.failures import OURS
from holefit_worker.noticing import Monitoring, Tracing
from holefit_worker.sites import OFF, Array, Names, Site, is_library, own_lines, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType
    from typing import Any

    from holefit_wire.interpreter import EvalOpts

HISTORY = 50
AGAIN_S = 0.02  # between two signals to the main thread
_CONTROL = (
    StopIteration,
    StopAsyncIteration,
    GeneratorExit,
    KeyboardInterrupt,
)  # no errors, or not the code's


class Activity:
    """An evaluation that may stop, and the step that it is on: ``mode`` is continue, step, over or out."""

    def __init__(self, opts: EvalOpts, request: int) -> None:
        self.opts = opts
        self.request = self.reply_to = request  # what began it, and what gets its next answer
        self.abandoned = False
        self.history: deque[tuple[str, int, str]] = deque(maxlen=HISTORY)
        self.raised: BaseException | None = None  # the exception that it has stopped at last
        self.mode = "step" if opts.single_step else "continue"
        self.thread = get_ident()
        self._anchor: FrameType | None = None
        self._callers: frozenset[FrameType] = frozenset()
        self._codes: frozenset[CodeType] = frozenset()
        self._everywhere = False

    def aim(self, mode: str, frame: FrameType, thread: int) -> None:
        """Go on from ``frame``, in ``thread``."""
        self.mode, self.thread = mode, thread
        self._anchor, callers = frame, []
        above = frame.f_back if mode in ("over", "out") else None
        while above is not None:
            callers.append(above)
            above = above.f_back
        self._callers = frozenset(callers)
        self._codes = frozenset([frame.f_code, *(caller.f_code for caller in callers)])
        self._everywhere = is_library(frame.f_code.co_filename)

    @property
    def every_line(self) -> bool:
        """Whether lines without breakpoints matter."""
        return self.mode != "continue" or self.opts.trace

    def matters(self, code: CodeType) -> bool:
        """Whether lines of ``code`` without breakpoints may matter."""
        if self.opts.trace or self.mode == "step":
            return True
        return self.mode != "continue" and (code in self._codes or self._anchor is None)

    def steps_to(self, frame: FrameType) -> bool:
        """Whether the step that was asked for ends at this line."""
        if self.mode == "continue" or get_ident() != self.thread:
            return False
        if not self._everywhere and is_library(frame.f_code.co_filename):
            return False
        if self.mode == "step" or self._anchor is None:
            return True
        return frame in self._callers or (self.mode == "over" and frame is self._anchor)


class Visit:
    """A thread that waits to be stopped. See Note [Stops in other threads]."""

    def __init__(self, frame: FrameType, site: Site | None, error: BaseException | None) -> None:
        self.frame = frame
        self.site = site
        self.error = error
        self.thread = get_ident()
        self.begun = False
        self.mode = "continue"
        self.over = allocate_lock()
        self.over.acquire()


class Breakpoints:
    """All arrays, and the evaluation that may stop.

    ``on_stop(activity, frames, site, error, thread)`` is called in the main thread, and returns the mode to go on with; it raises to abandon.
    ``loaded(path)`` is the text that runs of a file, where it is known.
    """

    signals = True  # whether the thread that evaluates can be signalled: it is the process's main one

    def __init__(self, on_stop: Callable[..., str], loaded: Callable[[str], str | None]) -> None:
        self._on_stop = on_stop
        self._loaded = loaded
        self._lock = RLock()  # a signal's handler may come in between
        self._main = get_ident()
        self._arrays: dict[int, Array] = {}
        self._newest = 0
        self._names = Names()
        self._places: dict[str, dict[int, Site]] = {}  # by file name as code objects have it
        self._stale: dict[CodeType, dict[int, int]] = {}  # where the lines of running old code went
        self._activity: Activity | None = None
        self._paused: list[Activity] = []  # those that stand still, outermost first
        self._visits: deque[Visit] = deque()
        self._engine: Any = Monitoring(self) if hasattr(sys, "monitoring") else Tracing(self)

    # Arrays; from any thread

    def new_array(self, path: str, extra: Iterable[int] = ()) -> tuple[int, list[int]]:
        """An array for the lines of ``path`` that hold code. Raises OSError, SyntaxError, UnicodeError."""
        array = Array(path, text_of(path, self._loaded(path)), extra)
        with self._lock:
            self._newest += 1
            self._arrays[self._newest] = array
            return self._newest, array.lines

    def setup(self, ref: int, index: int, count: int, condition: str = "") -> None:
        """Set a counter. Raises LookupError, SyntaxError."""
        with self._lock:
            array = self._arrays[ref]
            if not 0 <= index < len(array.lines) or not array.lines[index]:
                raise LookupError(f"{array.path} has no line for counter {index}")
            site = array.sites.get(index) or Site(ref, index, array.lines[index])
            site.set_condition(condition)
            site.count = count
            array.hits[index] = site.hits
            if count == OFF:
                array.sites.pop(index, None)
            else:
                array.sites[index] = site
            self._places = {}
        self._engine.refresh()

    def status(self, ref: int, index: int) -> tuple[int, int]:
        """A counter, and how often the line was reached while it was on. Raises LookupError."""
        array = self._arrays[ref]
        if not 0 <= index < len(array.lines):
            raise LookupError(f"{array.path} has no counter {index}")
        site = array.sites.get(index)
        return (site.count, site.hits) if site is not None else (OFF, array.hits.get(index, 0))

    def lines(self, ref: int) -> list[int]:
        """The line of each index, as the text is now. Raises LookupError."""
        self.follow()
        return self._arrays[ref].lines

    def all(self) -> list[tuple[str, Site]]:
        """The breakpoints that are set, with their files."""
        self.follow()
        return [(array.path, site) for array in self._arrays.values() for site in array.sites.values()]

    def free(self, ref: int) -> None:
        """Forget an array and its breakpoints. Raises LookupError."""
        with self._lock:
            del self._arrays[ref]
            self._places = {}
        self._engine.refresh()

    def follow(self) -> None:
        """Let breakpoints move with their lines, in files of which another text runs now."""
        for array in list(self._arrays.values()):
            text = self._loaded(array.path)
            if text is None or text == array.text:
                continue
            with self._lock:
                try:
                    moved = array.follow(text)
                except SyntaxError:  # it cannot be what runs
                    continue
                real = self._names.real(array.path)
                for code in running_codes():
                    if self._names.real(code.co_filename) == real:
                        before = self._stale.get(code)
                        steps = before.items() if before is not None else zip(moved, moved, strict=True)
                        self._stale[code] = {old: moved[now] for old, now in steps if now in moved}
                self._places = {}

    # What the engines ask

    @property
    def is_wanted(self) -> bool:
        """Whether anything is to be noticed."""
        return any(array.sites for array in self._arrays.values()) or self.every_line or self.exceptions

    @property
    def every_line(self) -> bool:
        """Whether lines without breakpoints matter now."""
        return self._activity is not None and self._activity.every_line

    @property
    def exceptions(self) -> bool:
        """Whether raising matters now."""
        return self._activity is not None and self._activity.opts.break_on_exception

    @property
    def awake(self) -> bool:
        """Whether an evaluation is there that may stop, running or stopped."""
        # An activity is in one of both at any moment, but may go over from one to the other between two looks.
        return self._activity is not None or bool(self._paused) or self._activity is not None

    def matters(self, code: CodeType) -> bool:
        """Whether lines of ``code`` may matter now, or what is raised there."""
        activity = self._activity
        if activity is not None and (activity.opts.break_on_exception or activity.matters(code)):
            return True
        return self.has_sites(code)

    def has_sites(self, code: CodeType) -> bool:
        """Whether breakpoints stand in ``code``, not counting functions inside it."""
        sites = self.sites(code.co_filename)
        return bool(sites) and (code in self._stale or not own_lines(code).isdisjoint(sites))

    def sites(self, filename: str) -> dict[int, Site]:
        """The breakpoints in a file, by line."""
        places = self._places.get(filename)
        if places is None:
            places = {}
            if self._arrays and not filename.startswith(OURS):
                real = self._names.real(filename)
                arrays = [one for one in self._arrays.values() if self._names.real(one.path) == real]
                if any(self._loaded(one.path) not in (None, one.text) for one in arrays):
                    self.follow()
                places = {site.line: site for one in arrays for site in one.sites.values()}
            self._places[filename] = places
        return places

    def line(self, frame: FrameType) -> bool:
        """User code reaches a line; may stop. Gives whether the line may matter again."""
        activity = self._activity
        if activity is None and (get_ident() == self._main or not self.awake):
            return self.awake
        code, number = frame.f_code, frame.f_lineno
        if is_ours(code.co_filename):
            return False
        if activity is not None and activity.opts.trace:
            activity.history.append((code.co_filename, number, code.co_name))
        if self._stale and code in self._stale:
            number = self._stale[code].get(number, 0)
        site = self.sites(code.co_filename).get(number)
        if site is not None and site.stops(frame):
            self.stop(frame, site, None)
        elif activity is not None and activity.mode != "continue" and activity.steps_to(frame):
            self.stop(frame, None, None)
        return site is not None or activity is None or activity.matters(code)

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """An exception comes to a frame of the user's; may stop, once for each exception."""
        activity = self._activity
        if activity is None or not activity.opts.break_on_exception or error is activity.raised:
            return
        path = frame.f_code.co_filename
        if not isinstance(error, _CONTROL) and not is_library(path) and not is_ours(path):
            activity.raised = error
            self.stop(frame, None, error)

    # Evaluations

    def begin(self, opts: EvalOpts, request: int) -> Activity:
        """An evaluation that may stop begins, in the main thread; perhaps while another is stopped."""
        self._main = get_ident()
        self.follow()
        if self.signals:
            signal.signal(signal.SIGURG, self._signalled)
        activity = self._activity = Activity(opts, request)
        self._engine.begin(sys._getframe(1))
        return activity

    def end(self) -> None:
        """It is over."""
        with self._lock:
            self._activity = None
            visits = [] if self._paused else list(self._visits)
            if not self._paused:
                self._visits.clear()
        for visit in visits:
            visit.over.release()
        if self._paused:
            self._engine.begin(None)
        else:
            self._stale.clear()
            self._engine.end()

    def stop(self, frame: FrameType, site: Site | None, error: BaseException | None) -> None:
        """Stop here, until the session says how to go on."""
        if get_ident() != self._main:
            self._visit(Visit(frame, site, error))
        elif self._activity is not None:
            self._serve(frame, frames_from(frame), site, error, self._main)
            self._receive()

    def stop_after(self, frames: list[FrameType], error: BaseException) -> None:
        """An exception is about to end the evaluation: stop, with the frames that it went through."""
        self._serve(frames[0], frames, None, error, self._main)

    def _serve(
        self,
        frame: FrameType,
        frames: list[FrameType],
        site: Site | None,
        error: BaseException | None,
        thread: int,
    ) -> str:
        """What is evaluated meanwhile stops only if it says so itself."""
        activity = self._activity
        assert activity is not None
        self._paused.append(activity)
        self._activity = None
        try:
            mode = self._on_stop(activity, frames, site, error, thread != self._main)
        finally:
            self._activity = activity
            self._paused.pop()
        self.follow()
        activity.aim(mode, frame, thread)
        self._engine.begin(frame)
        return mode

    def _visit(self, visit: Visit) -> None:
        """Have the main thread stop for this one. See Note [Stops in other threads]."""
        with self._lock:
            if not self.awake or not self.signals:
                return
            self._visits.append(visit)
        while not visit.begun:  # a signal that comes just before a wait begins does not end that wait
            signal.pthread_kill(self._main, signal.SIGURG)
            if visit.over.acquire(True, AGAIN_S):
                break
        else:
            visit.over.acquire()
        if visit.mode == "abandon":
            raise SystemExit

    def _receive(self) -> None:
        while self._visits and self._activity is not None:
            visit = self._visits.popleft()
            visit.begun = True
            visit.mode = "abandon"  # should it raise
            try:
                frames = frames_from(visit.frame)
                visit.mode = self._serve(visit.frame, frames, visit.site, visit.error, visit.thread)
            finally:
                visit.over.release()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        """In the main thread: somebody waits to be stopped, or breakpoints have changed."""
        if self._activity is not None and frame is not None:
            self._engine.begin(frame)
            self._receive()

    def signal_main(self) -> None:
        """Have the engine look again, in the main thread."""
        if self._activity is not None and self.signals:
            signal.pthread_kill(self._main, signal.SIGURG)


def is_ours(path: str) -> bool:
    """Whether it is the worker's own code, or the import machinery."""
    return path.startswith((OURS, "<frozen "))


def frames_from(frame: FrameType | None) -> list[FrameType]:
    """The user's frames from ``frame`` outwards."""
    frames = []
    while frame is not None:
        if not is_ours(frame.f_code.co_filename):
            frames.append(frame)
        frame = frame.f_back
    return frames


def running_codes() -> set[CodeType]:
    """The code of all frames that are under way."""
    found = set()
    for top in sys._current_frames().values():
        frame: FrameType | None = top
        while frame is not None:
            found.add(frame.f_code)
            frame = frame.f_back
    return found
