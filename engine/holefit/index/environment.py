"""What there is to index: the standard library as typeshed describes it, installed packages with types, the project.

Nothing of it is imported. The Python whose packages count is asked once where they are.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from holefit.index.reading import Runtime

# Parts of packages that nobody imports from.
APART = {
    "tests",
    "test",
    "testing",
    "_vendor",
    "vendor",
    "vendored",
    "_vendored",
    "node_modules",
    "__pycache__",
    "benchmarks",
}
_ASK = """
import json, sys
print(json.dumps([sys.version_info[:2], sys.platform, [p for p in sys.path if p and not p.endswith(".zip")]]))
"""


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a unit and its file."""

    name: str
    path: str

    @property
    def is_package(self) -> bool:
        """Whether it is the ``__init__`` of a folder."""
        return os.path.basename(self.path).startswith("__init__.")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is indexed and replaced as a whole: a package, the project, the standard library.

    ``stamp`` changes when any of it does; ``modules`` have not been read.
    """

    name: str
    stamp: str
    modules: tuple[Module, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python and the folders that it imports from."""

    runtime: Runtime
    folders: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """What names the shared index of this environment's packages."""
        parts = [*map(str, self.runtime.version), self.runtime.platform, *self.folders]
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def environment(python: Path) -> Environment:
    """That of ``python``, asked of it; without packages when it gives no answer."""
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", _ASK],
            capture_output=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        ).stdout
        version, platform, paths = json.loads(answer)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return Environment(Runtime((sys.version_info[0], sys.version_info[1]), sys.platform), ())
    folders = [path for path in paths if os.path.isdir(path) and not _of_the_standard_library(path)]
    return Environment(Runtime((version[0], version[1]), platform), tuple(folders))


def _of_the_standard_library(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "os.py")) or os.path.basename(folder) == "lib-dynload"


def typeshed() -> Path | None:
    """The folder of the standard library's stubs that come with mypy."""
    found = importlib.util.find_spec("mypy")
    for place in found.submodule_search_locations or () if found is not None else ():
        folder = Path(place) / "typeshed" / "stdlib"
        if folder.is_dir():
            return folder
    return None


def standard_library(runtime: Runtime) -> Unit | None:
    """The standard library of that Python."""
    folder = typeshed()
    if folder is None:
        return None
    versions = folder / "VERSIONS"
    there = _versions(versions.read_text(encoding="utf-8")) if versions.is_file() else {}
    modules = []
    for module in modules_below(str(folder), ""):
        parts = module.name.split(".")
        spans = [there[name] for end in range(1, len(parts) + 1) if (name := ".".join(parts[:end])) in there]
        if all(
            first <= runtime.version and (last is None or runtime.version <= last) for first, last in spans
        ):
            modules.append(module)
    stamp = f"{runtime.version}{runtime.platform}{versions.stat().st_mtime_ns}{folder}"
    return Unit("stdlib", stamp, tuple(modules))


def _versions(text: str) -> dict[str, tuple[tuple[int, ...], tuple[int, ...] | None]]:
    """In which versions a module is there: lines like ``asynchat: 3.0-3.11``."""
    found: dict[str, tuple[tuple[int, ...], tuple[int, ...] | None]] = {}
    for line in text.splitlines():
        name, colon, span = line.partition("#")[0].partition(":")
        if colon:
            first, _, last = span.strip().partition("-")
            found[name.strip()] = (_version(first), _version(last) if last else None)
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip().split("."))


def packages(folders: Sequence[str]) -> Iterator[Unit]:
    """Packages with types in ``folders``; of two with one name the first, stubs before both. Their files are not looked at yet."""
    found: dict[str, str] = {}
    stubs: dict[str, str] = {}
    files: dict[str, str] = {}
    for folder in folders:
        for entry in _entries(folder):
            name = entry.name
            if entry.is_dir():
                if name.endswith("-stubs"):
                    stubs.setdefault(name.removesuffix("-stubs"), entry.path)
                elif name.isidentifier() and name not in APART:
                    for package, path in _typed(entry.path, name, 0):
                        found.setdefault(package, path)
            elif name.endswith(".pyi") and name[:-4].isidentifier():
                files.setdefault(name[:-4], entry.path)
    for name, path in sorted({**found, **stubs}.items()):
        modules = tuple(modules_below(path, name))
        if modules:
            yield Unit(name, _stamp(path, modules), modules)
    for name, path in sorted(files.items()):
        yield Unit(name, _stamp(path, ()), (Module(name, path),))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return []


def _typed(path: str, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """The package at ``path`` if it says that it has types; of a namespace package those in it that do."""
    if os.path.isfile(os.path.join(path, "py.typed")):
        yield name, path
    elif depth < 2 and not os.path.isfile(os.path.join(path, "__init__.py")):
        for entry in _entries(path):
            if entry.is_dir() and entry.name.isidentifier() and entry.name not in APART:
                yield from _typed(entry.path, f"{name}.{entry.name}", depth + 1)


def modules_below(folder: str, package: str) -> Iterator[Module]:
    """The modules in ``folder``, which is imported as ``package`` (empty: its parts are); a stub stands for its module."""
    here: dict[str, str] = {}
    below = []
    for entry in _entries(folder):
        stem, dot, suffix = entry.name.rpartition(".")
        if entry.is_dir(follow_symlinks=False):  # a link may lead above itself
            if entry.name.isidentifier() and entry.name not in APART:
                below.append(entry)
        elif not dot or suffix not in ("py", "pyi") or not stem.isidentifier() or stem == "__main__":
            continue
        elif suffix == "pyi" or stem not in here:
            here[stem] = entry.path
    for stem, path in here.items():
        name = package if stem == "__init__" else f"{package}.{stem}" if package else stem
        if name:
            yield Module(name, path)
    for entry in below:
        yield from modules_below(entry.path, f"{package}.{entry.name}" if package else entry.name)


def _stamp(path: str, modules: Sequence[Module]) -> str:
    """What changes when a package is installed anew: its folder and its files, by time and size."""
    made = hashlib.blake2b(path.encode(), digest_size=8)
    for name in [path, *(one.path for one in modules)]:
        try:
            seen = os.stat(name)
            made.update(f"{name}{seen.st_mtime_ns}{seen.st_size}".encode())
        except OSError:
            continue
    return made.hexdigest()
