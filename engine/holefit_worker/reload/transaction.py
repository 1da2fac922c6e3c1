"""One reload as a transaction: plans are carried out, or all is taken back. The steps are those in :mod:`.reloader`."""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys

from . import ahead, markers
from .follow import follow, offered
from .importer import ProjectLoader
from .journal import Journal
from .module import keep_namespace
from .native_classes import replace_classes
from .patch import Patch
from .plan import BODIES, EQUAL, Plan
from .report import failure
from .source import Parse, read
from .surroundings import remember
from .swap import Swap
from .unloading import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

    from holefit_worker.linker.build import Built
    from holefit_worker.linker.native import Part

    from .module import Module
    from .reloader import Reloader
    from .report import Report
    from .source import Statement

GENERATIONS = 10  # how far back rollback can go


class Transaction:
    """Carries out one reload of ``reloader``'s modules."""

    def __init__(self, reloader: Reloader) -> None:
        self.reloader = reloader

    def perform(
        self,
        report: Report,
        changed: list[tuple[Module, str, tuple[int, ...]]],
        policy: str,
        force: frozenset[str],
        *,
        native: Sequence[tuple[Part, Built]] = (),
        back: bool = False,
        refuses: bool = False,
    ) -> None:
        plans: dict[str, Plan] = {}
        for record, text, found in changed:
            try:
                parse = None
                if text == "\0":
                    parse = self._elsewhere(record)
                    text, found = read(record.path if parse is None else parse.path)
                plans[record.name] = Plan(record, text, found, force=record.name in force, parse=parse)
            except (SyntaxError, ValueError, RecursionError, OverflowError, OSError) as error:
                report.errors.append(failure(record.name, record.path, error))
        if refuses and not report.errors:
            ahead.refuse(report, plans.values())
        if report.errors:
            return
        later = {name: plan.eager_imports() for name, plan in plans.items()}
        order = (
            list(self.reloader.depth_first(later))
            if len(plans) > 1 or self.reloader.handlers.all
            else list(plans)
        )
        journal = self.reloader.journal = Journal()
        handlers, main_imports = list(self.reloader.handlers.all), set(self.reloader.main_imports)
        current = ["", ""]
        generation = self.reloader.generation
        self.reloader.stale_classes.clear()
        try:
            self._call_handlers("before", order, current)
            self.reloader.generation = generation + 1
            ran = [part.runs for part, _ in native]
            self._replace_native(report, journal, native, policy, current)
            patches = self._apply(
                report, journal, [plans[name] for name in order if name in plans], policy, current
            )
            self.reloader.checks.work_out_anew()
            unload(self.reloader, report, journal, patches)
            self._on_reload(patches, current)
            self._call_handlers("after", order, current)
        except BaseException as error:
            journal.rollback()
            self.reloader.checks.work_out_anew()
            self.reloader.generation = generation
            self.reloader.handlers.all = handlers
            self.reloader.main_imports = main_imports
            for problem in journal.problems:
                report.note(problem)
            report.errors.append(failure(current[0], current[1], error))
            return
        finally:
            self.reloader.journal = None
        self.reloader.history = [
            *self.reloader.history,
            (self.reloader.generation, {plan.record.name: plan.record.text for plan in plans.values()}),
        ]
        self.reloader.history = self.reloader.history[-GENERATIONS:]
        self.reloader.native.settle(generation + 1, native, ran, back=back)
        report.reloaded += [self.reloader.native.shown(part) for part, _ in native]
        for patch in patches:
            self._settle(patch, back=back)
            report.reloaded.append(patch.record.name)
        journal.commit()

    def _replace_native(
        self,
        report: Report,
        journal: Journal,
        native: Sequence[tuple[Part, Built]],
        policy: str,
        current: list[str],
    ) -> None:
        """Native parts first: they import nothing of the project's."""
        parts = self.reloader.native
        for part, built in native:
            current[:] = [parts.shown(part), part.path]
            before = offered(vars(sys.modules[part.name])) if part.name in sys.modules else []
            changes = parts.replace(part, built, journal, report, policy)
            if changes is not None:
                follow(self.reloader._followers, part.name, changes.values, before, journal)
                replace_classes(self.reloader, report, journal, part.name, changes)

    def _elsewhere(self, record: Module) -> Parse | None:
        """How to parse a module whose file is gone because it has become a package, or the other way round."""
        if os.path.exists(record.path):
            return None
        path = other_form(record.path)
        is_package = path.endswith("__init__.py")
        return Parse(path, record.name if is_package else record.name.rpartition(".")[0])

    def _settle_elsewhere(self, patch: Patch) -> None:
        """Let a module know that it has become a package, or is none any more. Its namespace is put back if the reload fails."""
        record, plan = patch.record, patch.plan
        search = [os.path.dirname(plan.path)] if plan.path.endswith("__init__.py") else None
        spec = importlib.util.spec_from_file_location(
            record.name,
            plan.path,
            loader=ProjectLoader(record.name, plan.path, self.reloader),
            submodule_search_locations=search,
        )
        fresh = {"__file__": plan.path, "__spec__": spec, "__package__": plan.package, "__path__": search}
        record.namespace.update({name: value for name, value in fresh.items() if value is not None})
        if search is None:
            record.namespace.pop("__path__", None)

    def _apply(
        self, report: Report, journal: Journal, plans: list[Plan], policy: str, current: list[str]
    ) -> list[Patch]:
        patches = [Patch(self.reloader, plan, journal, report, policy) for plan in plans]
        for patch in patches:
            patch.peers = patches
        if any(plan.has_to_run() for plan in plans):
            remember(journal, [record.module for record in self.reloader.modules.values()])
            known = dict(sys.modules)
            journal.add(_restore_modules, known)
        for patch in patches:
            keep_namespace(journal, patch.record)
        swap = Swap()
        for patch in patches:
            swap.statements(patch, patch.move_tail(), moved=True)
            matches = patch.plan.matches
            leaves = patch.plan.leaves()
            for relation in (EQUAL, BODIES, "changed"):
                pairs = [
                    (match.old, leaf.statement)
                    for leaf in leaves
                    if (match := matches.get(id(leaf))) is not None
                    and match.relation == relation
                    and match.old is not None
                ]
                swap.statements(patch, pairs, moved=relation == EQUAL)
        swap.perform(journal, report)
        for patch in patches:
            if patch.plan.path != patch.record.path:
                self._settle_elsewhere(patch)
            current[:] = [patch.record.name, patch.plan.path]
            former = linecache.cache.get(patch.plan.path)
            linecache.cache[patch.plan.path] = (
                len(patch.plan.text),
                None,
                patch.plan.lines,
                patch.plan.path,
            )
            journal.add(_restore_lines, patch.plan.path, former)
            patch.run()
            journal.add(self.reloader.register_imports, patch.record)
            self.reloader.register_imports(patch.record, patch.new_statements())
            follow(self.reloader._followers, patch.record.name, patch.changes(), patch.offered, journal)
        markers.follow(patches, journal)
        for patch in patches:
            patch.removal.bury()
        return patches

    def _settle(self, patch: Patch, *, back: bool) -> None:
        """Make the plan the record."""
        record, plan = patch.record, patch.plan
        if record.path != plan.path:
            linecache.cache.pop(record.path, None)
            record.path = plan.path
            record.parse = Parse(plan.path, plan.package, plan.flags)
        record.chunks = [*plan.kept(), *plan.chunks, *patch.tail]
        for chunk in plan.chunks:
            chunk.leaves = []
        record.text = plan.text
        if not back:
            self.reloader.settled(record, plan.text, plan.stamp)
        record.lines = plan.lines
        record.parse.flags = plan.flags
        self.reloader.register_imports(record)

    def _on_reload(self, patches: list[Patch], current: list[str]) -> None:
        """Statements marked to run at every reload; a reloaded module's own have run in their place."""
        done = {patch.record.name for patch in patches}
        for patch in patches:
            for chunk in [*patch.plan.kept(), *patch.tail]:
                for statement in chunk.statements:
                    if statement.on_reload:
                        current[:] = [patch.record.name, patch.record.path]
                        self._run_again(patch.record, statement)
        for record in list(self.reloader.modules.values()):
            if record.marked and record.name not in done:
                for statement in record.statements():
                    if statement.on_reload:
                        current[:] = [record.name, record.path]
                        self._run_again(record, statement)

    def _run_again(self, record: Module, statement: Statement) -> None:
        if self.reloader.journal is not None and record.name not in {"builtins"}:
            keep_namespace(self.reloader.journal, record)
        self.reloader.handlers.drop_statement(statement.key)
        self.reloader.running.statement(record, statement)

    def _call_handlers(self, when: str, order: list[str], current: list[str]) -> None:
        if not self.reloader.handlers.all:
            return
        owners = {handler.module for handler in self.reloader.handlers.all}
        names = [*order, *(name for name in self.reloader.modules if name not in order)]
        for name in [*names, *sorted(owners - set(names))]:
            record = self.reloader.modules.get(name)
            for handler in self.reloader.handlers.of(when, name):
                current[:] = [name, record.path if record is not None else ""]
                handler.function()


def other_form(path: str) -> str:
    """Where a module lies when it has become a package, or a package a module."""
    folder, file = os.path.split(path)
    return f"{folder}.py" if file == "__init__.py" else os.path.join(path[:-3], "__init__.py")


def _restore_lines(path: str, former: Any) -> None:
    if former is None:
        linecache.cache.pop(path, None)
    else:
        linecache.cache[path] = former


def _restore_modules(known: dict[str, ModuleType]) -> None:
    for name in list(sys.modules):
        if name not in known:
            module = sys.modules.pop(name)
            parent, _, tail = name.rpartition(".")
            if parent in sys.modules and vars(sys.modules[parent]).get(tail) is module:
                delattr(sys.modules[parent], tail)
    for name, module in known.items():
        if sys.modules.get(name) is not module:
            sys.modules[name] = module
