"""Every message is documented beside its counterpart in GHC, and answered by every kind of worker as the table says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from holefit.interpreter import Interpreter, RequestFailedError, StaleRemoteRefError
from holefit.session.options import Options
from holefit_wire import interpreter as messages

PAGE = Path(__file__).parent.parent.parent / "docs" / "interpreter.md"
KINDS: dict[str, type] = {name: cls for name, cls in vars(messages).items() if inspect.isclass(cls)}
FRAME = {"Request", "Reply", "Failed"}  # what all others travel in
NEVER_ASKED = {"Hello", "Shutdown", "Restart", "End"}  # they begin or end the worker
EXPRESSIONS = {"EvalSource", "EvalThis", "EvalApp", "HolePlace", "NativePart"}  # parts of requests
GHCI = """
Hello Shutdown Interrupt Checkpoint Restore Fork EvalStmt EvalThis EvalSource EvalApp ResumeStmt AbandonStmt EvalIO EvalString EvalStringToString
Seq ResumeSeq EvalComplete EvalSuccess EvalException EvalBreak FreeRefs GetClosure Display MallocData CreateCode AddStaticEntry Reload NewBreakArray
SetupBreakpoint BreakpointStatus GetBreakpointVar MakeCostCentres CostCentreStackInfo InitLinker LookupSymbol LookupClosure LoadDLL LoadArchive
LoadObject UnloadObject AddLibrarySearchPath RemoveLibrarySearchPath ResolveObjects FindSystemLibrary
"""
GIVEN = {
    "EvalOpts": messages.EvalOpts(),
    "SetupBreakpoint.array": 99,
    "EvalStmt.expr": messages.EvalSource("1"),
    "ProfileStmt.expr": messages.EvalSource("1"),
    "CreateCode.version": "another",
    "InFork.body": messages.ChangedModules(),
}
ZEROS: dict[str, Any] = {"str": "", "int": 0, "bool": False, "bytes": b"", "float": 0.0, "Any": None}


@pytest.fixture(scope="module", params=["external", "internal"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interpreter]:
    """One of each kind for this module alone: what is asked here leaves checkpoints, forks and options behind."""
    interpreter = Interpreter(tmp_path_factory.mktemp("project"), Options(), kind=request.param)
    yield interpreter
    interpreter.stop()


def rows() -> list[list[str]]:
    """The table: a cell for each column."""
    text = PAGE.read_text().partition("| here |")[2]
    lines = [line for line in text.splitlines()[2:] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def answers() -> dict[str, list[str]]:
    """For each request the kinds of its answer."""
    found: dict[str, list[str]] = {}
    for here, _, answer in rows():
        requests = [name for name in words(here) if name in KINDS and name not in EXPRESSIONS]
        if "notice" in here:
            continue
        given = answer.split(";")
        assert len(given) in (1, len(requests)), f"{here}: {answer}"
        for at, name in enumerate(requests):
            text = given[at if len(given) > 1 else 0]
            found[name] = found.get(words(text)[0], words(text)) if "as `" in text else words(text)
    return found


ANSWERS = answers()


def test_the_table_and_the_catalogue_hold_the_same() -> None:
    told = {word for row in rows() for cell in (row[0], row[2]) for word in words(cell)}
    parts = {
        word
        for cls in KINDS.values()
        for annotation in cls.__annotations__.values()
        for word in re.findall(r"\w+", annotation)
    }
    named = {word for cls in KINDS.values() for word in re.findall(r"\w+", cls.__doc__ or "")}  # in an Any
    assert set(KINDS) - told - parts - FRAME - named == set()
    assert {word for row in rows() for word in words(row[0])} - set(KINDS) - {"free"} == set()
    assert {word for row in rows() for word in words(row[2])} - set(KINDS) == set()


def test_the_catalogue_is_whole() -> None:
    told = {word for row in rows() for cell in (row[0], row[2]) for word in words(cell)}
    assert set(GHCI.split()) - told == set()


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - NEVER_ASKED))
def test_every_request_is_answered_as_the_table_says(asked: Interpreter, name: str) -> None:
    cls = KINDS[name]
    body = cls(
        **{
            field: GIVEN.get(f"{name}.{field}", sample(annotation))
            for field, annotation in cls.__annotations__.items()
            if field not in vars(cls)
        }
    )
    allowed = tuple(KINDS[answer] for answer in ANSWERS[name]) if ANSWERS[name] else (object,)
    with suppress(StaleRemoteRefError):
        answer = refusal(asked, body, allowed)
        assert answer != "UnknownMessage"
        assert not answer.startswith("Bug")


def refusal(interpreter: Interpreter, body: object, allowed: tuple[type, ...]) -> str:
    """The kind of a request's refusal; empty where it was answered by one of ``allowed``."""
    try:
        interpreter.ask_any(body, allowed)
    except RequestFailedError as refused:
        return f"{refused.kind}: {refused}" if refused.kind == "Bug" else refused.kind
    return ""


def sample(annotation: str) -> Any:
    """A value of a field's type."""
    outer = annotation.partition("[")[0]
    if annotation.endswith(" | None"):
        return None
    empty: dict[str, Any] = {"list": [], "dict": {}, "tuple": ()}
    if outer in empty:
        return empty[outer]
    return ZEROS[outer] if outer in ZEROS else GIVEN[outer]
