"""A program as mypy sees it: built once from the cache, then kept up to date file by file."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mypy.build
import mypy.util
from mypy import nodes as N
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource, get_search_dirs
from mypy.nativeparse import native_parse
from mypy.options import Options as MypyOptions
from mypy.server.deps import merge_dependencies
from mypy.server.update import FineGrainedBuildManager, ensure_trees_loaded

from holefit.types.hooks import Hooks
from holefit.types.naming import RESERVED, key, module_of, shadows
from holefit.types.overlay import Overlay
from holefit.types.references import resolve_cycle

log = logging.getLogger(__name__)
_BLOCKERS = 20
_IMPORTED = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)


# Note [What an edit reaches]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# An edit of what a module gives to others is followed at once into the files that are open, which are the only ones anybody asks about.
# Modules that are not open were read from the cache, and are not processed again: with one global changed in the middle of a large
# package that would take a second for every key. What they *infer* from the edited module (a global without annotation, the fields
# of a dataclass that derives from another) is brought up to date by a rebuild, once the file is saved and nobody has asked for a while.
class Program:
    """The modules that the opened files need.

    ``drifted``: some module that is not open may not know of an edit; :meth:`rebuild` mends it.
    Imported modules are read without the bodies of their functions and report no errors: only opened files are checked.
    """

    def __init__(
        self,
        bases: Sequence[Path],
        cache: Path,
        python: Path,
        configure: Callable[[MypyOptions], None],
        on_progress: Callable[[str, float], None],
    ) -> None:
        self.bases = list(bases)
        self.files = Overlay()
        self.options = base_options(bases, cache, python)
        configure(self.options)
        self.hooks = Hooks(self.options)
        self.blocked: dict[str, list[str]] = {}
        self.messages: list[str] = []
        self.drifted = False
        self._on_progress = on_progress
        self._fine: FineGrainedBuildManager | None = None
        self._sources: dict[str, BuildSource] = {}
        self._current: dict[str, bytes] = {}
        self._read: set[str] = set()
        self._stamps: dict[str, tuple[float, int]] = {}
        self._resolved: set[str] = set()

    @property
    def manager(self) -> Any:
        """mypy's build manager."""
        assert self._fine is not None
        return self._fine.manager

    @property
    def graph(self) -> Any:
        """mypy's module graph."""
        assert self._fine is not None
        return self._fine.graph

    def module(self, path: str) -> str:
        """The name that the module at ``path`` has in this program."""
        return self._source(path).module

    def tree(self, path: str) -> N.MypyFile | None:
        """The analysed tree of an opened file, of the text that was checked last."""
        if self._fine is None:
            return None
        tree = self._fine.manager.modules.get(self.module(path))
        return None if tree is None or tree.is_cache_skeleton else tree

    def is_current(self, path: str, text: bytes) -> bool:
        """Whether the tree of ``path`` is that of ``text``."""
        return self._current.get(path) == text

    def _step(self, source: BuildSource, *, alone: bool) -> list[str]:
        """One update by mypy; ``alone``: without looking at what depends on the module."""
        fine = self._fine
        assert fine is not None
        assert source.path is not None
        fine.flush_cache()
        self.files.flush()
        fine.manager.options.fine_grained_incremental = True
        # Code with errors elsewhere is not checked again and again: nobody asks, and mypy's state drifts with each time.
        fine.previous_targets_with_errors = set()
        # See Note [What an edit reaches]
        parts = source.module.split(".")
        for count in range(1, len(parts) + 1):
            if (state := fine.graph.get(".".join(parts[:count]))) is not None:
                state.fine_grained_deps_loaded = True
        if not alone:
            return fine.update([(source.module, source.path)], [])
        ensure_trees_loaded(fine.manager, fine.graph, [source.module])
        resolve_cycle(source.module, fine.graph, fine.manager.modules, self._resolved)
        known, fine.deps = fine.deps, {}
        try:
            return fine.update([(source.module, source.path)], [])
        finally:
            merge_dependencies(fine.deps, known)
            fine.deps = known

    def _as_built(self, source: BuildSource, text: bytes) -> bool:
        state = self.graph.get(source.module)
        meta = None if state is None else state.meta
        return meta is not None and meta.hash == mypy.util.hash_digest(text)

    def mark_current(self, path: str, text: bytes) -> None:
        """Say that the tree has been brought to ``text`` by other means (a graft)."""
        self.files.texts[path] = text
        self._current[path] = text

    def forget(self, path: str) -> None:
        """The next :meth:`update` of ``path`` checks it even when its text is the same."""
        self._current.pop(path, None)

    def has_text(self, path: str) -> bool:
        """Whether ``path`` is taken from a text instead of from the disk."""
        return path in self.files.texts

    def drop_text(self, path: str) -> None:
        """The file on disk counts again; it is what was checked last."""
        self.files.texts.pop(path, None)
        self.files.flush()
        self._stamps[path] = stamp(path)

    def changed_on_disk(self, root: Path) -> list[str]:
        """Files of this program below ``root`` that were written since they were read, or since this was last asked."""
        changed = []
        for path in self.files_below(root):
            now = stamp(path)
            if self._stamps.setdefault(path, now) != now:
                self._stamps[path] = now
                changed.append(path)
        return changed

    def remember_files(self, root: Path) -> None:
        """Take note of how the files that are new to the program are now, so that later changes are seen."""
        for path in self.files_below(root):
            if path not in self._stamps:
                self._stamps[path] = stamp(path)

    def files_below(self, root: Path) -> list[str]:
        """Files of this program below ``root`` that are taken from the disk."""
        if self._fine is None:
            return []
        top = f"{root}{os.sep}"
        return [
            state.path
            for state in self.graph.values()
            if state.path is not None
            and state.path.startswith(top)
            and "site-packages" not in state.path
            and state.path not in self.files.texts
        ]

    def update(self, path: str, text: bytes) -> set[str]:
        """Check the file at ``path`` as ``text``; gives the triggers (names of what changed for other code).

        A syntax error leaves the last good tree; :attr:`blocked` then has mypy's messages for the path.
        """
        source = self._source(path)
        if errors := syntax_errors(path, text, self.options):
            # mypy would look at nothing else as long as one file cannot be parsed.
            self.blocked[path] = errors
            return set()
        self.blocked.pop(path, None)
        self.files.texts[path] = text
        if not self._has(source) and not (self._fine is not None and self._can_add(source, text)):
            self._build(path)
        # What was built as it is, and is only read in full now, changes nothing for others; at first there are no others.
        alone = path not in self._read and (not self._read or self._as_built(source, text))
        messages = self._step(source, alone=alone)
        assert self._fine is not None
        blocked = self._fine.blocking_error
        if blocked is not None:
            # A file that this one has begun to import cannot be parsed: a new build takes it as empty.
            self.rebuild()
            self._build(path)
            messages = self._step(source, alone=True)
            if self._fine.blocking_error is not None:
                self.rebuild()
                self.blocked[path] = messages
                return set()
        self.messages = messages
        self._read.add(path)
        self._current[path] = text
        if alone:
            return set()
        self.drifted = self.drifted or bool(self._fine.triggered)
        return set(self._fine.triggered)

    def _has(self, source: BuildSource) -> bool:
        """Whether the program has this file, and not another one under its name."""
        state = None if self._fine is None else self._fine.graph.get(source.module)
        return state is not None and state.path is not None and os.path.normpath(state.path) == source.path

    def _can_add(self, source: BuildSource, text: bytes) -> bool:
        """Whether a file that is new to the program imports only what is loaded: mypy's updates add new modules one by one."""
        if source.module in self.graph or "." in source.module:
            return False
        named = {found.decode(errors="replace") for found in _IMPORTED.findall(text)}
        return all(name in self.graph for name in named)

    def rebuild(self) -> None:
        """Forget all trees; the next update loads them from the cache."""
        self._fine = None
        self.drifted = False
        gc.collect()
        self._current.clear()
        self._read.clear()
        self._resolved.clear()
        self.blocked.clear()

    def _source(self, path: str) -> BuildSource:
        source = self._sources.get(path)
        if source is None:
            module, base = module_of(Path(path), self.bases)
            for folder in {base, *self.bases}:
                self.files.hidden.update(shadows(folder))
            if module.partition(".")[0] in RESERVED:
                module = f"project_{module}"
                self.files.hidden.discard(path)
            source = self._sources[path] = BuildSource(path, module, None, str(base), followed=True)
        return source

    def _build(self, path: str) -> None:
        """Load or make everything that the opened files import. What blocks mypy (a syntax error somewhere) is taken as empty."""
        wanted = self._opened(path)
        texts = dict(self.files.texts)
        # The cache is of files, not of buffers: buffers follow as updates.
        self.files.texts.clear()
        for name in [name for name in texts if not os.path.exists(name)]:
            self.files.texts[name] = texts[name]
        blanked: list[str] = []
        try:
            for _ in range(_BLOCKERS):
                self.files.flush()
                self.options.fine_grained_incremental = False
                self._on_progress("Checking types", 0.0)
                try:
                    result = self._built(wanted)
                    break
                except CompileError as error:
                    blocker = self._blocker(error, wanted)
                    if blocker is None or blocker in blanked:
                        raise
                    blanked.append(blocker)
                    self.files.texts[blocker] = b""
            else:
                raise CompileError([f"mypy: {len(blanked)} files with syntax errors: {', '.join(blanked)}"])
        finally:
            for name in blanked:
                self.files.texts.pop(name, None)
            self.files.texts.update(texts)
            self.files.flush()
        self._on_progress("Checking types", 1.0)
        self.options.fine_grained_incremental = True
        result.manager.options.fine_grained_incremental = True
        self._fine = FineGrainedBuildManager(result)
        self._stamps = {state.path: stamp(state.path) for state in self.graph.values() if state.path}
        self._current.clear()
        self._read.clear()
        self._resolved.clear()
        self.blocked.clear()

    def _built(self, wanted: list[BuildSource]) -> mypy.build.BuildResult:
        """A build of which every module comes from the cache: trees that were checked by a build are left hollow by mypy."""
        result = self._build_once(wanted)
        if result.manager.rechecked_modules:
            self.files.flush()
            result = self._build_once(wanted)
        for tree in result.manager.modules.values():
            tree.is_cache_skeleton = tree.is_cache_skeleton or not tree.defs
        return result

    def _build_once(self, wanted: list[BuildSource]) -> mypy.build.BuildResult:
        """One build; a cache that cannot be read is thrown away."""
        try:
            return self._build_from(wanted)
        except CompileError as error:
            if self.options.cache_dir not in " ".join(error.messages):
                raise
            log.warning("the cache is damaged (%s) and is made anew", error.messages[0])
            self.drop_cache()
            self.files.flush()
            return self._build_from(wanted)
        except Exception as error:  # whatever damaged data makes mypy raise
            log.warning("the cache is damaged (%s: %s) and is made anew", type(error).__name__, error)
            self.drop_cache()
            self.files.flush()
            return self._build_from(wanted)

    def _build_from(self, wanted: list[BuildSource]) -> mypy.build.BuildResult:
        return mypy.build.build(
            wanted, self.options, fscache=self.files, extra_plugins=[self.hooks], stderr=sys.stderr
        )

    def drop_cache(self) -> None:
        """Remove mypy's cache, not its folder: that is where this process stands."""
        for entry in list(os.scandir(self.options.cache_dir)):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(entry)

    def _opened(self, path: str) -> list[BuildSource]:
        """The sources of a build, one for each module name: of two files with one name, the one asked for wins."""
        wanted = [
            self._source(path),
            *(source for name, source in self._sources.items() if name in self.files.texts),
        ]
        return list({source.module: source for source in reversed(wanted)}.values())

    def _blocker(self, error: CompileError, wanted: list[BuildSource]) -> str | None:
        """The file that a blocking error is about."""
        for message in error.messages:
            named = message.partition(": error:")[0].rpartition(":")[0] or message.partition(":")[0]
            for candidate in (named, message.partition(":")[0]):
                full = os.path.join(os.getcwd(), candidate)
                if os.path.isfile(full):
                    return key(Path(full))
        return next((source.path for source in wanted if source.module == error.module_with_blocker), None)


def usable(python: Path) -> str | None:
    """The interpreter as mypy wants it; None (no installed packages) when it cannot say where its packages are."""
    try:
        get_search_dirs(str(python))
    except (CompileError, OSError, SyntaxError, ValueError, subprocess.SubprocessError) as error:
        log.warning("%s cannot be used to find installed packages: %s", python, error)
        return None
    return str(python)


def stamp(path: str) -> tuple[float, int]:
    """What changes when a file is written: time and size; zeros when there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return 0.0, 0
    return found.st_mtime, found.st_size


def syntax_errors(path: str, text: bytes, options: MypyOptions) -> list[str]:
    """Messages about ``text`` that keep it from being analysed at all, as mypy writes them."""
    _, errors, _ = native_parse(path, options, text)
    return [
        f"{path}:{error['line']}:{error['column'] + 1}: error: {error['message']}  [syntax]"
        for error in errors
        if error.get("blocker")
    ]


def base_options(bases: Sequence[Path], cache: Path, python: Path) -> MypyOptions:
    """mypy's options where the user's configuration says nothing."""
    options = MypyOptions()
    options.incremental = True
    options.local_partial_types = True
    options.check_untyped_defs = True
    options.ignore_missing_imports = True
    options.follow_imports = "silent"
    options.native_parser = True
    options.namespace_packages = True
    options.explicit_package_bases = True
    options.mypy_path = [str(base) for base in bases if "site-packages" not in base.parts]
    options.cache_dir = str(cache)
    options.sqlite_cache = True
    options.python_executable = usable(python)
    options.show_traceback = True
    options.raise_exceptions = True
    options.hide_error_codes = False
    options.show_column_numbers = True
    options.show_error_end = True
    return options
