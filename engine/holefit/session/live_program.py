"""What a session does with the running program: reload it, look ahead, tweak its globals."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError, UntrustedWorkspaceError, with_remedy
from holefit.reload.native import is_native
from holefit.syntax import Position, Range

if TYPE_CHECKING:
    import threading

    from holefit.holes.hole import Hole
    from holefit.interpreter import Interpreter
    from holefit.reload.notices import KeptGlobals, KeptNotice
    from holefit.reload.plan import ReloadPlan
    from holefit.reload.report import ReloadReport
    from holefit.reload.tweak import Tweakable
    from holefit.session.live_holes import WentOn
    from holefit.session.options import Options
    from holefit.syntax import ParsedModule


class _Running(Protocol):
    """What of a session is asked for here."""

    @property
    def options(self) -> Options: ...
    @property
    def interpreter(self) -> Interpreter: ...
    @property
    def kept(self) -> KeptGlobals: ...
    @property
    def on_native_problems(self) -> Callable[[tuple[Diagnostic, ...]], None] | None: ...

    native_problems: tuple[Diagnostic, ...]

    def dirty(self) -> dict[Path, str]: ...
    def parsed(self, path: str | os.PathLike[str]) -> ParsedModule: ...
    def module_name(self, path: str | os.PathLike[str]) -> str: ...


class LiveProgram:
    """The half of a session that speaks to its running program; nothing here starts one that is not trusted."""

    def reload(self: _Running) -> ReloadReport:
        """Bring the running modules up to date with what the editor shows.

        Raises: UntrustedWorkspaceError.
        """
        interpreter = _with_buffers(self, "reloading")
        report = interpreter.reload()
        self.kept.note(report, interpreter.series)
        problems = tuple(one for one in report.errors if is_native(one.path))
        if problems != self.native_problems:
            self.native_problems = problems
            if self.on_native_problems is not None:
                self.on_native_problems(problems)
        return report

    def reload_plan(self: _Running) -> ReloadPlan:
        """What :meth:`reload` would do now, statement by statement; nothing runs.

        Raises: UntrustedWorkspaceError.
        """
        return _with_buffers(self, "looking ahead").reload_plan()

    def reset_global(self: _Running, module: str, name: str) -> ReloadReport:
        """Give a global whose live value a reload kept what its initialiser gives now.

        Raises: UntrustedWorkspaceError.
        """
        report = _with_buffers(self, "resetting a global").reset_global(module, name)
        if not report.errors:
            self.kept.forget(module, name)
        return report

    def examine(self: _Running, hole: Hole, *, cancelled: threading.Event | None = None) -> Hole:
        """``hole`` with live values, with what its fits would give, and with the examples of its function tried on them: those that pass come first.

        In a workspace that is not trusted, while something else is evaluated, and where the interpreter cannot run, it comes back as it is.
        """
        from holefit.session.live_holes import examined

        return examined(self, hole, cancelled)

    def go_on(self: _Running) -> list[WentOn]:
        """Let evaluations that stand at holes go on where the newest texts have filled those; reload first. Nothing is started for it."""
        if not self.options.trusted or not is_up(self.interpreter):
            return []
        from holefit.session.live_holes import went_on

        return went_on(self)

    def kept_notices(self: _Running, path: str | os.PathLike[str]) -> list[KeptNotice]:
        """The globals of ``path`` whose live values a reload kept, where the newest text initialises them.

        Raises: UndecodableSourceError; OSError, when there is neither a buffer nor a file.
        """
        if self.kept.is_empty or not self.options.trusted:
            return []
        return self.kept.notices(self.parsed(path), self.module_name(path), self.interpreter.series)

    def tweaks(self: _Running) -> list[Tweakable]:
        """The live globals marked ``# holefit: tweak(low, high, step)``. Does not wait for an evaluation.

        Raises: UntrustedWorkspaceError.
        """
        check_trusted(self, "tweaking")
        return self.interpreter.tweaks()

    def tweak(self: _Running, module: str, name: str, value: bool | int | float | str) -> Tweakable:
        """Give a marked global another value, in place and without a reload. Does not wait for an evaluation.

        Raises: TweakRefusedError; UntrustedWorkspaceError.
        """
        check_trusted(self, "tweaking")
        return self.interpreter.tweak(module, name, value)


def check_trusted(session: _Running, action: str) -> None:
    """Refuse ``action`` in a workspace that is not trusted.

    Raises: UntrustedWorkspaceError.
    """
    if not session.options.trusted:
        raise UntrustedWorkspaceError(action=action)


def _with_buffers(session: _Running, action: str) -> Interpreter:
    """The interpreter, which knows what the editor shows."""
    check_trusted(session, action)
    interpreter = session.interpreter
    interpreter.set_buffers(session.dirty())
    return interpreter


def is_up(interpreter: Interpreter) -> bool:
    """Whether there is anything to reload."""
    return interpreter.status().state in ("idle", "busy")


def reloaded(reload: Callable[[], ReloadReport], root: Path) -> tuple[int, tuple[Diagnostic, ...]]:
    """Reload as a part of a load, where a worker that dies of it is one of the things that there are to say."""
    try:
        report = reload()
        return report.generation, report.errors
    except HolefitError as error:
        place = Range(Position(0, 0), Position(0, 0))
        text = f"the reload failed: {with_remedy(error)}"
        return 0, (Diagnostic(root, place, Severity.ERROR, "reload", text),)
