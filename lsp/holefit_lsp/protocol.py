"""JSON-RPC as the specification has it, on top of pygls' tables of handlers.

Every request gets exactly one answer: malformed input its error code, a result that cannot be written an internal error.
Handlers are coroutines; a cancelled one is answered at once and its work is told to stop.
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Hashable
from concurrent.futures import Future
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import cattrs
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method
from typing_extensions import override

from holefit_lsp import errors, framing, from_lsp
from holefit_lsp.framing import Malformed
from holefit_lsp.messages import MESSAGES, NOTIFICATIONS_THAT_MAY_BE_LOST
from holefit_lsp.stdio import Received

if TYPE_CHECKING:
    from holefit_lsp.outbox import Outbox
    from holefit_lsp.server import HolefitServer

log = logging.getLogger(__name__)

MessageId = str | int
T = TypeVar("T")


class HolefitProtocol(LanguageServerProtocol):
    """The protocol's state of one connection. Everything but :meth:`LanguageServerProtocol.notify` happens on the event loop."""

    _server: HolefitServer
    outbox: Outbox | None = None
    _initialized = False

    # Receiving

    def receive(self, received: Received) -> None:
        """Handle one body; never raises for what a client sent."""
        if received is None:
            log.info("the client has closed the connection")
            self._server.finish(0 if self._shutdown else 1)
            return
        if isinstance(received, Malformed):
            self._refuse(None, errors.PARSE_ERROR, received.reason)
            return
        try:
            message = json.loads(received)
        except (ValueError, RecursionError) as error:
            self._refuse(None, errors.PARSE_ERROR, f"the body is no JSON: {error}")
            return
        if not isinstance(message, dict):
            self._refuse(
                None, errors.INVALID_REQUEST, "a message is one JSON object; batches are not part of LSP"
            )
            return
        if "method" in message:
            self._call(message)
        else:
            self._answered(message)

    def _call(self, message: dict[str, Any]) -> None:
        """A request or a notification."""
        method, is_request = message["method"], "id" in message
        message_id = message.get("id")
        if is_request and (not isinstance(message_id, str | int) or isinstance(message_id, bool)):
            self._refuse(None, errors.INVALID_REQUEST, "the id of a request is a number or a string")
        elif not isinstance(method, str) or message.get("jsonrpc") != self.VERSION:
            self._refuse(message_id, errors.INVALID_REQUEST, 'a message has a method and "jsonrpc": "2.0"')
        elif method == lsp.EXIT:
            self._server.finish(0 if self._shutdown else 1)
        elif not self._initialized and method != lsp.INITIALIZE:
            if is_request:
                self._refuse(message_id, errors.NOT_INITIALIZED, f"{method} came before initialize")
        elif self._initialized and method == lsp.INITIALIZE:
            self._refuse(message_id, errors.INVALID_REQUEST, "initialize may be sent once")
        elif self._shutdown:
            if is_request:
                self._refuse(message_id, errors.INVALID_REQUEST, f"{method} came after shutdown")
        elif method not in self.fm.builtin_features and method not in self.fm.features:
            if is_request:
                self._refuse(message_id, errors.METHOD_NOT_FOUND, f"there is no method {method!r}")
            elif method == lsp.CANCEL_REQUEST:
                self._cancel(message.get("params"))
            elif not method.startswith("$/"):
                log.warning("ignored the notification %s", method)
        else:
            self._dispatch(message, method, message_id)

    def _dispatch(self, message: dict[str, Any], method: str, message_id: Any) -> None:
        try:
            params = self._typed(message, method)
        except Exception as error:
            reason = f"{method} does not take these params: {'; '.join(_complaints(error))}"
            if message_id is None:
                log.warning("%s", reason)
            else:
                self._refuse(message_id, errors.INVALID_PARAMS, reason)
            return
        if method == lsp.INITIALIZE:
            self._initialized = True
        context = contextvars.copy_context()
        if message_id is None:
            context.run(self._handle_notification, method, params)
        else:
            context.run(self._handle_request, message_id, method, params)

    def _typed(self, message: dict[str, Any], method: str) -> Any:
        """The params as an object; a client that leaves out empty ones is understood."""
        kind = self.get_message_type(method)
        if kind is None:
            return message.get("params")
        try:
            return self._converter.structure(message, kind).params
        except Exception:
            if message.get("params") is not None:
                raise
            return self._converter.structure({**message, "params": {}}, kind).params

    def _answered(self, message: dict[str, Any]) -> None:
        """The client's answer to a request of ours."""
        message_id = message.get("id")
        if not ("result" in message or "error" in message):
            known_id = message_id if isinstance(message_id, str | int) else None
            self._refuse(known_id, errors.INVALID_REQUEST, "a message has a method, a result or an error")
            return
        future = kind = None
        if isinstance(message_id, str | int):
            future = self._request_futures.pop(message_id, None)
            kind = self._result_types.pop(message_id, None)
        if future is None or future.done():
            log.warning("an answer to no request of ours: id %r", message_id)
            return
        if error := message.get("error"):
            error = error if isinstance(error, dict) else {}
            reason = str(error.get("message", "no reason given"))
            code = error.get("code")
            future.set_exception(JsonRpcException(reason, code if isinstance(code, int) else None))
            return
        try:
            typed = self._converter.structure(message, kind).result if kind else message.get("result")
        except Exception as failure:
            future.set_exception(
                JsonRpcException(f"the answer is not as specified: {'; '.join(_complaints(failure))}")
            )
            return
        future.set_result(typed)

    def _cancel(self, params: Any) -> None:
        message_id = params.get("id") if isinstance(params, dict) else None
        future = self._request_futures.get(message_id) if isinstance(message_id, str | int) else None
        if future is not None:
            future.cancel()

    @override
    def _handle_request(self, msg_id: MessageId, method_name: str, params: Any) -> None:
        self._ctx_msg_id.set(msg_id)
        self._server.remember_documents()
        self._execute_handler(
            msg_id=msg_id,
            handler=self._get_handler(method_name),
            args=(params,),
            callback=partial(self._finish_request, msg_id=msg_id, method=method_name),
        )

    def _finish_request(self, future: Future[Any], *, msg_id: MessageId, method: str) -> None:
        self._request_futures.pop(msg_id, None)
        try:
            result = future.result()
        except BaseException as error:
            self._send_response(msg_id, error=errors.response_error(error, doing=method))
        else:
            self._send_response(msg_id, result=result)

    @override
    def _check_handler_result(self, future: Future[Any]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            errors.response_error(error, doing="a notification")

    # Sending

    def _refuse(self, message_id: MessageId | None, code: int, message: str) -> None:
        log.info("refused: %s", message)
        self._send({"jsonrpc": self.VERSION, "id": message_id, "error": {"code": code, "message": message}})

    @override
    def _send_response(
        self, msg_id: MessageId, result: Any = None, error: lsp.ResponseError | None = None
    ) -> None:
        if error is not None:
            self._send({"jsonrpc": self.VERSION, "id": msg_id, "error": error})
            return
        try:
            self._send({"jsonrpc": self.VERSION, "id": msg_id, "result": result})
        except Exception as failure:
            log.exception("a result cannot be written as JSON")
            reason = f"the result cannot be written: {type(failure).__name__}: {failure}"
            self._refuse(msg_id, errors.INTERNAL_ERROR, reason)

    @override
    def _send_data(self, data: Any) -> None:
        try:
            self._send(data)
        except Exception:
            log.exception("a message cannot be written as JSON: %s", getattr(data, "method", data))

    def _send(self, message: Any) -> None:
        # Escapes outside of ASCII: a lone surrogate, which user code may print, has no UTF-8.
        body = json.dumps(message, default=self._serialize_message, separators=(",", ":"), allow_nan=False)
        if self.outbox is not None:
            method = getattr(message, "method", "")
            self.outbox.put(
                framing.encode(body.encode("ascii")),
                key=_key(method, message),
                droppable=method in NOTIFICATIONS_THAT_MAY_BE_LOST,
            )

    def structured(self, value: Any, kind: type[T]) -> T:
        """JSON as a class of the protocol."""
        made: T = self._converter.structure(value, kind)
        return made

    @override
    @cache  # noqa: B019  # one protocol per process
    def get_message_type(self, method: str) -> type[Any] | None:
        """The class of a message; ours are typed too, which is twice as fast as pygls' fallback."""
        return MESSAGES.get(method) or super().get_message_type(method)

    # What pygls does itself and we do otherwise

    @override
    @lsp_method(lsp.SHUTDOWN)
    def lsp_shutdown(self, *params: Any) -> None:  # type: ignore[override]  # pygls takes any kind of handler
        """Cancel what is on its way; from now on only ``exit`` is heard."""
        self._shutdown = True
        for message_id, future in list(self._request_futures.items()):
            if message_id != self.msg_id:
                future.cancel()

    @override
    @lsp_method(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def lsp_workspace__did_change_workspace_folders(
        self, params: lsp.DidChangeWorkspaceFoldersParams
    ) -> None:
        """Folders come and go."""
        await self.fm.features[lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS](params)

    @override
    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A client opens a document."""
        item = params.text_document
        self._server.opened(item.uri, item.text, item.version)

    @override
    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """A client edits a document."""
        item = params.text_document
        self._server.changed(item.uri, from_lsp.changes(params.content_changes), item.version)

    @override
    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """A client closes a document."""
        self._server.closed(params.text_document.uri)

    @override
    @lsp_method(lsp.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]  # the same
        self, params: lsp.ExecuteCommandParams
    ) -> Any:
        """Run a command by name, with whatever arguments it was given."""
        command = self.fm.commands.get(params.command)
        if command is None:
            raise errors.UnknownCommandError(params.command)
        return await command(*(params.arguments or ()))


def _key(method: str, message: Any) -> Hashable:
    """What makes an older message of the same key superfluous."""
    if method == lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS:
        return method, message.params.uri
    if method == "holefit/status":
        return method, message.params.get("root")
    return None


def _complaints(error: Exception) -> list[str]:
    try:
        return cattrs.transform_error(error)[:3]
    except Exception:
        return [f"{type(error).__name__}: {error}"]
