"""Evaluate snippets in place.

The worker is first brought up to date, so that the code that is shown is the code that runs. Then the snippets run one after the
other: those in comments in the namespace of the module, where their definitions stay; those in a docstring in one of their own,
which starts as a copy of the module's, as doctest has it. What comes out is compared with what stands in the text, and where
both differ there is an edit.
"""

from __future__ import annotations

import ast
import itertools
import os
import re
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from holefit.edits import Edit
from holefit.errors import HolefitError, with_remedy
from holefit.eval import comparison, debugger, plan, properties, writing
from holefit.eval.commands import CommandError, command_of, is_unstable
from holefit.eval.comparison import Outcome
from holefit.eval.result import Evaluation, Frame, SnippetResult
from holefit.interpreter import EvalItem, InterpreterError, RequestFailedError, WorkerDiedError
from holefit.syntax.parsed import ParsedModule
from holefit.syntax.snippets import Snippet, SnippetKind
from holefit.syntax.source import Position, Range, Source
from holefit.types.errors import TypesRequestFailedError
from holefit_wire.interpreter import EvalBreak, EvalComplete, EvalException, ExceptionInfo

if TYPE_CHECKING:
    from holefit.session import Session

_SYNTAX_PLACE: Final = re.compile(r" \([^()]*, line \d+\)$")
_RECALLS: Final = re.compile(r"\b(?:it|_[1-9]\d*)\b")
"""Text that may speak of results above it."""
_START: Final = Range(Position(0, 0), Position(0, 0))
_DIED: Final = "the interpreter died while this ran"
STOPPED: Final = "stopped"
"""Among the classes of what stands for the exception of an evaluation that has not come to its end."""
_DEATHS_BORNE: Final = 3  # then the rest of a file is left alone
# Types whose values have nothing but text to show, so that nobody needs to ask.
_PLAIN: Final = frozenset(
    [
        "int",
        "float",
        "complex",
        "str",
        "bytes",
        "bool",
        "list",
        "tuple",
        "dict",
        "set",
        "frozenset",
        "range",
        "function",
        "type",
        "module",
        "generator",
    ]
)
_runs = itertools.count(1)


def evaluate(
    session: Session,
    path: Path,
    line: int | None = None,
    *,
    range: Range | None = None,
    cancelled: threading.Event | None = None,
    rich: bool = True,
) -> Evaluation:
    """Run the snippets of ``path`` at ``line`` (0-based) or in ``range``, or all of them, in the newest text.

    With ``rich``, pictures, tables and the like come along as ``mime``. A reload or an import that fails is the one result, at its line. When ``cancelled`` is set, the results so far come
    back without edits.

    Raises: UntrustedWorkspaceError; UnknownDoctestOptionError.
    """
    parsed = session.parsed(path)
    asked = plan.chosen(parsed.snippets, line=line, range=range)
    steps = plan.plan(parsed.snippets, asked)
    run = _Run(session, parsed, cancelled or threading.Event(), explicit=line is not None, rich=rich)
    if any(not _is_static(step.snippet) for step in steps):
        failure = run.bring_up_to_date()
        if failure is not None:
            return Evaluation((failure,), version=parsed.source.version)
    results, edits = run.through(steps)
    return Evaluation(tuple(results), tuple(edits), parsed.source.version)


def clear(parsed: ParsedModule, *, line: int | None = None, range: Range | None = None) -> tuple[Edit, ...]:
    """The edits that remove the output of the snippets at ``line`` (0-based) or in ``range``.

    With neither, that of all snippets in comments; docstrings keep theirs, which is documentation.
    """
    snippets = plan.chosen(parsed.snippets, line=line, range=range)
    if line is None and range is None:
        snippets = [one for one in snippets if one.kind is SnippetKind.COMMENT]
    edits = (writing.edit(parsed.source, one, ()) for one in snippets)
    return tuple(edit for edit in edits if edit is not None)


def _is_static(snippet: Snippet) -> bool:
    try:
        command = command_of(snippet.text)
    except CommandError:
        return True
    return command is not None and command.is_static


class _Run:
    """One evaluation on its way through the steps."""

    def __init__(
        self,
        session: Session,
        parsed: ParsedModule,
        cancelled: threading.Event,
        *,
        explicit: bool,
        rich: bool,
    ) -> None:
        self.session = session
        self.source: Source = parsed.source
        self.snippets = parsed.snippets
        self.explicit = explicit
        self.rich = rich
        self.cancelled = cancelled
        self.number = next(_runs)
        self.encoding = writing.encoding_of(parsed.source)
        self.options = session.options.eval
        self.flags = comparison.flags_named(self.options.doctest_options)
        self.module = session.module_name(parsed.source.path)
        self.defers = False

    def bring_up_to_date(self) -> SnippetResult | None:
        """Reload what changed, and import the module if it is not loaded yet. What went wrong, if anything did."""
        try:
            self.prepare_holes()
            report = self.session.reload()
            if report.errors:
                error = next((one for one in report.errors if one.path == self.source.path), report.errors[0])
                return self.unloadable(error.path, error.range, error.message)
            complete = self.session.interpreter.eval_stmt(
                'globals().get("__file__")',
                module=self.module,
                timeout_s=self.options.timeout_s,
                cancelled=self.cancelled,
            )
        except (WorkerDiedError, RequestFailedError) as died:
            return self.unloadable(self.source.path, _START, str(died))
        failure: ExceptionInfo | None = getattr(complete.result, "error", None)
        if failure is None:
            return self.impostor(complete)
        path, line = self.source.path, 1
        if failure.place is not None and failure.place.path:
            path, line = Path(failure.place.path), failure.place.line
        elif failure.frames:
            own = [frame for frame in failure.frames if frame.path == str(path)] or failure.frames
            path, line = Path(own[-1].path), own[-1].line
        text = (path == self.source.path and self.source.lines[min(line, len(self.source.lines)) - 1]) or ""
        place = Range(Position(line - 1, len(text) - len(text.lstrip())), Position(line - 1, len(text)))
        frames = tuple(Frame(one.path, one.line, one.function, one.text) for one in failure.frames)
        return replace(self.unloadable(path, place, exception_line(failure)), frames=frames)

    def prepare_holes(self) -> None:
        """Have code with holes stop at them, if it is to; what stands at one from an earlier run is given up."""
        holes = self.session.interpreter.holes
        self.defers = self.session.options.holes.defer_typed_holes
        holes.defer(self.defers)
        if self.defers:
            holes.abandon()

    def impostor(self, complete: EvalComplete) -> SnippetResult | None:
        """What is wrong when another module goes by this one's name, such as one of the standard library's."""
        text = complete.result.values[0].text if complete.result.values else ""
        loaded = str(ast.literal_eval(text)) if text.startswith(("'", '"')) else ""
        loaded = self.session.interpreter.here(loaded)
        if loaded and os.path.realpath(loaded) == os.path.realpath(self.source.path):
            return None
        other = f"another module, {loaded}" if loaded else "no file's"
        said = f"the name {self.module} is that of {other}: give this file another name"
        return self.unloadable(self.source.path, _START, said)

    def unloadable(self, path: Path, place: Range, message: str) -> SnippetResult:
        """The result that stands for all: the module cannot be loaded."""
        if path != self.source.path:
            place, message = _START, f"{path}:{place.start.line + 1}: {message}"
        return _failed(place, message, "the module could not be loaded")

    def through(self, steps: list[plan.Step]) -> tuple[list[SnippetResult], list[Edit]]:
        """Run the steps in order; results of those asked for and of those that spoilt them, and edits."""
        results: list[SnippetResult] = []
        edits: list[Edit] = []
        to_run: list[plan.Step] = []
        for step in steps:
            flags = comparison.flags_of(step.snippet.text, self.flags)
            if comparison.skips(flags) and not (self.explicit and step.asked):
                continue
            said = self.answered(step.snippet)
            if said is None:
                to_run.append(step)
            elif step.asked:
                results.append(self.judged(step.snippet, *said, edits))
        self.run(to_run, results, edits)
        return sorted(results, key=lambda one: one.range), [] if self.cancelled.is_set() else edits

    def run(self, steps: list[plan.Step], results: list[SnippetResult], edits: list[Edit]) -> None:
        """Run code; a step that costs the worker its life takes the rest of its block with it, the others go on in a new worker."""
        setup = [step for step in steps if plan.is_setup(step.snippet)]
        for _ in range(_DEATHS_BORNE):
            done = 0
            try:
                with closing(self.completes(steps)) as completes:
                    for step, complete in zip(steps, completes, strict=False):
                        self.collect(step, complete, results, edits)
                        done += 1
                return
            except WorkerDiedError as error:
                victim = steps[done]
                said = str(error).partition("\n")[0]
                failed = _failed(victim.snippet.range, said, _DIED, victim.snippet.want)
                results.append(replace(failed, stderr=error.stderr))
                rest = [step for step in steps[done + 1 :] if step.block != victim.block]
                again = [] if plan.is_setup(victim.snippet) else setup[:done]
                steps = [*(replace(step, asked=False) for step in again if step not in rest), *rest]
            if not rest or self.cancelled.is_set():
                return

    def completes(self, steps: list[plan.Step]) -> Generator[EvalComplete, None, None]:
        """The worker's answers to the code of ``steps``, in order.

        Raises: WorkerDiedError.
        """
        interpreter = self.session.interpreter
        recalling = {step.block for step in steps if _RECALLS.search(step.snippet.text)}
        items = [self.item(step, step.block in recalling) for step in steps]
        if debugger.is_needed(interpreter, self.source.text, [step.snippet.text for step in steps]):
            debugging = debugger.Debugger(self.session, self.source, self.module, self.cancelled)
            debugging.forget({origin_of(self.source.path, step) for step in steps})
            for step, item in zip(steps, items, strict=True):
                if self.cancelled.is_set():
                    return
                answer = debugging.complete(item, origin_of(self.source.path, step))
                yield self.standing(item, answer) if isinstance(answer, EvalBreak) else answer
            return
        if self.defers:
            yield from self.stopping(items)
            return
        if not self.rich:
            yield from interpreter.eval_stmts(
                items, module=self.module, timeout_s=self.options.timeout_s, cancelled=self.cancelled
            )
            return
        for item in items:  # one by one: a value is asked for its pictures before the next snippet changes it
            if self.cancelled.is_set():
                return
            yield interpreter.eval_stmt(
                item.text,
                module=self.module,
                scope=item.scope,
                filename=item.filename,
                line=item.line,
                among=item.among,
                timeout_s=self.options.timeout_s,
                cancelled=self.cancelled,
            )

    def stopping(self, items: list[EvalItem]) -> Iterator[EvalComplete]:
        """The same where each may stand still at a hole."""
        for item in items:
            if self.cancelled.is_set():
                return
            answer = self.session.interpreter.breakpoints.run(
                item.text,
                module=self.module,
                scope=item.scope,
                filename=item.filename,
                line=item.line,
                among=item.among,
                timeout_s=self.options.timeout_s,
                cancelled=self.cancelled,
            )
            yield self.standing(item, answer) if isinstance(answer, EvalBreak) else answer

    def standing(self, item: EvalItem, stop: EvalBreak) -> EvalComplete:
        """What is said of an evaluation that has stopped; at a hole it is remembered, so that it can go on."""
        if stop.hole is not None:
            from holefit.session.live_holes import note_stop

            note_stop(self.session, stop, self.source.path, item.text)
        return _standing(stop)

    def item(self, step: plan.Step, recalling: bool) -> EvalItem:
        """What the worker gets of a step; its value is remembered for those behind it where a block is ``recalling``."""
        snippet, command = step.snippet, command_of(step.snippet.text)
        name, number = step.block
        return EvalItem(
            command.code if command is not None and command.is_text else snippet.text,
            "" if snippet.kind is SnippetKind.COMMENT else f"{name}:{number}@{self.number}",
            str(self.source.path),
            snippet.line,
            (f"{self.source.path}:{name}:{number}@{self.number}", step.number) if recalling else ("", 0),
        )

    def collect(
        self, step: plan.Step, complete: EvalComplete, results: list[SnippetResult], edits: list[Edit]
    ) -> None:
        """Add the result of a step, if it was asked for or is a setup that failed."""
        result, outcome = _result(step.snippet, complete)
        if not step.asked:
            if not result.ok and (step.snippet.setup or step.snippet.teardown):
                results.append(result)
            return
        if self.rich:
            result = replace(result, mime=self.mime_of(complete))
        results.append(self.judged(step.snippet, result, outcome, edits))

    def mime_of(self, complete: EvalComplete) -> dict[str, str]:
        """What else than text the value can be shown as."""
        values = getattr(complete.result, "values", ())
        if not values or not values[-1].ref or values[-1].type in _PLAIN:
            return {}
        try:
            bundle = self.session.interpreter.display(values[-1].ref)
        except InterpreterError:  # it has a text all the same
            return {}
        return {mime: data for mime, data in bundle.items() if mime != "text/plain"}

    def answered(self, snippet: Snippet) -> tuple[SnippetResult, Outcome] | None:
        """What the session itself says to a snippet; None when it is code."""
        start = time.perf_counter()
        try:
            command = command_of(snippet.text)
            if command is None or not command.is_static:
                return None
            if command.name == "type":
                line = snippet.range.start.line
                text = self.session.types.type_of(self.source.path, command.argument, line)
            else:
                found = self.session.annotations(of=command.argument)
                text = "\n".join(one.repr for one in found if one.module == self.module)
        except HolefitError as error:
            text = _said(error)
            return SnippetResult(snippet.range, False, text), Outcome("", text)
        took_ms = (time.perf_counter() - start) * 1000
        printed = text + "\n" if text else ""
        return SnippetResult(snippet.range, True, text, duration_ms=took_ms), Outcome(printed)

    def judged(
        self, snippet: Snippet, result: SnippetResult, outcome: Outcome, edits: list[Edit]
    ) -> SnippetResult:
        """``result`` with whether the text agrees with it; where it does not, the edit that makes it so is added to ``edits``."""
        example, printed = "", Outcome("")
        if snippet.text.startswith(properties.WORD):
            result, outcome, example, printed = properties.read(result, outcome)
        lines = writing.output_lines(snippet, outcome, self.options.max_lines, self.encoding)
        agrees = writing.present_lines(self.source, snippet) == lines
        flags = comparison.flags_of(snippet.text, self.flags)
        if snippet.text.startswith(properties.WORD):
            agrees = result.ok and (agrees or snippet.want.startswith(properties.HOLDS))
        elif not agrees and (snippet.kind is SnippetKind.DOCTEST or flags):
            agrees = comparison.agrees(snippet.want, outcome, flags)
        unstable = bool(snippet.want) and is_unstable(snippet.text)
        result = replace(result, want=snippet.want, agrees=agrees or unstable)
        if agrees:
            return result
        reason = result.note or writing.unwritable(snippet, lines)
        if reason:
            return replace(result, note=reason)
        made = writing.edit(self.source, snippet, lines)
        if made is not None:
            if example and not any(
                one.group == snippet.group and one.text == example for one in self.snippets
            ):
                kept = writing.output_lines(snippet, printed, self.options.max_lines, self.encoding)
                made = writing.followed(self.source, snippet, made, [f">>> {example}", *kept])
            edits.append(made)
        return result


def origin_of(path: Path, step: plan.Step) -> str:
    """Whose stop it is when a step stops: its group's or docstring's, which starts anew with its next evaluation."""
    return f"{path}:{step.block[0]}:{step.block[1]}"


def _said(error: HolefitError) -> str:
    """What stands in the text where the session cannot answer."""
    if isinstance(error, TypesRequestFailedError) and error.kind == "expression":
        return str(error).removeprefix(
            f"{error.request}: "
        )  # the user's own mistake: there is nothing to mend
    return with_remedy(error)


def _failed(place: Range, message: str, note: str, want: str = "") -> SnippetResult:
    return SnippetResult(place, False, message, want=want, agrees=False, note=note)


def _result(snippet: Snippet, complete: EvalComplete) -> tuple[SnippetResult, Outcome]:
    """What the worker's answer says to a user, and to doctest."""
    error: ExceptionInfo | None = getattr(complete.result, "error", None)
    if error is not None:
        text = exception_line(error)
        frames = tuple(Frame(one.path, one.line, one.function, one.text) for one in error.frames)
        outcome = Outcome(complete.stdout, text)
    else:
        values = [value for value in complete.result.values if not value.is_none]
        text = "\n".join(value.text for value in values)
        frames = ()
        printed = complete.stdout + "".join(value.text + "\n" for value in values)
        raised = next((value.repr_error for value in values if value.repr_error), None)
        outcome = Outcome(printed if not printed or printed.endswith("\n") else printed + "\n", raised)
    result = SnippetResult(
        snippet.range,
        error is None,
        text,
        complete.stdout,
        complete.stderr,
        frames=frames,
        duration_ms=complete.duration_ms,
        generation=complete.generation,
        note=_interruption(complete),
    )
    return result, outcome


def _standing(stop: EvalBreak) -> EvalComplete:
    """The answer for an evaluation that has not come to its end."""
    where = stop.call_stack[0]
    at = f"the hole {stop.hole.name} at" if stop.hole is not None else "a breakpoint at"
    said = f"it stands still at {at} line {where.line} of {Path(where.path).name}"
    error = ExceptionInfo("HoleReached" if stop.hole is not None else "Stopped", [STOPPED], said, [], [], "")
    return EvalComplete(EvalException(error), stop.stdout, stop.stderr, 0.0, 0, notes=(said,))


def resumed(session: Session, path: Path, text: str, complete: EvalComplete) -> Evaluation:
    """The result of the snippet ``text`` of ``path`` when it came to its end later than those around it; none where it is gone."""
    parsed = session.parsed(path)
    snippet = next((one for one in parsed.snippets if one.text == text), None)
    if snippet is None:
        return Evaluation((), version=parsed.source.version)
    run = _Run(session, parsed, threading.Event(), explicit=True, rich=False)
    edits: list[Edit] = []
    result = run.judged(snippet, *_result(snippet, complete), edits)
    return Evaluation((result,), tuple(edits), parsed.source.version)


def _interruption(complete: EvalComplete) -> str:
    """Why there is no proper result: time was up, or somebody cancelled. Empty when there is one."""
    error = getattr(complete.result, "error", None)
    if error is None or (error.type != "KeyboardInterrupt" and STOPPED not in error.classes):
        return ""
    return "; ".join(complete.notes) or "it was interrupted"


def exception_line(error: ExceptionInfo) -> str:
    """``Type: message``, as the last line of a traceback has it: a syntax error's place stands above that line."""
    message = error.message if error.place is None else _SYNTAX_PLACE.sub("", error.message)
    return f"{error.type}: {message}" if error.type and message else error.type or message
