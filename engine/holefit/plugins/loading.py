"""From the name of a plugin to its value.

A name is an entry point of the group ``holefit.plugins``, or a module with a global ``plugin``. Modules are imported into this process, from Holefit's own
environment and from the folders of the option ``plugin-path``; a library is imported from its own file.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from holefit.errors import HolefitError
from holefit.plugins.flags import PluginName
from holefit.plugins.plugin import Plugin

GROUP = "holefit.plugins"
_importing = threading.RLock()
_folders: set[str] = set()  # of plugins, of all sessions in this process


class PluginError(HolefitError):
    """The base of what can be wrong with a plugin before any of its stages runs."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class PluginNotFoundError(PluginError):
    """No module of that name can be imported."""

    remedy = "Install its package beside Holefit (`holefit doctor` says where), or name its folder in `plugin-path` of [tool.holefit]."

    def __init__(self, name: str) -> None:
        super().__init__(name, f"there is no plugin `{name}`")


class PluginOfProjectError(PluginError):
    """A plugin is a module of the project that it would act on."""

    remedy = (
        "Move it to a package of its own, outside the folders that this project's modules are imported from."
    )

    def __init__(self, name: str, path: Path) -> None:
        text = f"the plugin `{name}` is a module of this project ({path.name}): it would have to be there before the modules that it acts on, of which it is one"
        super().__init__(name, text)


class PluginBrokenError(PluginError):
    """A plugin's module raised when it was imported, or has no plugin."""

    remedy = "A plugin's module has a global `plugin = holefit.Plugin(...)`."


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin with the files that it came from and the fingerprint of their content."""

    name: str
    plugin: Plugin
    files: tuple[tuple[Path, int], ...]
    source: bytes

    def is_current(self) -> bool:
        """Whether its files are as they were."""
        return all(_modified(path) == when for path, when in self.files)


def load(
    name: PluginName, root: Path, folders: Sequence[Path], of_project: Callable[[str], Path | None]
) -> LoadedPlugin:
    """The plugin that ``name`` means. ``of_project`` gives the file of a module of the project.

    Raises: PluginNotFoundError, PluginOfProjectError, PluginBrokenError.
    """
    with _importing, _without_bytecode():
        if name.path:
            module, attribute = _library(name, root), "plugin"
        else:
            from importlib.metadata import entry_points

            entry = next((one for one in entry_points(group=GROUP) if one.name == name.module), None)
            wanted, attribute = (entry.module, entry.attr) if entry else (name.module, "plugin")
            if (own := of_project(wanted)) is not None:
                raise PluginOfProjectError(name.module, own)
            module = _module(name.module, wanted, folders)
        found = getattr(module, attribute or "plugin", None)
        if not isinstance(found, Plugin):
            raise PluginBrokenError(
                name.module, f"`{module.__name__}` has no global `{attribute}` that is a holefit.Plugin"
            )
        files = _files(module)
        made = hashlib.blake2b(digest_size=16)
        for path, _ in files:
            with contextlib.suppress(OSError):
                made.update(path.read_bytes())
        return LoadedPlugin(name.module, found, files, made.digest())


@contextlib.contextmanager
def _without_bytecode() -> Iterator[None]:
    """Leave no ``.pyc``: it would hide an edit within the same second."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _module(name: str, wanted: str, folders: Sequence[Path]) -> ModuleType:
    """Import a module; one that a session imported from a folder of plugins before is imported anew: it may be another, or changed."""
    mine = [str(folder) for folder in folders]
    others = [one for one in _folders if one not in mine]
    sys.path[:] = [*(one for one in sys.path if one not in _folders and one not in mine), *mine, *others]
    _folders.update(mine)
    top = wanted.partition(".")[0]
    for known in [one for one in sys.modules if one == top or one.startswith(top + ".")]:
        origin = getattr(sys.modules[known], "__file__", None)
        if origin and any(str(above) in _folders for above in Path(origin).parents):
            del sys.modules[known]
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(wanted)
    except ModuleNotFoundError as error:
        if error.name is not None and (wanted == error.name or wanted.startswith(error.name + ".")):
            raise PluginNotFoundError(name) from None
        raise _broken(name, error) from error
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from error
    return module


def _library(name: PluginName, root: Path) -> ModuleType:
    """Import a module from a file of its own, under a private name; from a folder or an archive, by its name there."""
    path = (root / name.path).resolve()
    if not path.exists():
        raise PluginNotFoundError(f"{name.module} in {path}")
    private = f"_holefit_plugin_{hashlib.blake2b(str(path).encode(), digest_size=6).hexdigest()}"
    if path.suffix == ".py":
        spec = importlib.util.spec_from_file_location(f"{private}_{path.stem}", path)
    else:
        importlib.invalidate_caches()
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name.module, [str(path)])
    if spec is None or spec.loader is None:
        raise PluginNotFoundError(f"{name.module} in {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        sys.modules.pop(spec.name, None)
        raise _broken(name.module, error) from error
    return module


def _broken(name: str, error: BaseException) -> PluginBrokenError:
    made = PluginBrokenError(
        name, f"the plugin `{name}` cannot be imported: {type(error).__name__}: {error}".rstrip(": ")
    )
    made.remedy = "Mend it, or take it out of the flags that name it."
    return made


def _files(module: ModuleType) -> tuple[tuple[Path, int], ...]:
    """The files that a plugin is made of: its module, or all modules of the package that it is in."""
    top = sys.modules.get(module.__name__.partition(".")[0], module)
    found: list[Path] = []
    for folder in getattr(top, "__path__", ()):
        found += sorted(Path(folder).rglob("*.py"))
    if not found and (origin := getattr(module, "__file__", None)):
        found = [Path(origin)]
    return tuple((path, _modified(path)) for path in found)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
