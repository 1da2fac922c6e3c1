"""Values of the worker, from the session's side: looked into, forced, called, and moved as bytes."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from holefit.interpreter.errors import InterpreterError, RequestFailedError
from holefit_wire import passage
from holefit_wire.codec import replaced
from holefit_wire.interpreter import (
    AddStaticEntry,
    Closure,
    CreateCode,
    Data,
    Done,
    EvalApp,
    EvalBreak,
    EvalComplete,
    EvalException,
    EvalIO,
    EvalOpts,
    EvalString,
    EvalStringToString,
    EvalThis,
    ExceptionInfo,
    FetchData,
    GetClosure,
    LookupStaticEntry,
    MallocData,
    Ref,
    Refs,
    Seq,
    Text,
    ValueInfo,
)

if TYPE_CHECKING:
    from holefit.interpreter.interpreter import Interpreter

CHUNK = 100  # code objects in a batch
SHARED = Path("/dev/shm")


class RemoteError(InterpreterError):
    """An exception of user code, raised on our side; its text is the traceback that the user would have seen. ``info`` is all of it."""

    remedy = "The error is in the code that was evaluated."

    def __init__(self, info: ExceptionInfo) -> None:
        super().__init__(info.traceback.rstrip())
        self.info = info


def values_of(answer: EvalComplete) -> list[ValueInfo]:
    """The results of an evaluation, none for a statement. Raises: RemoteError, the exception of one that failed."""
    if isinstance(answer.result, EvalException):
        raise RemoteError(answer.result.error)
    values: list[ValueInfo] = answer.result.values
    return values


class Values:
    """What can be done with values that stay in the worker. Refs that come back free themselves.

    Every method raises StaleRemoteRefError, WorkerDiedError, and RequestFailedError for what cannot be done.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def closure(self, ref: int, *, start: int = 0, count: int = 100) -> Closure:
        """What a value is made of: some of its parts, by name, each with a ref of its own. Runs no code of the value's class."""
        found = self._interpreter.ask(GetClosure(int(ref), start, count), Closure)
        parts = [replaced(child, ref=self._interpreter.foreign(child.ref)) for child in found.children]
        return replaced(found, children=parts)

    def seq(self, ref: int, *, breaks: bool = False) -> EvalComplete | EvalBreak:
        """Force a value: a generator runs to its end (its list is the result), a future is waited for, a coroutine awaited."""
        opts = EvalOpts(output_limit=self._interpreter.options.eval.output_limit, breaks=breaks)
        return self._interpreter.ask_status(Seq(int(ref), opts), f"value {int(ref)}")

    def this(self, ref: int, *, call: bool = True) -> EvalComplete | EvalBreak:
        """Call a value without arguments (or take it as it is, when it cannot be called)."""
        return self._interpreter.eval_expr(EvalThis(int(ref), call), f"value {int(ref)}")

    def apply(self, function: int, *arguments: int) -> EvalComplete | EvalBreak:
        """Apply a value to others, one after the other."""
        expr: Any = EvalThis(int(function), call=False)
        for argument in arguments:
            expr = EvalApp(expr, EvalThis(int(argument), call=False))
        return self._interpreter.eval_expr(expr, f"value {int(function)}")

    def io(self, ref: int) -> EvalComplete | EvalBreak:
        """Call a value for its effects."""
        return self._interpreter.ask_status(EvalIO(int(ref)), f"value {int(ref)}")

    def string(self, ref: int) -> str:
        """The text that a value gives when it is called. Raises: RemoteError."""
        return self._text(EvalString(int(ref)))

    def string_to_string(self, ref: int, text: str) -> str:
        """The text that a value gives for ``text``. Raises: RemoteError."""
        return self._text(EvalStringToString(int(ref), text))

    def malloc(self, data: bytes) -> int:
        """A new value: ``data`` as bytes."""
        if len(data) < passage.LARGE or not self._shares():
            return self._interpreter.foreign(self._interpreter.ask(MallocData(data), Ref).ref)
        path = SHARED / passage.name()
        try:
            writing = passage.Filling(str(path), data)
        except OSError as error:
            raise RequestFailedError("Impossible", str(error)) from None
        try:
            request = MallocData(shared=str(path), size=len(data))
            return self._interpreter.foreign(self._interpreter.ask(request, Ref).ref)
        finally:
            writing.end()
            path.unlink(missing_ok=True)

    def fetch(self, ref: int) -> bytes:
        """The bytes of a value: bytes, text (as UTF-8), or anything with a buffer."""
        folder = str(SHARED) if self._shares() else ""
        with self._interpreter.turn():  # nothing may change it while it is read
            answer = self._interpreter.ask(FetchData(int(ref), folder), Data)
            if not answer.shared:
                return answer.data
            try:
                return passage.take(answer.shared, answer.size)
            except OSError as error:
                raise RequestFailedError("Impossible", str(error)) from None

    def create_code(self, codes: Sequence[CodeType], *, module: str = "__main__") -> list[int]:
        """Functions of the worker, made of code objects of ours, which may call one another through the module's names.

        Both ends must run the same Python. Raises: RemoteError.
        """
        chunks = [tuple(codes[at : at + CHUNK]) for at in range(0, len(codes), CHUNK)]
        if len(chunks) > 4 and not _takes_turns():
            with ThreadPoolExecutor() as pool:
                batches = list(pool.map(marshal.dumps, chunks))
        else:
            batches = [marshal.dumps(chunk) for chunk in chunks]
        answer = self._asked(CreateCode(module, sys.version, batches), Refs)
        return [self._interpreter.foreign(ref) for ref in answer.refs]

    def add_static(self, fingerprint: bytes, ref: int | None) -> None:
        """Enter a value into the worker's static table, or (None) remove what is there."""
        self._interpreter.ask(AddStaticEntry(fingerprint, int(ref or 0)), Done)

    def lookup_static(self, fingerprint: bytes) -> int | None:
        """The value under a fingerprint, if there is one."""
        found = self._interpreter.ask(LookupStaticEntry(fingerprint), Ref).ref
        return self._interpreter.foreign(found) if found else None

    def wormhole(self, ref: int) -> object:
        """The value itself, not a copy: for the internal interpreter alone, whose values lie in this process.

        Raises: WormholeError, StaleRemoteRefError.
        """
        return self._interpreter.reach(ref)

    def _text(self, body: Any) -> str:
        answer: Text = self._asked(body, Text)
        return answer.text

    def _asked(self, body: Any, expected: type[Any]) -> Any:
        answer: Any = self._interpreter.ask_any(body, (expected, EvalException))
        if isinstance(answer, EvalException):
            raise RemoteError(answer.error)
        return answer

    def _shares(self) -> bool:
        """Whether the worker sees our files."""
        return not self._interpreter.options.interpreter.spawn and SHARED.is_dir()


def _takes_turns() -> bool:
    """Whether threads wait for each other when they serialise: marshal never lets go of the interpreter's lock, so that several only pay where there is none."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
