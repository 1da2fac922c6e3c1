"""Checkpoints of the worker's state, to go back to, and forks of it, to try things in."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from holefit.interpreter.errors import InterpreterError, RequestFailedError, StaleRemoteRefError
from holefit.interpreter.patience import Patience
from holefit_wire.interpreter import (
    Display,
    Done,
    EvalComplete,
    EvalOpts,
    EvalSource,
    EvalStmt,
    MimeBundle,
    Shutdown,
)
from holefit_wire.interpreter.snapshots import (
    Checkpoint as CheckpointRequest,
)
from holefit_wire.interpreter.snapshots import (
    Checkpointed,
    DropCheckpoint,
    Forked,
    InFork,
    Restore,
    Restored,
)
from holefit_wire.interpreter.snapshots import (
    Fork as ForkRequest,
)

if TYPE_CHECKING:
    from holefit.interpreter.interpreter import Interpreter

_R = TypeVar("_R")


REMEDIES = {
    "Unsupported": "Switch interpreter.standby on; on Windows there is no way to do it.",
    "Threads": "End those threads first, or make the copy before they start.",
    "Stopped": "Resume or abandon the evaluation that stands still.",
    "TooMany": "Drop a checkpoint that you need no more.",
    "Busy": "Try again.",
}


class CannotCopyError(InterpreterError):
    """The state cannot be copied now. ``kind``: Unsupported, Threads, Stopped, TooMany or Busy."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.remedy = REMEDIES[kind]


class CheckpointGoneError(InterpreterError):
    """There is no such checkpoint any more: it was dropped, or the interpreter was stopped."""

    remedy = "Make another one."


class ForkDiedError(InterpreterError):
    """A fork has ended, by what ran in it. The interpreter itself goes on as before."""

    remedy = "Make another fork."


class Checkpoint:
    """A state of the interpreter: all of its process, its modules, values and open files among it. ``generation`` is that of the project's modules then.

    It takes the memory of what has changed since. Refs from before hold after a return; those from after are stale.
    """

    def __init__(self, snapshots: Snapshots, made: Checkpointed, life: object, series: int) -> None:
        self.number = made.number
        self.generation = made.generation
        self.duration_ms = made.duration_ms
        self.life = life
        self.series = series
        self._snapshots = snapshots

    def __repr__(self) -> str:  # type: ignore[explicit-override]  # from 3.12 on
        return f"<checkpoint {self.number} of generation {self.generation}>"

    def drop(self) -> None:
        """Give it up, with its memory."""
        self._snapshots.drop(self)


class Fork:
    """A copy of the interpreter that runs beside it: what happens in it stays in it. A context manager, which ends it.

    Calls take turns with those of the interpreter. It reads nothing (``input()`` meets the end), and breakpoints do not stop it.
    """

    def __init__(self, interpreter: Interpreter, number: int) -> None:
        self._interpreter = interpreter
        self._number = number

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def eval_stmt(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
        timeout_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> EvalComplete:
        """As :meth:`Interpreter.eval_stmt`, in the fork. Refs in the answer are its own, and live as long as it.

        Raises: ForkDiedError, also where code goes on after its time is up; WorkerDiedError.
        """
        limit = self._interpreter.options.eval.output_limit
        opts = EvalOpts(module=module, scope=scope, timeout_s=timeout_s, output_limit=limit)
        patience = Patience(timeout_s, cancelled, self._interpreter.grace_s)
        return self._ask(EvalStmt(opts, EvalSource(text, filename, line)), EvalComplete, text, patience)

    def display(self, ref: int, mime: tuple[str, ...] = ()) -> dict[str, str]:
        """As :meth:`Interpreter.display`, of a value of the fork. Raises: StaleRemoteRefError, ForkDiedError."""
        return dict(
            self._ask(Display(int(ref), list(mime)), MimeBundle, f"the display of value {int(ref)}").data
        )

    def close(self) -> None:
        """End it."""
        with suppress(ForkDiedError):
            self._ask(Shutdown(), Done, "the end of a fork")

    def _ask(self, body: Any, expected: type[_R], running: str, patience: Patience | None = None) -> _R:
        try:
            return self._interpreter.ask_patiently(
                InFork(self._number, body), expected, running, patience or Patience()
            )
        except RequestFailedError as error:
            if error.kind in ("ForkDied", "NoFork"):
                raise ForkDiedError(str(error)) from None
            if error.kind == "StaleRef":
                raise StaleRemoteRefError(getattr(body, "ref", 0)) from None
            raise


class Snapshots:
    """The checkpoints of one interpreter. They live as long as its keeper, also when a worker dies or is restarted."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._kept: list[Checkpoint] = []

    @property
    def kept(self) -> list[Checkpoint]:
        """Those that can be gone back to, oldest first."""
        life = self._interpreter.life
        self._kept = [one for one in self._kept if one.life is life]
        return list(self._kept)

    def checkpoint(self) -> Checkpoint:
        """Keep this state."""
        with self._interpreter.turn():
            made = self._copied(CheckpointRequest(), Checkpointed, "a checkpoint")
            self._interpreter.remember_frees()
            kept = Checkpoint(self, made, self._interpreter.life, self._interpreter.series)
            self._kept.append(kept)
            return kept

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to it."""
        with self._interpreter.turn():
            if checkpoint not in self.kept:
                raise CheckpointGoneError(f"checkpoint {checkpoint.number} is no longer there")
            try:
                answer = self._copied(Restore(checkpoint.number), Restored, "a return to a checkpoint")
            except RequestFailedError as error:
                if error.kind != "NoCheckpoint":
                    raise
                self._kept.remove(checkpoint)
                raise CheckpointGoneError(str(error)) from None
            self._interpreter.went_back(answer, checkpoint.series)
            checkpoint.series = self._interpreter.series

    def drop(self, checkpoint: Checkpoint) -> None:
        """Give it up."""
        with self._interpreter.turn():
            if checkpoint in self.kept:
                self._kept.remove(checkpoint)
                self._interpreter.ask(DropCheckpoint(checkpoint.number), Done)

    def fork(self) -> Fork:
        """A copy that runs beside the interpreter."""
        return Fork(self._interpreter, self._copied(ForkRequest(), Forked, "a fork").number)

    def _copied(self, body: Any, expected: type[_R], running: str) -> _R:
        try:
            return self._interpreter.ask_patiently(body, expected, running, Patience())
        except RequestFailedError as error:
            if error.kind in REMEDIES:
                raise CannotCopyError(error.kind, str(error)) from None
            raise
