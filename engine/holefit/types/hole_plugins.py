"""Plugins that take part in holes; they run here, in the type service, and keep their state here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mypy import nodes as N

from holefit.holes.site import Known, Type
from holefit.holes.terms import Name, Term, bound, names, read, root, text
from holefit.plugins.guard import Guard, StageFailedError
from holefit.plugins.hole_fits import (
    HoleFit,
    HoleFitCandidate,
    HoleFitPlugin,
    HoleFitPluginR,
    RawHoleFit,
    TypedHole,
)
from holefit.plugins.host import Plugins, flags_of
from holefit.session.options import HoleOptions, Options
from holefit.syntax import Source, parse
from holefit.types.scope import Visible

_STAGE = "hole_fit_plugin"


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    plugin: HoleFitPlugin
    stop: Callable[[], object]


class HolePlugins:
    """The plugins that act on the holes of files. ``messages`` are what they have said, by hole."""

    def __init__(self, root: Path, options: Options, bases: Sequence[Path]) -> None:
        self._plugins = Plugins(root, options, lambda name: _of_project(name, bases))
        self._guard = Guard(options.plugin_budget_ms)
        self._running: list[_Running] = []
        self._failed: list[str] = []
        self._told: dict[tuple[int, int], list[str]] = {}
        self._used: tuple[Any, ...] = ()

    @contextlib.contextmanager
    def of(self, path: Path, source: str) -> Iterator[bool]:
        """While the context is open the plugins of this file run; they are stopped in any case. Whether they are others than last time."""
        self._plugins.look_again()
        words = flags_of(parse(Source(path, source))).words if "-fplugin" in source else ()
        acting = self._plugins.acting(words)
        used = tuple((one.loaded.name, one.loaded.source, one.options) for one in acting)
        changed, self._used = used != self._used, used
        self._running, self._failed, self._told = [], [], {}
        try:
            for one in acting:
                make = one.loaded.plugin.hole_fit_plugin
                if make is not None:
                    self._start(one.loaded.name, make, one.options)
            yield changed
        finally:
            for running in self._running:
                with self._guarded(running.name):
                    self._guard.run(running.name, _STAGE, object, running.stop)
            self._running = []

    def options(self, hole: TypedHole, options: HoleOptions) -> HoleOptions:
        """The options for one hole."""
        for one in list(self._running):
            change = one.plugin.options
            if change is not None:
                with self._guarded(one.name):
                    options = self._guard.run(one.name, _STAGE, HoleOptions, _call(change, hole, options))
        return options

    def candidates(
        self, hole: TypedHole, found: Iterable[Known], scope: Sequence[Visible]
    ) -> Iterable[Known]:
        """``found`` as the plugins leave it."""
        for one in list(self._running):
            choose = one.plugin.candidates
            if choose is not None:
                offered = [
                    HoleFitCandidate(text(known.term), module_of(known.term), known.provenance, known)
                    for known in found
                ]
                with self._guarded(one.name):
                    given = list(
                        self._guard.run(one.name, _STAGE, Sequence, _call(choose, hole, offered))  # type: ignore[type-abstract]  # any kind of sequence
                    )
                    found = [known for known in (_known(one, scope) for one in given) if known is not None]
        return found

    def fits(self, hole: TypedHole, found: list[HoleFit]) -> tuple[list[HoleFit], list[str]]:
        """``found`` as the plugins leave it, and what they have to say."""
        told: list[str] = []
        shown: list[HoleFit | RawHoleFit] = list(found)
        for one in list(self._running):
            choose = one.plugin.fits
            if choose is not None:
                with self._guarded(one.name):
                    shown = list(
                        self._guard.run(one.name, _STAGE, Sequence, _call(choose, hole, tuple(shown)))  # type: ignore[type-abstract]  # as above
                    )
        for fit in shown:
            if isinstance(fit, RawHoleFit):
                told.append(fit.text)
        return [fit for fit in shown if isinstance(fit, HoleFit) and fit in found], [*told, *self._failed]

    def _start(self, name: str, make: Callable[..., Any], options: tuple[str, ...]) -> None:
        with self._guarded(name):
            made = self._guard.run(name, _STAGE, object, _call(make, options))
            if isinstance(made, HoleFitPlugin):
                self._running.append(_Running(name, made, lambda: None))
            elif isinstance(made, HoleFitPluginR):
                state = self._guard.run(name, _STAGE, object, made.init)
                self._running.append(_Running(name, HoleFitPlugin(), _call(made.stop, state)))
                plugin = self._guard.run(name, _STAGE, HoleFitPlugin, _call(made.run, state))
                self._running[-1] = replace(self._running[-1], plugin=plugin)
            elif made is not None:
                raise StageFailedError(plugin=name, stage=_STAGE, what=f"gave {type(made).__name__}")

    @contextlib.contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        """One that fails is named, and takes no further part in this file."""
        try:
            yield
        except StageFailedError as error:
            self._failed.append(f"{error}. {error.remedy}")
            self._running = [
                replace(one, plugin=HoleFitPlugin()) if one.name == name else one for one in self._running
            ]


def module_of(term: Term) -> str:
    """The module that the outermost name of a term comes from; empty for what is local."""
    base = root(term)
    node = base.symbol.node if isinstance(base, Name) and base.symbol is not None else None
    if isinstance(node, N.MypyFile):
        return str(node.fullname)
    if node is None or (isinstance(node, N.Var) and "." not in node.fullname):
        return ""
    module, _, _ = str(node.fullname).rpartition(".")
    return module


def _known(candidate: object, scope: Sequence[Visible]) -> Known | None:
    """What a plugin has given as something to check; None for what names nothing in scope."""
    if not isinstance(candidate, HoleFitCandidate):
        return None
    if isinstance(candidate.origin, Known):
        return candidate.origin
    term = read(candidate.text)
    if term is None:
        return None
    table: Mapping[str, Visible] = {one.name: one for one in scope}
    if any(name not in table for name in names(term)):
        return None
    return Known(bound(term, table), Type(None, lambda _: ""), candidate.provenance, 1)


def _of_project(name: str, bases: Sequence[Path]) -> Path | None:
    parts = name.split(".")
    for base in bases:
        for path in (base.joinpath(*parts).with_suffix(".py"), base.joinpath(*parts, "__init__.py")):
            if path.is_file():
                return path
    return None


def _call(action: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: action(*arguments)
