"""Values as JSON that programs rely on: the shapes of the language server's own requests.

Lines and characters are 0-based; characters count Unicode code points, whatever the file's encoding.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from holefit.annotations import Annotation
from holefit.diagnostics import Diagnostic
from holefit.edits import Edit
from holefit.holes import Binding, Fit, Hole
from holefit.holes.constructions import Construction
from holefit.index import Match
from holefit.syntax.source import Position, Range


def position(at: Position) -> dict[str, int]:
    """A position as LSP writes it."""
    return {"line": at.line, "character": at.column}


def range_(span: Range) -> dict[str, Any]:
    """A range as LSP writes it."""
    return {"start": position(span.start), "end": position(span.end)}


def workspace_edit(edits: Iterable[Edit]) -> dict[str, Any]:
    """Edits as LSP's WorkspaceEdit."""
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in edits:
        changes.setdefault(edit.path.as_uri(), []).append({"range": range_(edit.range), "newText": edit.text})
    return {"changes": changes}


def construction(found: Construction) -> dict[str, Any]:
    """A construction as ``holefit/constructions`` answers it."""
    return {"kind": found.kind.value, "title": found.title, "edit": workspace_edit(found.edits)}


def hole(found: Hole) -> dict[str, Any]:
    """A hole as ``holefit/holes`` answers it, with its ``path``."""
    return {
        "path": str(found.path),
        "range": range_(found.range),
        "name": found.name,
        "expected": found.expected,
        "constraints": list(found.constraints),
        "misspelled": list(found.misspelled),
        "reached": found.reached,
        "messages": list(found.messages),
        "bindings": [_binding(binding) for binding in found.bindings],
        "fits": [fit(one) for one in found.fits],
        "complete": found.complete,
        "elapsedMs": round(found.elapsed_ms, 3),
    }


def _binding(binding: Binding) -> dict[str, Any]:
    return {"name": binding.name, "type": binding.type} | (
        {} if binding.value is None else {"value": binding.value}
    )


def fit(found: Fit) -> dict[str, Any]:
    """A fit as ``holefit/holes`` answers it."""
    further = {
        "importText": found.import_text,
        "examples": found.examples,
        "documentation": found.documentation,
        "value": found.value,
        "partners": [{"name": name, "text": text} for name, text in found.partners] or None,
    }
    return {
        "text": found.text,
        "type": found.type,
        "kind": found.kind.value,
        "level": found.level,
        "provenance": found.provenance,
        **{name: value for name, value in further.items() if value is not None},
        "edit": workspace_edit(found.edits),
    }


def diagnostic(found: Diagnostic) -> dict[str, Any]:
    """A diagnostic with its ``path``; ``severity`` is a word."""
    return {
        "path": str(found.path),
        "range": range_(found.range),
        "severity": found.severity.value,
        "code": found.code,
        "message": found.message,
    }


def match(found: Match) -> dict[str, Any]:
    """What answers a search as ``holefit/search`` has it; ``path`` stands for its ``location``."""
    return {
        "name": found.name,
        "module": found.module,
        "kind": found.kind,
        "signature": found.signature,
        **({} if found.import_text is None else {"importText": found.import_text}),
        "cost": round(found.cost, 3),
        **({"deprecated": True} if found.deprecated else {}),
        **({"private": True} if found.private else {}),
        **({} if found.path is None else {"path": str(found.path), "line": found.line}),
    }


def annotation(found: Annotation, path: Path | None = None) -> dict[str, Any]:
    """An annotation as ``holefit/annotations`` answers it, with its ``type``, and the ``path`` of its module if known."""
    return {
        "module": found.module,
        "name": found.name,
        "kind": found.target.value,
        "type": found.type,
        "value": plain(found.value),
        "repr": found.repr,
        "range": range_(found.range),
        **({} if path is None else {"path": str(path)}),
    }


def plain(value: object) -> object:
    """Plain data as JSON can hold it: bytes as base64, numbers that JSON lacks as text, as keys text."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else repr(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
