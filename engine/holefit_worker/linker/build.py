"""Building the native parts of a project: sources to objects to a shared object, each step only when its inputs have changed.

What is built is kept by the digest of all that it was made of: sources, the project's headers, flags, the compiler. So time stamps decide nothing,
and a second start builds nothing.
"""

from __future__ import annotations

import os
import re

from . import compiler as compilers
from .errors import LinkError
from .place import folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from holefit_wire.interpreter.linker import CompilerMessage

    from .linker import Linker

KEPT = 12  # shared objects of one part: a rollback may go ten generations back
_TYPES = r"\b(?:struct|union|enum)\b[^;{}()=]*\{|\btypedef\b"
_MARKER = r'^# \d+ "(?P<path>(?:[^"\\]|\\.)*)"(?P<flags>[ \d]*)$'
Stamps = dict[str, "tuple[int, ...] | None"]


class Recipe:
    """What a shared object is made of; paths are absolute. ``kind`` is ``extension`` or ``library``."""

    def __init__(
        self,
        kind: str,
        name: str,
        sources: Sequence[str],
        compile_flags: Sequence[str] = (),
        link_flags: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.name = name
        self.sources = list(sources)
        self.compile_flags = list(compile_flags)
        self.link_flags = list(link_flags)

    def same(self, other: Recipe) -> bool:
        """Whether both make the same of the same files."""
        return vars(self) == vars(other)


class Built:
    """A shared object that was built, or found. ``files`` are the stamps of what it was made from; ``layout`` is a digest of the types that its sources declare, empty where unknown."""

    def __init__(self, path: str, digest: str, files: Stamps, layout: str = "") -> None:
        self.path = path
        self.digest = digest
        self.files = files
        self.layout = layout
        self.warnings: list[CompilerMessage] = []


def build(recipe: Recipe, linker: Linker) -> Built:
    """What ``recipe`` makes of the files as they are.

    Raises: LinkError.
    """
    for source in recipe.sources:
        if not os.path.isfile(source):
            raise LinkError(
                "path",
                f"{recipe.name}: there is no file {source}",
                "Correct its sources in [tool.holefit.native].",
            )
    place = _room(recipe, linker)
    flags = list(recipe.compile_flags)
    if recipe.kind == "extension" or any(_mentions_python(source) for source in recipe.sources):
        flags += ["-isystem", compilers.headers(recipe.name)]
    about = repr([linker.compiler.command, linker.compiler.version, compilers.FLAGS, flags])
    objects = [_Object(place, number, source) for number, source in enumerate(recipe.sources)]
    stamps: Stamps = {}  # taken before anything is read: what changes meanwhile is seen next time
    for one in objects:
        stamps.update({path: stamp(path) for path in one.inputs})
    due = [one for one in objects if not one.is_made_of(about)]
    warnings: list[CompilerMessage] = []
    if due:
        expanded: list[str] | None = [] if recipe.kind == "extension" else None
        warnings = linker.compiler.compile([(one.source, one.path, flags) for one in due], expanded=expanded)
        for i, one in enumerate(due):
            one.made(about, _layout(expanded[i]) if expanded else "")
            for path in one.inputs:
                stamps.setdefault(path, stamp(path))
    digest = _digest([*(one.digest for one in objects), repr(recipe.link_flags)])
    target = os.path.join(place, f"{digest[:20]}.so")
    if not os.path.exists(target):
        fresh = f"{target}.{os.getpid()}"
        linker.compiler.link([one.path for one in objects], fresh, recipe.link_flags, sources=recipe.sources)
        os.replace(fresh, target)
    os.utime(target)
    _prune(place)
    built = Built(
        target, digest, stamps, _digest(one.layout for one in objects) if recipe.kind == "extension" else ""
    )
    built.warnings = warnings
    return built


def found(path: str, name: str, linker: Linker) -> Built:
    """The shared object at ``path``, built by somebody else: kept as it is now.

    Raises: LinkError, where it cannot be read.
    """
    import shutil

    place = _room(Recipe("found", name, ()), linker)
    stamps: Stamps = {path: stamp(path)}
    try:
        digest = _digest_of_file(path)
        target = os.path.join(place, f"{digest[:20]}.so")
        if not os.path.exists(target):
            fresh = f"{target}.{os.getpid()}"
            shutil.copyfile(path, fresh)
            os.replace(fresh, target)
    except OSError as error:
        raise LinkError("path", f"{path} cannot be read: {error.strerror}") from None
    os.utime(target)
    _prune(place)
    return Built(target, digest, stamps)


def stamp(path: str) -> tuple[int, ...] | None:
    """What tells without reading it that a file has changed; None for one that is not there."""
    try:
        now = os.stat(path)
    except OSError:
        return None
    return now.st_mtime_ns, now.st_size, now.st_ino, now.st_ctime_ns


class _Object:
    """An object file that is kept, with what it was made of beside it."""

    def __init__(self, place: str, number: int, source: str) -> None:
        self.source = source
        self.path = os.path.join(place, f"{number}-{os.path.splitext(os.path.basename(source))[0]}.o")
        self.inputs = [source]
        self.digest = ""
        self.layout = ""
        import json

        try:
            with open(f"{self.path}.json", encoding="utf-8") as file:
                kept = json.load(file)
            if kept["source"] == source and os.path.exists(self.path):
                self.inputs, self.digest, self.layout = kept["inputs"], kept["digest"], kept["layout"]
        except (OSError, ValueError, KeyError, TypeError):
            return

    def is_made_of(self, about: str) -> bool:
        """Whether it is up to date."""
        return bool(self.digest) and self.digest == self._fresh(about)

    def made(self, about: str, layout: str) -> None:
        """It has just been compiled."""
        import json

        self.inputs = _dependencies(f"{self.path}.d") or [self.source]
        self.digest, self.layout = self._fresh(about), layout
        kept = {"source": self.source, "inputs": self.inputs, "digest": self.digest, "layout": layout}
        with open(f"{self.path}.json", "w", encoding="utf-8") as file:
            json.dump(kept, file)

    def _fresh(self, about: str) -> str:
        try:
            return _digest([about, *(f"{path}\0{_digest_of_file(path)}" for path in self.inputs)])
        except OSError:  # a header has gone
            return ""


def _room(recipe: Recipe, linker: Linker) -> str:
    name = re.sub(r"[^\w.-]", "_", recipe.name)
    made = os.path.join(folder(linker.root), f"{name}-{_digest([recipe.kind, recipe.name])[:8]}")
    os.makedirs(made, exist_ok=True)
    return made


def _prune(place: str) -> None:
    built = [entry for entry in os.scandir(place) if entry.name.endswith(".so")]
    for entry in sorted(built, key=lambda one: one.stat().st_mtime_ns)[:-KEPT]:
        os.unlink(entry.path)


def _dependencies(path: str) -> list[str]:
    """The files of a rule as the compiler writes it for make."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return []
    words = text.replace("\\\n", " ").partition(": ")[2]
    files = [word.replace("\\ ", " ").replace("$$", "$") for word in re.findall(r"(?:\\ |\S)+", words)]
    return list(dict.fromkeys(map(os.path.abspath, files)))


def _layout(text: str) -> str:
    """A digest of the types that the project's own files declare, macros expanded; no other is like it where ``text`` is not known."""
    return _digest(_declared_types(text)) if text else os.urandom(8).hex()


def _declared_types(text: str) -> Iterable[str]:
    """The declarations of types in what the preprocessor gives, those of system headers left out."""
    own: list[str] = []
    is_own = True
    for line in text.splitlines():
        marker = re.match(_MARKER, line)
        if marker is not None:
            is_own = " 3" not in marker["flags"] and not marker["path"].startswith("<")
        elif line.startswith("#pragma pack") or (is_own and not line.startswith("#")):
            own.append(line)
    source = "\n".join(own)
    types = re.compile(_TYPES)
    at = 0
    while (match := types.search(source, at)) is not None:
        at = _end_of_declaration(source, match.start())
        yield " ".join(source[match.start() : at].split())
    yield from (line for line in own if line.startswith("#pragma pack"))


def _end_of_declaration(source: str, start: int) -> int:
    depth = 0
    for at in range(start, len(source)):
        if source[at] == "{":
            depth += 1
        elif source[at] == "}":
            depth -= 1
        elif source[at] == ";" and depth <= 0:
            return at + 1
    return len(source)


def _mentions_python(source: str) -> bool:
    with open(source, "rb") as file:
        return b"Python.h" in file.read()


def _digest(parts: Iterable[str]) -> str:
    import hashlib

    made = hashlib.sha256()
    for part in parts:
        made.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return made.hexdigest()


def _digest_of_file(path: str) -> str:
    import hashlib

    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
