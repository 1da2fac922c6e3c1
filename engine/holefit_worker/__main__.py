"""Boots the worker: ``python -X utf8 .../holefit_worker/__main__.py``, with the protocol on stdin and stdout.

Words name a script to run, see
:mod:`holefit_worker.script`. Nothing of Holefit is left in ``sys.modules`` or ``sys.path`` afterwards.
"""

# Note [Loaded apart]
# ~~~~~~~~~~~~~~~~~~~
# User code must not see our modules, and its patches must not reach us. So they are loaded by a finder of our own from their
# files, whatever sys.path says, each with a private copy of the builtins (deleting builtins.len does not break the worker), and
# taken out of sys.modules once they are loaded. Hence every import in the worker stands at module level, save those of the
# standard library; only what `holefit_worker.later` names and the reload package are loaded later, by the same door.

from __future__ import annotations

import builtins
import sys
from _frozen_importlib_external import SourceFileLoader, spec_from_file_location  # importlib.util costs 3 ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_SEPARATOR = "\\" if sys.platform == "win32" else "/"
_PREFIXES = ("holefit_wire", "holefit_worker")
_PACKAGES = {"holefit_wire.interpreter", "holefit_worker.linker", "holefit_worker.reload"}
_BUILTINS = dict(builtins.__dict__)


class _Loader:
    """Loads a source file (from its cached code if it can) with builtins of its own. See Note [Loaded apart]."""

    def __init__(self, name: str, path: str) -> None:
        self._files = SourceFileLoader(name, path)

    def create_module(self, spec: Any) -> None:
        """The usual module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        module.__dict__["__builtins__"] = dict(_BUILTINS)
        code: Any = self._files.get_code(module.__name__)
        exec(code, module.__dict__)


class _Finder:
    """Finds our modules; ``folders`` maps the top-level names to their folders."""

    def __init__(self, folders: dict[str, str]) -> None:
        self._folders = folders

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """See importlib.abc.MetaPathFinder."""
        top, *rest = name.split(".")
        folder = self._folders.get(top)
        if folder is None:
            return None
        file = _SEPARATOR.join([folder, *rest])
        package = not rest or name in _PACKAGES
        source = f"{file}{_SEPARATOR}__init__.py" if package else f"{file}.py"
        spec: Any = spec_from_file_location
        locations = [file] if package else None
        return spec(name, source, loader=_Loader(name, source), submodule_search_locations=locations)


def _boot() -> Callable[[], None]:
    """Load everything; gives what runs the worker."""
    here = __file__.rpartition(_SEPARATOR)[0]
    engine = here.rpartition(_SEPARATOR)[0]
    if sys.path and sys.path[0] == here:
        del sys.path[0]
    wire = f"{engine}{_SEPARATOR}holefit_wire"
    finder: Any = _Finder({"holefit_wire": wire, "holefit_worker": here})

    def load(name: str) -> Any:
        """Module ``name`` of ours, with what it imports."""
        theirs = {found: sys.modules.pop(found) for found in list(sys.modules) if found.startswith(_PREFIXES)}
        sys.modules.update(ours)
        sys.meta_path.insert(0, finder)
        no_cache, sys.dont_write_bytecode = (
            sys.dont_write_bytecode,
            False,
        )  # the user's wish is for the user's modules
        try:
            __import__(name)
            return sys.modules[name]
        finally:
            sys.dont_write_bytecode = no_cache
            sys.meta_path.remove(finder)
            for found in [found for found in sys.modules if found.startswith(_PREFIXES)]:
                ours[found] = sys.modules.pop(found)
            sys.modules.update(theirs)

    ours: dict[str, ModuleType] = {}
    words = sys.argv[1:]
    process = load("holefit_worker.script" if words else "holefit_worker.process")
    msgpack = load("holefit_wire.plainpack")
    if words:
        return lambda: process.main(msgpack, load("holefit_worker.reload").Reloader, words)
    return lambda: process.main(msgpack, load)


if __name__ == "__main__":
    _run = _boot()
    sys.modules["__main__"] = type(sys)("__main__")
    _run()
