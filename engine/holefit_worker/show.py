"""How values show: representations that are bounded in size, and MIME bundles."""

from __future__ import annotations

import sys
from binascii import b2a_base64

from holefit_worker.failures import message_of, qualified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

TEXT_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
}
BINARY_METHODS = {"image/png": "_repr_png_", "image/jpeg": "_repr_jpeg_", "application/pdf": "_repr_pdf_"}
BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


def bounded_repr(value: object, limit: int) -> tuple[str, bool]:
    """The first ``limit`` characters of ``repr(value)``, and whether there are more.

    Builtin containers, text and bytes are never represented whole when they are large; another object's ``__repr__`` runs as it is, and may raise.
    """
    pieces: list[str] = []
    left = limit
    for piece in _pieces(value, limit, []):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            return "".join(pieces)[:limit], True
    return "".join(pieces), False


def safe_repr(value: object, limit: int) -> tuple[str, bool, str]:
    """As :func:`bounded_repr`, and what went wrong, with a stand-in for the text."""
    try:
        return (*bounded_repr(value, limit), "")
    except Exception as error:  # user code
        problem = f"{qualified(type(error))}: {message_of(error)}"[:1000]
        return f"<{qualified(type(value))} object whose repr raised {problem}>", False, problem


def _pieces(value: object, limit: int, inside: list[int]) -> Iterator[str]:
    kind = type(value)
    if kind in (str, bytes, bytearray):
        text: Any = value
        yield repr(text if len(text) <= limit else text[: limit + 1])
        return
    if kind not in BRACKETS or not value or len(inside) > 50:
        yield repr(value)
        return
    if id(value) in inside:
        yield "[...]" if kind is list else "{...}" if kind is dict else "(...)"
        return
    items: Any = value
    opening, closing = BRACKETS[kind]
    yield opening
    inside.append(id(value))
    separator = ""
    for item in items:
        if separator:
            yield separator
        separator = ", "
        yield from _pieces(item, limit, inside)
        if kind is dict:
            yield ": "
            yield from _pieces(items[item], limit, inside)
    inside.pop()
    yield ",)" if kind is tuple and len(items) == 1 else closing


def mime_bundle(value: object, wanted: list[str], limit: int) -> dict[str, str]:
    """Representations of ``value`` by MIME type, those in ``wanted`` or all; binary ones in base64. A method that raises gives none."""
    found: dict[str, Any] = {}
    own = _attempt(value, "_repr_mimebundle_", include=wanted or None, exclude=None)
    if isinstance(own, tuple) and own:
        own = own[0]
    if isinstance(own, dict):
        found.update(own)
    for mime, method in {**TEXT_METHODS, **BINARY_METHODS}.items():
        if mime not in found and (not wanted or mime in wanted):
            data = _attempt(value, method)
            found[mime] = data[0] if isinstance(data, tuple) and data else data
    if "image/png" not in found or found["image/png"] is None:
        found["image/png"] = _figure(value) if not wanted or "image/png" in wanted else None
    if "text/plain" not in found:
        found["text/plain"] = safe_repr(value, limit)[0]
    return {
        str(mime): _as_text(data)
        for mime, data in found.items()
        if data is not None and (not wanted or mime in wanted)
    }


def _attempt(value: object, method: str, **arguments: Any) -> Any:
    """What the method gives; None where there is none, or it raises. Classes are asked nothing: their methods are their instances'."""
    if isinstance(value, type):
        return None
    try:
        function: Callable[..., Any] | None = getattr(value, method, None)
        return function(**arguments) if callable(function) else None
    except Exception:  # user code
        return None


def _figure(value: object) -> bytes | None:
    """The picture of a matplotlib figure, or of axes or artists on one."""
    if "matplotlib" not in sys.modules or isinstance(value, type):
        return None
    import io

    figure = value if hasattr(value, "savefig") else getattr(value, "figure", None)
    save = getattr(figure, "savefig", None)
    if not callable(save):
        return None
    picture = io.BytesIO()
    try:
        save(picture, format="png", bbox_inches="tight")
    except Exception:  # user code
        return None
    return picture.getvalue()


def _as_text(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, (bytes, bytearray, memoryview)):
        return b2a_base64(bytes(data), newline=False).decode("ascii")
    import json

    try:
        return json.dumps(data)
    except (TypeError, ValueError):
        return str(data)
