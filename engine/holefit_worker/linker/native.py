"""The native parts of a project under hot reload: found or declared, built when they are imported or opened, replaced when they change.

A *part* is an extension module or a C library. It is made from sources (a recipe: declared, or a source beside the importing code that has the right
``PyInit_``), or it is a shared object of the project that somebody else builds.
"""

from __future__ import annotations

import os
import sys

from holefit_wire.interpreter import PlannedModule, PlannedStep, ReloadError

from . import compiler as compilers
from .build import Built, Recipe, Stamps, build, found, stamp
from .errors import LinkError
from .extension import Extension, Loader, load
from .library import Library
from .linker import Linker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from typing import Any

    from holefit_wire.interpreter import Reloaded
    from holefit_wire.interpreter.linker import CompilerMessage, SetNative
    from holefit_worker.reload.journal import Journal
    from holefit_worker.reload.report import Report
    from holefit_worker.reload.seals import Seal

    from .extension import Changes

GENERATIONS = 10
_SUFFIXES = (*compilers.SOURCES, ".h", ".hh", ".hpp", ".hxx", ".pyx", ".pxd", ".pxi", ".rs", ".f90")
_SKIPPED = frozenset({"node_modules", "site-packages", "venv", "build", "target", "__pycache__"})


class Part:
    """A native part that is loaded. ``path`` is its source, or the shared object itself where that is built by somebody else."""

    def __init__(self, name: str, path: str, recipe: Recipe | None, loaded: Extension | Library) -> None:
        self.name = name
        self.path = path
        self.recipe = recipe
        self.loaded = loaded
        self.seen: Stamps = {}  # of the files as they were looked at last
        self.digest = ""  # of what was built of them; another thing runs after a rollback
        self.failure: tuple[Stamps, LinkError] | None = None
        self.history: list[tuple[int, Built]] = []  # what ran before each generation

    @property
    def runs(self) -> Built:
        """What of it runs."""
        return self.loaded.image.built if isinstance(self.loaded, Extension) else self.loaded.built


class Native:
    """All native parts.

    ``is_project(path)`` tells files of the project from others, ``seal(value)`` makes a seal, ``perform(changed)`` lets parts run what was built for
    them, as a reload that does nothing else.
    """

    error = LinkError  # what the linker raises

    def __init__(
        self,
        root: str,
        is_project: Callable[[str], bool],
        seal: Callable[[object], Seal],
        perform: Callable[[list[tuple[Part, Built]]], Reloaded],
    ) -> None:
        self._seal = seal
        self.perform = perform
        self.linker = Linker(root)
        self.parts: dict[str, Part] = {}
        self.variables = "carry"
        self._is_project = is_project
        self._declared: dict[str, Recipe] = {}
        self._command: tuple[str, ...] = ()
        self._sources: Stamps = {}  # for the command
        self._dlopen: Callable[[str, int], int] | None = None

    def configure(self, wishes: SetNative) -> None:
        """Declared parts and how to build. What is declared otherwise now is built anew at the next reload."""
        root = self.linker.root = self.linker.copies.root = wishes.root or self.linker.root
        self.linker.choose_compiler(wishes.compiler)
        self.variables = wishes.variables
        declared: dict[str, Recipe] = {}
        for one in wishes.parts:
            include = [f"-I{os.path.join(root, folder)}" for folder in (*one.include, *wishes.include)]
            name = one.name if one.kind == "extension" else os.path.normpath(os.path.join(root, one.name))
            declared[name] = Recipe(
                one.kind,
                name,
                [os.path.normpath(os.path.join(root, source)) for source in one.sources],
                [*include, *wishes.compile_flags, *one.compile_flags],
                [*one.link_flags, *wishes.link_flags],
            )
        self._declared = declared
        if wishes.build != self._command:
            self._command, self._sources = wishes.build, {}
        for part in self.parts.values():
            fresh = declared.get(part.name)
            if fresh is not None and (part.recipe is None or not part.recipe.same(fresh)):
                part.recipe, part.seen, part.failure = fresh, {}, None

    # Imports

    def spec_of(self, name: str, path: Iterable[object], spec: ModuleSpec | None) -> ModuleSpec | None:
        """Where to load module ``name`` from, if it is a native part; ``spec`` is what other finders say, ``path`` where they looked."""
        from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
        from importlib.util import spec_from_file_location

        tail = name.rpartition(".")[2]
        folders = [one for one in path if isinstance(one, str)]  # imports pass over what else there is
        recipe = self._declared.get(name)
        is_built = spec is not None and isinstance(spec.loader, ExtensionFileLoader) and bool(spec.origin)
        if recipe is None and spec is not None and not (is_built and self._is_project(spec.origin or "")):
            return None
        folder = next((one for one in folders if self._is_project(os.path.join(one, tail))), self.linker.root)
        place = (
            spec.origin
            if spec is not None and is_built
            else os.path.join(folder, tail + EXTENSION_SUFFIXES[0])
        )
        if recipe is None and spec is None:
            recipe = self._beside(name, tail, folders)
            if recipe is None:
                return None
            place = os.path.join(os.path.dirname(recipe.sources[0]), tail + EXTENSION_SUFFIXES[0])
        assert place is not None
        source, made = place if recipe is None else recipe.sources[0], recipe

        loader: Any = Loader(lambda name: self._imported(name, source, made), self._initialise, place)

        return spec_from_file_location(name, place, loader=loader)

    def _beside(self, name: str, tail: str, folders: Iterable[str]) -> Recipe | None:
        """A source in one of ``folders`` that has the initialisation of module ``name``."""
        mark = f"PyInit_{tail}".encode()
        for folder in folders:
            for suffix in compilers.SOURCES:
                path = os.path.join(os.path.abspath(folder), tail + suffix)
                if os.path.isfile(path) and self._is_project(path):
                    with open(path, "rb") as file:
                        if mark in file.read():
                            return Recipe("extension", name, [path])
        return None

    def _imported(self, name: str, path: str, recipe: Recipe | None) -> Any:
        try:
            return self._made(name, path, recipe)
        except LinkError as error:
            raise _import_error(error, name, path) from None

    def _made(self, name: str, path: str, recipe: Recipe | None) -> Any:
        self._look_at_sources()
        former = self.parts.get(name)
        built = self._build(name, path, recipe)
        image = load(name, built, self.linker.copies)
        part = Part(name, path, recipe, Extension(name, image, self._seal))
        part.seen, part.digest = built.files, built.digest
        if former is not None:
            part.history = former.history
        self.parts[name] = part
        return image.module

    def _initialise(self, name: str, module: Any, path: str) -> None:
        part = self.parts[name]
        assert isinstance(part.loaded, Extension)
        try:
            part.loaded.image.execute()
        except BaseException:
            del self.parts[name]
            raise
        if hasattr(module, "__dict__"):
            module.__file__ = path
            part.loaded.initialised()

    def load_extension(self, name: str, path: str) -> tuple[int, list[str]]:
        """Import the shared object at ``path`` as module ``name``, or bring the one of that name up to date; gives its phases, and notes.

        Raises: LinkError, what initialisation raises.
        """
        import importlib
        from importlib.util import module_from_spec, spec_from_file_location

        if not os.path.isfile(path):
            raise LinkError("path", f"there is no file {path}")
        part = self.parts.get(name)
        if part is not None and isinstance(part.loaded, Extension):
            return self._load_again(part, path)
        if name in sys.modules:
            raise LinkError(
                "load", f"there is a module {name} already, and it is no native part of the project"
            )
        parent = name.rpartition(".")[0]
        if parent:
            importlib.import_module(parent)
        loader: Any = Loader(lambda name: self._made(name, path, None), self._initialise, path)
        spec = spec_from_file_location(name, path, loader=loader)
        assert spec is not None
        module: Any = module_from_spec(spec)
        sys.modules[name] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        if parent:
            setattr(sys.modules[parent], name.rpartition(".")[2], module)
        return (1 if self.parts[name].loaded.image.single else 2), []  # type: ignore[union-attr]  # an extension

    def _load_again(self, part: Part, path: str) -> tuple[int, list[str]]:
        built = found(path, part.name, self.linker)
        done = self.perform([(part, built)])
        if done.errors:
            raise LinkError("init", done.errors[0].message)
        part.path, part.recipe = path, None
        assert isinstance(part.loaded, Extension)
        return (1 if part.loaded.image.single else 2), list(done.notes)

    # ctypes

    def follow_ctypes(self) -> None:
        """Open libraries of the project by ourselves when ``ctypes`` is asked for them. It has been imported."""
        ctypes: Any = sys.modules["ctypes"]
        if self._dlopen is not None or not hasattr(ctypes, "_dlopen"):
            return
        system = self._dlopen = ctypes._dlopen

        def dlopen(name: Any, mode: int) -> int:
            library = self._library(name)
            handle: int = (
                system(name, mode) if library is None else library.open(self.linker.copies, system, mode)
            )
            return handle

        ctypes._dlopen = dlopen
        self._restore_ctypes: Callable[[], None] = lambda: setattr(ctypes, "_dlopen", system)

    def leave_ctypes(self) -> None:
        """Take no part in it any more."""
        if self._dlopen is not None:
            self._dlopen = None
            self._restore_ctypes()

    def _library(self, name: Any) -> Library | None:
        """The library of the project that a program means by ``name``; None for others. Raises: OSError, where it cannot be built."""
        if not isinstance(name, (str, bytes)) or not name:
            return None
        text = os.fsdecode(name)
        path = os.path.abspath(text)
        recipe = self._declared.get(path) or self._declared_as(path)
        if recipe is None and (os.sep not in text or not os.path.isfile(path) or not self._is_project(path)):
            return None
        part = self.parts.get(path)
        if part is not None and isinstance(part.loaded, Library):
            return part.loaded
        self._look_at_sources()
        try:
            built = self._build(path, path, recipe)
        except LinkError as error:
            raise OSError(f"{error.text}. {error.remedy}".rstrip(". ")) from None
        library = Library(path, built)
        part = Part(path, recipe.sources[0] if recipe is not None else path, recipe, library)
        part.seen, part.digest = built.files, built.digest
        self.parts[path] = part
        return library

    def _declared_as(self, path: str) -> Recipe | None:
        real = os.path.realpath(path)
        return next(
            (
                one
                for name, one in self._declared.items()
                if one.kind == "library" and os.path.realpath(name) == real
            ),
            None,
        )

    # Reloads

    def changed(self) -> list[str]:
        """Names of parts whose files differ from what runs, as far as can be told without building them."""
        return [self.shown(part) for part in self.parts.values() if self._differs(part)]

    def differing(self, report: Report) -> list[tuple[Part, Built]]:
        """Parts that have changed, built; what cannot be built is an error of ``report``."""
        self._run_command(report)
        fresh: list[tuple[Part, Built]] = []
        for part in list(self.parts.values()):
            if isinstance(part.loaded, Extension) and sys.modules.get(part.name) is not part.loaded.module:
                del self.parts[part.name]  # its import failed in the end, or the program has let go of it
                continue
            if not self._differs(part):
                continue
            try:
                built = self._build_again(part)
            except LinkError as error:
                report.errors.extend(_reload_errors(error, self.shown(part), part.path))
                continue
            for one in built.warnings:
                report.note(f"{one.path}:{one.line}: warning: {one.message}")
            if built.digest in (part.digest, part.runs.digest):
                part.seen, part.digest = built.files, built.digest
            else:
                fresh.append((part, built))
        return fresh

    def earlier(self, generation: int) -> list[tuple[Part, Built]]:
        """What ran in ``generation``, where another thing runs now."""
        found = []
        for part in self.parts.values():
            before = next((built for number, built in part.history if number > generation), None)
            if before is not None and before.digest != part.runs.digest:
                found.append((part, before))
        return found

    def replace(
        self, part: Part, built: Built, journal: Journal, report: Report, policy: str
    ) -> Changes | None:
        """Let a part run what was built for it; gives the changes of a module.

        Raises: ImportError, OSError, what initialisation raises. The journal takes all of it back.
        """
        loaded = part.loaded
        try:
            if isinstance(loaded, Extension):
                return loaded.become(built, self.linker.copies, journal, report, policy, self.variables)
        except LinkError as error:
            raise _import_error(error, part.name, part.path) from None
        assert self._dlopen is not None
        loaded.become(built, self.linker.copies, self._dlopen, journal, report, self.variables)
        return None

    def settle(
        self, generation: int, changed: Sequence[tuple[Part, Built]], before: Sequence[Built], *, back: bool
    ) -> None:
        """``generation`` has begun. ``before``: what the parts ran until then. ``back``: not because files have changed."""
        for (part, built), former in zip(changed, before, strict=True):
            part.history = [*part.history, (generation, former)][-GENERATIONS:]
            if not back:
                part.seen, part.digest = built.files, built.digest

    def planned(self) -> list[PlannedModule]:
        """What a reload would do with native parts; nothing is built."""
        return [
            PlannedModule(
                self.shown(part),
                part.path,
                [
                    PlannedStep(
                        1,
                        "rebuild",
                        True,
                        [],
                        "it is built and loaded anew" if part.recipe else "it is loaded anew",
                    )
                ],
            )
            for part in self.parts.values()
            if self._differs(part)
        ]

    def shown(self, part: Part) -> str:
        """What a person calls it: the module's name, or the library's path in the project."""
        if isinstance(part.loaded, Extension):
            return part.name
        relative = os.path.relpath(part.name, self.linker.root)
        return part.name if relative.startswith("..") else relative

    def _differs(self, part: Part) -> bool:
        files = [part.path] if part.recipe is None else part.recipe.sources
        if not any(map(os.path.exists, files)):  # it may be in the middle of being saved
            return False
        return not part.seen or any(stamp(path) != was for path, was in part.seen.items())

    def _build_again(self, part: Part) -> Built:
        """As :meth:`_build`, but what has failed and is as it was fails at once."""
        if part.failure is not None:
            stamps, error = part.failure
            if all(stamp(path) == was for path, was in stamps.items()):
                raise error
        files = [*part.seen, *(part.recipe.sources if part.recipe is not None else ())]
        stamps = {path: stamp(path) for path in files}
        try:
            built = self._build(part.name, part.path, part.recipe)
        except LinkError as error:
            # a header that is missing may come, a compiler be installed: then no known file has changed
            known = error.kind == "compile" and not any(
                "No such file" in one.message for one in error.messages
            )
            part.failure = (stamps, error) if known else None
            raise
        part.failure = None
        return built

    def _build(self, name: str, path: str, recipe: Recipe | None) -> Built:
        return found(path, name, self.linker) if recipe is None else build(recipe, self.linker)

    def _look_at_sources(self) -> None:
        """The project's command has built what is there now."""
        if self._command and not self._sources:
            self._sources = _native_sources(self.linker.root)

    def _run_command(self, report: Report) -> None:
        """Let the project's own command build, if a native source has changed since."""
        if not self._command or not self.parts:
            return
        before, self._sources = self._sources, _native_sources(self.linker.root)
        if before == self._sources:
            return
        import subprocess

        done = subprocess.run(
            self._command,
            cwd=self.linker.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        if done.returncode:
            self._sources = {**self._sources, "": None}  # not built: try again
            text = done.stdout.decode("utf-8", "replace")
            said = [one for one in compilers.messages(text, self.linker.root) if one.severity == "error"]
            last = text.strip().splitlines()[-1:] or [f"it ended with {done.returncode}"]
            error = LinkError("compile", f"{' '.join(self._command)}: {last[0]}", messages=said)
            report.errors.extend(
                _reload_errors(error, "native", os.path.join(self.linker.root, "pyproject.toml"))
            )


def _import_error(error: LinkError, name: str, path: str) -> ImportError:
    text = f"{error.text}. {error.remedy}" if error.remedy else error.text
    return ImportError(text, name=name, path=path)


def _reload_errors(error: LinkError, name: str, path: str) -> list[ReloadError]:
    said: list[CompilerMessage] = [one for one in error.messages if one.severity == "error"]
    if not said:
        text = f"{error.text}. {error.remedy}" if error.remedy else error.text
        return [ReloadError(name, path, 0, 0, text, text)]
    places = {
        (one.path, one.line, one.column, one.message): None for one in said
    }  # a macro's error comes often
    return [ReloadError(name, *place, error.text) for place in places]


def _native_sources(root: str) -> Stamps:
    """The stamps of all native sources of a project."""
    stamps: Stamps = {}
    pending = [root]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name in _SKIPPED:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if not os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
                            pending.append(entry.path)
                    elif entry.name.endswith(_SUFFIXES):
                        stamps[entry.path] = stamp(entry.path)
        except OSError:
            continue
    return stamps
