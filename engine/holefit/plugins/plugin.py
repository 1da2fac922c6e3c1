"""What a plugin is: a value whose fields are called at stages of a session.

A plugin's module has a global ``plugin``, a :class:`Plugin`. Options reach it as texts, in the order in which they were given. Every field is called with
them first; a field that is None takes no part. ``docs/plugins`` has a page for each stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holefit.diagnostics import Diagnostic, Severity
from holefit.plugins.extension_field import ExtensionField
from holefit.plugins.hole_fits import HoleFitPlugin, HoleFitPluginR
from holefit.plugins.recompilation import Recompile
from holefit.syntax import ParsedModule, Range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holefit.session.interface import Interface
    from holefit.session.options import Options
    from holefit.session.session import Session

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionEnv:
    """What a ``driver`` gets and gives: the options that the session goes on with. Trust and the plugins themselves stay as they are."""

    root: Path
    options: Options


@dataclass(frozen=True, slots=True)
class ModuleSummary:
    """The module at hand. ``uses`` are the modules of the project that it imports, as ``interface_load`` leaves them."""

    module: str
    path: Path
    is_package: bool
    uses: Mapping[str, Interface]


@dataclass(frozen=True, slots=True)
class ParsedResult:
    """A parsed module with what there is to say of it and the extension fields that its interface will have.

    A plugin gives another with messages or fields put in or taken out; ``parsed`` itself is to be read.
    """

    parsed: ParsedModule
    messages: tuple[Diagnostic, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)

    def with_message(
        self, range: Range, message: str, severity: Severity = Severity.WARNING, code: str = "plugin"
    ) -> ParsedResult:
        """This with one thing more to say about a place in the text."""
        said = Diagnostic(self.parsed.source.path, range, severity, code, message)
        return replace(self, messages=(*self.messages, said))

    def with_field(self, which: ExtensionField[object], value: object) -> ParsedResult:
        """This with ``value`` in the extension field ``which``.

        Raises: ExtensionFieldError, when it is no plain data, or not of the field's type.
        """
        return replace(self, fields={**self.fields, **which.stored(value)})


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin. ``Plugin()`` does nothing.

    ``driver`` runs when a session starts, and when its options change. ``interface_load`` runs when the interface of a module that the one at hand uses is
    read; what it gives is what this plugin and those behind it see of it. ``parsed`` runs after a module was parsed, those it uses before it.
    ``recompile`` decides whether modules are processed again although they did not change; without it, a plugin's source and options do.
    ``hole_fit_plugin`` takes part in the holes of a file; it runs in the type service, a process of its own. ``frontend`` is a program with a session at hand, for ``holefit --frontend``; it gives an exit status.
    """

    driver: Callable[[Words, SessionEnv], SessionEnv] | None = None
    parsed: Callable[[Words, ModuleSummary, ParsedResult], ParsedResult] | None = None
    interface_load: Callable[[Words, Interface], Interface] | None = None
    recompile: Callable[[Words], Recompile] | None = None
    frontend: Callable[[Words, Sequence[str], Session], int | None] | None = None
    hole_fit_plugin: Callable[[Words], HoleFitPlugin | HoleFitPluginR[Any] | None] | None = None
