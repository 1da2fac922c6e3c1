"""Annotation expressions: evaluated in a scratch namespace, their values turned into plain data."""

from __future__ import annotations

import sys

from holefit_wire.interpreter import AnnotationValue, AnnotationValues
from holefit_worker.failures import exception_info, qualified
from holefit_worker.show import safe_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_wire.interpreter import EvalAnnotations, ExceptionInfo

MAX_DEPTH = 50
MAX_REPR = 10_000


def annotation_values(request: EvalAnnotations, pack: Callable[[Any], bytes]) -> AnnotationValues:
    """One value for each expression. Only what the request's imports bind is in scope: the annotated module does not run."""
    package = request.module.rpartition(".")[0]
    if request.filename.endswith(("/__init__.py", "\\__init__.py")):
        package = request.module
    namespace: dict[str, Any] = {
        "__name__": request.module,
        "__package__": package,
        "__file__": request.filename,
    }
    namespace["__builtins__"] = sys.modules["builtins"]  # not ours, see Note [Loaded apart]
    failed: ExceptionInfo | None = None
    try:
        exec(compile(request.imports, request.filename, "exec", 0, True), namespace)
    except BaseException as error:  # user code: SystemExit too
        if isinstance(error, KeyboardInterrupt):
            raise
        failed = exception_info(error)
    values = []
    for text, line in zip(request.expressions, request.lines, strict=False):
        if failed is not None:
            values.append(AnnotationValue("", "", b"", failed))
        else:
            values.append(_value(text, line, request.filename, namespace, pack))
    return AnnotationValues(values)


def _value(
    text: str, line: int, filename: str, namespace: dict[str, Any], pack: Callable[[Any], bytes]
) -> AnnotationValue:
    try:
        code = compile("\n" * (line - 1) + text.strip(), filename, "eval", 0, True)
        value = eval(code, namespace)
        data = pack(plain_data(value))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return AnnotationValue("", "", b"", exception_info(error))
    return AnnotationValue(_type_name(value), safe_repr(value, MAX_REPR)[0], data)


def plain_data(value: object, depth: int = 0) -> Any:
    """``value`` as None, bool, int, float, str, bytes, list or dict with text keys.

    A dataclass, attrs class or named tuple becomes a dict of its fields, an enum's member ``{"name", "value"}``, a set a sorted list.
    Raises: TypeError, ValueError, for what is not data.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"annotation values nest at most {MAX_DEPTH} deep; is there a cycle?")
    kind: Any = type(value)
    data: Any = value
    if value is None or kind in (bool, str, float, bytes):
        return value
    if kind is int:
        if not -(1 << 63) <= data < 1 << 64:
            raise ValueError("an annotation's integers have at most 64 bits")
        return value
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(value, enum.Enum):
        return {"name": value.name, "value": plain_data(value.value, depth + 1)}
    names = _field_names(kind)
    if names is not None:
        return {name: plain_data(getattr(value, name), depth + 1) for name in names}
    if isinstance(value, (list, tuple)):
        return [plain_data(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain_data(item, depth + 1) for item in sorted(value, key=repr)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(
                    f"a dict in an annotation needs text keys, not {qualified(type(key))} ({safe_repr(key, 80)[0]})"
                )
        return {str(key): plain_data(item, depth + 1) for key, item in data.items()}
    if isinstance(value, (str, int, float, bytes)):
        base = next(base for base in (str, int, float, bytes) if isinstance(value, base))
        return plain_data(base(data), depth + 1)
    raise TypeError(
        f"{qualified(kind)} is not data that an annotation can hold: use plain data, a dataclass, an enum or a named tuple"
    )


def _field_names(kind: Any) -> list[str] | None:
    """The fields of a class of data; None for other classes."""
    for marker in ("__dataclass_fields__", "__attrs_attrs__"):
        fields = getattr(kind, marker, None)
        if isinstance(fields, dict):
            return [
                name
                for name, field in fields.items()
                if getattr(field, "_field_type", None) is _plain_field()
            ]
        if isinstance(fields, tuple):
            return [field.name for field in fields]
    names = getattr(kind, "_fields", None)
    return list(names) if issubclass(kind, tuple) and isinstance(names, tuple) else None


def _plain_field() -> object:
    """What marks a dataclass's field as one, not as a ClassVar."""
    return getattr(sys.modules.get("dataclasses"), "_FIELD", None)


def _type_name(value: object) -> str:
    """Qualified, with ``__main__`` kept: it is stored apart from the process that it came from."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
