"""Importing project modules: their source is read, cut into statements and run by us.

Stands first on ``sys.meta_path``. Bytecode files are neither read nor written for these modules: a stale one would hide an edit.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any

    from .reloader import Reloader

_RUNTIME = "holefit_runtime"
_NOT_PROJECT = frozenset(
    {
        "site-packages",
        "dist-packages",
        "node_modules",
        "__pypackages__",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".git",
        ".eggs",
    }
)


class ProjectLoader(importlib.machinery.SourceFileLoader):
    """Loads one project module through the reloader."""

    def __init__(self, fullname: str, path: str, reloader: Reloader) -> None:
        super().__init__(fullname, path)
        self._reloader = reloader

    def exec_module(self, module: ModuleType) -> None:  # type: ignore[explicit-override]  # not in 3.10
        """Run the module, statement by statement."""
        self._reloader.load(module, self.path)

    def get_code(self, fullname: str) -> CodeType:  # type: ignore[explicit-override]
        """The whole module's code, never from a bytecode file (for ``runpy``)."""
        code: CodeType = compile(self.get_source(fullname), self.path, "exec", dont_inherit=True)
        return code

    def get_source(self, fullname: str) -> str:  # type: ignore[explicit-override]
        """The text that runs, or would."""
        return self._reloader.text_of(fullname, self.path)

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:  # type: ignore[explicit-override]
        """Write no bytecode."""


class Finder:
    """Finds project modules: those that other finders find in a source file below a root, and unsaved ones."""

    def __init__(self, roots: list[str], reloader: Reloader) -> None:
        self._reloader = reloader
        self._roots = sorted(
            {os.path.abspath(root) for root in roots} | {os.path.realpath(root) for root in roots}
        )
        self._folders: dict[str, bool] = {}
        self._asking: set[tuple[int, str]] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Part of the protocol of ``sys.meta_path``."""
        if fullname in sys.builtin_module_names:
            return None
        if fullname == _RUNTIME:
            return _runtime_spec(self._reloader)
        spec = self._unsaved(fullname, path) or self._elsewhere(fullname, path, target)
        if spec is None and self._invalidate(fullname, path):
            spec = self._elsewhere(fullname, path, target)
        if fullname == "ctypes" and spec is not None:
            self._follow_ctypes(spec)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec = self._reloader.native.spec_of(fullname, sys.path if path is None else path, spec) or spec
        if (
            spec is None
            or not spec.origin
            or not isinstance(spec.loader, importlib.machinery.SourceFileLoader)
        ):
            return spec
        if self.is_project(spec.origin) and not isinstance(spec.loader, ProjectLoader):
            spec.loader = ProjectLoader(fullname, spec.origin, self._reloader)
        return spec

    def _follow_ctypes(self, spec: ModuleSpec) -> None:
        """Once ``ctypes`` is imported, libraries of the project are opened by ourselves."""
        loader: Any = spec.loader
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self._reloader.native.follow_ctypes()

        loader.exec_module = exec_module

    def is_project(self, path: str) -> bool:
        """Whether the file at ``path`` is below a root and not in an environment or cache there."""
        folder = os.path.dirname(os.path.abspath(path))
        if folder not in self._folders:
            self._folders[folder] = any(
                folder == root or (folder.startswith(root + os.sep) and self._is_ours(root, folder))
                for root in self._roots
            )
        return self._folders[folder]

    def root_of(self, path: str) -> str | None:
        """The innermost root that ``path`` is below."""
        found = [root for root in self._roots if path.startswith(root + os.sep)]
        return max(found, key=len) if found else None

    @staticmethod
    def _is_ours(root: str, folder: str) -> bool:
        parts = folder[len(root) + 1 :].split(os.sep)
        if not _NOT_PROJECT.isdisjoint(parts):
            return False
        for i in range(1, len(parts) + 1):
            if os.path.exists(os.path.join(root, *parts[:i], "pyvenv.cfg")):
                return False
        return True

    def _elsewhere(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        asked = (get_ident(), fullname)
        if asked in self._asking:  # by another project's finder, whom we have asked
            return None
        self._asking.add(asked)
        try:
            for finder in list(sys.meta_path):
                find = getattr(finder, "find_spec", None)
                if finder is self or find is None:
                    continue
                spec: ModuleSpec | None = find(fullname, path, target)
                if spec is not None:
                    return spec
            return None
        finally:
            self._asking.discard(asked)

    def _unsaved(self, fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
        if not self._reloader.buffers:
            return None
        tail = fullname.rpartition(".")[2]
        for entry in sys.path if path is None else path:
            for relative in (os.path.join(tail, "__init__.py"), tail + ".py"):
                file = os.path.abspath(os.path.join(entry, relative))
                if file in self._reloader.buffers and not os.path.exists(file):
                    package = [os.path.dirname(file)] if relative.endswith("__init__.py") else None
                    loader = ProjectLoader(fullname, file, self._reloader)
                    return importlib.util.spec_from_file_location(
                        fullname, file, loader=loader, submodule_search_locations=package
                    )
        return None

    def _invalidate(self, fullname: str, path: Sequence[str] | None) -> bool:
        """A folder's listing is cached by its time stamp, too coarse for a file just written: whether one had to be read again."""
        tail = fullname.rpartition(".")[2]
        stale = False
        for entry in sys.path if path is None else path:
            folder = os.path.abspath(entry or ".")
            if not any(folder == root or folder.startswith(root + os.sep) for root in self._roots):
                continue
            if os.path.exists(os.path.join(folder, tail + ".py")) or os.path.isdir(
                os.path.join(folder, tail)
            ):
                finder = sys.path_importer_cache.get(entry) or sys.path_importer_cache.get(folder)
                invalidate = getattr(finder, "invalidate_caches", None)
                if invalidate is not None:
                    invalidate()
                    stale = True
        return stale


class _RuntimeLoader(importlib.machinery.SourceFileLoader):
    """Loads ``holefit_runtime`` and connects it."""

    def __init__(self, path: str, reloader: Reloader) -> None:
        super().__init__(_RUNTIME, path)
        self._reloader = reloader

    def exec_module(self, module: ModuleType) -> None:  # type: ignore[explicit-override]  # not in 3.10
        """Run the module, then let it know the reloader."""
        super().exec_module(module)
        module.connect(self._reloader)


def _runtime_spec(reloader: Reloader) -> ModuleSpec | None:
    """``holefit_runtime`` lies beside the worker: importable in any environment."""
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folder = os.path.join(here, _RUNTIME)
    file = os.path.join(folder, "__init__.py")
    if not os.path.exists(file):
        return None
    loader = _RuntimeLoader(file, reloader)
    return importlib.util.spec_from_file_location(
        _RUNTIME, file, loader=loader, submodule_search_locations=[folder]
    )
