"""Interfaces on disk: ``.holefit/`` below the project's root.

One msgpack file for each module in ``interfaces/`` and the table of stamps beside them. Files are written under another name and
put in place by a rename, so that a reader sees an old or a new one whole. Whatever cannot be read, or was written by
another version, is ignored and made again. Equal content gives equal bytes.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

from holefit.annotations.annotation import Annotation, Target
from holefit.annotations.staging import Request
from holefit.diagnostics import Diagnostic, Severity
from holefit.session.interface import Export, Fingerprint, Interface, StoredAnnotation
from holefit.syntax import Import, Position, Range

FORMAT = "holefit-interface"
VERSION = 3
_ERRORS = "surrogatepass"  # text of Python may hold lone surrogates


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like when its text had the fingerprint ``source``."""

    modified_ns: int
    size: int
    source: Fingerprint


class Store:
    """The folder ``.holefit`` of one project. A folder that cannot be written to is no error: nothing persists then.

    A ``.holefit`` that is a link to somewhere else is not followed, or a project that nobody trusts yet could have us write there:
    a folder of the user's own cache takes its place.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".holefit"
        if self.folder.is_symlink() and not self.folder.resolve().is_relative_to(root.resolve()):
            name = hashlib.blake2b(os.fsencode(root), digest_size=8).hexdigest()
            cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
            self.folder = Path(cache) / "holefit" / name

    def prepare(self) -> None:
        """Make the folder, with a .gitignore of its own."""
        ignore = self.folder / ".gitignore"
        try:
            (self.folder / "interfaces").mkdir(parents=True, exist_ok=True)
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError:
            return

    def read(self, module: str) -> Interface | None:
        """The interface of ``module`` as it was written last; None when there is none that can be used."""
        try:
            plain = msgpack.unpackb(
                self._file(module).read_bytes(), strict_map_key=False, unicode_errors=_ERRORS
            )
            if plain["format"] != FORMAT or plain["version"] != VERSION or plain["module"] != module:
                return None
            return _from_plain(plain, self.root)
        except (OSError, ValueError, KeyError, TypeError, IndexError, msgpack.UnpackException):
            return None

    def write(self, interface: Interface) -> None:
        """Persist ``interface``."""
        self._replace(self._file(interface.module), _packed(_to_plain(interface, self.root)))

    def remove(self, module: str) -> None:
        """Forget ``module``."""
        try:
            self._file(module).unlink(missing_ok=True)
        except OSError:
            return

    def read_stamps(self) -> dict[str, Stamp]:
        """The stamps of files by path, relative to the root."""
        try:
            plain = msgpack.unpackb((self.folder / "stamps.msgpack").read_bytes(), unicode_errors=_ERRORS)
            if plain["version"] != VERSION:
                return {}
            return {path: Stamp(row[0], row[1], Fingerprint(row[2])) for path, row in plain["files"].items()}
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            IndexError,
            AttributeError,
            msgpack.UnpackException,
        ):
            return {}

    def write_stamps(self, stamps: Mapping[str, Stamp]) -> None:
        """Persist the stamps of all files."""
        files = {path: (one.modified_ns, one.size, one.source) for path, one in sorted(stamps.items())}
        self._replace(self.folder / "stamps.msgpack", _packed({"version": VERSION, "files": files}))

    def _file(self, module: str) -> Path:
        return self.folder / "interfaces" / f"{module}.msgpack"

    def _replace(self, path: Path, data: bytes) -> None:
        """Write ``path`` whole or not at all."""
        beside = path.with_name(f".{secrets.token_hex(6)}.tmp")
        try:
            try:
                beside.write_bytes(data)
            except FileNotFoundError:
                self.prepare()
                beside.write_bytes(data)
            os.replace(beside, path)
        except OSError:
            with suppress(OSError):
                beside.unlink()


def _packed(plain: Mapping[str, Any]) -> bytes:
    made: bytes = msgpack.packb(plain, use_bin_type=True, unicode_errors=_ERRORS)
    return made


def _to_plain(one: Interface, root: Path) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "module": one.module,
        "path": _relative(one.path, root),
        "source": one.source,
        "options": one.options,
        "package": one.is_package,
        "fingerprint": one.fingerprint,
        "exports": [[e.name, e.kind, e.type, e.initialiser, e.line] for e in one.exports],
        "imports": [[i.module, list(i.names), i.line, i.lazy, i.typing_only] for i in one.imports],
        "uses": dict(sorted(one.uses.items())),
        "annotations": [_annotation_to_plain(a) for a in one.annotations],
        "fields": {name: one.fields[name] for name in sorted(one.fields)},
        "flags": list(one.flags),
        "plugins": [list(row) for row in one.plugins],
        "unaltered": one.unaltered,
        "problems": [
            [_relative(p.path, root), _range_to_plain(p.range), p.severity.value, p.code, p.message]
            for p in one.problems
        ],
    }


def _from_plain(plain: Mapping[str, Any], root: Path) -> Interface:
    return Interface(
        module=plain["module"],
        path=root / plain["path"],
        source=Fingerprint(plain["source"]),
        options=Fingerprint(plain["options"]),
        is_package=plain["package"],
        fingerprint=Fingerprint(plain["fingerprint"]),
        exports=tuple(Export(*row) for row in plain["exports"]),
        imports=tuple(Import(row[0], tuple(row[1]), *row[2:]) for row in plain["imports"]),
        uses={name: Fingerprint(value) for name, value in plain["uses"].items()},
        annotations=tuple(_annotation_from_plain(row, plain["module"]) for row in plain["annotations"]),
        fields=plain["fields"],
        problems=tuple(
            Diagnostic(root / row[0], _range_from_plain(row[1]), Severity(row[2]), row[3], row[4])
            for row in plain["problems"]
        ),
        flags=tuple(plain["flags"]),
        plugins=tuple((name, stamp) for name, stamp in plain["plugins"]),
        unaltered=plain["unaltered"],
    )


def _annotation_to_plain(stored: StoredAnnotation) -> dict[str, Any]:
    asked, found = stored.request, stored.annotation
    return {
        "target": asked.target.value,
        "name": asked.name,
        "expression": asked.expression,
        "line": asked.line,
        "range": _range_to_plain(asked.range),
        "expression_range": _range_to_plain(asked.expression_range),
        "imports": asked.imports,
        "uses": list(asked.uses),
        "metadata": asked.metadata,
        "inputs": stored.inputs,
        "found": None if found is None else {"type": found.type, "value": found.value, "repr": found.repr},
    }


def _annotation_from_plain(plain: Mapping[str, Any], module: str) -> StoredAnnotation:
    asked = Request(
        Target(plain["target"]),
        plain["name"],
        plain["expression"],
        plain["line"],
        _range_from_plain(plain["range"]),
        _range_from_plain(plain["expression_range"]),
        plain["imports"],
        tuple(plain["uses"]),
        plain["metadata"],
    )
    found = plain["found"]
    if found is None or plain["inputs"] is None:
        return StoredAnnotation(asked)
    made = Annotation(
        module, asked.name, asked.target, found["type"], found["value"], found["repr"], asked.range
    )
    return StoredAnnotation(asked, Fingerprint(plain["inputs"]), made)


def _range_to_plain(range: Range) -> list[int]:
    return [range.start.line, range.start.column, range.end.line, range.end.column]


def _range_from_plain(row: list[int]) -> Range:
    return Range(Position(row[0], row[1]), Position(row[2], row[3]))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
