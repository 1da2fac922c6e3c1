"""The debugger's and the profiler's commands among snippets, as GHCi has them at its prompt.

A snippet that comes to a breakpoint stops: its result says where, and with which variables. The snippets behind it in its group see the
variables of the stopped frame, and the commands among them step, look around and go on. When the group is evaluated again, what it left stopped is abandoned first.
"""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from holefit.errors import with_remedy
from holefit.eval import profiles
from holefit.eval.commands import Command, CommandError, command_of
from holefit.interpreter import RequestFailedError
from holefit.interpreter.breakpoints import Breakpoint
from holefit.session import settings
from holefit.syntax.source import Source
from holefit_wire.codec import replaced
from holefit_wire.interpreter import (
    EvalBreak,
    EvalComplete,
    EvalException,
    EvalSuccess,
    ExceptionInfo,
    StackFrame,
)

if TYPE_CHECKING:
    from holefit.interpreter import EvalItem, Interpreter
    from holefit.session import Session

_PLACE: Final = re.compile(r"(?P<place>.+?)(?:\s+after\s+(?P<count>\d+))?(?:\s+if\s+(?P<condition>.+))?")
_FILE_LINE: Final = re.compile(r"(?P<file>.+?)[: ](?P<line>\d+)")
_FLAGS: Final = ("break-on-exception", "break-on-error")
_PARTS: Final = 20  # of a value that are shown
# The value of an expression as a part of something whose representation is harmless: its own is not asked for.
_BOXED: Final = (
    "(lambda box, value: (box.__dict__.update(value=value), box)[1])(type('Box', (), {{}})(), ({text}\n))"
)
_CODE: Final = (
    "(lambda code: (code.co_filename, code.co_firstlineno))("
    "(lambda given, inspect: inspect.unwrap(getattr(given, 'fget', None) or getattr(given, '__func__', None) or"
    " (given.__init__ if isinstance(given, type) else given)).__code__)(({text}\n), __import__('inspect')))"
)


def is_needed(interpreter: Interpreter, module_text: str, texts: Iterable[str]) -> bool:
    """Whether snippets with these texts may stop, or have commands of the debugger among them. ``module_text`` is that of their module."""
    if interpreter.breakpoints.are_used or "breakpoint()" in module_text:
        return True
    for text in texts:
        if text.startswith(":"):
            command = command_of(text)
            if command is not None and not command.is_static and not command.is_text:
                return True
    return False


class Debugger:
    """One evaluation of snippets of ``source`` that may stop."""

    def __init__(self, session: Session, source: Source, module: str, cancelled: threading.Event) -> None:
        self._session = session
        self._source = source
        self._module = module
        self._cancelled = cancelled
        self._interpreter = session.interpreter
        self._points = session.interpreter.breakpoints
        self._commands: dict[
            str, Callable[[Command, EvalItem, str], list[str] | EvalComplete | EvalBreak]
        ] = {
            "break": self._break,
            "delete": self._delete,
            "step": self._step,
            "over": self._step,
            "out": self._step,
            "continue": self._step,
            "abandon": self._abandon,
            "trace": self._trace,
            "history": self._history,
            "where": self._where,
            "frame": self._frame,
            "locals": self._locals,
            "print": self._print,
            "force": self._force,
            "set": self._set,
            "profile": self._profile,
        }

    def forget(self, origins: set[str]) -> None:
        """Abandon what earlier evaluations of these have left stopped, as far as nothing else is stopped on top of it."""
        while self._points.stops and self._points.origin_of(self._points.stops[-1]) in origins:
            self._points.abandon(self._points.stops[-1])

    def complete(self, item: EvalItem, origin: str) -> EvalComplete | EvalBreak:
        """Carry out one snippet. That it stopped is an answer, too, except at a hole: that stop is handed on. Raises: WorkerDiedError."""
        try:
            command = command_of(item.text)
            if command is None or command.is_text:
                answer: list[str] | EvalComplete | EvalBreak = self._run(item.text, item, origin)
            else:
                answer = self._commands[command.name](command, item, origin)
        except CommandError as error:
            return _failed(with_remedy(error))
        except RequestFailedError as error:
            return _failed(str(error))
        if isinstance(answer, EvalBreak):
            if answer.hole is not None:
                return answer
            return _done(self._told(answer), answer.stdout, answer.stderr)
        return answer if isinstance(answer, EvalComplete) else _done(answer)

    def _run(
        self, text: str, item: EvalItem, origin: str, *, step: bool = False, trace: bool = False
    ) -> EvalComplete | EvalBreak:
        top = self._points.stops[-1] if self._points.stops else None
        inside = top if top is not None and self._points.origin_of(top) == origin else None
        return self._points.run(
            text,
            module=self._module,
            scope=item.scope,
            filename=item.filename,
            line=item.line,
            among=item.among,
            single_step=step,
            trace=trace,
            origin=origin,
            inside=inside,
            frame=self._points.frame if inside is not None else 0,
            timeout_s=self._session.options.eval.timeout_s,
            cancelled=self._cancelled,
        )

    # Breakpoints

    def _break(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        if not command.argument:
            return [
                f"{number}  {self._shown(point)}" for number, point in enumerate(self._points.all(), 1)
            ] or ["no breakpoints"]
        found = _PLACE.fullmatch(command.argument)
        assert found is not None
        path, line = self._place(found["place"], item)
        count, condition = int(found["count"] or 0), found["condition"] or ""
        extra = self._snippet_lines() if path == self._source.path else ()
        try:
            point = self._points.add(path, line, count=count, condition=condition, extra=extra)
        except LookupError as error:
            raise CommandError(str(error), "Name a line that holds code.") from None
        return [f"breakpoint at {self._shown(point)}"]

    def _delete(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        points = self._points.all()
        if command.argument == "*":
            chosen = points
        elif command.argument.isdigit() and 1 <= int(command.argument) <= len(points):
            chosen = [points[int(command.argument) - 1]]
        else:
            raise CommandError(
                f"there is no breakpoint {command.argument}", ":break lists them; * stands for all."
            )
        for point in chosen:
            self._points.remove(point)
        return [f"deleted {self._shown(point)}" for point in chosen]

    def _place(self, text: str, item: EvalItem) -> tuple[Path, int]:
        """The file and line of ``12``, ``FILE:12``, or of the first statement of a function."""
        if text.isdigit():
            return self._source.path, int(text)
        written = _FILE_LINE.fullmatch(text)
        if written is not None:
            for folder in (self._source.path.parent, self._session.root):
                path = (folder / written["file"]).absolute()
                if path.is_file():
                    return path, int(written["line"])
            known = self._session.path_of(written["file"])
            if known is not None:
                return known, int(written["line"])
            raise CommandError(f"there is no file or module {written['file']}", "Write :break FILE:LINE.")
        code = self._interpreter.eval_stmt(
            _CODE.format(text=text), module=self._module, scope=item.scope
        ).result
        if isinstance(code, EvalException):
            raise CommandError(
                f"{text} is no Python function ({code.error.type}: {code.error.message})",
                "Name a function, a line of this file or FILE:LINE.",
            )
        filename, first = ast.literal_eval(code.values[0].text)
        path = Path(filename)
        if not path.is_file():
            raise CommandError(f"{text} stands in no file", "Use breakpoint() in it instead.")
        tree = self._session.parsed(path).tree
        return path, first if tree is None else _body_line(tree, first)

    def _snippet_lines(self) -> Sequence[int]:
        """The lines that hold snippets: they are comments to Python."""
        return [
            line
            for snippet in self._session.parsed(self._source.path).snippets
            for line in range(snippet.line, snippet.line + snippet.text.count("\n") + 1)
        ]

    def _shown(self, point: Breakpoint) -> str:
        text = profiles.place(point.path, point.line, self._session.root)
        text += f" after {point.count}" if point.count > 0 else ""
        text += f" if {point.condition}" if point.condition else ""
        return text + (f"  ({point.hits} hits)" if point.hits else "")

    # Stops

    def _newest(self) -> EvalBreak:
        if not self._points.stops:
            raise CommandError(
                "nothing is stopped",
                "Set a breakpoint with :break and evaluate what comes to it, or begin with :step EXPRESSION.",
            )
        return self._points.stops[-1]

    def _step(self, command: Command, item: EvalItem, origin: str) -> EvalComplete | EvalBreak:
        if command.argument:
            if command.name != "step":
                raise CommandError(f":{command.name} takes no argument")
            return self._run(command.argument, item, origin, step=True)
        return self._points.resume(
            self._newest(),
            command.name,  # they are the modes
            timeout_s=self._session.options.eval.timeout_s,
            cancelled=self._cancelled,
        )

    def _abandon(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        self._points.abandon(self._newest())
        return ["abandoned"]

    def _trace(self, command: Command, item: EvalItem, origin: str) -> EvalComplete | EvalBreak:
        return self._run(command.argument, item, origin, trace=True)

    def _history(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        lines = self._points.history(self._newest()).frames
        if not lines:
            raise CommandError("nothing was remembered", "Begin with :trace EXPRESSION.")
        return [
            f"-{len(lines) - number}  {profiles.place(one.path, one.line, self._session.root)} in {one.function}: {one.text}"
            for number, one in enumerate(lines)
        ]

    def _where(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        stack = self._newest().call_stack
        return [
            f"{'*' if number == self._points.frame else ' '} {number}  {self._frame_text(frame)}"
            for number, frame in enumerate(stack)
        ]

    def _frame(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        stop = self._newest()
        if not command.argument.isdigit() or int(command.argument) >= len(stop.call_stack):
            raise CommandError(
                f"there is no frame {command.argument}",
                f":where lists them; 0 to {len(stop.call_stack) - 1}.",
            )
        self._points.frame = int(command.argument)
        return [self._frame_text(stop.call_stack[self._points.frame])]

    def _locals(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        frame = self._newest().call_stack[self._points.frame]
        return _variables(frame) or ["no variables"]

    def _told(self, stop: EvalBreak) -> list[str]:
        """A stop in words."""
        first = f"stopped at {self._frame_text(stop.call_stack[0])}" if stop.call_stack else "stopped"
        if stop.is_exception and stop.value is not None:
            first += f"\n{stop.value.type}: {stop.value.text}"
        lines = first.split("\n")
        lines += [f"in thread {stop.thread}"] if stop.thread else []
        lines += [stop.note] if stop.note else []
        return lines + (_variables(stop.call_stack[0]) if stop.call_stack else [])

    def _frame_text(self, frame: StackFrame) -> str:
        text = f"{profiles.place(frame.path, frame.line, self._session.root)} in {frame.function}"
        return f"{text}: {frame.text}" if frame.text else text

    # Values

    def _boxed(self, text: str, item: EvalItem) -> int | EvalComplete:
        """A ref to the value of an expression, in the stopped frame if there is one; what went wrong otherwise."""
        boxed = _BOXED.format(text=text)
        stop = self._points.stops[-1] if self._points.stops else None
        answer = (
            self._interpreter.eval_stmt(
                boxed, module=self._module, scope=item.scope, cancelled=self._cancelled
            )
            if stop is None
            else self._points.evaluate(stop, boxed, frame=self._points.frame)
        )
        if isinstance(answer.result, EvalException):
            return answer
        (part,) = self._interpreter.values.closure(answer.result.values[0].ref).children
        return part.ref

    def _print(self, command: Command, item: EvalItem, origin: str) -> list[str] | EvalComplete:
        ref = self._boxed(command.argument, item)
        if isinstance(ref, EvalComplete):
            return ref
        found = self._interpreter.values.closure(ref, count=_PARTS)
        lines = [f"{command.argument}: {found.type} = {found.text}"]
        lines += [f"  {part.name}: {part.type} = {part.text}" for part in found.children]
        more = found.total - len(found.children)
        return lines + ([f"  ({more:,} more)"] if more > 0 else [])

    def _force(self, command: Command, item: EvalItem, origin: str) -> list[str] | EvalComplete | EvalBreak:
        ref = self._boxed(command.argument, item)
        if isinstance(ref, EvalComplete):
            return ref
        return self._points.note(self._interpreter.values.seq(ref, breaks=True), origin)

    # Options and profiles

    def _set(self, command: Command, item: EvalItem, origin: str) -> list[str]:
        options = self._session.options.eval
        name, _, value = command.argument.replace("=", " ", 1).partition(" ")
        flags = {_FLAGS[0]: self._points.on_exception, _FLAGS[1]: self._points.on_error}
        if not name:
            return [f"{flag} = {'on' if on else 'off'}" for flag, on in flags.items()] + [
                f"{settings.spelled(key)} = {json.dumps(value)}" for key, value in vars(options).items()
            ]
        if name in flags:
            if value.strip() not in ("", "on", "off"):
                raise CommandError(f"{name} is on or off", f"Write :set {name} on")
            setattr(self._points, name.replace("break-", "").replace("-", "_"), value.strip() != "off")
            return []
        try:
            given = json.loads(value) if value.strip() else True
        except ValueError:
            given = value.strip()
        changed, problems = self._session.options.updated({"eval": {name: given}})
        if problems:
            raise CommandError(problems[0].message, ":set lists what can be set.")
        self._session.set_options(changed)
        return []

    def _profile(self, command: Command, item: EvalItem, origin: str) -> list[str] | EvalComplete:
        profile = self._interpreter.profiling.run(
            command.argument,
            module=self._module,
            scope=item.scope,
            filename=item.filename,
            line=item.line,
            timeout_s=self._session.options.eval.timeout_s,
            cancelled=self._cancelled,
        )
        if isinstance(profile.complete.result, EvalException):
            return profile.complete
        profiles.keep_heat(self._session, profile)
        lines = profiles.summary(profile, self._session.root)
        try:
            path = profiles.write_flame_graph(self._session, profile, f"{self._module}-{item.line}")
        except OSError as error:
            return [*lines, f"no flame graph could be written: {error}"]
        root = self._session.root
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        printed = profile.complete.stdout
        return replaced(
            _done([*lines, f"flame graph: {shown}"], printed), duration_ms=profile.complete.duration_ms
        )


def _variables(frame: StackFrame) -> list[str]:
    return [f"  {one.name}: {one.type} = {one.text}" for one in frame.variables]


def _body_line(tree: ast.Module, first: int) -> int:
    """The line of the first statement of the function whose code begins at line ``first``, its docstring passed over."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            begin = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first in (begin, node.lineno):
                body = node.body
                docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
                return body[1 if docstring and len(body) > 1 else 0].lineno
    return first


def _done(lines: Sequence[str], stdout: str = "", stderr: str = "") -> EvalComplete:
    """An evaluation that printed ``lines`` behind what it printed itself."""
    text = "".join(f"{line}\n" for line in lines)
    return EvalComplete(EvalSuccess([]), stdout + text, stderr, 0.0, 0)


def _failed(message: str) -> EvalComplete:
    """A mistake is said without the name of an exception, as the session's own commands say theirs."""
    error = ExceptionInfo("", ["CommandError", "Exception"], message, [], [], "")
    return EvalComplete(EvalException(error), "", "", 0.0, 0)
