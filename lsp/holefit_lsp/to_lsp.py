"""The engine's values as the client's: LSP types, and the JSON of the custom messages as ``docs/protocol.md`` has it."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from holefit.annotations.annotation import Annotation
from holefit.diagnostics import Diagnostic, Severity
from holefit.edits import Edit
from holefit.eval.result import SnippetResult
from holefit.holes.hole import Fit, Hole
from holefit.index import Match
from holefit.interpreter import InterpreterStatus
from holefit.reload.plan import ReloadPlan
from holefit.reload.report import ReloadReport, StaleFrame
from holefit.reload.tweak import Tweakable
from holefit.session import Session
from holefit.syntax.source import Position, Range
from holefit_lsp.documents import Document, Documents
from holefit_lsp.uris import uri_of

SOURCE = "holefit"
ModuleName = Callable[[Path], str]

_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.INFORMATION: lsp.DiagnosticSeverity.Information,
    Severity.HINT: lsp.DiagnosticSeverity.Hint,
}


def position(document: Document, place: Position) -> lsp.Position:
    """A place of the engine's in the client's units."""
    return lsp.Position(*document.units(place))


def range_(document: Document, stretch: Range) -> lsp.Range:
    """A stretch of the engine's in the client's units."""
    return lsp.Range(position(document, stretch.start), position(document, stretch.end))


def diagnostic(document: Document, found: Diagnostic) -> lsp.Diagnostic:
    """A diagnostic of ``document``."""
    return lsp.Diagnostic(
        range=range_(document, found.range),
        message=found.message,
        severity=_SEVERITIES[found.severity],
        code=found.code,
        source=SOURCE,
    )


def text_edit(document: Document, edit: Edit) -> lsp.TextEdit:
    """One edit of ``document``."""
    return lsp.TextEdit(range=range_(document, edit.range), new_text=edit.text)


class Edits:
    """Writes the engine's edits as workspace edits, with versions where the client understands them.

    ``document`` is the text that the edits speak of; other files are looked up among the open ones.
    """

    def __init__(
        self, document: Document, documents: Documents, capabilities: lsp.ClientCapabilities
    ) -> None:
        self._document = document
        self._documents = documents
        workspace = capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        self._versioned = edit is not None and bool(edit.document_changes)

    def __call__(self, edits: Sequence[Edit]) -> lsp.WorkspaceEdit:
        """One workspace edit for all ``edits``."""
        by_document: dict[
            str, tuple[Document, list[lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit]]
        ] = {}
        for edit in edits:
            here = self._document
            if edit.path != here.path:
                here = self._documents.look_at(edit.path)
            by_document.setdefault(here.uri, (here, []))[1].append(text_edit(here, edit))
        if not self._versioned:
            return lsp.WorkspaceEdit(
                changes={
                    uri: [one for one in made if isinstance(one, lsp.TextEdit)]
                    for uri, (_, made) in by_document.items()
                }
            )
        return lsp.WorkspaceEdit(
            document_changes=[
                lsp.TextDocumentEdit(
                    text_document=lsp.OptionalVersionedTextDocumentIdentifier(uri, here.version), edits=made
                )
                for uri, (here, made) in by_document.items()
            ]
        )


def hole(document: Document, found: Hole, edits: Edits) -> dict[str, Any]:
    """A hole as ``holefit/holes`` tells it."""
    return {
        "range": range_(document, found.range),
        "name": found.name,
        "expected": found.expected,
        "constraints": list(found.constraints),
        "misspelled": list(found.misspelled),
        "reached": found.reached,
        "messages": list(found.messages),
        "bindings": [
            {"name": one.name, "type": one.type} | ({} if one.value is None else {"value": one.value})
            for one in found.bindings
        ],
        "fits": [fit(one, edits) for one in found.fits],
        "complete": found.complete,
        "elapsedMs": round(found.elapsed_ms, 3),
    }


def fit(found: Fit, edits: Edits) -> dict[str, Any]:
    """A fit as ``holefit/holes`` tells it."""
    told: dict[str, Any] = {
        "text": found.text,
        "type": found.type,
        "kind": found.kind.value,
        "level": found.level,
        "provenance": found.provenance,
        "edit": edits(found.edits),
    }
    if found.import_text is not None:
        told["importText"] = found.import_text
    if found.examples is not None:
        told["examples"] = found.examples
    if found.partners:
        told["partners"] = [{"name": name, "text": text} for name, text in found.partners]
    if found.documentation is not None:
        told["documentation"] = found.documentation
    if found.value is not None:
        told["value"] = found.value
    return told


def result(document: Document, found: SnippetResult) -> dict[str, Any]:
    """What a snippet gave, as ``holefit/evaluate`` tells it."""
    return {
        "range": range_(document, found.range),
        "ok": found.ok,
        "text": found.text,
        "stdout": found.stdout,
        "stderr": found.stderr,
        "mime": dict(found.mime),
        "frames": [
            {"path": one.path, "line": one.line, "function": one.function, "text": one.text}
            for one in found.frames
        ],
        "durationMs": round(found.duration_ms, 3),
        "generation": found.generation,
        "agrees": found.agrees,
    } | ({"note": found.note} if found.note else {})


def report(found: ReloadReport, documents: Documents, module_name: ModuleName) -> dict[str, Any]:
    """A reload as ``holefit/reload`` and ``holefit/reloaded`` tell it. Each error names its document's ``uri`` too."""
    return {
        "generation": found.generation,
        "reloaded": list(found.reloaded),
        "kept": [{"module": one.module, "name": one.name, "reason": one.reason} for one in found.kept],
        "removed": [{"module": one.module, "name": one.name} for one in found.removed],
        "errors": [_error(one, documents, module_name) for one in found.errors],
        "staleFrames": [_frame(one) for one in found.stale_frames],
        "notes": list(found.notes),
        "durationMs": round(found.duration_ms, 3),
    }


def plan(found: ReloadPlan, documents: Documents, module_name: ModuleName) -> dict[str, Any]:
    """A plan as ``holefit/reloadPlan`` tells it."""
    return {
        "modules": [
            {
                "module": one.module,
                "uri": uri_of(one.path),
                "steps": [
                    {
                        "line": step.line,
                        "effect": step.effect.value,
                        "runs": step.runs,
                        "names": list(step.names),
                        "reason": step.reason,
                    }
                    for step in one.steps
                ],
            }
            for one in found.modules
        ],
        "errors": [_error(one, documents, module_name) for one in found.errors],
        "running": [_frame(one) for one in found.running],
    }


def tweakable(found: Tweakable, documents: Documents) -> dict[str, Any]:
    """A live global as ``holefit/tweaks`` tells it; bounds that it has not are left out."""
    line = Position(found.line, 0)
    bounds = {"low": found.low, "high": found.high, "step": found.step}
    return {
        "module": found.module,
        "name": found.name,
        "value": plain(found.value),
        "text": found.text,
        "uri": uri_of(found.path),
        "range": range_(documents.look_at(found.path), Range(line, line)),
    } | {key: value for key, value in bounds.items() if value is not None}


def annotation(found: Annotation, document: Document) -> dict[str, Any]:
    """An annotation as ``holefit/annotations`` tells it; ``document`` is the text of its module."""
    return {
        "module": found.module,
        "name": found.name,
        "kind": found.target.value,
        "type": found.type,
        "value": plain(found.value),
        "repr": found.repr,
        "range": range_(document, found.range),
        "uri": document.uri,
    }


def match(found: Match, document: Document | None) -> dict[str, Any]:
    """What answers a search as ``holefit/search`` tells it; ``document`` is the text that it is defined in."""
    told: dict[str, Any] = {
        "name": found.name,
        "module": found.module,
        "kind": found.kind,
        "signature": found.signature,
        "cost": round(found.cost, 3),
    }
    if found.import_text is not None:
        told["importText"] = found.import_text
    if found.deprecated:
        told["deprecated"] = True
    if found.private:
        told["private"] = True
    if document is not None:
        place = position(document, Position(found.line, 0))
        told["location"] = lsp.Location(document.uri, lsp.Range(place, place))
    return told


def interpreter(status: InterpreterStatus | None, session: Session | None = None) -> dict[str, Any]:
    """The interpreter's state as ``holefit/interpreter`` tells it, and what is stopped in that of ``session``; None where there may be none."""
    stops = session.interpreter.breakpoints.stops if session is not None else ()
    stopped = [stop.resume for stop in reversed(stops)]
    if status is None:
        return {
            "state": "stopped",
            "pid": None,
            "python": None,
            "version": None,
            "generation": 0,
            "stops": stopped,
        }
    return {
        "state": status.state,
        "pid": status.pid,
        "python": status.python or None,
        "version": status.version or None,
        "generation": status.generation,
        "stops": stopped,
    }


def plain(value: object) -> Any:
    """Plain data as JSON can hold it: bytes as base64, numbers that JSON lacks as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else repr(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return repr(value)


def _error(found: Diagnostic, documents: Documents, module_name: ModuleName) -> dict[str, Any]:
    document = documents.look_at(found.path)
    return {
        "module": module_name(found.path),
        "uri": document.uri,
        "range": range_(document, found.range),
        "message": found.message,
    }


def _frame(found: StaleFrame) -> dict[str, Any]:
    return {
        "module": found.module,
        "function": found.function,
        "line": found.line,
        "thread": found.thread,
    }
