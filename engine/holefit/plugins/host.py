"""The plugins of a session: which act on which module, what their stages give, and what goes wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.diagnostics import Diagnostic, Severity
from holefit.plugins.flags import PluginFlags, PluginName, read_flags
from holefit.plugins.guard import Guard, StageFailedError
from holefit.plugins.loading import LoadedPlugin, PluginError, load
from holefit.plugins.plugin import ModuleSummary, ParsedResult, Plugin, SessionEnv
from holefit.plugins.recompilation import ForceRecompile, MaybeRecompile, Recompile
from holefit.session.hole_flags import without_hole_flags
from holefit.syntax import ParsedModule, Position, Range

if TYPE_CHECKING:
    from holefit.session.interface import Interface
    from holefit.session.options import Options

_NOWHERE = Range(Position(0, 0), Position(0, 0))
Stamp = tuple[str, bytes]
"""A plugin and what stands for all of it that a module was processed with."""


@dataclass(frozen=True, slots=True)
class _Active:
    """A plugin that acts on a module, with its options."""

    loaded: LoadedPlugin
    options: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.loaded.name


class Plugins:
    """``drive``, ``named`` and ``problems`` may be called from any thread; around the rest the session holds a lock."""

    def __init__(self, root: Path, options: Options, of_project: Callable[[str], Path | None]) -> None:
        self._root, self._of_project = root, of_project
        self._known: dict[PluginName, LoadedPlugin | PluginError] = {}
        self._folders: tuple[Path, ...] = ()
        self._turn = threading.RLock()
        self._driver_failures: list[str] = []
        self.set_options(options)

    def set_options(self, options: Options) -> None:
        """Go on with other options. In a workspace that is not trusted there are no plugins."""
        self.trusted = options.trusted
        self._driver_failures = []
        folders = tuple(Path(self._root / one).resolve() for one in options.plugin_path)
        if folders != self._folders:
            self._folders, self._known = folders, {}
        self._guard = Guard(options.plugin_budget_ms)
        self._flags, self._wrong = read_flags(options.plugins)
        self.look_again()

    def look_again(self) -> None:
        """Believe nothing from before: plugins whose files changed are loaded anew, decisions are asked for again."""
        self._known = {
            name: one
            for name, one in self._known.items()
            if isinstance(one, LoadedPlugin) and one.is_current()
        }
        self._decided: dict[tuple[bytes, str, tuple[str, ...]], Recompile | StageFailedError] = {}

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the plugins of the whole project, one for each."""
        if not self.trusted:
            return ()
        said = [*self._wrong]
        with self._turn:
            for name in dict.fromkeys(self._flags.plugins):
                if isinstance(found := self._loaded(name), PluginError):
                    said.append(_sentence(found))
        said += self._driver_failures
        place = self._root / "pyproject.toml"
        return tuple(Diagnostic(place, _NOWHERE, Severity.ERROR, "plugin-error", text) for text in said)

    def drive(self, options: Options) -> Options:
        """Go on with ``options`` as the ``driver`` of each of the project's plugins leaves them."""
        self.set_options(options)
        if not options.plugins:
            return options
        with self._turn:
            for active in self._active(self._flags):
                driver = active.loaded.plugin.driver
                if driver is None:
                    continue
                call = _bound(driver, active.options, SessionEnv(self._root, options))
                try:
                    given = self._guard.run(active.name, "driver", SessionEnv, call).options
                except StageFailedError as error:
                    self._driver_failures.append(_sentence(error))
                    continue
                kept = ("trusted", "plugins", "plugin_path", "plugin_budget_ms")
                options = given.replace(**{name: getattr(options, name) for name in kept})
        return options

    def named(self, name: str) -> Plugin:
        """The plugin of that name, whether it acts or not.

        Raises: PluginNotFoundError, PluginOfProjectError, PluginBrokenError.
        """
        with self._turn:
            loaded = self._loaded(PluginName(name))
        if isinstance(loaded, PluginError):
            raise loaded
        return loaded.plugin

    def may_act_on(self, text: str) -> bool:
        """Whether it is worth asking what plugins say of a text."""
        return self.trusted and bool(self._flags.plugins or "-fplugin" in text)

    def acts(self, flags: tuple[str, ...]) -> bool:
        """Whether any plugin acts on a module whose own flags are ``flags``."""
        return self.trusted and bool(self._flags.plugins or flags)

    def stamps(self, flags: tuple[str, ...]) -> tuple[Stamp, ...]:
        """What stands for the plugins of a module, for a later look to compare."""
        if not self.acts(flags):
            return ()
        return tuple((one.name, self._stamp(one)) for one in self._active(self._of(flags)))

    def why_again(self, flags: tuple[str, ...], before: tuple[Stamp, ...], *, loading: bool) -> str:
        """Why a module has to be processed again for the sake of its plugins; ``""`` when it has not."""
        if not self.acts(flags):
            return f"the plugin {before[0][0]} no longer acts on it" if before else ""
        active = self._active(self._of(flags))
        if loading:
            for one in active:
                if isinstance(self._decision(one), ForceRecompile):
                    return f"the plugin {one.name} asks for it at every load"
        now = tuple((one.name, self._stamp(one)) for one in active)
        if now == before:
            return ""
        names, known = [name for name, _ in now], dict(before)
        for name, stamp in now:
            if name not in known:
                return f"the plugin {name} acts on it now"
            if known[name] != stamp:
                return f"the plugin {name} changed"
        gone = next((name for name, _ in before if name not in names), None)
        return f"the plugin {gone} no longer acts on it" if gone else "the order of its plugins changed"

    def process(
        self, interface: Interface, parsed: ParsedModule, uses: Mapping[str, Interface], flags: FlagsOfFile
    ) -> Interface:
        """The interface of a module as its plugins leave it. One that fails is named, and takes no further part."""
        read, wrong = read_flags(flags.words, self._flags)
        said = [_at(parsed, flags.range, text) for text in wrong]
        for name in read.plugins:
            if name not in self._flags.plugins and isinstance(found := self._loaded(name), PluginError):
                said.append(_at(parsed, flags.range, _sentence(found)))
        for module in {*read.options} - {one.module for one in read.plugins} - {*self._flags.options}:
            said.append(
                _at(parsed, flags.range, f"there are options for the plugin `{module}`, which no flag names")
            )
        result = ParsedResult(parsed, interface.problems, dict(interface.fields))
        seen = dict(uses)
        active = self._active(read)
        for one in active:
            plugin = one.loaded.plugin
            try:
                if isinstance(decision := self._decision(one), StageFailedError):
                    raise decision
                if plugin.interface_load is not None:
                    seen = self._interfaces(one, seen)
                if plugin.parsed is not None:
                    summary = ModuleSummary(interface.module, interface.path, interface.is_package, seen)
                    given = self._guard.run(
                        one.name, "parsed", ParsedResult, _bound(plugin.parsed, one.options, summary, result)
                    )
                    result = self._checked(one, given, parsed)
            except StageFailedError as error:
                said.append(_at(parsed, _NOWHERE, _sentence(error)))
        return replace(
            interface,
            problems=(*result.messages, *said),
            fields=dict(sorted(result.fields.items())),
            plugins=tuple((one.name, self._stamp(one)) for one in active),
            unaltered=read.trustworthy or not active,
        )

    def _interfaces(self, active: _Active, uses: Mapping[str, Interface]) -> dict[str, Interface]:
        from holefit.session.interface import Interface

        action = active.loaded.plugin.interface_load
        assert action is not None
        return {
            name: self._guard.run(
                active.name, "interface_load", Interface, _bound(action, active.options, one)
            )
            for name, one in uses.items()
        }

    def _checked(self, active: _Active, given: ParsedResult, parsed: ParsedModule) -> ParsedResult:
        if given.parsed is not parsed:
            what = "gave another module than it got"
        elif not all(isinstance(one, Diagnostic) for one in given.messages):
            what = "gave messages that are no diagnostics"
        elif not all(
            isinstance(one, Mapping) and {*one} == {"data", "version"} for one in given.fields.values()
        ):
            what = "gave fields that were not made by `with_field`"
        else:
            return given
        raise StageFailedError(plugin=active.name, stage="parsed", what=what)

    def acting(self, flags: tuple[str, ...]) -> list[_Active]:
        """The plugins that act on a module whose own flags are ``flags``, with their options, in order."""
        with self._turn:
            return self._active(self._of(flags)) if self.acts(flags) else []

    def _of(self, flags: tuple[str, ...]) -> PluginFlags:
        return read_flags(flags, self._flags)[0] if flags else self._flags

    def _active(self, flags: PluginFlags) -> list[_Active]:
        """The plugins that could be loaded, in the order in which they act."""
        if not self.trusted:
            return []
        found = []
        for name in flags.plugins:
            loaded = self._loaded(name)
            if isinstance(loaded, LoadedPlugin):
                found.append(_Active(loaded, (*name.options, *flags.options.get(name.module, ()))))
        return found

    def _loaded(self, name: PluginName) -> LoadedPlugin | PluginError:
        if (known := self._known.get(name)) is not None:
            return known
        found: LoadedPlugin | PluginError
        try:
            found = load(name, self._root, self._folders, self._of_project)
        except PluginError as error:
            found = error
        self._known[name] = found
        return found

    def _decision(self, active: _Active) -> Recompile | StageFailedError:
        """What the plugin's ``recompile`` says, asked once for a look."""
        key = (active.loaded.source, active.name, active.options)
        if (known := self._decided.get(key)) is not None:
            return known
        ask = active.loaded.plugin.recompile
        decided: Recompile | StageFailedError
        if ask is None:
            words = (one.encode("utf-8", "surrogatepass") for one in active.options)
            decided = MaybeRecompile(b"\0".join([active.loaded.source, *words]))
        else:
            try:
                decided = self._guard.run(active.name, "recompile", Recompile, _bound(ask, active.options))
            except StageFailedError as error:
                decided = error
        self._decided[key] = decided
        return decided

    def _stamp(self, active: _Active) -> bytes:
        from holefit.session.interface import fingerprint_of

        decision = self._decision(active)
        if isinstance(decision, MaybeRecompile):
            return fingerprint_of(decision.fingerprint)
        return fingerprint_of(str(decision)) if isinstance(decision, StageFailedError) else b""


@dataclass(frozen=True, slots=True)
class FlagsOfFile:
    """The flags in a file's ``# holefit:`` comments, and where the first of them stands."""

    words: tuple[str, ...] = ()
    range: Range = _NOWHERE


def flags_of(parsed: ParsedModule) -> FlagsOfFile:
    """The flags of a file for plugins: those of its ``# holefit: -f...`` comments, in order."""
    found = [one for one in parsed.pragmas if one.own_line and one.words and one.words[0].startswith("-f")]
    if not found:
        return FlagsOfFile()
    words = without_hole_flags(word for one in found for word in one.words)
    return FlagsOfFile(words, found[0].range) if words else FlagsOfFile()


def _bound(action: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: action(*arguments)


def _sentence(error: PluginError | StageFailedError) -> str:
    return f"{error}. {error.remedy}"


def _at(parsed: ParsedModule, range: Range, message: str) -> Diagnostic:
    return Diagnostic(parsed.source.path, range, Severity.ERROR, "plugin-error", message)
