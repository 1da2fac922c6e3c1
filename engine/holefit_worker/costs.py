"""Profiles by cost centres, as GHC has them: each function that is entered is a centre, and is charged on the stack of those that entered it.

Entering and leaving are told by ``sys.monitoring`` from Python 3.12 on, by ``sys.setprofile`` before; the time that our own part takes is left out. Which lines are
hot is found by looking at the stacks again and again from a thread of its own, which changes the times of short functions less than counting lines would.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import allocate_lock, get_ident, start_new_thread
from types import CodeType, FunctionType

from holefit_wire.interpreter import (
    CostCentre,
    CostCentres,
    CostCentreStackInfo,
    CostCentreStacks,
    EvalOpts,
    Failed,
    LineCost,
    MakeCostCentres,
    Profiled,
    ProfileStmt,
    StackNames,
)
from holefit_worker.failures import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from holefit_worker.worker import Worker

TOOL = 4  # of sys.monitoring: neither debugger, coverage, profiler nor optimizer
KEPT = 8  # profiles
MAX_WRAPPED = 10  # decorators around a function
SWITCH_S = 0.0005  # how long the sampler waits for its turn
_NS, _BYTES, _ENTRIES, _INNER, _KEY, _PARENT = range(6)  # a stack, as a list: it is touched at every call


def answers(worker: Worker) -> dict[type, Callable[[int, Any], Any]]:
    """See :mod:`holefit_worker.later`."""
    costs = Costs(worker)
    return {
        MakeCostCentres: costs.make,
        ProfileStmt: costs.profile,
        CostCentreStackInfo: costs.stack_info,
    }


class Costs:
    """The cost centres and profiles of a worker."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._made: set[CodeType] = set()
        self._profiles: dict[int, Profiled] = {}
        self._newest = 0

    def make(self, request_id: int, body: MakeCostCentres) -> Any:
        """Make cost centres of functions."""

        def centres() -> CostCentres | Failed:
            namespace = self._worker.namespace(body.module)
            found: list[CodeType] = []
            for name in body.names or sorted(_own_functions(namespace, body.module)):
                code = _code_of(namespace, name)
                if code is None:
                    return Failed("Impossible", f"{body.module} has no function {name}")
                found.append(code)
            self._made.update(found)
            return CostCentres([_centre(code) for code in found])

        return self._worker.guarded(request_id, centres)

    def profile(self, request_id: int, body: ProfileStmt) -> Any:
        """Evaluate, and tell where time went."""
        if type(body.opts) is not EvalOpts or body.centres not in ("every", "made"):
            return Failed("MalformedMessage", f"no cost centres are called {body.centres!r}")
        made = self._made if body.centres == "made" else None
        recorder = Recorder(body, made, alone=not self._worker.debugging.breakpoints.signals)

        def run() -> object:
            self._worker.connect_costs(recorder)
            recorder.begin()
            try:
                return self._worker.evaluate(body.opts, body.expr)
            finally:
                recorder.end()
                self._worker.connect_costs(None)

        complete = self._worker.evaluated(request_id, body.opts, run)
        centres, stacks = recorder.stacks()
        self._newest += 1
        told = Profiled(complete, self._newest, centres, stacks, recorder.lines())
        self._profiles[self._newest] = told
        self._profiles.pop(self._newest - KEPT, None)
        return told

    def stack_info(self, request_id: int, body: CostCentreStackInfo) -> StackNames | Failed:
        """The names on a stack."""
        told = self._profiles.get(body.profile)
        if told is None or not 0 <= body.stack < len(told.stacks.parents):
            return Failed("StaleRef", f"there is no stack {body.stack} in a profile {body.profile}")
        names, at = [], body.stack
        while at >= 0:
            centre = told.centres[told.stacks.centres[at]]
            names.append(f"{centre.name} ({centre.path}:{centre.line})" if centre.path else centre.name)
            at = told.stacks.parents[at]
        return StackNames(names[::-1])


class Recorder:
    """One profile while it is made. ``enter(name)`` and ``leave(name)`` are what ``holefit_runtime.cost_centre`` calls."""

    def __init__(self, wishes: ProfileStmt, made: set[CodeType] | None, *, alone: bool) -> None:
        """``made``: the cost centres, all functions where it is None. ``alone``: other threads are not the user's."""
        self._wishes = wishes
        self._alone = alone
        self._made = made
        self._main = get_ident()
        self._wanted: dict[
            int, tuple[bool, CodeType]
        ] = {}  # by identity, which is the code's as long as it is held
        self._threads: dict[
            int, list[Any]
        ] = {}  # by thread: the stack that it is on, since when, those below
        self._roots: list[list[Any]] = []
        self._sampler = Sampler(self._main, wishes.sample_s)
        self._memory = 0
        self._traced: Callable[[], tuple[int, int]] | None = None
        self._started_tracing = False
        self.enter: Callable[..., object]
        self.leave: Callable[..., object]
        self._engine: Any = _Monitoring(self) if hasattr(sys, "monitoring") else _Profiling(self)

    def begin(self) -> None:
        """From now on."""
        if self._wishes.allocation:
            import tracemalloc

            self._started_tracing = not tracemalloc.is_tracing()
            if self._started_tracing:
                tracemalloc.start(1)
            self._traced = tracemalloc.get_traced_memory
            self._memory = self._traced()[0]
        self.enter, self.leave = self.entering(1, None), self.leaving(None)
        self._thread()
        self._sampler.begin()
        self._engine.begin()

    def end(self) -> None:
        """Until now."""
        now = time.perf_counter_ns()
        self._engine.end()
        self._sampler.end()
        for state in list(self._threads.values()):
            state[0][_NS] += now - state[1]
            if self._traced is not None:
                self._charge_memory(state[0])
        if self._started_tracing:
            import tracemalloc

            tracemalloc.stop()

    def entering(self, count: int, disable: object) -> Callable[..., object]:
        """What to call when a cost centre is entered: ``entered(key, frame or offset, ...)``. ``count`` is 0 where a generator or coroutine only goes on.

        Gives ``disable`` for code that is none. One closure, for this is called at every call of the program.
        """
        clock, threads, ident, wanted = time.perf_counter_ns, self._threads, get_ident, self._wanted
        traced = self._traced

        def entered(key: Any, frame: object = None, *ignored: object) -> object:
            now = clock()
            state = threads.get(ident())
            inner = state[0][_INNER].get(id(key)) if state is not None else None
            if inner is None:  # equal codes are another's, and their hash takes long: by identity
                known = wanted.get(id(key))
                if known is None:
                    place: Any = (
                        sys._getframe(1) if type(frame) is int else frame
                    )  # monitoring tells an offset
                    known = wanted[id(key)] = (self._decide(key, place), key)
                if not known[0]:
                    return disable
                state = state or self._thread()
                if state is None:
                    return None
                inner = state[0][_INNER][id(key)] = _continued(state[0], key)
            assert state is not None
            stack = state[0]
            stack[_NS] += now - state[1]
            if traced is not None:
                self._charge_memory(stack)
            inner[_ENTRIES] += count
            state[2].append(inner)
            state[0] = inner
            state[1] = clock()
            return None

        return entered

    def leaving(self, disable: object) -> Callable[..., object]:
        """What to call when it is left: ``left(key, offset, ...)``. Gives ``disable`` for code that is no cost centre."""
        clock, threads, ident, wanted = time.perf_counter_ns, self._threads, get_ident, self._wanted
        traced = self._traced

        def left(key: Any, *ignored: object) -> object:
            now = clock()
            state = threads.get(ident())
            if state is None:
                return None
            stack, below = state[0], state[2]
            if stack[_KEY] is not key:
                if all(
                    one[_KEY] is not key for one in below
                ):  # it was entered before the profile began, or is none
                    return disable if not wanted.get(id(key), (True,))[0] else None
                while below[-1][_KEY] is not key:
                    below.pop()
            stack[_NS] += now - state[1]
            if traced is not None:
                self._charge_memory(stack)
            below.pop()
            state[0] = below[-1]
            state[1] = clock()
            return None

        return left

    def _decide(self, code: CodeType | str, frame: Any) -> bool:
        """Whether ``code``, which begins in ``frame``, is a cost centre."""
        if isinstance(code, str):  # one that code names itself
            return True
        if code.co_filename.startswith((OURS, "<frozen ")):
            return False
        if self._made is not None:
            return code in self._made
        modules = self._wishes.modules
        name = str(frame.f_globals.get("__name__", ""))
        return not modules or any(name == one or name.startswith(one + ".") for one in modules)

    def _thread(self) -> list[Any] | None:
        """The state of this thread, new; None for one that is none of the user's."""
        name, ident = "main", get_ident()
        if ident != self._main:
            if self._alone:
                return None
            name = _thread_name(sys._getframe(1))
        root: list[Any] = [0, 0, 1, {}, str(name), None]
        self._roots.append(root)
        self._sampler.watch(ident)
        state = self._threads[ident] = [root, time.perf_counter_ns(), [root]]
        return state

    def _charge_memory(self, stack: list[Any]) -> None:
        assert self._traced is not None
        memory = self._traced()[0]
        stack[_BYTES] += memory - self._memory
        self._memory = memory

    def stacks(self) -> tuple[list[CostCentre], CostCentreStacks]:
        """What was found; stacks before those that go on from them."""
        centres: list[CostCentre] = []
        numbers: dict[int, int] = {}
        told = CostCentreStacks([], [], [], [], [])
        waiting = [(-1, root) for root in reversed(self._roots)]
        while waiting:
            parent, stack = waiting.pop()
            key = stack[_KEY]
            if id(key) not in numbers:
                numbers[id(key)] = len(centres)
                centres.append(_centre(key))
            at = len(told.parents)
            for column, value in zip(
                (told.parents, told.centres, told.entries, told.nanoseconds, told.allocated),
                (parent, numbers[id(key)], stack[_ENTRIES], stack[_NS], stack[_BYTES]),
                strict=True,
            ):
                column.append(value)
            waiting += [(at, inner) for inner in stack[_INNER].values() if inner[_PARENT] is stack]
        return centres, told

    def lines(self) -> list[LineCost]:
        """The lines that ran, hottest first."""
        return self._sampler.lines()


class Sampler:
    """Looks at the stacks of threads every ``pause_s`` seconds."""

    def __init__(self, main: int, pause_s: float) -> None:
        self._pause_s = pause_s
        self._idents = {main}
        self._own: dict[tuple[str, int], int] = {}
        self._total: dict[tuple[str, int], int] = {}
        self._over = allocate_lock()
        self._going = False
        self._switch_s = 0.0

    def watch(self, ident: int) -> None:
        """Look at this thread too."""
        self._idents.add(ident)

    def begin(self) -> None:
        """Start looking."""
        if self._pause_s > 0:
            self._going = True
            self._switch_s = sys.getswitchinterval()
            sys.setswitchinterval(min(SWITCH_S, self._switch_s))
            self._over.acquire()
            start_new_thread(self._look, ())

    def end(self) -> None:
        """Stop looking."""
        if self._going:
            self._going = False
            self._over.acquire()
            sys.setswitchinterval(self._switch_s)

    def _look(self) -> None:
        last = time.perf_counter_ns()
        try:
            while self._going:
                time.sleep(self._pause_s)
                frames, now = sys._current_frames(), time.perf_counter_ns()
                for ident in list(self._idents):
                    self._add(frames.get(ident), now - last)
                del frames
                last = now
        finally:
            self._over.release()

    def _add(self, frame: FrameType | None, spent: int) -> None:
        seen: set[tuple[str, int]] = set()
        while frame is not None:
            path = frame.f_code.co_filename
            if not path.startswith((OURS, "<frozen ")):
                place = (path, frame.f_lineno or 0)
                if not seen:
                    self._own[place] = self._own.get(place, 0) + spent
                if place not in seen:
                    seen.add(place)
                    self._total[place] = self._total.get(place, 0) + spent
            frame = frame.f_back

    def lines(self) -> list[LineCost]:
        """What was seen."""
        found = [
            LineCost(path, line, self._own.get((path, line), 0), total)
            for (path, line), total in self._total.items()
        ]
        return sorted(found, key=lambda one: (-one.nanoseconds, -one.with_calls))


class _Monitoring:
    """Tells of calls by ``sys.monitoring``; code that is no cost centre fires once."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def begin(self) -> None:
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
        events, recorder = monitoring.events, self._recorder
        left = recorder.leaving(monitoring.DISABLE)
        monitoring.use_tool_id(TOOL, "holefit profile")
        wanted = 0
        for event, callback in (
            (events.PY_START, recorder.entering(1, monitoring.DISABLE)),
            (events.PY_RESUME, recorder.entering(0, monitoring.DISABLE)),
            (events.PY_THROW, recorder.entering(0, None)),
            (events.PY_RETURN, left),
            (events.PY_YIELD, left),
            (events.PY_UNWIND, recorder.leaving(None)),
        ):
            monitoring.register_callback(TOOL, event, callback)
            wanted |= event
        monitoring.set_events(TOOL, wanted)
        monitoring.restart_events()

    def end(self) -> None:
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # 3.12 on
        monitoring.set_events(TOOL, 0)
        monitoring.free_tool_id(TOOL)


class _Profiling:
    """Tells of calls by ``sys.setprofile``, in this thread and in those that ``threading`` starts."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._theirs: Any = None

    def begin(self) -> None:
        import threading

        entered, left = self._recorder.entering(1, None), self._recorder.leaving(None)

        def told(frame: FrameType, event: str, argument: object) -> None:
            if event == "call":
                entered(frame.f_code, frame)
            elif event == "return":
                left(frame.f_code)

        self._theirs = getattr(threading, "_profile_hook", None)
        threading.setprofile(told)
        sys.setprofile(told)

    def end(self) -> None:
        import threading

        sys.setprofile(None)
        threading.setprofile(self._theirs)


def _thread_name(frame: FrameType | None) -> str:
    """The name of the thread that runs ``frame``: it may not have told ``threading`` yet."""
    while frame is not None:
        if frame.f_code.co_name == "_bootstrap" and "self" in frame.f_locals:
            return str(getattr(frame.f_locals["self"], "name", "a thread"))
        frame = frame.f_back
    return "a thread"


def _continued(stack: list[Any], key: object) -> list[Any]:
    """The stack on which ``key`` goes on from ``stack``: the one that it has there already, or a new one."""
    below: list[Any] | None = stack
    while below is not None:
        if below[_KEY] is key:
            return below
        below = below[_PARENT]
    return [0, 0, 0, {}, key, stack]


def _centre(key: object) -> CostCentre:
    if isinstance(key, CodeType):
        path = key.co_filename if key.co_filename.startswith("<") else os.path.abspath(key.co_filename)
        return CostCentre(str(getattr(key, "co_qualname", key.co_name)), path, key.co_firstlineno)
    return CostCentre(str(key))


def _own_functions(namespace: dict[str, Any], module: str) -> set[str]:
    """The qualified names of the functions and methods that a module defines."""
    found: set[str] = set()
    for value in list(namespace.values()):
        if getattr(value, "__module__", None) != module:
            continue
        if isinstance(value, type):
            found.update(
                f"{value.__qualname__}.{name}"
                for name, inner in vars(value).items()
                if _plain(inner) is not None
            )
        elif isinstance(value, FunctionType):
            found.add(value.__qualname__)
    return {name for name in found if "<locals>" not in name}


def _code_of(namespace: dict[str, Any], name: str) -> CodeType | None:
    first, *rest = name.split(".")
    value: Any = namespace.get(first)
    for part in rest:
        value = vars(value).get(part) if isinstance(value, type) else None
    return _plain(value)


def _plain(value: Any) -> CodeType | None:
    """The code behind a function, method, property or what decorators made of them."""
    for _ in range(MAX_WRAPPED):
        inner = [getattr(value, name, None) for name in ("__wrapped__", "__func__", "fget")]
        if not any(inner):
            break
        value = next(one for one in inner if one)
    return value.__code__ if isinstance(value, FunctionType) else None
