"""An interpreter as tests speak to it: text in, what a reader wants to know out."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from holefit.interpreter import Interpreter, values_of
from holefit.interpreter.interpreter import How
from holefit_wire.interpreter import EvalComplete, EvalException, ExceptionInfo, ValueInfo


class Prompt:
    """Evaluates in ``interpreter``; every evaluation has a limit, so that no test hangs."""

    def __init__(self, interpreter: Interpreter, timeout_s: float = 60.0) -> None:
        self.interpreter = interpreter
        self.timeout_s = timeout_s

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.interpreter.root

    def run(self, text: str, **how: Unpack[How]) -> EvalComplete:
        """The whole answer."""
        how.setdefault("timeout_s", self.timeout_s)
        return self.interpreter.eval_stmt(text, **how)

    def info(self, text: str, **how: Unpack[How]) -> ValueInfo:
        """The one value that it gives; RemoteError when it raises."""
        (only,) = values_of(self.run(text, **how))
        return only

    def value(self, text: str, **how: Unpack[How]) -> str:
        """The text of its value, empty for None and for statements; RemoteError when it raises."""
        return "".join(one.text for one in values_of(self.run(text, **how)))

    def error(self, text: str, **how: Unpack[How]) -> ExceptionInfo:
        """The exception that it raises; AssertionError when it does not."""
        result = self.run(text, **how).result
        assert isinstance(result, EvalException), f"{text!r} gave {result!r}"
        assert isinstance(result.error, ExceptionInfo)
        return result.error
