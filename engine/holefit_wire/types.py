"""Messages between the session and the type service.

Requests travel in :class:`TypesRequest`, their answers in :class:`TypesReply`; buffers, options, cancellations and progress travel
bare. Lines and columns are 0-based code points, as everywhere in the engine.
"""

from __future__ import annotations

from typing import Any

from holefit_wire.codec import message

TYPES_PROTOCOL_VERSION = 1


@message
class TypesHello:
    """First frame of the session. ``bases`` are import folders; ``options`` are hole options by field name; ``plugins`` allows mypy plugins of the project; ``index`` is the folder of the index by type.

    ``plugin_flags``, ``plugin_path`` and ``plugin_budget_ms`` are the options of the session about plugins of Holefit's own, which act where ``plugins`` are allowed.
    """

    version: int
    root: str
    bases: list[str]
    cache: str
    python: str
    options: dict[str, Any]
    plugins: bool = False
    index: str | None = None
    plugin_flags: tuple[str, ...] = ()
    plugin_path: tuple[str, ...] = ()
    plugin_budget_ms: int = 1000


@message
class TypesReady:
    """The service's answer to TypesHello."""

    version: int
    pid: int
    checker: str


@message
class TypesRequest:
    """A request and the id that its reply will carry."""

    id: int
    body: Any


@message
class TypesReply:
    """The answer to request ``id``."""

    id: int
    body: Any


@message
class TypesFailed:
    """The request could not be carried out; ``kind`` is a stable word: cancelled, blocked, internal."""

    kind: str
    text: str


@message
class TypesProgress:
    """Notice: how far a long step has come, from 0 to 1."""

    text: str
    done: float


@message
class SetTypesBuffer:
    """Notice: the text of a file as the editor shows it."""

    path: str
    text: str
    version: int | None = None


@message
class CloseTypesBuffer:
    """Notice: the file on disk counts again."""

    path: str


@message
class TypesFileChanged:
    """Notice: a file that is not open was written, made or removed."""

    path: str


@message
class SetLiveTypes:
    """Notice: the classes of live values in a file, qualified, builtins bare: of its globals, and at ``line`` (1-based) of the frame that stands there."""

    path: str
    globals: dict[str, str]
    locals: dict[str, str]
    line: int = 0


@message
class SetTypesOptions:
    """Notice: hole options by field name."""

    options: dict[str, Any]


@message
class CancelTypes:
    """Notice: nobody waits for request ``id`` any more."""

    id: int


@message
class AskHoles:
    """The holes of a file, or with ``line`` those of the function around it; with ``quick`` without search. Answered with HolesFound."""

    path: str
    line: int | None = None
    quick: bool = False


@message
class PartnerInfo:
    """What another hole of the statement, at ``line`` and ``column``, is filled with along with a fit."""

    line: int
    column: int
    name: str
    text: str


@message
class FitInfo:
    """See ``holefit.holes.Fit``; its first edit is that of the hole's range, ``imports`` are those for what it needs imported."""

    text: str
    type: str
    provenance: str
    kind: str
    level: int
    import_text: str | None = None
    imports: tuple[ChangeInfo, ...] = ()
    documentation: str | None = None
    partners: tuple[PartnerInfo, ...] = ()


@message
class HoleInfo:
    """See ``holefit.holes.Hole``. ``bindings`` are pairs of name and type; ``tried`` counts candidates; ``misspelled`` are names."""

    line: int
    column: int
    name: str
    expected: str
    constraints: list[str]
    bindings: list[list[str]]
    fits: list[FitInfo]
    complete: bool
    elapsed_ms: float
    tried: int = 0
    misspelled: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


@message
class HolesFound:
    """``version`` is that of the buffer which the answer is for; None for a file on disk."""

    holes: list[HoleInfo]
    version: int | None


@message
class AskConstructions:
    """What can be built at a place of a file. Answered with ConstructionsFound."""

    path: str
    line: int
    column: int


@message
class ChangeInfo:
    """The text from one place to another becomes ``text``."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@message
class ConstructionInfo:
    """See ``holefit.holes.Construction``."""

    kind: str
    title: str
    changes: list[ChangeInfo]


@message
class ConstructionsFound:
    """``version`` is that of the buffer which the answer is for; None for a file on disk."""

    constructions: list[ConstructionInfo]
    version: int | None


@message
class AskProblems:
    """mypy's errors in a file. Answered with ProblemsFound."""

    path: str


@message
class ProblemInfo:
    """One error; ``severity`` is error or note."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: str
    code: str
    message: str


@message
class ProblemsFound:
    """All errors of one file."""

    problems: list[ProblemInfo]
    version: int | None


@message
class AskSyntax:
    """The syntax error of a file. Answered with ProblemsFound: one, or none."""

    path: str


@message
class AskType:
    """The type of an expression where the scope is that of ``line``. Answered with TypeFound."""

    path: str
    expression: str
    line: int


@message
class TypeFound:
    """A type as a programmer writes it; a function's as its signature."""

    text: str
