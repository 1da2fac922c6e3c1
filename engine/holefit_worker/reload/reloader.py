"""The reloader: what is loaded, what has changed, and the transaction that brings one to the other.

A reload goes through these steps; if one fails, the journal takes all of it back.

1. Read what changed and plan it (:mod:`.plan`): a syntax error ends it here.
2. Handlers ``before_reload``, in the order of the import tree.
3. New code for living functions, in all modules at once (:mod:`.swap`).
4. Module by module, what is imported before what imports: run what has to run (:mod:`.patch`), let from-imports follow (:mod:`.follow`).
5. Unload modules that nothing imports any more.
6. Statements marked ``# holefit: on-reload``, then handlers ``after_reload``.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import linecache
import os
import sys
import threading
import time
import traceback
import weakref
from types import FunctionType

from holefit_wire.interpreter import Reloaded, ReloadError, ReloadPlanned, Tweakable

from . import ahead, cache, functions, tweaking
from .follow import Followers, follow
from .graph import depth_first, with_parents
from .handlers import Handler, Handlers
from .importer import Finder, ProjectLoader
from .journal import Journal
from .module import Module, Running, keep_namespace
from .patch import Patch
from .plan import BODIES, EQUAL, Plan
from .report import Report
from .seals import Seal
from .source import Chunk, Leaf, Parse, Statement, failure_place, lines_of, normalised, read
from .swap import Swap, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType
    from typing import Any

_GENERATIONS = 10  # how far back rollback can go


class Reloader:
    """Keeps the project's loaded modules up to date with files and buffers.

    ``generation`` counts the reloads that took effect. All methods may be called from any thread; one reload goes on at a time.
    """

    def __init__(self, roots: list[str]) -> None:
        self.generation = 0
        self.modules: dict[str, Module] = {}
        self.buffers: dict[str, str] = {}
        self.running = Running()
        self.handlers = Handlers()
        self._followers = Followers()
        self._finder = Finder(roots, self)
        self._main_imports: set[str] = set()
        self._removed: dict[tuple[str, str], list[weakref.ref[FunctionType]]] = {}
        self._history: list[tuple[int, dict[str, str]]] = []
        self._lock = threading.Lock()
        self._journal: Journal | None = None

    def install(self) -> None:
        """Take part in imports from now on. ``holefit_runtime`` is connected when it is first imported."""
        if self._finder not in sys.meta_path:
            sys.meta_path.insert(0, self._finder)

    def uninstall(self) -> None:
        """Take no part in imports any more."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        runtime: Any = sys.modules.get("holefit_runtime")
        if runtime is not None:
            runtime.connect(None)

    # -- loading -------------------------------------------------------------------------------------------------------

    def load(self, module: ModuleType, path: str) -> None:
        """Run a module for the first time (or wholly again, for ``importlib.reload``)."""
        name = module.__name__
        path = os.path.abspath(path)
        module.__dict__.setdefault(
            "__builtins__", vars(sys.modules["builtins"])
        )  # the user's, which may not be ours
        text, found = self._current_text(path)
        package = module.__spec__.parent if module.__spec__ is not None else name.rpartition(".")[0]
        record = Module(name, module, path, Parse(path, package or ""))
        record.text = record.seen = text
        record.stamp = found
        record.lines = lines_of(text)
        linecache.cache[path] = (len(text), None, record.lines, path)
        record.chunks = self._compiled(record)
        former = self.modules.get(name)
        self.modules[name] = record
        self.handlers.drop_module(name)
        if self._journal is not None:
            self._journal.add(self._forget, name, former)
        leaves = [leaf.statement for chunk in record.chunks for leaf in chunk.leaves]
        record.imports = _imports_of(leaves)
        self._register_imports(record, leaves)
        try:
            for chunk in record.chunks:
                for leaf in chunk.leaves:
                    self.running.leaf(record, leaf, chunk.statements)
                chunk.leaves = []
        except BaseException:
            self._forget(name, former)
            raise
        self._register_imports(record)

    def _compiled(self, record: Module) -> list[Chunk]:
        root = self._finder.root_of(record.path)
        kept = cache.load(root, record.path, record.text) if root else None
        if kept is not None:
            record.parse.flags, chunks = kept
            return chunks
        chunks = record.parse.chunks(record.lines)
        if root and record.path not in self.buffers:
            cache.store(root, record.path, record.text, record.parse.flags, chunks)
        return chunks

    def _forget(self, name: str, former: Module | None = None) -> None:
        record = self.modules.pop(name, None)
        self._followers.drop(name)
        if former is not None:
            self.modules[name] = former
            self._register_imports(former)
        elif record is not None:
            linecache.cache.pop(record.path, None)

    def _register_imports(self, record: Module, statements: Sequence[Statement] | None = None) -> None:
        """Note what a module imports: that of its record, or of the ``statements`` that are to be its own."""
        if statements is None:
            statements = list(record.statements())
            record.imports = _imports_of(statements)
            record.marked = any(statement.on_reload for statement in statements)
        self._followers.put(record.name, [one for statement in statements for one in statement.taken])

    def text_of(self, name: str, path: str) -> str:
        """The text that runs for a loaded module, or that would be run."""
        record = self.modules.get(name)
        return record.text if record is not None else self._current_text(os.path.abspath(path))[0]

    def _current_text(self, path: str) -> tuple[str, tuple[int, ...]]:
        buffer = self.buffers.get(path)
        return (buffer, ()) if buffer is not None else read(path)

    def evaluated(self, code: ast.AST | str, module: str = "__main__") -> None:
        """Code has been evaluated in ``module``: its from-imports are to follow, and what it imports stays loaded."""
        if isinstance(code, str):
            if "import" not in code:
                return
            try:
                code = ast.parse(code)
            except (
                SyntaxError,
                ValueError,
            ):  # top-level await, or no code at all: nothing was imported that way
                return
        record = self.modules.get(module)
        package = record.parse.package if record is not None else ""
        imported = self._followers.add(module, code, package)
        self._main_imports.update(part for name in imported for part in with_parents(name))

    def is_module(self, name: str) -> bool:
        """Whether a module of that name is loaded."""
        return name in sys.modules

    def containers(self) -> Iterator[Any]:
        """Lists, dictionaries and sets in which the project's modules keep things: in globals, in attributes of what is there, behind
        closures of functions that dispatch."""
        seen: set[int] = set()
        for record in list(self.modules.values()):
            own = id(record.namespace)
            for value in list(record.namespace.values()):
                for container in _containers_in(value, record.name):
                    if id(container) != own and id(container) not in seen:
                        seen.add(id(container))
                        yield container

    def forget_dispatch(self) -> None:
        """An implementation was taken out of a registry: generic functions must not remember it."""
        for record in list(self.modules.values()):
            for value in list(record.namespace.values()):
                if issubclass(type(value), FunctionType) and "_clear_cache" in value.__dict__:
                    value.__dict__["_clear_cache"]()

    # -- what user code asks for ---------------------------------------------------------------------------------------

    def add_handler(self, when: str, function: Callable[[], object], module: str) -> None:
        """Register a handler, put down to the statement of ``module`` that is running."""
        statement = self.running.current(module)
        self.handlers.add(Handler(when, function, module, statement.key if statement is not None else None))

    def reload_from_code(self) -> dict[str, Any]:
        """``holefit_runtime.reload()``."""
        return self._as_map(self.reload())

    def rollback_from_code(self, generation: int) -> dict[str, Any]:
        """``holefit_runtime.rollback()``."""
        return self._as_map(self.rollback(generation))

    def _as_map(self, done: Reloaded) -> dict[str, Any]:
        status = "error" if done.errors else "ok" if done.reloaded else "noop"
        error = "; ".join(f"{error.path}:{error.line}: {error.message}" for error in done.errors)
        return {
            "status": status,
            "generation": done.generation,
            "modules": list(done.reloaded),
            "error": error,
            "notes": list(done.notes),
        }

    # -- what has changed ----------------------------------------------------------------------------------------------

    def set_buffers(self, texts: dict[str, str]) -> None:
        """Unsaved texts by absolute path, in place of the former ones; they win over files."""
        self.buffers = {os.path.abspath(path): normalised(text) for path, text in texts.items()}

    def changed(self) -> list[str]:
        """Names of loaded modules whose file or buffer differs from what runs, dependencies first."""
        return self._ordered([record.name for record, _, _ in self._differing()])

    def _differing(self) -> list[tuple[Module, str, tuple[int, ...]]]:
        found: list[tuple[Module, str, tuple[int, ...]]] = []
        for record in list(self.modules.values()):
            buffer = self.buffers.get(record.path) if self.buffers else None
            if buffer is not None:
                if buffer != record.seen:
                    found.append((record, buffer, ()))
                continue
            try:
                known = record.stamp
                if known:
                    # as stamp() has it, without making a tuple a thousand times
                    now = os.stat(record.path)
                    if now.st_ctime_ns == known[3] and now.st_mtime_ns == known[0] and now.st_ino == known[2]:
                        continue
                text, fresh = read(record.path)
            except (OSError, SyntaxError, UnicodeError):
                # a file that is gone may be in the middle of being saved; one that cannot be decoded is read again when it is planned
                if os.path.exists(record.path) or os.path.exists(_other_form(record.path)):
                    found.append((record, "\0", ()))
                continue
            if text == record.seen:
                record.stamp = fresh
            else:
                found.append((record, text, fresh))
        return found

    def _ordered(self, names: list[str]) -> list[str]:
        if len(names) < 2:
            return names
        wanted = set(names)
        return [name for name in self._depth_first() if name in wanted]

    def _depth_first(self, later: dict[str, list[str]] | None = None) -> Iterator[str]:
        edges = {name: self._edges(record.imports) for name, record in self.modules.items()}
        for name, imported in (later or {}).items():
            edges[name] = self._edges(imported)
        return depth_first(list(self.modules), edges)

    def _edges(self, imported: list[str]) -> list[str]:
        return [part for name in imported for part in with_parents(name) if part in self.modules]

    def plan(
        self, policy: str = "untouched", old: dict[str, str] | None = None, new: dict[str, str] | None = None
    ) -> ReloadPlanned:
        """What a reload would do now, or one from ``old`` to ``new`` texts by path; see :mod:`.ahead`."""
        if new:
            return ahead.compare(old or {}, new, policy)
        differing = self._differing()
        return ahead.foresee(differing, self._ordered([record.name for record, _, _ in differing]), policy)

    # -- tweaking ------------------------------------------------------------------------------------------------------

    def tweaks(self) -> list[Tweakable]:
        """Globals marked to be tweaked, with what they are now; see :mod:`.tweaking`."""
        return tweaking.tweakables(self.modules.values())

    def tweak(self, module: str, name: str, text: str) -> Tweakable:
        """Give a marked global another value, in place. Raises ValueError, with what is wrong."""
        return tweaking.tweak(self.modules, self._followers, module, name, text)

    # -- reloading -----------------------------------------------------------------------------------------------------

    def reload(
        self, policy: str = "untouched", force: Sequence[str] = (), running: str = "report"
    ) -> Reloaded:
        """Bring loaded modules up to date: all of it takes effect, or none. ``force`` names modules whose every statement runs again.

        ``running`` is ``refuse`` where nothing is to happen while a function that would change is running.
        """
        return self._exclusively(lambda report: self._reload(report, policy, force, running))

    def rollback(self, generation: int, policy: str = "untouched") -> Reloaded:
        """Go back to the texts of ``generation``, up to ten back. What is in the files is taken up again when it changes."""

        def go(report: Report) -> None:
            texts: dict[str, str] = {}
            known = [number for number, _ in self._history]
            if generation != self.generation and generation + 1 not in known:
                problem = f"generation {generation} is not known: rollback reaches from {min(known, default=self.generation + 1) - 1}"
                report.errors.append(ReloadError("", "<reload>", 0, 0, f"{problem} to {self.generation}", ""))
                return
            for number, before in reversed(self._history):
                if number > generation:
                    texts.update(before)
            changed: list[tuple[Module, str, tuple[int, ...]]] = [
                (self.modules[name], text, ())
                for name, text in texts.items()
                if name in self.modules and self.modules[name].text != text
            ]
            self._perform(report, changed, policy, frozenset(), back=True)

        return self._exclusively(go)

    def reset(self, module: str, name: str) -> Reloaded:
        """Give a global what its initialiser gives now, though a reload kept its live value. A new generation, like a reload."""

        def go(report: Report) -> None:
            record = self.modules.get(module)
            found = [s for s in (record.statements() if record is not None else ()) if name in s.names]
            if record is None or not found:
                report.errors.append(
                    ReloadError(module, "<reload>", 0, 0, f"nothing initialises {module}.{name}", "")
                )
                return
            self._reset(report, record, found, name)

        return self._exclusively(go)

    def _reset(self, report: Report, record: Module, found: list[Statement], name: str) -> None:
        journal = self._journal = Journal()
        keep_namespace(journal, record)
        journal.snapshot_surroundings([other.module for other in self.modules.values()])
        before = record.namespace.get(name)
        try:
            for statement in found:
                held = {
                    other: record.namespace[other] for other in statement.names if other in record.namespace
                }
                self.running.statement(record, statement)
                held.pop(name, None)
                record.namespace.update(held)
            for statement in found:
                statement.seals[name] = Seal(record.namespace.get(name))
            follow(self._followers, record.name, {name: (before, record.namespace.get(name))}, [], journal)
        except BaseException as error:
            journal.rollback()
            report.errors.append(_error(record.name, record.path, error))
            return
        finally:
            self._journal = None
        journal.commit()
        self.generation += 1
        self._history = [*self._history, (self.generation, {})][-_GENERATIONS:]
        report.reloaded.append(record.name)

    def _exclusively(self, action: Callable[[Report], None]) -> Reloaded:
        started = time.perf_counter()
        report = Report()
        if not self._lock.acquire(blocking=False):
            report.errors.append(
                ReloadError("", "<reload>", 0, 0, "a reload is going on: it cannot start another", "")
            )
            return report.message(self.generation, 0.0)
        collecting = gc.isenabled()
        gc.disable()
        try:
            action(report)
        finally:
            if collecting:
                gc.enable()
            self._lock.release()
        return report.message(self.generation, (time.perf_counter() - started) * 1000)

    def _reload(self, report: Report, policy: str, force: Sequence[str], running: str) -> None:
        changed = self._differing()
        named = {record.name for record, _, _ in changed}
        for name in force:
            record = self.modules.get(name)
            if record is not None and name not in named:
                text, found = self._current_text(record.path)
                changed.append((record, text, found))
        if changed:
            self._perform(report, changed, policy, frozenset(force), refuses=running == "refuse")

    def _perform(
        self,
        report: Report,
        changed: list[tuple[Module, str, tuple[int, ...]]],
        policy: str,
        force: frozenset[str],
        *,
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
                report.errors.append(_error(record.name, record.path, error))
        if refuses and not report.errors:
            ahead.refuse(report, plans.values())
        if report.errors:
            return
        later = {name: _imports(plan) for name, plan in plans.items()}
        order = list(self._depth_first(later)) if len(plans) > 1 or self.handlers.all else list(plans)
        journal = self._journal = Journal()
        handlers, main_imports = list(self.handlers.all), set(self._main_imports)
        current = ["", ""]
        generation = self.generation
        try:
            self._call_handlers("before", order, current)
            self.generation = generation + 1
            patches = self._apply(
                report, journal, [plans[name] for name in order if name in plans], policy, current
            )
            self._unload(report, journal, patches)
            self._on_reload(patches, current)
            self._call_handlers("after", order, current)
        except BaseException as error:
            journal.rollback()
            self.generation = generation
            self.handlers.all = handlers
            self._main_imports = main_imports
            for problem in journal.problems:
                report.note(problem)
            report.errors.append(_error(current[0], current[1], error))
            return
        finally:
            self._journal = None
        self._history = [
            *self._history,
            (self.generation, {plan.record.name: plan.record.text for plan in plans.values()}),
        ]
        self._history = self._history[-_GENERATIONS:]
        for patch in patches:
            self._settle(patch, back=back)
            report.reloaded.append(patch.record.name)
        journal.commit()

    def _elsewhere(self, record: Module) -> Parse | None:
        """How to parse a module whose file is gone because it has become a package, or the other way round."""
        if os.path.exists(record.path):
            return None
        path = _other_form(record.path)
        is_package = path.endswith("__init__.py")
        return Parse(path, record.name if is_package else record.name.rpartition(".")[0])

    def _settle_elsewhere(self, patch: Patch) -> None:
        """Let a module know that it has become a package, or is none any more. Its namespace is put back if the reload fails."""
        record, plan = patch.record, patch.plan
        search = [os.path.dirname(plan.path)] if plan.path.endswith("__init__.py") else None
        spec = importlib.util.spec_from_file_location(
            record.name,
            plan.path,
            loader=ProjectLoader(record.name, plan.path, self),
            submodule_search_locations=search,
        )
        fresh = {"__file__": plan.path, "__spec__": spec, "__package__": plan.package, "__path__": search}
        record.namespace.update({name: value for name, value in fresh.items() if value is not None})
        if search is None:
            record.namespace.pop("__path__", None)

    def _apply(
        self, report: Report, journal: Journal, plans: list[Plan], policy: str, current: list[str]
    ) -> list[Patch]:
        patches = [Patch(self, plan, journal, report, policy) for plan in plans]
        for patch in patches:
            patch.peers = patches
        if any(_has_to_run(plan) for plan in plans):
            journal.snapshot_surroundings([record.module for record in self.modules.values()])
            known = dict(sys.modules)
            journal.add(_restore_modules, known)
        for patch in patches:
            keep_namespace(journal, patch.record)
        swap = Swap()
        for patch in patches:
            swap.statements(patch, patch.move_tail(), moved=True)
            matches = patch.plan.matches
            leaves = _leaves(patch.plan)
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
            journal.add(self._register_imports, patch.record)
            self._register_imports(patch.record, _new_statements(patch))
            follow(self._followers, patch.record.name, patch.changes(), patch.added(), journal)
        for patch in patches:
            patch.bury()
        return patches

    def swap_late(self, patch: Patch, leaves: list[Leaf]) -> None:
        """A guard has opened another branch: what stands there may continue old statements."""
        swap = Swap()
        pairs = [
            (match.old, leaf.statement)
            for leaf in leaves
            if (match := patch.plan.matches.get(id(leaf))) is not None and match.old is not None
        ]
        swap.statements(patch, pairs, moved=False)
        swap.perform(patch.journal, patch.report)

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
            record.seen = plan.text
            record.stamp = plan.stamp
        record.lines = plan.lines
        record.parse.flags = plan.flags
        self._register_imports(record)

    def _unload(self, report: Report, journal: Journal, patches: list[Patch]) -> None:
        """Unload what a reloaded module no longer imports and nothing else does."""
        fresh = {patch.record.name: _imports_of(_new_statements(patch)) for patch in patches}
        if all(set(patch.record.imports) <= set(fresh[patch.record.name]) for patch in patches):
            return
        dropped: list[str] = []
        remaining = {name: set(self._edges(record.imports)) for name, record in self.modules.items()}
        for name, now in [(name, set(self._edges(imported))) for name, imported in fresh.items()]:
            dropped += sorted(remaining.get(name, set()) - now, reverse=True)
            remaining[name] = now
        while dropped:
            name = dropped.pop(0)
            record = self.modules.get(name)
            if record is None or self._is_held(name, record, remaining):
                continue
            journal.add(self._load_back, name, record)
            for key in [name]:
                journal.delete_item(sys.modules, key)
            parent, _, tail = name.rpartition(".")
            if parent in sys.modules and vars(sys.modules[parent]).get(tail) is record.module:
                journal.delete_item(vars(sys.modules[parent]), tail)
            self._forget(name)
            self.handlers.drop_module(name)
            report.note(f"{name} was unloaded: nothing imports it any more")
            dropped += sorted(remaining.pop(name, set()), reverse=True)

    def _load_back(self, name: str, record: Module) -> None:
        self.modules[name] = record
        self._register_imports(record)

    def _is_held(self, name: str, record: Module, remaining: dict[str, set[str]]) -> bool:
        if name in self._main_imports or any(
            name in imported for other, imported in remaining.items() if other != name
        ):
            return True
        if any(other.startswith(name + ".") for other in remaining):
            return True
        main = sys.modules.get("__main__")
        values = list(vars(main).values()) if main is not None else []
        return any(
            value is record.module or name in (type(value).__module__, _home(value)) for value in values
        )

    def _on_reload(self, patches: list[Patch], current: list[str]) -> None:
        """Statements marked to run at every reload; a reloaded module's own have run in their place."""
        done = {patch.record.name for patch in patches}
        for patch in patches:
            for chunk in [*patch.plan.kept(), *patch.tail]:
                for statement in chunk.statements:
                    if statement.on_reload:
                        current[:] = [patch.record.name, patch.record.path]
                        self._run_again(patch.record, statement)
        for record in list(self.modules.values()):
            if record.marked and record.name not in done:
                for statement in record.statements():
                    if statement.on_reload:
                        current[:] = [record.name, record.path]
                        self._run_again(record, statement)

    def _run_again(self, record: Module, statement: Statement) -> None:
        if self._journal is not None and record.name not in {"builtins"}:
            keep_namespace(self._journal, record)
        self.handlers.drop_statement(statement.key)
        self.running.statement(record, statement)

    def _call_handlers(self, when: str, order: list[str], current: list[str]) -> None:
        if not self.handlers.all:
            return
        owners = {handler.module for handler in self.handlers.all}
        names = [*order, *(name for name in self.modules if name not in order)]
        for name in [*names, *sorted(owners - set(names))]:
            record = self.modules.get(name)
            for handler in self.handlers.of(when, name):
                current[:] = [name, record.path if record is not None else ""]
                handler.function()

    # -- functions that are gone ---------------------------------------------------------------------------------------

    def bury(self, journal: Journal, record: Module, function: FunctionType, qualname: str) -> None:
        """``function`` is no longer in the source: calling it is an error that says so."""
        key = (record.name, qualname)
        name = f"{record.name}.{qualname}"
        where, generation = place(function.__code__), self.generation

        def removed() -> BaseException:
            runtime: Any = importlib.import_module("holefit_runtime")
            error: BaseException = runtime.RemovedError(name, where, generation)
            return error

        functions.bury(journal, function, removed)
        held = self._removed.setdefault(key, [])
        reference = weakref.ref(function)
        held.append(reference)
        journal.add(held.remove, reference)

    def removed_functions(self, module: str, qualname: str) -> list[FunctionType]:
        """Functions still held somewhere that were removed under this name."""
        found = [reference() for reference in self._removed.pop((module, qualname), [])]
        return [function for function in found if function is not None]


def _other_form(path: str) -> str:
    """Where a module lies when it has become a package, or a package a module."""
    folder, file = os.path.split(path)
    return f"{folder}.py" if file == "__init__.py" else os.path.join(path[:-3], "__init__.py")


def _leaves(plan: Plan) -> list[Leaf]:
    found: list[Leaf] = []
    pending = [leaf for chunk in plan.chunks for leaf in chunk.leaves]
    while pending:
        leaf = pending.pop(0)
        found.append(leaf)
        pending = [*leaf.body, *leaf.orelse, *pending]
    return found


def _has_to_run(plan: Plan) -> bool:
    """Whether code of the user's runs that may reach beyond its module."""
    for leaf in _leaves(plan):
        match = plan.of(leaf)
        if match.relation in (EQUAL, BODIES):
            continue
        if leaf.statement.kind != "def" or getattr(leaf.node, "decorator_list", None):
            return True
    return bool(plan.pool)


def _imports(plan: Plan) -> list[str]:
    statements = [statement for chunk in plan.kept() for statement in chunk.statements]
    statements += [leaf.statement for leaf in _leaves(plan)]
    statements += [statement for chunk in plan.moved() for statement in chunk.statements]
    return _imports_of(statements)


def _imports_of(statements: list[Statement]) -> list[str]:
    return list(dict.fromkeys(name for statement in statements for name in statement.imports))


def _new_statements(patch: Patch) -> list[Statement]:
    chunks = [*patch.plan.kept(), *patch.plan.chunks, *patch.tail]
    return [statement for chunk in chunks for statement in chunk.statements]


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


def _error(module: str, path: str, error: BaseException) -> ReloadError:
    where, line, column = failure_place(error, path)
    text = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    message = text[-1] if text else type(error).__name__
    return ReloadError(
        module,
        where,
        line,
        column,
        message,
        "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    )


def _home(value: Any) -> str | None:
    """The module of a function or class."""
    return value.__module__ if issubclass(type(value), (type, FunctionType)) else None


def _containers_in(value: Any, module: str) -> Iterator[Any]:
    if issubclass(type(value), (list, dict, set)):
        yield value
        return
    if issubclass(type(value), type):
        if value.__module__ == module:
            yield from (
                inner for inner in list(vars(value).values()) if issubclass(type(inner), (list, dict, set))
            )
        return
    if issubclass(type(value), FunctionType):
        # a generic function keeps its implementations behind its method register
        for function in [
            value,
            *(inner for inner in value.__dict__.values() if issubclass(type(inner), FunctionType)),
        ]:
            for cell in list(function.__closure__ or ()):
                try:
                    if issubclass(type(cell.cell_contents), (list, dict, set)):
                        yield cell.cell_contents
                except ValueError:
                    continue
        return
    state = functions.state_of(value)
    if state is not None:
        yield from (inner for inner in list(state.values()) if issubclass(type(inner), (list, dict, set)))
