"""Evaluation of staged annotations by the worker. The module that they stand in does not run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgpack

from holefit.annotations.annotation import Annotation
from holefit.annotations.staging import Request
from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError
from holefit.syntax import Position, Range

if TYPE_CHECKING:
    from holefit.interpreter import Interpreter
    from holefit_wire.interpreter import AnnotationValue, ExceptionInfo


def evaluate(
    interpreter: Interpreter, module: str, path: Path, requests: Sequence[Request], *, timeout_s: float = 0.0
) -> list[Annotation | Diagnostic]:
    """The annotation that each request asks for, or why there is none, in order.

    Requests that need the same imports share one message, so that an import that fails spoils only those that need it.

    Raises: PythonNotFoundError, PythonTooOldError, WorkerStartError: there is no worker, and the next request would find none either.
    """
    from holefit.interpreter import PythonNotFoundError, PythonTooOldError, WorkerStartError
    from holefit.interpreter.errors import RequestFailedError

    found: dict[Request, Annotation | Diagnostic] = {}
    for imports in dict.fromkeys(request.imports for request in requests):
        group = [request for request in requests if request.imports == imports]
        try:
            answer = interpreter.eval_annotations(
                module=module,
                filename=str(path),
                imports=imports,
                expressions=[_enclosed(request.expression) for request in group],
                lines=[request.line for request in group],
                timeout_s=timeout_s,
            )
        except (PythonNotFoundError, PythonTooOldError, WorkerStartError):
            raise
        except HolefitError as error:
            if len(group) > 1:  # one of them took too long, or took the worker with it: find out which
                for request in group:
                    found[request] = evaluate(interpreter, module, path, [request], timeout_s=timeout_s)[0]
                continue
            if isinstance(error, RequestFailedError) and error.kind == "Interrupted":
                text = f"the annotation was not evaluated within {timeout_s:g} s, or was interrupted"
            else:
                text = f"the annotation could not be evaluated: {error}. {error.remedy}".rstrip()
            found.update((request, _problem(path, request.expression_range, text)) for request in group)
            continue
        for request, value in zip(group, answer.values, strict=True):
            found[request] = _result(module, path, request, value)
    return [found[request] for request in requests]


def _result(module: str, path: Path, request: Request, value: AnnotationValue) -> Annotation | Diagnostic:
    if value.error is not None:
        return _raised(path, request, value.error)
    try:
        data = msgpack.unpackb(value.data, strict_map_key=False, unicode_errors="surrogatepass")
    except (ValueError, msgpack.UnpackException) as error:
        return _problem(path, request.expression_range, f"the annotation's value cannot be decoded: {error}")
    return Annotation(module, request.name, request.target, value.type, data, value.repr, request.range)


def _raised(path: Path, request: Request, error: ExceptionInfo) -> Diagnostic:
    """What went wrong inside the expression, at the line of it that was running."""
    text = f"{error.type}: {error.message}" if error.message else error.type
    frames: list[Any] = [one for one in error.frames if one.path != str(path)]
    if not error.frames and error.type in ("TypeError", "ValueError") and "annotation" in error.message:
        return _problem(
            path, request.expression_range, f"the annotation's value cannot be stored: {error.message}"
        )
    if frames:
        last = frames[-1]
        text += f" (in {last.function}, {last.path}:{last.line})"
    place, lines = request.expression_range, request.expression.count("\n") + 1
    own = [one.line for one in error.frames if one.path == str(path)]
    if own and lines > 1 and request.line <= own[-1] < request.line + lines:
        line = own[-1] - 1
        column = place.start.column if line == place.start.line else request.range.start.column + 1
        end = place.end if line == place.end.line else Position(line, 1 << 20)
        place = Range(Position(line, column), end)
    return _problem(path, place, f"evaluating the annotation raised {text}")


def _enclosed(expression: str) -> str:
    return f"({expression}\n)" if "\n" in expression or "#" in expression else expression


def _problem(path: Path, range: Range, message: str) -> Diagnostic:
    return Diagnostic(path, range, Severity.ERROR, "annotation", message)
