"""Exceptions of user code as messages: the user's own frames, the chain of causes, the text that Python would print."""

from __future__ import annotations

import os

from holefit_wire.interpreter import ExceptionInfo, FrameInfo, Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
MAX_FRAMES = 100
MAX_CAUSES = 20
MAX_TEXT = 200_000  # characters of a message or a traceback


def exception_info(error: BaseException) -> ExceptionInfo:
    """``error`` as a message. Our frames are taken out of its traceback, and out of those of its causes, for good."""
    chain = _chain(error)
    for one in chain:
        one.__traceback__ = user_part(one.__traceback__)
    info = None
    for one in reversed(chain):
        info = _one(one, info)
    assert info is not None
    return info


def own_traceback(error: BaseException) -> str:
    """The text of a traceback of our own, for a report."""
    try:
        import traceback

        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:  # user code has patched what the standard library needs
        return repr(error)


def user_part(traceback: TracebackType | None) -> TracebackType | None:
    """``traceback`` without our frames."""
    kept: list[TracebackType] = []
    for entry in _entries(traceback):
        if not entry.tb_frame.f_code.co_filename.startswith(OURS):
            kept.append(entry)
        else:  # and the machinery that called us to import a module
            while kept and kept[-1].tb_frame.f_code.co_filename.startswith("<frozen importlib"):
                kept.pop()
    following = None
    for entry in reversed(kept):
        if entry.tb_next is not following:
            entry.tb_next = following
        following = entry
    return following


def qualified(kind: type) -> str:
    """A class's name as tracebacks show it: builtins and ``__main__`` bare."""
    try:
        module, name = kind.__module__, kind.__qualname__
    except Exception:  # a metaclass may do anything
        return "object"
    return (
        str(name) if module in ("builtins", "__main__") or not isinstance(module, str) else f"{module}.{name}"
    )


def message_of(error: BaseException) -> str:
    """``str(error)``, or what Python says where that raises."""
    try:
        return str(error)[:MAX_TEXT]
    except Exception:  # user code
        return "<exception str() failed>"


def _one(error: BaseException, cause: ExceptionInfo | None) -> ExceptionInfo:
    is_syntax = isinstance(error, SyntaxError)
    return ExceptionInfo(
        type=qualified(type(error)),
        classes=[qualified(kind) for kind in type(error).__mro__],
        message=message_of(error),
        notes=_notes(error),
        frames=_frames(error.__traceback__),
        traceback=_text(error),
        cause=cause,
        place=_place(error) if is_syntax else None,  # type: ignore[arg-type]  # narrowed above
    )


def _chain(error: BaseException) -> list[BaseException]:
    """``error`` and what led to it, as a traceback would show them."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and len(chain) < MAX_CAUSES and all(following is not one for one in chain):
        chain.append(following)
        cause = following.__cause__
        following = cause if cause is not None or following.__suppress_context__ else following.__context__
    return chain


def _entries(traceback: TracebackType | None) -> list[TracebackType]:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    return entries


def _frames(traceback: TracebackType | None) -> list[FrameInfo]:
    entries = _entries(traceback)
    if len(entries) > MAX_FRAMES:
        entries = entries[: MAX_FRAMES // 2] + entries[-MAX_FRAMES // 2 :]
    frames = []
    for entry in entries:
        code, line = entry.tb_frame.f_code, entry.tb_lineno or 0
        name = getattr(code, "co_qualname", code.co_name)
        text = source_line(code.co_filename, line, entry.tb_frame.f_globals)
        frames.append(FrameInfo(code.co_filename, line, name, text))
    return frames


def source_line(filename: str, line: int, namespace: dict[str, Any]) -> str:
    """A line of source without its indentation; empty where it is not known."""
    try:
        import linecache  # takes longer than most evaluations

        return linecache.getline(filename, line, namespace).strip()
    except Exception:  # user code has patched what the standard library needs
        return ""


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", None)
    return [str(note) for note in notes] if isinstance(notes, (list, tuple)) else []


def _text(error: BaseException) -> str:
    try:
        import traceback

        return "".join(traceback.format_exception(type(error), error, error.__traceback__))[:MAX_TEXT]
    except Exception:  # user code has patched what the standard library needs, or its exception breaks it
        return f"{qualified(type(error))}: {message_of(error)}\n"


def _place(error: SyntaxError) -> Place:
    return Place(
        path=error.filename or "",
        line=error.lineno or 0,
        column=max((error.offset or 1) - 1, 0),
        end_line=error.end_lineno or 0 if error.end_lineno != -1 else 0,
        end_column=max((error.end_offset or 1) - 1, 0) if error.end_offset != -1 else 0,
        text=(error.text or "").rstrip("\n"),
    )
