"""Boots the worker: ``python -X utf8 .../holefit_worker/__main__.py MSGPACK``, with the protocol on stdin and stdout.

``MSGPACK`` is the folder of the msgpack package, whose pure-Python half is used. Nothing of Holefit is left in ``sys.modules`` or ``sys.path`` afterwards.
"""

# Note [Loaded apart]
# ~~~~~~~~~~~~~~~~~~~
# User code must not see our modules, and its patches must not reach us. So they are loaded by a finder of our own from their files, whatever
# sys.path says, each with a private copy of the builtins (deleting builtins.len does not break the worker), and taken out of
# sys.modules once all are loaded. Hence every import in the worker stands at module level, save those of the standard library.

import builtins
import sys
from _frozen_importlib_external import (
    SourceFileLoader,
    spec_from_file_location,
)  # always loaded, unlike importlib.util

_SEPARATOR = "\\" if sys.platform == "win32" else "/"
_PREFIXES = ("holefit_wire", "holefit_worker", "_holefit_msgpack")


class _Loader(SourceFileLoader):
    def exec_module(self, module):
        module.__dict__["__builtins__"] = dict(builtins.__dict__)
        super().exec_module(module)


class _Finder:
    """Finds our modules below ``folders`` (top-level name to folder)."""

    def __init__(self, folders):
        self._folders = folders

    def find_spec(self, name, path=None, target=None):
        top, *rest = name.split(".")
        folder = self._folders.get(top)
        if folder is None:
            return None
        file = _SEPARATOR.join([folder, *rest])
        package = not rest or name in _PACKAGES
        source = f"{file}{_SEPARATOR}__init__.py" if package else f"{file}.py"
        if top == "_holefit_msgpack" and package:
            source = __file__.replace("__main__.py", "__init__.py")  # its own would import the compiled half
        return spec_from_file_location(
            name, source, loader=_Loader(name, source), submodule_search_locations=[file] if package else None
        )


_PACKAGES = {"holefit_worker.reload"}


def _boot():
    here = __file__.rpartition(_SEPARATOR)[0]
    engine = here.rpartition(_SEPARATOR)[0]
    if sys.path and sys.path[0] == here:
        del sys.path[0]
    folders = {
        "holefit_wire": f"{engine}{_SEPARATOR}holefit_wire",
        "holefit_worker": here,
        "_holefit_msgpack": sys.argv[1],
    }
    theirs = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(_PREFIXES)}
    finder = _Finder(folders)
    sys.meta_path.insert(0, finder)
    try:
        from _holefit_msgpack import fallback

        from holefit_worker import process
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith(_PREFIXES)]:
            del sys.modules[name]
        sys.modules.update(theirs)
    return lambda: process.main(engine, fallback)


if __name__ == "__main__":
    _run = _boot()
    sys.modules["__main__"] = type(sys)("__main__")
    _run()
