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
import weakref
from types import FunctionType

from holefit_wire.codec import replaced
from holefit_wire.interpreter import Reloaded, ReloadError, ReloadPlanned, Tweakable
from holefit_worker.linker import Native

from . import ahead, cache, functions, notices, tweaking
from .checks import Checks
from .follow import Followers, follow, offered
from .graph import depth_first, with_parents
from .handlers import Handler, Handlers
from .importer import Finder
from .journal import Journal
from .module import Module, Running, keep_namespace
from .plan import imports_of, is_eager
from .report import Report, failure
from .seals import Seal
from .source import Chunk, Parse, Statement, lines_of, normalised, read
from .surroundings import remember
from .swap import place
from .transaction import GENERATIONS, Transaction, other_form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType
    from typing import Any

    from holefit_worker.linker.build import Built
    from holefit_worker.linker.native import Part


_UNDISTURBED_S = (
    0.05  # for so long no other thread sees the program half changed, unless code of the user's waits
)


class Reloader:
    """Keeps the project's loaded modules up to date with files and buffers.

    ``generation`` counts the reloads that took effect. All methods may be called from any thread; one reload goes on at a time.
    """

    def __init__(self, roots: list[str]) -> None:
        self.generation = 0
        self.modules: dict[str, Module] = {}
        self.buffers: dict[str, str] = {}
        self.running = Running()
        self.stale_classes: set[int] = (
            set()
        )  # by identity: their bases were replaced in the reload that goes on
        self.handlers = Handlers(self.running.exits)
        self.checks = Checks()
        self._followers = Followers()
        self._finder = Finder(roots, self)
        self._notices = notices.Notices(os.path.realpath(root) for root in roots)
        project = min(map(os.path.abspath, roots), key=len, default=os.getcwd())
        self.native = Native(project, self._finder.is_project, Seal, self._load_native)
        self.main_imports: set[str] = set()
        self._removed: dict[tuple[str, str], list[weakref.ref[FunctionType]]] = {}
        self.history: list[tuple[int, dict[str, str]]] = []
        self._lock = threading.Lock()
        self._looking = threading.RLock()  # who looks for changes uses up the notices of them

    @property
    def journal(self) -> Journal | None:
        """That of the reload that goes on."""
        return self.running.exits.journal

    @journal.setter
    def journal(self, journal: Journal | None) -> None:
        self.running.exits.journal = journal

    def install(self) -> None:
        """Take part in imports from now on. ``holefit_runtime`` is connected when it is first imported, or now if it has been."""
        if self._finder not in sys.meta_path:
            sys.meta_path.insert(0, self._finder)
        runtime: Any = sys.modules.get("holefit_runtime")
        if runtime is not None:
            runtime.connect(self)
        if "ctypes" in sys.modules:
            self.native.follow_ctypes()

    def uninstall(self) -> None:
        """Take no part in imports any more."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self.native.leave_ctypes()
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
        if self.journal is not None:
            self.journal.add(self.forget, name, former)
        leaves = [leaf.statement for chunk in record.chunks for leaf in chunk.leaves]
        record.imports = record.eager = imports_of(leaves)
        self.register_imports(record, leaves)
        try:
            for chunk in record.chunks:
                for leaf in chunk.leaves:
                    self.running.leaf(record, leaf, chunk.statements)
                chunk.leaves = []
        except BaseException:
            self.forget(name, former)
            raise
        self.register_imports(record)

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

    def forget(self, name: str, former: Module | None = None) -> None:
        """Know nothing of a module any more, or what ``former`` says."""
        record = self.modules.pop(name, None)
        self._followers.drop(name)
        if former is not None:
            self.modules[name] = former
            self.register_imports(former)
        elif record is not None:
            linecache.cache.pop(record.path, None)

    def register_imports(self, record: Module, statements: Sequence[Statement] | None = None) -> None:
        """Note what a module imports: that of its record, or of the ``statements`` that are to be its own."""
        if statements is None:
            statements = list(record.statements())
            record.imports = imports_of(statements)
            record.eager = imports_of(statement for statement in statements if is_eager(statement))
            record.marked = any(statement.on_reload for statement in statements)
        taken = [one for statement in statements for one in statement.taken]
        imports = [one for one in statements if one.kind == "import" and not one.taken]
        self._followers.put(record.name, taken, {name for one in imports for name in one.names})

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
        self.main_imports.update(part for name in imported for part in with_parents(name))

    def is_module(self, name: str) -> bool:
        """Whether a module of that name is loaded."""
        return name in sys.modules

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
        names = self._ordered([record.name for record, _, _ in self._differing()])
        return [*self.native.changed(), *names]

    def _differing(self) -> list[tuple[Module, str, tuple[int, ...]]]:
        with self._looking:
            return self._look()

    def _look(self) -> list[tuple[Module, str, tuple[int, ...]]]:
        found: list[tuple[Module, str, tuple[int, ...]]] = []
        records = list(self.modules.values())
        noticing = len(records) >= notices.WORTHWHILE
        covered = self._notices.covered() if noticing else frozenset()
        for record in records:
            buffer = self.buffers.get(record.path) if self.buffers else None
            if buffer is not None:
                record.stamp = ()
                if buffer != record.seen:
                    found.append((record, buffer, ()))
                continue
            known = record.stamp
            if known and record.path in covered:
                continue
            if noticing:
                self._notices.cover(record.path)
            try:
                if known:
                    # as stamp() has it, without making a tuple a thousand times
                    now = os.stat(record.path)
                    if now.st_ctime_ns == known[3] and now.st_mtime_ns == known[0] and now.st_ino == known[2]:
                        continue
                text, fresh = read(record.path)
                record.stamp = ()  # it is looked at until what was found has taken effect
            except (OSError, SyntaxError, UnicodeError):
                # a file that is gone may be in the middle of being saved; one that cannot be decoded is read again when it is planned
                record.stamp = ()
                if os.path.exists(record.path) or os.path.exists(other_form(record.path)):
                    found.append((record, "\0", ()))
                continue
            if text == record.seen:
                record.stamp = fresh
            else:
                found.append((record, text, fresh))
        return found

    def settled(self, record: Module, text: str, stamp: tuple[int, ...]) -> None:
        """``record`` runs ``text``, found in its file with that stamp. Its file may have been written again meanwhile, and looked at."""
        record.seen = text
        record.stamp = stamp
        self._notices.uncover(record.path)

    def _ordered(self, names: list[str]) -> list[str]:
        if len(names) < 2:
            return names
        wanted = set(names)
        return [name for name in self.depth_first() if name in wanted]

    def depth_first(self, later: dict[str, list[str]] | None = None) -> Iterator[str]:
        """All loaded modules, what is imported first; ``later`` says what some of them will import."""
        edges = {name: self.edges(record.eager) for name, record in self.modules.items()}
        for name, imported in (later or {}).items():
            edges[name] = self.edges(imported)
        return depth_first(list(self.modules), edges)

    def edges(self, imported: list[str]) -> list[str]:
        """Those of the imported modules that are loaded, with the packages around them."""
        return [part for name in imported for part in with_parents(name) if part in self.modules]

    def plan(
        self, policy: str = "untouched", old: dict[str, str] | None = None, new: dict[str, str] | None = None
    ) -> ReloadPlanned:
        """What a reload would do now, or one from ``old`` to ``new`` texts by path; see :mod:`.ahead`."""
        if new:
            return ahead.compare(old or {}, new, policy)
        differing = self._differing()
        found = ahead.foresee(differing, self._ordered([record.name for record, _, _ in differing]), policy)
        return replaced(found, modules=[*self.native.planned(), *found.modules])

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
            known = [number for number, _ in self.history]
            if generation != self.generation and generation + 1 not in known:
                problem = f"generation {generation} is not known: rollback reaches from {min(known, default=self.generation + 1) - 1}"
                report.errors.append(ReloadError("", "<reload>", 0, 0, f"{problem} to {self.generation}", ""))
                return
            for number, before in reversed(self.history):
                if number > generation:
                    texts.update(before)
            changed: list[tuple[Module, str, tuple[int, ...]]] = [
                (self.modules[name], text, ())
                for name, text in texts.items()
                if name in self.modules and self.modules[name].text != text
            ]
            native = self.native.earlier(generation)
            Transaction(self).perform(report, changed, policy, frozenset(), native=native, back=True)

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
        journal = self.journal = Journal()
        keep_namespace(journal, record)
        remember(journal, [other.module for other in self.modules.values()])
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
            values = {name: (before, record.namespace.get(name))}
            follow(self._followers, record.name, values, offered(record.namespace), journal)
        except BaseException as error:
            journal.rollback()
            report.errors.append(failure(record.name, record.path, error))
            return
        finally:
            self.journal = None
        journal.commit()
        self.generation += 1
        self.history = [*self.history, (self.generation, {})][-GENERATIONS:]
        report.reloaded.append(record.name)

    def _exclusively(self, action: Callable[[Report], None]) -> Reloaded:
        started = time.perf_counter()
        report = Report()
        if not self._lock.acquire(blocking=False):
            report.errors.append(
                ReloadError("", "<reload>", 0, 0, "a reload is going on: it cannot start another", "")
            )
            return report.message(self.generation, 0.0)
        collecting, interval = gc.isenabled(), sys.getswitchinterval()
        gc.disable()
        sys.setswitchinterval(max(interval, _UNDISTURBED_S))
        try:
            action(report)
        finally:
            sys.setswitchinterval(interval)
            if collecting:
                gc.enable()
            self._lock.release()
        return report.message(self.generation, (time.perf_counter() - started) * 1000)

    def _load_native(self, native: list[tuple[Part, Built]]) -> Reloaded:
        """Let native parts run what was built for them, and nothing else happen."""
        return self._exclusively(
            lambda report: Transaction(self).perform(report, [], "untouched", frozenset(), native=native)
        )

    def _reload(self, report: Report, policy: str, force: Sequence[str], running: str) -> None:
        changed = self._differing()
        named = {record.name for record, _, _ in changed}
        for name in force:
            record = self.modules.get(name)
            if record is not None and name not in named:
                text, found = self._current_text(record.path)
                changed.append((record, text, found))
        native = self.native.differing(report)
        if changed or native or report.errors:
            Transaction(self).perform(
                report, changed, policy, frozenset(force), native=native, refuses=running == "refuse"
            )

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
