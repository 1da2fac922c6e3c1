"""Errors as the client sees them: one table from exception to code."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from holefit.errors import HolefitError, with_remedy

PARSE_ERROR = int(lsp.ErrorCodes.ParseError)
INVALID_REQUEST = int(lsp.ErrorCodes.InvalidRequest)
METHOD_NOT_FOUND = int(lsp.ErrorCodes.MethodNotFound)
INVALID_PARAMS = int(lsp.ErrorCodes.InvalidParams)
INTERNAL_ERROR = int(lsp.ErrorCodes.InternalError)
NOT_INITIALIZED = int(lsp.ErrorCodes.ServerNotInitialized)
REQUEST_FAILED = int(lsp.LSPErrorCodes.RequestFailed)
CONTENT_MODIFIED = int(lsp.LSPErrorCodes.ContentModified)
REQUEST_CANCELLED = int(lsp.LSPErrorCodes.RequestCancelled)

log = logging.getLogger(__name__)


class ContentModifiedError(HolefitError):
    """The text changed while an answer about it was being worked out."""

    remedy = "Ask again."

    def __init__(self, message: str = "The text has changed meanwhile.") -> None:
        super().__init__(message)


class InvalidParamsError(HolefitError):
    """A request or a command was given something that it does not take."""


class UnknownCommandError(InvalidParamsError):
    """``workspace/executeCommand`` named a command that there is none of."""

    def __init__(self, command: str) -> None:
        super().__init__(f"There is no command {command!r}.")


_CODES: list[tuple[type[BaseException], int]] = [
    (asyncio.CancelledError, REQUEST_CANCELLED),
    (concurrent.futures.CancelledError, REQUEST_CANCELLED),
    (ContentModifiedError, CONTENT_MODIFIED),
    (InvalidParamsError, INVALID_PARAMS),
    (FileNotFoundError, INVALID_PARAMS),
    (HolefitError, REQUEST_FAILED),
]


def response_error(error: BaseException, *, doing: str) -> lsp.ResponseError:
    """What the client is told; a bug of ours is logged with its traceback, which stays here."""
    if isinstance(error, JsonRpcException):
        return lsp.ResponseError(code=error.code, message=str(error))
    code = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    if code is None:
        log.error("%s failed", doing, exc_info=error)
        message = f"Internal error in {doing}: {type(error).__name__}: {error}. The server's log has more."
        return lsp.ResponseError(code=INTERNAL_ERROR, message=message)
    if code == REQUEST_CANCELLED:
        return lsp.ResponseError(code=code, message="The request was cancelled.")
    if isinstance(error, FileNotFoundError):
        return lsp.ResponseError(code=code, message=f"There is no file {error.filename}.")
    remedy = getattr(error, "remedy", "")
    message = with_remedy(error) if isinstance(error, HolefitError) else str(error)
    data = {"kind": type(error).__name__, "remedy": remedy}
    column = getattr(error, "column", None)  # of a query
    return lsp.ResponseError(
        code=code, message=message, data=data if column is None else {**data, "column": column}
    )
