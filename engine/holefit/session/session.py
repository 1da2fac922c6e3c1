"""The compile session: one project, its options, modules and processes.

The session owns the newest text of every file, the modules made from it, and the two processes that know more: the type
service and the interpreter. Both are started when they are first needed. Every method may be called from any thread: a
short lock guards the fields, a longer one a look over the modules; neither is held while a process is asked.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from holefit.annotations import Annotation, select
from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError, SessionClosedError
from holefit.holes.constructions import Construction
from holefit.holes.constructions.places import may_build
from holefit.holes.hole import Hole
from holefit.plugins import Plugin, Plugins
from holefit.reload.notices import KeptGlobals
from holefit.session import targets as target_names
from holefit.session.annotation_values import AnnotationValues
from holefit.session.backends import INTERPRETER, NONE, Backend
from holefit.session.hole_flags import hole_options
from holefit.session.interface import Interface
from holefit.session.live_program import LiveProgram, check_trusted, is_up, reloaded
from holefit.session.loading import LoadAll, LoadHow, LoadResult, chosen
from holefit.session.modules import Modules
from holefit.session.newer import judged
from holefit.session.options import HoleOptions, Options
from holefit.session.pyproject import read_options
from holefit.session.python_for_types import python_for_types
from holefit.session.searching import Finder, Searching, index_folder
from holefit.session.store import Store
from holefit.session.targets import Target
from holefit.session.texts import Texts, syntax_error
from holefit.session.untyped import hole_diagnostic, may_have_holes, types_failure, untyped_holes
from holefit.syntax import ParsedModule, Position, Range, UndecodableSourceError

if TYPE_CHECKING:
    from holefit.eval.result import Evaluation
    from holefit.interpreter import Interpreter
    from holefit.types import TypeService


class Session(LiveProgram, Searching):
    """A compile session. Use it as a context manager, or close it.

    ``problems`` are those of the configuration, ``native_problems`` those that the last reload found in native sources, of which
    ``on_native_problems`` is told. ``on_types_progress(message, done)`` is handed to the type service when that is made.
    """

    root: Path
    on_types_progress: Callable[[str, float], None] | None

    def __init__(self, root: Path, options: Options, problems: tuple[Diagnostic, ...] = ()) -> None:
        self.root = root
        self._problems = problems
        self.on_types_progress = None
        self._options = options
        self._plugins = Plugins(root, options, self.path_of)
        self._lock = threading.RLock()
        self._looking = threading.RLock()
        self._texts = Texts()
        self._store = Store(root)
        self._modules: Modules | None = None
        self._targets: tuple[Target, ...] = ()
        self._types: TypeService | None = None
        self._interpreter: Interpreter | None = None
        self._finder = Finder()
        self._values = AnnotationValues(self._looking)
        self._types_failure: HolefitError | None = None
        self.kept = KeptGlobals()
        self.native_problems: tuple[Diagnostic, ...] = ()
        self.on_native_problems: Callable[[tuple[Diagnostic, ...]], None] | None = None
        self._closed = False
        self._options = self._plugins.drive(options)

    @classmethod
    def open(
        cls, root: str | os.PathLike[str], *, options: Options | None = None, trusted: bool | None = None
    ) -> Self:
        """A session on the project at ``root``, with the options of its pyproject.toml unless ``options`` are given.

        ``trusted`` overrules what the options say. No process is started yet.

        Raises: NotADirectoryError.
        """
        path = Path(os.path.abspath(root))
        if not path.is_dir():
            raise NotADirectoryError(f"{path} is no folder")
        problems: tuple[Diagnostic, ...] = ()
        if options is None:
            options, problems = read_options(path)
        if trusted is not None:
            options = options.replace(trusted=trusted)
        return cls(path, options, problems)

    def close(self) -> None:
        """End the processes. The session cannot be used any more; closing it twice is fine."""
        with self._lock:
            self._closed = True
            types, self._types = self._types, None
            interpreter, self._interpreter = self._interpreter, None
        if types is not None:
            types.close()
        if interpreter is not None:
            interpreter.stop()
        self._finder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Options and targets

    @property
    def options(self) -> Options:
        """The options in force."""
        return self._options

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the configuration and the plugins that it names."""
        return (*self._problems, *self._plugins.problems)

    def plugin(self, name: str) -> Plugin:
        """The plugin of that name, whether it acts in this session or not.

        Raises: PluginError, as one of its subclasses; UntrustedWorkspaceError.
        """
        check_trusted(self, f"loading the plugin {name}")
        return self._plugins.named(name)

    @property
    def backend(self) -> Backend:
        """What becomes of modules: nothing runs in a workspace that is not trusted."""
        return INTERPRETER if self._options.trusted else NONE

    def set_options(self, options: Options) -> None:
        """Go on with other options; processes that they concern are told, or ended to start anew."""
        options = self._plugins.drive(options)
        with self._lock:
            before, self._options = self._options, options
            types, interpreter = self._types, self._interpreter
            moves = (
                before.interpreter.python != options.interpreter.python or before.trusted != options.trusted
            )
            if types is not None and moves:  # another Python has other packages: a new service
                self.on_types_progress = self.on_types_progress or types.on_progress
                self._types = None
            ends = before.interpreter != options.interpreter or before.trusted != options.trusted
        if self._modules is not None:  # no lock: a look that is under way ends, and the next one sees them
            self._modules.set_options(self.root, options)
        if types is not None and moves:
            types.close()
        elif types is not None:
            types.set_options(options)
        if interpreter is not None:
            interpreter.options = options
            if ends:  # the next request starts one with the new options
                interpreter.stop()

    def reread_options(self) -> Options:
        """Read pyproject.toml again and go on with its options; trust stays as it is."""
        options, self._problems = read_options(self.root)
        self.set_options(options.replace(trusted=self._options.trusted))
        return self._options

    def guess_target(self, name: str) -> Target:
        """The target that ``name`` means: a file, a folder, a module or a package.

        Raises: TargetNotFoundError.
        """
        with self._looking:
            modules = self._looked_at()
            return target_names.guess_target(name, self.root, modules.interfaces)

    def set_targets(self, targets: Iterable[Target]) -> None:
        """What :meth:`load` loads from now on; nothing given means the whole project."""
        self._targets = tuple(targets)

    # Texts

    def set_buffer(self, path: str | os.PathLike[str], text: str, version: int | None = None) -> None:
        """``text`` is what the editor shows for ``path``; it counts everywhere, saved or not. Never waits."""
        where = self._path(path)
        with self._lock:  # so that a type service that is being made misses nothing
            self._texts.set_buffer(where, text, version)
            if self._types is not None:
                self._types.set_buffer(where, text, version)

    def close_buffer(self, path: str | os.PathLike[str]) -> None:
        """The editor shows ``path`` no more: the file counts again."""
        where = self._path(path)
        with self._lock:
            self._texts.close_buffer(where)
            if self._types is not None:
                self._types.close_buffer(where)

    def saved(self, path: str | os.PathLike[str]) -> None:
        """The file at ``path`` was written, by an editor or by another program."""
        where = self._path(path)
        with self._lock:
            self._texts.forget(where)
            if self._types is not None:
                self._types.file_changed(where)
        self._finder.changed()

    def dirty(self) -> dict[Path, str]:
        """The buffers that differ from their files."""
        return self._texts.dirty()

    def parsed(self, path: str | os.PathLike[str]) -> ParsedModule:
        """The newest text of ``path``, parsed; the same object while it stays the same.

        Raises: UndecodableSourceError; OSError, when there is neither a buffer nor a file.
        """
        return self._texts.parsed(self._path(path))

    # Modules

    def module_name(self, path: str | os.PathLike[str]) -> str:
        """The name that the file at ``path`` is imported by."""
        return self._existing_modules().name_of(self._path(path))

    def path_of(self, module: str) -> Path | None:
        """The file of ``module``; None when there is none in this project."""
        return self._existing_modules().path_of(module)

    def interface(self, module: str) -> Interface | None:
        """What ``module`` shows to others, as of now; None when the project has no such module."""
        with self._looking:
            return self._looked_at().interfaces.get(module)

    def module_graph(self) -> dict[str, tuple[str, ...]]:
        """Every module of the project with those of the project that it uses, as of now."""
        with self._looking:
            return dict(self._looked_at().edges)

    def load(self, how: LoadHow = LoadAll) -> LoadResult:
        """Bring modules up to date: parse, staged annotations, and a hot reload where something runs.

        Raises: TargetNotFoundError; SessionClosedError.
        """
        start = time.perf_counter()
        self._check_open()
        with self._looking:
            self._values.forget_failures()
            modules = self._existing_modules()
            built = modules.refresh(loading=True)
            names = chosen(how, self._targets, modules.interfaces, modules.edges)
            interfaces = {name: modules.interfaces[name] for name in names}
        if self.backend.runs_code:
            self._evaluate_annotations(names, metadata=False)
        diagnostics = [*self.problems]
        for name, one in interfaces.items():
            diagnostics += [judged(problem, self._python_or_none()) for problem in one.problems]
            diagnostics += self._values.failures(name)
        generation = 0
        if self.backend.reloads and (running := self._interpreter) is not None and is_up(running):
            generation, errors = reloaded(self.reload, self.root)
            said = {(one.path, one.range.start.line) for one in diagnostics}
            diagnostics += [one for one in errors if (one.path, one.range.start.line) not in said]
        diagnostics.sort(key=lambda one: (one.path, one.range))
        processed = tuple(one for one in built if one.name in names)
        took_ms = (time.perf_counter() - start) * 1000
        return LoadResult(tuple(diagnostics), generation, processed, len(names) - len(processed), took_ms)

    # Holes and problems

    def holes(
        self,
        path: str | os.PathLike[str],
        position: Position | None = None,
        *,
        quick: bool = False,
        cancelled: threading.Event | None = None,
    ) -> list[Hole]:
        """The holes of the newest text of ``path``, in text order, or only the one at ``position``.

        With ``quick`` those without a complete answer yet are answered without the search for longer terms, and marked as incomplete.
        When the type service cannot run they come without types; :meth:`check` says why. None when ``cancelled`` is set meanwhile.

        Raises: UndecodableSourceError; OSError, when there is neither a buffer nor a file.
        """
        parsed = self.parsed(path)
        bound = self._options.builtins
        if not may_have_holes(parsed, bound, running=self._types is not None):
            return []
        try:
            if (running := self._interpreter) is not None and is_up(running) and self._options.trusted:
                from holefit.session.live_holes import lend_live_types

                lend_live_types(self, running, self.types, parsed.source.path)
            found = self.types.holes(parsed.source.path, position, quick=quick, cancelled=cancelled)
        except SessionClosedError:
            raise
        except HolefitError as error:
            if cancelled is not None and cancelled.is_set():
                return []
            self._types_failure = error
            found = untyped_holes(parsed, position)
        else:
            self._types_failure = None
        return [hole for hole in found if hole.name not in bound]

    def hole_options(self, path: str | os.PathLike[str]) -> HoleOptions:
        """The options about holes that hold in a file: those of the session, with the flags of its ``# holefit:`` comments."""
        return hole_options(self._options.holes, self.parsed(path).source.text)

    def hole_at(self, path: str | os.PathLike[str], position: Position) -> Hole | None:
        """The hole at ``position``; a cursor right behind it counts as on it."""
        return next((one for one in self.holes(path, position) if position in one.range), None)

    def constructions(
        self,
        path: str | os.PathLike[str],
        position: Position,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[Construction]:
        """What can be built at ``position`` of the newest text of ``path``, each tried by the checker; see ``holefit.holes.constructions``.

        None when the text has a syntax error, the type service cannot run, or ``cancelled`` is set meanwhile.
        Raises: UndecodableSourceError; OSError, when there is neither a buffer nor a file.
        """
        source = self.parsed(path).source
        if not may_build(source, position):
            return []
        try:
            return self.types.constructions(source.path, position, cancelled=cancelled)
        except SessionClosedError:
            raise
        except HolefitError:
            return []

    def check(
        self, path: str | os.PathLike[str], *, cancelled: threading.Event | None = None
    ) -> list[Diagnostic]:
        """What there is to say about the newest text of ``path``: syntax, holes, annotations; type errors if the options ask for them."""
        where = self._path(path)
        try:
            parsed = self.parsed(where)
        except UndecodableSourceError as error:
            start = Position(0, 0)
            text = f"{error.reason}. {error.remedy}"
            return [Diagnostic(where, Range(start, start), Severity.ERROR, "syntax", text)]
        holes = self.holes(where, cancelled=cancelled)
        shown = hole_options(self._options.holes, parsed.source.text)
        found = [hole_diagnostic(hole, shown) for hole in holes]
        if not holes and (problem := syntax_error(parsed, self._types)) is not None:
            found.append(judged(problem, self._python_or_none()))
        if holes and (failure := self._types_failure) is not None:
            found.append(types_failure(where, holes[0].range, failure))
        found += [one.diagnostic for one in self.kept_notices(where)]
        if "ANN" in parsed.source.text:
            found += self._values.problems(self.module_name(where), parsed)
        if self._plugins.may_act_on(parsed.source.text):
            with self._looking:
                found += self._existing_modules().said_by_plugins(parsed)
        if self._options.type_errors and not (cancelled and cancelled.is_set()):
            found += self._type_errors(where)
        return sorted(found, key=lambda one: one.range)

    # Annotations

    def annotations(
        self, *, of: str | None = None, type: str | None = None, module: str | None = None
    ) -> list[Annotation]:
        """The annotations of the project that answer, module by module, in text order; see ``holefit.annotations.select``.

        Those that are new, or whose inputs changed, are evaluated first, in a workspace that is trusted.
        """
        self._check_open()
        if module is not None and self._has_none(module):
            return []
        with self._looking:
            modules = self._existing_modules()
            modules.refresh()
            names = {
                name
                for name, one in modules.interfaces.items()
                if one.annotations and (module is None or name == module or name.startswith(module + "."))
            }
        if self.backend.runs_code:
            self._evaluate_annotations(names, metadata=True)
        with self._looking:
            values = [
                stored.annotation
                for name in sorted(names & modules.interfaces.keys())
                for stored in modules.interfaces[name].annotations
                if stored.annotation is not None and stored.inputs is not None
            ]
        return select(values, of=of, type=type, module=module)

    # What runs code

    @property
    def python(self) -> Path:
        """The Python that code of the project runs under.

        Raises: PythonNotFoundError.
        """
        from holefit.interpreter import project_python

        return project_python(self.root, self._options)

    @property
    def interpreter(self) -> Interpreter:
        """The client of the worker, which it starts on its first request.

        Raises: UntrustedWorkspaceError; SessionClosedError.
        """
        check_trusted(self, "starting an interpreter")
        from holefit.interpreter import Interpreter

        with self._lock:
            self._check_open()
            if self._interpreter is None:
                self._interpreter = Interpreter(self.root, self._options)
            return self._interpreter

    @property
    def types(self) -> TypeService:
        """The client of the type service, which it starts at once without waiting for it.

        Raises: SessionClosedError.
        """
        if (running := self._types) is not None:
            return running
        from holefit.types import TypeService

        python, problem = python_for_types(self.root, self._options)
        if problem is not None:
            self._problems = (*self._problems, problem)
        self._store.prepare()
        with self._lock:
            self._check_open()
            if self._types is None:
                made = TypeService(
                    self.root,
                    self._options,
                    python=python,
                    cache=self._store.folder / "types",
                    index=index_folder(self._store) if self._options.index else None,
                )
                if self.on_types_progress is not None:
                    made.on_progress = self.on_types_progress
                for path, buffer in self._texts.buffers().items():
                    made.set_buffer(path, buffer.text, buffer.version)
                self._types = made
            made = self._types
        made.start()
        return made

    @property
    def types_state(self) -> str:
        """What the type service is doing, without starting it: ``stopped`` before it was needed."""
        types = self._types
        return "stopped" if types is None else types.state

    def evaluate(
        self,
        path: str | os.PathLike[str],
        line: int | None = None,
        *,
        range: Range | None = None,
        cancelled: threading.Event | None = None,
    ) -> Evaluation:
        """Run the snippets of ``path`` at ``line`` (0-based), in ``range``, or all of them; see ``holefit.eval``.

        Raises: UntrustedWorkspaceError.
        """
        check_trusted(self, "evaluating snippets")
        from holefit.eval.evaluate import evaluate as evaluate_snippets

        return evaluate_snippets(self, self._path(path), line, range=range, cancelled=cancelled)

    # Inside

    def _path(self, path: str | os.PathLike[str]) -> Path:
        """Absolute; a relative path starts at the root."""
        return Path(os.path.normpath(self.root / path))

    def _check_open(self) -> None:
        if self._closed:
            raise SessionClosedError

    def _existing_modules(self) -> Modules:
        if self._modules is None:
            with self._looking:
                if self._modules is None:
                    self._modules = Modules(self.root, self._options, self._texts, self._store, self._plugins)
        return self._modules

    def _looked_at(self) -> Modules:
        modules = self._existing_modules()
        modules.refresh()
        return modules

    def _python_or_none(self) -> Path | None:
        try:
            return self.python
        except HolefitError:
            return None

    def _type_errors(self, path: Path) -> list[Diagnostic]:
        try:
            return self.types.problems(path)
        except HolefitError as error:
            return [types_failure(path, Range(Position(0, 0), Position(0, 0)), error)]

    def _has_none(self, module: str) -> bool:
        """Whether a look at the one file of ``module`` tells that it has no annotations: much cheaper than one at all files."""
        path = self.path_of(module)
        if path is None or path.name == "__init__.py":
            return False
        try:
            text = self.parsed(path).source.text
            return "ANN" not in text and "Annotated" not in text
        except (OSError, UndecodableSourceError):
            return True

    def _evaluate_annotations(self, names: Iterable[str], *, metadata: bool) -> None:
        self._values.refresh(
            self._existing_modules(), names, lambda: self.interpreter, self.dirty, metadata=metadata
        )
