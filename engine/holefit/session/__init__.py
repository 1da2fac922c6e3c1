"""The compile session: options, module graph, fingerprints, interfaces, back ends, and the session that drives them.

The names are loaded when they are first asked for: options alone, which every process reads, do not load the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holefit.session.interface import Export, Fingerprint, Interface
    from holefit.session.loading import LoadAll, LoadHow, LoadResult, load_dependencies_of, load_up_to
    from holefit.session.modules import BuiltModule
    from holefit.session.options import (
        EvalOptions,
        HoleOptions,
        InterpreterOptions,
        NativeOptions,
        Options,
        ReloadOptions,
    )
    from holefit.session.pyproject import find_root, read_options
    from holefit.session.session import Session
    from holefit.session.settings import OptionProblem
    from holefit.session.targets import Target

_PLACES = {
    "BuiltModule": "modules",
    "EvalOptions": "options",
    "Export": "interface",
    "Fingerprint": "interface",
    "HoleOptions": "options",
    "Interface": "interface",
    "InterpreterOptions": "options",
    "LoadAll": "loading",
    "LoadHow": "loading",
    "LoadResult": "loading",
    "NativeOptions": "options",
    "OptionProblem": "settings",
    "Options": "options",
    "ReloadOptions": "options",
    "Session": "session",
    "Target": "targets",
    "find_root": "pyproject",
    "load_dependencies_of": "loading",
    "load_up_to": "loading",
    "read_options": "pyproject",
}

__all__ = [
    "BuiltModule",
    "EvalOptions",
    "Export",
    "Fingerprint",
    "HoleOptions",
    "Interface",
    "InterpreterOptions",
    "LoadAll",
    "LoadHow",
    "LoadResult",
    "NativeOptions",
    "OptionProblem",
    "Options",
    "ReloadOptions",
    "Session",
    "Target",
    "find_root",
    "load_dependencies_of",
    "load_up_to",
    "read_options",
]


if not TYPE_CHECKING:  # to a type checker the imports above are all there is, so that it sees a misspelt name

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
        globals()[name] = value
        return value
