"""The hot reloader, loaded when the first module of the project is imported: it costs more than all the rest of the worker's start."""

from __future__ import annotations

import os
import sys
from _imp import extension_suffixes

from holefit_wire.interpreter import Reloaded, ReloadPlanned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

RUNTIME = "holefit_runtime"
_SUFFIXES = (".py", ".c", ".cpp", ".cc", ".cxx", *extension_suffixes())


class DeferredReloader:
    """Stands for the reloader until there is something to reload. ``load()`` gives the real class."""

    def __init__(self, roots: list[str], load: Callable[[], Any]) -> None:
        self._roots = roots
        self._load = load
        self._texts: dict[str, str] = {}
        self._real: Any = None
        self._native: Any = None
        self._costs: Any = None
        self._files: dict[str, str] = {}  # the modules that are loaded, by their files

    @property
    def generation(self) -> int:
        """How many reloads have taken effect."""
        return self._real.generation if self._real is not None else 0

    def install(self) -> None:
        """Watch imports from now on."""
        sys.meta_path.insert(0, self)

    def set_buffers(self, texts: dict[str, str]) -> None:
        """Unsaved texts by path, all there are."""
        if self._real is not None:
            self._real.set_buffers(texts)
        self._texts = texts

    def evaluated(self, text: str, module: str) -> None:
        """``text`` has been evaluated in ``module``: what it imports from the project follows a reload."""
        if self._real is not None:
            self._real.evaluated(text, module)

    @property
    def costs(self) -> Any:
        """Who is told of cost centres that code names itself."""
        return self._costs

    @costs.setter
    def costs(self, costs: Any) -> None:
        self._costs = costs
        if self._real is not None:
            self._real.costs = costs

    def loaded_text(self, path: str) -> str | None:
        """The text that runs of the file at ``path``, or the unsaved one that would; None where that is the file's."""
        if self._real is not None:
            modules = self._real.modules
            if len(self._files) != len(modules):
                self._files = {os.path.realpath(one.path): one.name for one in list(modules.values())}
            record = modules.get(self._files.get(os.path.realpath(path)))
            if record is not None:
                return str(record.text)
        return self._texts.get(os.path.abspath(path))

    def changed(self) -> list[str]:
        """Loaded modules of the project that differ from their files and buffers."""
        return [] if self._real is None else self._real.changed()

    def reload(self, policy: str = "untouched", force: Sequence[str] = (), running: str = "report") -> Any:
        """See the real one; without a module of the project there is nothing to do."""
        if self._real is None:
            return self._nothing()
        return self._real.reload(policy, force, running)

    def plan(self, policy: str, old: dict[str, str], new: dict[str, str]) -> Any:
        """See the real one, which is brought in to compare texts."""
        if self._real is None and not new:
            return ReloadPlanned([], [], [])
        return self._loaded().plan(policy, old, new)

    def tweaks(self) -> list[Any]:
        """See the real one."""
        found: list[Any] = [] if self._real is None else self._real.tweaks()
        return found

    def tweak(self, module: str, name: str, text: str) -> Any:
        """See the real one. Raises ValueError."""
        if self._real is None:
            raise ValueError(f"{module} is not loaded")
        return self._real.tweak(module, name, text)

    def rollback(self, generation: int, policy: str = "untouched") -> Any:
        """See the real one."""
        return self._nothing() if self._real is None else self._real.rollback(generation, policy)

    def reset(self, module: str, name: str) -> Any:
        """See the real one."""
        return self._nothing() if self._real is None else self._real.reset(module, name)

    @staticmethod
    def _nothing() -> Reloaded:
        return Reloaded(0, [], [], [], [], [], [], 0.0)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """See importlib.abc.MetaPathFinder. Finds nothing itself: brings the real one in when it is needed."""
        if path is not None or not (name in (RUNTIME, "ctypes") or self._is_of_the_project(name)):
            return None
        self._loaded()
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                return spec
        return None

    @property
    def native(self) -> Any:
        """The native parts of the project, and the linker; they come with the real one."""
        return self._loaded().native

    def set_native(self, wishes: Any) -> None:
        """Native parts that the project declares, and how to build."""
        self._native = wishes
        if self._real is not None:
            self._real.native.configure(wishes)

    def _loaded(self) -> Any:
        """The real one, which takes part in imports from now on."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        if self._real is None:
            real = self._load()(self._roots)
            real.set_buffers(self._texts)
            if self._native is not None:
                real.native.configure(self._native)
            real.costs = self._costs
            real.install()
            self._real = real
        return self._real

    def _is_of_the_project(self, name: str) -> bool:
        """Whether a top-level module of that name lies in a root, as a file, a folder or an unsaved text, or is a native part."""
        if self._native is not None and any(part.name == name for part in self._native.parts):
            return True
        for root in self._roots:
            path = os.path.join(root, name)
            if os.path.isdir(path) or any(os.path.exists(path + suffix) for suffix in _SUFFIXES):
                return True
            if f"{path}.py" in self._texts or any(text.startswith(path + os.sep) for text in self._texts):
                return True
        return False
