"""The custom messages, typed. ``docs/protocol.md`` describes them."""

from __future__ import annotations

from typing import Any, cast

import attrs
from lsprotocol import types as lsp

HOLES = "holefit/holes"
GOAL = "holefit/goal"
CONSTRUCTIONS = "holefit/constructions"
EVALUATE = "holefit/evaluate"
RELOAD = "holefit/reload"
ANNOTATIONS = "holefit/annotations"
INTERPRETER = "holefit/interpreter"
SEARCH = "holefit/search"
STOPS = "holefit/stops"

RELOAD_PLAN = "holefit/reloadPlan"
TWEAKS = "holefit/tweaks"
TWEAK = "holefit/tweak"

INPUT = "holefit/input"
"""The one request that the server makes of the client."""

RELOADED = "holefit/reloaded"
OUTPUT = "holefit/output"
STATUS = "holefit/status"

NOTIFICATIONS_THAT_MAY_BE_LOST = frozenset({OUTPUT, lsp.WINDOW_LOG_MESSAGE})
"""What is dropped when a client does not read for long."""


@attrs.define
class HolesParams:
    """All holes of a document, or the one at a place; ``quick``: without waiting for the search for longer terms."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position | None = None
    quick: bool = False


@attrs.define
class GoalParams:
    """The hole at a place."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position


@attrs.define
class ConstructionsParams:
    """What can be built at a place."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position


@attrs.define
class EvaluateParams:
    """The snippets that overlap a range, or all."""

    text_document: lsp.TextDocumentIdentifier
    range: lsp.Range | None = None


@attrs.define
class ReloadParams:
    """Which workspace folder, when there are several."""

    text_document: lsp.TextDocumentIdentifier | None = None


@attrs.define
class ReloadPlanParams:
    """Which workspace folder, when there are several."""

    text_document: lsp.TextDocumentIdentifier | None = None


@attrs.define
class TweaksParams:
    """The tweakable globals of a document, or of all folders."""

    text_document: lsp.TextDocumentIdentifier | None = None


@attrs.define
class TweakParams:
    """Another value for a global; the document tells the folder, when there are several."""

    module: str
    name: str
    value: Any
    text_document: lsp.TextDocumentIdentifier | None = None


@attrs.define
class AnnotationsParams:
    """The annotations of a name, with a type, in a module."""

    of: str | None = None
    type: str | None = None
    module: str | None = None
    text_document: lsp.TextDocumentIdentifier | None = None


@attrs.define
class SearchParams:
    """Names by their type. The document tells the folder, and with ``position`` where a name would be put."""

    query: str
    limit: int | None = None
    text_document: lsp.TextDocumentIdentifier | None = None
    position: lsp.Position | None = None


@attrs.define
class InterpreterParams:
    """What to do with the interpreter before its state is told. ``checkpoint`` is the number of the one to restore; the newest by default."""

    action: str | None = None
    text_document: lsp.TextDocumentIdentifier | None = None
    checkpoint: int | None = None


@attrs.define
class StopsParams:
    """How the newest stop is to go on, if at all; ``stop`` is its id, for who wants to be sure."""

    action: str | None = None
    stop: int | None = None
    text_document: lsp.TextDocumentIdentifier | None = None


def _request(method: str, params: type[Any]) -> type[Any]:
    """The class of a request, as pygls wants it."""
    return attrs.make_class(
        params.__name__.removesuffix("Params") + "Request",
        {
            "id": attrs.field(type=cast(type, int | str)),
            "params": attrs.field(type=params),
            "method": attrs.field(type=str, default=method),
            "jsonrpc": attrs.field(type=str, default="2.0"),
        },
    )


PARAMS: dict[str, type[Any]] = {
    HOLES: HolesParams,
    GOAL: GoalParams,
    CONSTRUCTIONS: ConstructionsParams,
    EVALUATE: EvaluateParams,
    RELOAD: ReloadParams,
    RELOAD_PLAN: ReloadPlanParams,
    TWEAKS: TweaksParams,
    TWEAK: TweakParams,
    ANNOTATIONS: AnnotationsParams,
    INTERPRETER: InterpreterParams,
    STOPS: StopsParams,
    SEARCH: SearchParams,
}

MESSAGES: dict[str, type[Any]] = {method: _request(method, params) for method, params in PARAMS.items()}
