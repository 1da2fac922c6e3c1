"""Files of native code: those that a reload takes notice of, and what compilers say of them."""

from __future__ import annotations

from pathlib import Path

COMPILED = (".c", ".cc", ".cpp", ".cxx")
SOURCES = (*COMPILED, ".h", ".hh", ".hpp", ".hxx", ".pyx", ".pxd")
SHARED = (".so", ".dylib", ".pyd")
SUFFIXES = (*SOURCES, *SHARED)


def is_native(path: Path) -> bool:
    """Whether the file at ``path`` is native code: source or shared object."""
    return path.name.endswith(SUFFIXES)
