"""Which module a file is, and which folder it is imported from."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def module_of(path: Path, bases: Sequence[Path]) -> tuple[str, Path]:
    """The dotted name of the module at ``path`` and the folder that its import starts from.

    ``bases`` are folders on the import path, the most specific first. A file below one of them is named from there (folders
    without ``__init__.py`` are namespace packages); any other file from above its outermost ``__init__.py``; one in
    site-packages from there.
    """
    folder = path.parent
    parts = [] if path.stem == "__init__" else [path.stem]
    for above in [folder, *folder.parents]:
        if above.name in ("site-packages", "dist-packages"):
            return _dotted(path, above), above
    for base in sorted(bases, key=lambda one: -len(one.parts)):
        if base in (folder, *folder.parents):
            between = folder.relative_to(base).parts
            if all(part.isidentifier() for part in between):
                return _dotted(path, base) or "__init__", base
    while (
        any((folder / name).is_file() for name in ("__init__.py", "__init__.pyi"))
        and folder.name.isidentifier()
    ):
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or path.stem, folder


# mypy builds the standard library's types from typeshed, and gives up when a module of the project stands in for one of these.
RESERVED = sys.stdlib_module_names | {"typing_extensions", "mypy_extensions", "_typeshed"}


def shadows(base: Path) -> list[str]:
    """Paths of modules and packages in ``base`` that have the name of a module of the standard library."""
    try:
        entries = list(os.scandir(base))
    except OSError:
        return []
    found = []
    for entry in entries:
        name, dot, suffix = entry.name.partition(".")
        if name in RESERVED and (suffix in ("py", "pyi") if dot else entry.is_dir()):
            found.append(os.path.join(base, entry.name))
            if not dot:
                found += [os.path.join(base, entry.name, f"__init__.{kind}") for kind in ("py", "pyi")]
    return found


def _dotted(path: Path, base: Path) -> str:
    parts = list(path.relative_to(base).with_suffix("").parts)
    if parts and parts[0].endswith("-stubs"):
        parts[0] = parts[0].removesuffix("-stubs")
    if parts and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def key(path: Path) -> str:
    """``path`` as mypy is given it: absolute, links kept as the editor has them."""
    return os.path.normpath(os.path.abspath(path))
