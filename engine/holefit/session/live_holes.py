"""Holes beside a running program: live values, what each fit would give, examples that decide, and evaluations that go on.

Nothing of it happens in a workspace that is not trusted, and looking at a hole never waits for an evaluation that runs.
"""

from __future__ import annotations

import ast
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.errors import HolefitError
from holefit.holes.examples import Examples, examples_of
from holefit.holes.hole import Binding, Fit, Hole
from holefit.interpreter.holes import Begun
from holefit.syntax import Source
from holefit_wire.interpreter import EvalBreak, EvalComplete, EvalSource, LocalInfo
from holefit_wire.interpreter.holes import HolePlace

if TYPE_CHECKING:
    from holefit.interpreter import Interpreter
    from holefit.interpreter.holes import Reached
    from holefit.session.live_program import _Running
    from holefit.types import TypeService

LIMIT_S = 3.0  # for all fits of one hole
EACH_S = 1.0
IMPORT_S = 10.0
_DEFINED = ("function", "type", "module", "builtin_function_or_method")  # their types say all there is to say
_AGAIN = 10_000  # times that one hole of a loop is filled in one go


@dataclass(frozen=True, slots=True)
class WentOn:
    """A stopped evaluation that was given ``text`` for its hole. ``answer`` is how it ended, or where it stands now; ``path`` and ``snippet`` say what had begun it."""

    path: Path
    snippet: str
    name: str
    text: str
    answer: EvalComplete | EvalBreak

    @property
    def completed(self) -> EvalComplete | None:
        """How it ended; None where it stands still again."""
        return self.answer if isinstance(self.answer, EvalComplete) else None

    @property
    def sentence(self) -> str:
        """What has happened, for the user."""
        given = f"{self.name} was given {self.text}"
        if self.completed is None:
            return f"{given}; the evaluation stands still again."
        error = getattr(self.completed.result, "error", None)
        if error is None:
            return f"{given}; the evaluation went on to its end."
        return f"{given}; that ended in {error.type}: {error.message}."


def examined(session: _Running, hole: Hole, cancelled: threading.Event | None = None) -> Hole:
    """``hole`` with what the running program knows of it. Fits that pass the examples of the function come first, those that fail last."""
    if not session.options.trusted or (cancelled is not None and cancelled.is_set()):
        return hole
    try:
        interpreter = session.interpreter
        if interpreter.status().state == "busy":
            return hole
        reached = standing_at(interpreter, hole)
        if reached is not None:
            return _previewed(interpreter, _with_frame(hole, reached), reached)
        hole = _with_globals(session, interpreter, hole)
        if not any(fit.level == 0 for fit in hole.fits):
            return hole
        examples = examples_of(session.parsed(hole.path), hole)
        return hole if examples is None else _decided(session, interpreter, hole, examples, cancelled)
    except HolefitError:  # no interpreter, or it died: a hole can be looked at all the same
        return hole


def lend_live_types(session: _Running, interpreter: Interpreter, types: TypeService, path: Path) -> None:
    """Tell the type service the classes of the live values in a file, unless the interpreter is at something else."""
    reached = [one for one in interpreter.holes.reached if Path(one.place.path) == path]
    try:
        found = interpreter.holes.classes(session.module_name(path), reached[-1].stop if reached else None)
    except HolefitError:
        return
    if found is not None:
        types.set_live(path, *found, reached[-1].place.line if reached else 0)


def standing_at(interpreter: Interpreter, hole: Hole) -> Reached | None:
    """The evaluation that stands at ``hole``, if one does: at that line, or at the only hole of the name in its file."""
    same = [
        one
        for one in interpreter.holes.reached
        if one.place.name == hole.name and Path(one.place.path) == hole.path
    ]
    exact = [one for one in same if one.place.line == hole.range.start.line + 1]
    if exact:
        return exact[-1]
    return same[0] if len(same) == 1 else None


def went_on(session: _Running) -> list[WentOn]:
    """Let evaluations go on whose holes the newest texts have filled, the innermost first; those behind one that cannot still stand."""
    if not session.options.trusted:
        return []
    interpreter = session.interpreter
    found: list[WentOn] = []
    while interpreter.holes.reached:
        reached = interpreter.holes.reached[-1]
        begun = interpreter.holes.begun.get(reached.stop.resume)
        text = None if begun is None else _filled(session, reached, begun.text)
        if begun is None or text is None:
            break
        answer: EvalComplete | EvalBreak = interpreter.holes.fill(reached, text)
        for _ in range(_AGAIN):
            if not isinstance(answer, EvalBreak) or answer.hole != reached.place:
                break
            answer = interpreter.holes.fill(replace(reached, stop=answer), text)
        del interpreter.holes.begun[reached.stop.resume]
        if isinstance(answer, EvalBreak) and isinstance(answer.hole, HolePlace):
            note_stop(session, answer, begun.path, begun.snippet)
        found.append(WentOn(begun.path, begun.snippet, reached.place.name, text, answer))
        if isinstance(answer, EvalComplete) and interpreter.holes.reached[-1:] == [reached]:
            interpreter.holes.begun[reached.stop.resume] = begun
            break  # the value could not be had: it stands where it stood
    return found


def note_stop(session: _Running, stop: EvalBreak, path: Path, snippet: str) -> None:
    """Remember what began an evaluation that has come to a hole, so that it can go on."""
    try:
        text = session.parsed(Path(stop.hole.path)).source.text
    except (OSError, HolefitError):
        return
    session.interpreter.holes.begun[stop.resume] = Begun(path, snippet, text)


def filled_by(old: str, new: str, line: int, column: int, name: str) -> str | None:
    """What stands in ``new`` in the place of the hole ``name`` at ``line`` and ``column`` (0-based) of ``old``; None where that cannot be told."""
    before, after = Source(Path(), old).lines, Source(Path(), new).lines
    if line >= len(before):
        return None
    start, end = before[line][:column], before[line][column + len(name) :]
    for number in sorted(range(len(after)), key=lambda one: abs(one - line)):
        if not after[number].startswith(start):
            continue
        for last in range(number, min(number + 30, len(after))):
            text = "\n".join(after[number : last + 1])
            if not text.endswith(end) or len(text) < len(start) + len(end):
                continue
            found = text[len(start) : len(text) - len(end)].strip()
            if found != name and _is_expression(found):
                return found
    return None


def _filled(session: _Running, reached: Reached, text: str) -> str | None:
    path = Path(reached.place.path)
    try:
        new = session.parsed(path).source.text
    except (OSError, HolefitError):
        return None
    place = Source(path, text).ast_position(reached.place.line, reached.place.column)
    return filled_by(text, new, place.line, place.column, reached.place.name)


def _is_expression(text: str) -> bool:
    try:
        ast.parse(f"({text}\n)", mode="eval")
    except (SyntaxError, ValueError):
        return False
    return bool(text)


def _with_frame(hole: Hole, reached: Reached) -> Hole:
    """``hole`` with the variables of the frame that stands at it."""
    frame = reached.stop.call_stack[0]
    live: dict[str, LocalInfo] = {one.name: one for one in frame.variables}
    known = {one.name for one in hole.bindings}
    more = [Binding(one.name, one.type, one.text) for one in frame.variables if one.name not in known]
    bindings = [replace(one, value=live[one.name].text) if one.name in live else one for one in hole.bindings]
    return replace(hole, bindings=(*bindings, *more), reached=True)


def _with_globals(session: _Running, interpreter: Interpreter, hole: Hole) -> Hole:
    """``hole`` with the live values of globals among its bindings."""
    names = [one.name for one in hole.bindings if one.name.isidentifier()]
    if not names or interpreter.status().pid is None:
        return hole
    local = _locals_around(session, hole)
    module = session.module_name(hole.path)
    live = {
        one.name: one for one in interpreter.holes.live(module, [one for one in names if one not in local])
    }
    bindings = tuple(
        replace(one, value=live[one.name].text) if one.name in live else one for one in hole.bindings
    )
    return replace(hole, bindings=bindings)


def _locals_around(session: _Running, hole: Hole) -> set[str]:
    """Names that are bound in the functions around ``hole``: a global of that name is another thing."""
    try:
        tree = session.parsed(hole.path).tree
    except (SyntaxError, OSError, HolefitError):
        return set()
    line = hole.range.start.line + 1
    found: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and (
            node.lineno <= line <= (node.end_lineno or 0)
        ):
            found |= {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
            found |= {
                one.id
                for one in ast.walk(node)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
    return found


def _previewed(interpreter: Interpreter, hole: Hole, reached: Reached) -> Hole:
    """``hole`` with the value that each of its fits would give in the frame that stands at it."""
    end = time.monotonic() + LIMIT_S
    fits: list[Fit] = []
    for fit in hole.fits:
        value = None
        if fit.level == 0 and fit.import_text is None and time.monotonic() < end:
            told = interpreter.holes.attempt("", [EvalSource(fit.text)], stop=reached.stop, timeout_s=EACH_S)
            if told.results:
                value = told.results[0].error or told.results[0].value or "None"
        fits.append(replace(fit, value=value))
    return replace(hole, fits=tuple(fits))


def _decided(
    session: _Running,
    interpreter: Interpreter,
    hole: Hole,
    examples: Examples,
    cancelled: threading.Event | None,
) -> Hole:
    """``hole`` with its fits tried on ``examples``."""
    module = session.module_name(hole.path)
    interpreter.set_buffers(session.dirty())
    complete = interpreter.eval_stmt("", module=module, timeout_s=IMPORT_S, cancelled=cancelled)
    if getattr(complete.result, "error", None) is not None:
        return hole
    end = time.monotonic() + LIMIT_S
    fits: list[Fit] = []
    for fit in hole.fits:
        over = time.monotonic() > end or (cancelled is not None and cancelled.is_set())
        sources = None if over or fit.level else examples.sources(fit)
        if sources is None:
            fits.append(fit)
            continue
        told = interpreter.holes.attempt(module, sources, timeout_s=EACH_S)
        verdict, value = examples.judged(told)
        fits.append(replace(fit, examples=verdict, value=value))
    return replace(hole, fits=tuple(sorted(fits, key=lambda fit: _ORDER[fit.examples])))


_ORDER = {"passed": 0, None: 1, "failed": 2}
