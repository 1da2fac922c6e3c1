"""An interpreter as tests speak to it: text in, what a reader wants to know out."""

from __future__ import annotations

import threading
from pathlib import Path

from holefit.interpreter import Interpreter
from holefit_wire.interpreter import EvalComplete, EvalException, EvalSuccess, ExceptionInfo, ValueInfo


class Prompt:
    """Evaluates in ``interpreter``; every evaluation has a limit, so that no test hangs."""

    def __init__(self, interpreter: Interpreter, timeout_s: float = 60.0) -> None:
        self.interpreter = interpreter
        self.timeout_s = timeout_s

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.interpreter.root

    def run(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
        timeout_s: float | None = None,
        cancelled: threading.Event | None = None,
        capture: bool = True,
        output_limit: int | None = None,
    ) -> EvalComplete:
        """The whole answer."""
        return self.interpreter.eval_stmt(
            text,
            module=module,
            scope=scope,
            filename=filename,
            line=line,
            timeout_s=self.timeout_s if timeout_s is None else timeout_s,
            cancelled=cancelled,
            capture=capture,
            output_limit=output_limit,
        )

    def info(self, text: str, *, module: str = "__main__", scope: str = "") -> ValueInfo:
        """The one value that it gives; AssertionError with the traceback when it raises."""
        result = self.run(text, module=module, scope=scope).result
        if isinstance(result, EvalException):
            raise AssertionError(result.error.traceback)
        assert isinstance(result, EvalSuccess)
        (only,) = result.values
        return only

    def value(self, text: str, *, module: str = "__main__", scope: str = "") -> str:
        """The text of its value, empty for None and for statements; AssertionError with the traceback when it raises."""
        result = self.run(text, module=module, scope=scope).result
        if isinstance(result, EvalException):
            raise AssertionError(result.error.traceback)
        assert isinstance(result, EvalSuccess)
        return "".join(one.text for one in result.values)

    def error(
        self,
        text: str,
        *,
        module: str = "__main__",
        scope: str = "",
        filename: str = "<evaluation>",
        line: int = 1,
    ) -> ExceptionInfo:
        """The exception that it raises; AssertionError when it does not."""
        result = self.run(text, module=module, scope=scope, filename=filename, line=line).result
        assert isinstance(result, EvalException), f"{text!r} gave {result!r}"
        assert isinstance(result.error, ExceptionInfo)
        return result.error
