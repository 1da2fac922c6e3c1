"""Annotations, evaluated apart from the module that they stand in."""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class EvalAnnotations:
    """Evaluate annotation expressions in a scratch namespace that holds only what ``imports`` bind; the annotated module does not run.

    ``imports`` is source text (import statements); relative ones resolve against ``module``. Answered with AnnotationValues.
    """

    module: str
    filename: str
    imports: str
    expressions: list[str]
    lines: list[int]


@message
class AnnotationValue:
    """``data`` is msgpack of plain data; ``error`` is set where there is no value."""

    type: str
    repr: str
    data: bytes
    error: Any = None


@message
class AnnotationValues:
    """One value for each expression, in order."""

    values: list[AnnotationValue]
