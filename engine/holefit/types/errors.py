"""What can go wrong with the type service."""

from __future__ import annotations

from holefit.errors import HolefitError

# What mypy raises when its state or our use of it is at fault; it leaves by SystemExit after an internal error.
MYPY_FAILED = (AssertionError, RuntimeError, LookupError, AttributeError, TypeError, SystemExit)


class TypeServiceDiedError(HolefitError):
    """The type service ended while a request was running. The next request starts it again."""

    remedy = "Ask again: the type service starts anew by itself. If it keeps dying, run `holefit doctor`."

    def __init__(self, *, returncode: int | None, request: str, stderr: str) -> None:
        how = (
            f"signal {-returncode}"
            if returncode is not None and returncode < 0
            else f"exit code {returncode}"
        )
        tail = f": {stderr.strip().splitlines()[-1]}" if stderr.strip() else ""
        super().__init__(f"the type service ended with {how} during {request}{tail}")
        self.returncode = returncode
        self.request = request
        self.stderr = stderr


class TypeServiceStuckError(HolefitError):
    """A request took longer than its limit; the process was ended."""

    remedy = "Ask again: the type service starts anew by itself."

    def __init__(self, *, request: str, timeout_s: float) -> None:
        super().__init__(f"the type service gave no answer to {request} in {timeout_s:g} s and was ended")
        self.request = request
        self.timeout_s = timeout_s


class TypesRequestCancelledError(HolefitError):
    """The caller did not want the answer any more."""

    remedy = "Ask again for the newest version."

    def __init__(self, request: str) -> None:
        super().__init__(f"{request} was cancelled")
        self.request = request


class TypesRequestFailedError(HolefitError):
    """mypy could not answer; ``kind`` is a stable word."""

    remedy = "Ask again: the type service has recovered by a rebuild. If it happens always with this file, please report it."

    def __init__(self, *, kind: str, text: str, request: str) -> None:
        super().__init__(f"{request}: {text}")
        self.kind = kind
        self.request = request
