"""What can go wrong with the worker: each class one situation, with its facts and a remedy."""

from __future__ import annotations

import signal

from holefit.errors import HolefitError


class InterpreterError(HolefitError):
    """The base of what the interpreter raises."""


class PythonNotFoundError(InterpreterError):
    """The Python that the project names is not there, or cannot be run."""

    remedy = (
        "Set interpreter.python in [tool.holefit] to an existing Python, or create a .venv in the project."
    )

    def __init__(self, python: str, reason: str) -> None:
        super().__init__(f"cannot run {python}: {reason}")
        self.python = python


class PythonTooOldError(InterpreterError):
    """The project's Python is older than the oldest that the worker runs on."""

    remedy = "Use Python 3.10 or newer for the project, or name another one in interpreter.python."

    def __init__(self, python: str, version: str) -> None:
        super().__init__(f"{python} is Python {version}; evaluation needs 3.10 or newer")
        self.python = python
        self.version = version


class WorkerStartError(InterpreterError):
    """The worker did not come up."""

    remedy = "Run the command by hand to see why; `holefit doctor` shows it."

    def __init__(self, command: list[str], reason: str, stderr: str) -> None:
        tail = f"\n{stderr.rstrip()}" if stderr.strip() else ""
        super().__init__(f"the worker did not start ({' '.join(map(shortened, command))}): {reason}{tail}")
        self.command = command
        self.stderr = stderr


class WorkerDiedError(InterpreterError):
    """The worker ended while it had something to do. ``signal`` is the name of the signal that ended it, or ``exit_code`` is set.

    ``survived``: another worker took over with all state from before; only what ran is lost. ``output`` is what that had written to stdout and
    stderr, where it is known.
    """

    remedy = "Its state is lost; the next evaluation starts a new worker."

    def __init__(
        self,
        *,
        status: int | None,
        running: str,
        stderr: str = "",
        reason: str = "",
        survived: bool = False,
        output: tuple[str, str] = ("", ""),
    ) -> None:
        self.exit_code = status if status is not None and status >= 0 else None
        self.signal = signal_name(-status) if status is not None and status < 0 else None
        self.running = running
        self.stderr = stderr
        self.reason = reason
        self.survived = survived
        self.output = output
        if survived:
            self.remedy = (
                "Nothing but that evaluation is lost: another worker took over with all state from before it."
            )
        tail = f"\n{stderr.rstrip()}" if stderr.strip() else ""
        super().__init__(f"{reason or self.ending} while it ran {shortened(running)}{tail}")

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        return ending(-1 if self.signal else self.exit_code, self.signal)


class ProtocolError(InterpreterError):
    """The worker said something that does not belong; it was ended."""

    remedy = "The next evaluation starts a new worker. Please report this with what was evaluated."


class RequestFailedError(InterpreterError):
    """The worker could not carry a request out. ``kind`` is a word such as ``Interrupted`` or ``UnknownMessage``."""

    remedy = "If this goes on, restart the interpreter."

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class WormholeError(InterpreterError):
    """A remote value was to be reached directly, but it lies in another process."""

    remedy = "Evaluate in the worker what is to be done with the value, or use the internal interpreter."

    def __init__(self, ref: int) -> None:
        super().__init__(f"value {ref} lies in the worker's process")
        self.ref = ref


class StaleRemoteRefError(InterpreterError):
    """A remote ref was used after its worker ended, or after it was freed."""

    remedy = "Evaluate the expression again to get a fresh value."

    def __init__(self, ref: int) -> None:
        super().__init__(f"value {ref} is no longer there")
        self.ref = ref


def ending(status: int | None, signal: str | None = None) -> str:
    """How a process ended, in words."""
    if signal is not None:
        return f"the worker was killed by {signal}"
    return "the worker's pipe closed" if status is None else f"the worker exited with code {status}"


def signal_name(number: int) -> str:
    """``SIGSEGV`` and the like; a number where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def shortened(text: str) -> str:
    """``text`` on one line, at most 80 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}..."
