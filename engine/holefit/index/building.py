"""Bringing the index up to date.

The standard library comes first, then packages, then the project: types of the later ones name those before. Only files that changed are read
again; a unit is linked again when what one of its modules shows has changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from holefit.index.environment import (
    APART,
    Environment,
    Module,
    Unit,
    environment,
    packages,
    standard_library,
)
from holefit.index.linking import link
from holefit.index.names import Names
from holefit.index.reading import Runtime, summarised
from holefit.index.store import Store
from holefit.index.summary import Summary, to_plain
from holefit.session.project import Project

log = logging.getLogger(__name__)
Progress = Callable[[str, float], None]
_POINTER, _PROJECT = "index.json", "index.db"
_MOST_FILES = 20_000
_LONGEST = 3_000_000  # bytes; a longer file is data


@dataclass(frozen=True, slots=True)
class Layers:
    """The files of the index: of the standard library, of an environment's packages, of a project."""

    standard: Path
    packages: Path
    project: Path

    @property
    def all(self) -> tuple[Path, Path, Path]:
        """Those that others build on first."""
        return self.standard, self.packages, self.project


@dataclass(slots=True)
class Built:
    """What was done: units that were linked again, modules that were read, and files that could not be."""

    units: list[str] = field(default_factory=list)
    read: int = 0
    unreadable: list[str] = field(default_factory=list)


def layers(project: Path, shared: Path, found: Environment) -> Layers:
    """Where the index of a project lies: ``project`` is its ``.holefit``, ``shared`` a folder of the user's."""
    version = ".".join(map(str, found.runtime.version))
    standard = shared / f"standard-{version}-{found.runtime.platform}.db"
    return Layers(standard, shared / f"packages-{found.fingerprint}.db", project / _PROJECT)


def point(project: Path, places: Layers) -> None:
    """Write down which shared files belong to the project, for those who look things up."""
    project.mkdir(parents=True, exist_ok=True)
    beside = project / f".{secrets.token_hex(6)}.tmp"
    beside.write_text(
        json.dumps({"standard": places.standard.name, "packages": places.packages.name}), encoding="utf-8"
    )
    os.replace(beside, project / _POINTER)


def pointed(project: Path, shared: Path | None = None) -> tuple[Path, ...]:
    """The files of a project's index, those that others build on first; none before it was built."""
    try:
        names = json.loads((project / _POINTER).read_text(encoding="utf-8"))
        standard, packages = Path(names["standard"]), Path(names["packages"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    if len(standard.parts) != 1 or len(packages.parts) != 1:  # the folder may be one that somebody else made
        return ()
    folder = shared or shared_folder()
    return folder / standard, folder / packages, project / _PROJECT


def shared_folder() -> Path:
    """The user's folder for what projects have in common."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "holefit" / "index"


def build(
    project: Project,
    python: Path,
    folder: Path,
    *,
    shared: Path | None = None,
    progress: Progress = lambda text, done: None,
) -> Built:
    """Bring the index of ``project`` up to date, for the packages of ``python``; ``folder`` is the project's ``.holefit``.

    Raises: OSError, sqlite3.Error, when nothing can be written.
    """
    found = environment(python)
    shared = shared or shared_folder()
    places = layers(folder, shared, found)
    stores = [Store(path) for path in places.all]
    try:
        with _alone(shared):
            built = _build(project, found, stores, progress)
        point(folder, places)
    finally:
        for store in stores:
            store.close()
    progress("Indexing", 1.0)
    return built


def _build(project: Project, found: Environment, stores: Sequence[Store], progress: Progress) -> Built:
    built = Built()
    standard = standard_library(found.runtime)
    installed = [one for one in packages(found.folders) if not _below(one.modules[0].path, project.root)]
    own = project_unit(project)
    todo: list[tuple[Store, Unit]] = []
    for store, units in zip(stores, ([standard] if standard else [], installed, [own]), strict=True):
        stamps = store.stamps()
        for gone in stamps.keys() - {one.name for one in units}:
            store.remove(gone)
        todo += [(store, unit) for unit in units if stamps.get(unit.name) != unit.stamp]
    total = sum(len(unit.modules) for _, unit in todo) or 1
    done = 0.0
    changed: list[tuple[Store, Unit]] = []
    for store, unit in todo:
        progress(f"Indexing {unit.name}", done / total)
        if _read(store, unit, found.runtime, built):
            changed.append((store, unit))
        done += len(unit.modules) / 2
    names = Names(stores)
    for store, unit in changed:
        progress(f"Indexing {unit.name}", min(done / total, 0.99))
        linked = link(unit, names, project=store is stores[-1])
        with store.replacing(unit.name) as connection:
            store.put(connection, unit, linked)
        built.units.append(unit.name)
        done += len(unit.modules) / 2
    return built


def project_unit(project: Project) -> Unit:
    """The project's own modules; those of its tests are none of it."""
    found: dict[str, Module] = {}
    made = hashlib.blake2b(digest_size=12)
    for path, seen in islice(project.files(), _MOST_FILES):
        name = project.module_name(path)
        parts = name.split(".")
        if not all(map(str.isidentifier, parts)) or not APART.isdisjoint(parts):
            continue
        if parts[-1].startswith("test_") or parts[-1] in ("conftest", "__main__"):
            continue
        found.setdefault(name, Module(name, str(path)))
        made.update(f"{path}{seen.st_mtime_ns}{seen.st_size}".encode())
    return Unit("project", made.hexdigest(), tuple(found.values()))


@contextmanager
def _alone(shared: Path) -> Iterator[None]:
    """While this is open nobody else writes what projects share: one does the work, and the others find it done."""
    shared.mkdir(parents=True, exist_ok=True)
    with open(shared / "lock", "wb") as file:
        try:
            import fcntl
        except ImportError:  # Windows: the work may be done twice, which harms nothing
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _below(path: str, root: Path) -> bool:
    return path.startswith(f"{root}{os.sep}") and "site-packages" not in path


def _read(store: Store, unit: Unit, runtime: Runtime, built: Built) -> bool:
    """Read what has changed of a unit; whether what it shows may have."""
    known = store.modules(unit.name)
    fresh: list[tuple[str, str, Summary]] = []
    differs = unit.name not in store.stamps()
    for module in unit.modules:
        stamp = _stamp(module.path)
        if known.get(module.name) == (module.path, stamp):
            continue
        summary = _summary(module, runtime)
        built.read += 1
        if summary is None:
            built.unreadable.append(module.path)
            # What cannot be parsed just now keeps what was last known of it.
            if module.name in known:
                continue
            summary = Summary(module.name, module.is_package, module.path.endswith(".pyi"))
        fresh.append((module.path, stamp, summary))
        if not differs:
            before = store.summary(module.name)
            differs = before is None or _surface(before) != _surface(summary)
    gone = known.keys() - {one.name for one in unit.modules}
    store.put_summaries(unit.name, fresh, gone)
    if not differs and not gone:
        store.restamp(unit)
        return False
    return True


def _surface(summary: Summary) -> object:
    """What a change of matters to the index: lines do, as they are shown; what the module itself uses does not."""
    return to_plain(summary)[:-1]


def _summary(module: Module, runtime: Runtime) -> Summary | None:
    try:
        data = Path(module.path).read_bytes()
        if len(data) > _LONGEST:
            return None
        text = data.decode("utf-8-sig", errors="replace")
        return summarised(
            text, module.name, runtime, is_package=module.is_package, is_stub=module.path.endswith(".pyi")
        )
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        log.info("%s is not indexed: %s", module.path, error)
        return None


def _stamp(path: str) -> str:
    try:
        seen = os.stat(path)
    except OSError:
        return ""
    return f"{seen.st_mtime_ns}:{seen.st_size}"
