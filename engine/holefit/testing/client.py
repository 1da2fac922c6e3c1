"""A strict client for a language server over stdio: what it gets must be as the protocol says, byte for byte.

.. code-block:: python

    with LspClient([sys.executable, "-m", "holefit", "lsp"], root=project) as client:
        client.initialize(trusted=True)
        uri = client.open(project / "main.py")
        assert client.request("holefit/holes", {"textDocument": {"uri": uri}})[0]["expected"] == "int"

It records notifications, answers the server's requests (and records them too), and every wait has an end: a
:class:`LspError` or :class:`LspTimeoutError` says what was waited for and what the server wrote to its standard error.
Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 60.0

Handler = Callable[[Any], Any]
"""Gets the params of a server's request, gives its result; may raise :class:`LspError` to refuse."""


class LspError(Exception):
    """The server answered with an error, or broke the protocol, or died. ``code`` and ``data`` are the answer's."""

    def __init__(self, message: str, *, code: int | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class LspTimeoutError(LspError):
    """What was waited for did not come."""


class LspClient:
    """One server process and the conversation with it.

    ``notifications`` holds (method, params) as they came; ``requests`` the server's requests in the same way.
    ``texts`` holds the text of every open document, which :meth:`change` and edits of the server keep up to date.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        root: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
        read_stderr: bool = True,
    ) -> None:
        self.root = root
        self.timeout_s = timeout_s
        self.settings: dict[str, Any] = {}
        self.notifications: list[tuple[str, Any]] = []
        self.requests: list[tuple[str, Any]] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.encoding = "utf-16"
        self.handlers: dict[str, Handler] = {
            "workspace/configuration": self._configuration,
            "workspace/applyEdit": self._apply_edit,
            "workspace/workspaceFolders": lambda params: None,
            "workspace/codeLens/refresh": lambda params: None,
            "workspace/inlayHint/refresh": lambda params: None,
            "workspace/diagnostic/refresh": lambda params: None,
            "client/registerCapability": lambda params: None,
            "client/unregisterCapability": lambda params: None,
            "window/workDoneProgress/create": lambda params: None,
            "window/showMessageRequest": lambda params: None,
        }
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=root,
            env={**os.environ, **(env or {})},
        )
        self._next_id = 0
        self._opened_at: dict[str, int] = {}
        self._answers: dict[int | str, dict[str, Any]] = {}
        self._broken: str | None = None
        self._arrived = threading.Condition()
        self._sending = threading.Lock()
        self._stderr: deque[str] = deque(maxlen=200)
        self._paused = threading.Event()
        self._paused.set()
        reading = [self._read, self._read_stderr] if read_stderr else [self._read]
        self._threads = [threading.Thread(target=read, daemon=True) for read in reading]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Talking

    def post(self, method: str, params: Any = None) -> int:
        """Send a request and do not wait: its id, for :meth:`answer`."""
        self._next_id += 1
        self.send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return self._next_id

    def request(self, method: str, params: Any = None, *, timeout_s: float | None = None) -> Any:
        """The result of a request.

        Raises: LspError, when the server answers with an error.
        """
        return self.answer(self.post(method, params), doing=method, timeout_s=timeout_s)

    def answer(self, request_id: int | str, *, doing: str = "", timeout_s: float | None = None) -> Any:
        """The result of a request that was posted.

        Raises: LspError, when the server answers with an error.
        """
        waited_for = f"the answer to {doing or request_id}"
        self.wait_until(lambda: request_id in self._answers, waited_for, timeout_s=timeout_s)
        reply = self._answers.pop(request_id)
        if (error := reply.get("error")) is not None:
            told = f"{doing or request_id}: {error.get('message')}"
            raise LspError(told, code=error.get("code"), data=error.get("data"))
        return reply["result"]

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def cancel(self, request_id: int | str) -> None:
        """Take a request back."""
        self.notify("$/cancelRequest", {"id": request_id})

    def send(self, message: Any) -> None:
        """Send any JSON as a message, right or wrong."""
        self.send_bytes(frame(json.dumps(message).encode()))

    def send_bytes(self, data: bytes) -> None:
        """Send any bytes."""
        assert self.process.stdin is not None
        try:
            with self._sending:
                self.process.stdin.write(data)
                self.process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise LspError(self._told("the server does not read any more")) from error

    # Lifecycle

    def initialize(
        self,
        *,
        capabilities: Mapping[str, Any] | None = None,
        folders: Sequence[Path] | None = None,
        initialized: bool = True,
        **settings: Any,
    ) -> dict[str, Any]:
        """Shake hands; ``settings`` go along as ``initializationOptions`` and answer ``workspace/configuration``.

        No index of names by type is built in the background unless they say ``index=True``. The result is the server's.
        """
        roots = [self.root] if folders is None and self.root is not None else list(folders or ())
        settings = {"index": False, **settings}
        self.settings = settings
        result: dict[str, Any] = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "holefit.testing"},
                "rootUri": roots[0].as_uri() if roots else None,
                "workspaceFolders": [{"uri": root.as_uri(), "name": root.name} for root in roots] or None,
                "capabilities": CAPABILITIES if capabilities is None else capabilities,
                "initializationOptions": settings,
            },
        )
        self.encoding = result["capabilities"].get("positionEncoding", "utf-16")
        if initialized:
            self.notify("initialized", {})
        return result

    def shutdown(self) -> int:
        """End the conversation as the protocol has it: the server's exit status."""
        self.request("shutdown")
        self.notify("exit")
        return self.wait_for_exit()

    def wait_for_exit(self, timeout_s: float | None = None) -> int:
        """The server's exit status."""
        try:
            return self.process.wait(self.timeout_s if timeout_s is None else timeout_s)
        except subprocess.TimeoutExpired:
            raise LspTimeoutError(self._told("the server did not exit")) from None

    def close(self) -> None:
        """End the process, politely if it lets us."""
        self.resume_reading()
        if self.process.poll() is None:
            try:
                self.timeout_s = min(self.timeout_s, 5.0)
                self.shutdown()
            except LspError:
                self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(5)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    # Documents

    def open(self, path: Path | str, text: str | None = None) -> str:
        """Open a file (or a URI) with the text it has, or another: its URI."""
        uri = path if isinstance(path, str) else path.as_uri()
        if text is None:
            text = Path(path).read_bytes().decode()
        self.texts[uri], self.versions[uri] = text, 1
        self._opened_at[uri] = len(self.notifications)
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, text: str) -> int:
        """Replace the whole text: the new version."""
        self.texts[uri] = text
        return self._changed(uri, [{"text": text}])

    def edit(self, uri: str, range: Mapping[str, Any], text: str) -> int:
        """Replace a range (in the protocol's terms): the new version."""
        self.texts[uri] = apply_edits(self.texts[uri], [{"range": range, "newText": text}], self.encoding)
        return self._changed(uri, [{"range": range, "text": text}])

    def save(self, uri: str) -> None:
        """Write a document to its file and say so."""
        Path(_path(uri)).write_text(self.texts[uri], encoding="utf-8", newline="")
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close_document(self, uri: str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    # Waiting

    def wait_until(
        self, condition: Callable[[], object], waited_for: str, *, timeout_s: float | None = None
    ) -> None:
        """Wait until ``condition``, which is looked at whenever something has arrived, and twenty times a second.

        Raises: LspTimeoutError; LspError, when the server has died or broken the protocol.
        """
        limit = self.timeout_s if timeout_s is None else timeout_s
        deadline = time.monotonic() + limit
        with self._arrived:
            while not condition():
                if self._broken is not None:
                    raise LspError(self._told(f"{waited_for} did not come: {self._broken}"))
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LspTimeoutError(self._told(f"{waited_for} did not come within {limit:g} s"))
                self._arrived.wait(min(left, 0.05))

    def wait_for(
        self,
        method: str,
        matching: Callable[[Any], object] = lambda params: True,
        *,
        since: int = 0,
        timeout_s: float | None = None,
    ) -> Any:
        """The params of the newest notification of this method that matches, once there is one.

        ``since`` is how many ``notifications`` there were before, which do not count.
        """

        def found() -> list[Any]:
            newer = self.notifications[since:]
            return [params for name, params in newer if name == method and matching(params)]

        self.wait_until(found, f"a notification {method}", timeout_s=timeout_s)
        return found()[-1]

    def diagnostics(self, uri: str, *, version: int | None = None) -> list[dict[str, Any]]:
        """The diagnostics that were pushed for a version of a document (the newest one by default)."""
        wanted = self.versions[uri] if version is None else version
        pushed: dict[str, Any] = self.wait_for(
            "textDocument/publishDiagnostics",
            lambda params: (params["uri"], params.get("version")) == (uri, wanted),
            since=self._opened_at[uri],
        )
        items: list[dict[str, Any]] = pushed["diagnostics"]
        return items

    def pause_reading(self) -> None:
        """Stop reading what the server sends, as a client that hangs does."""
        self._paused.clear()

    def resume_reading(self) -> None:
        """Read on."""
        self._paused.set()

    @property
    def stderr(self) -> str:
        """The end of what the server wrote to its standard error."""
        return "\n".join(self._stderr)

    # The server's side of it

    def apply(self, edit: Mapping[str, Any]) -> None:
        """Apply a workspace edit to the open texts and tell the server."""
        for uri, edits in _edits_by_uri(edit).items():
            self.change(uri, apply_edits(self.texts[uri], edits, self.encoding))

    def _apply_edit(self, params: Any) -> dict[str, Any]:
        for change in params["edit"].get("documentChanges", ()):
            document = change["textDocument"]
            if document.get("version") not in (None, self.versions.get(document["uri"])):
                return {"applied": False, "failureReason": "the document has another version"}
        self.apply(params["edit"])
        return {"applied": True}

    def _configuration(self, params: Any) -> list[Any]:
        return [self.settings if item.get("section") == "holefit" else None for item in params["items"]]

    def _changed(self, uri: str, changes: list[dict[str, Any]]) -> int:
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        return self.versions[uri]

    def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                self._paused.wait()
                message = _read_message(self.process.stdout)
                if message is None:
                    self._fail("the server has closed its output")
                    return
                self._take(message)
        except LspError as error:
            self._fail(str(error))
        except (OSError, ValueError) as error:
            self._fail(f"reading failed: {error}")

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            with self._arrived:
                self._answers[message["id"]] = message
                self._arrived.notify_all()
            return
        method, params = message["method"], message.get("params")
        if "id" in message:
            self._reply(message["id"], method, params)
        with self._arrived:
            (self.requests if "id" in message else self.notifications).append((method, params))
            self._arrived.notify_all()

    def _reply(self, request_id: int | str, method: str, params: Any) -> None:
        handler = self.handlers.get(method)
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id}
        if handler is None:
            reply["error"] = {"code": -32601, "message": f"this client does not know {method}"}
        else:
            try:
                reply["result"] = handler(params)
            except LspError as error:
                reply["error"] = {"code": error.code or -32803, "message": str(error)}
        self.send(reply)

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._stderr.append(line.decode(errors="replace").rstrip())

    def _fail(self, why: str) -> None:
        with self._arrived:
            self._broken = why
            self._arrived.notify_all()

    def _told(self, what: str) -> str:
        status = self.process.poll()
        state = "is still running" if status is None else f"has exited with {status}"
        return f"{what}; the server {state}. Its standard error ends with:\n{self.stderr or '(nothing)'}"


CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "workspaceEdit": {"documentChanges": True},
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "codeLens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    },
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
    },
    "window": {"workDoneProgress": True},
}
"""What this client says of itself by default: all that Holefit uses, with pushed diagnostics."""


def frame(body: bytes) -> bytes:
    """A message's bytes."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def apply_edits(text: str, edits: Sequence[Mapping[str, Any]], encoding: str = "utf-16") -> str:
    """``text`` after the protocol's ``edits``, all of which speak of the text before."""
    spans = sorted(
        (
            (
                _offset(text, edit["range"]["start"], encoding),
                _offset(text, edit["range"]["end"], encoding),
                index,
                edit["newText"],
            )
            for index, edit in enumerate(edits)
        ),
        reverse=True,
    )
    for start, end, _, new in spans:
        text = text[:start] + new + text[end:]
    return text


def _read_message(stream: Any) -> dict[str, Any] | None:
    """One message; anything that is not exactly a frame is an error."""
    length = None
    while True:
        line = stream.readline()
        if not line and length is None:
            return None
        if not line.endswith(b"\r\n"):
            raise LspError(f"a header line does not end as it should: {line!r}")
        if line == b"\r\n":
            break
        name, colon, value = line[:-2].partition(b": ")
        if not colon or name not in (b"Content-Length", b"Content-Type"):
            raise LspError(f"no header of the protocol: {line!r}")
        if name == b"Content-Length":
            length = int(value)
    if length is None:
        raise LspError("a header without Content-Length")
    body = stream.read(length)
    if len(body) < length:
        raise LspError(f"a body of {length} bytes ends after {len(body)}")
    message = json.loads(body, parse_constant=_refuse_constant)
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise LspError(f"no message of the protocol: {body[:200]!r}")
    if "method" not in message and ("id" not in message or ("result" in message) == ("error" in message)):
        raise LspError(f"an answer has an id and either a result or an error: {body[:200]!r}")
    return message


def _refuse_constant(name: str) -> Any:
    raise LspError(f"{name} is no JSON")


def _offset(text: str, place: Mapping[str, int], encoding: str) -> int:
    """The offset of a place in the protocol's terms."""
    start = 0
    for _ in range(place["line"]):
        ends = [found for found in (text.find("\n", start), text.find("\r", start)) if found >= 0]
        if not ends:
            return len(text)
        start = min(ends) + (2 if text[min(ends) : min(ends) + 2] == "\r\n" else 1)
    units = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
    codec, size = units[encoding]
    line = text[start:].split("\n", 1)[0].split("\r", 1)[0]
    return start + len(line.encode(codec)[: place["character"] * size].decode(codec, "ignore"))


def _edits_by_uri(edit: Mapping[str, Any]) -> dict[str, list[Any]]:
    if "documentChanges" in edit:
        return {change["textDocument"]["uri"]: change["edits"] for change in edit["documentChanges"]}
    return dict(edit.get("changes") or {})


def _path(uri: str) -> str:
    return unquote(urlsplit(uri).path)
