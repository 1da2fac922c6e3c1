"""What a project declares of its native parts: by its options, and for setuptools."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from holefit.session.options import Options
from holefit_wire.interpreter.linker import NativePart, SetNative


def declared_parts(root: Path, options: Options) -> SetNative:
    """The native parts of the project at ``root``; an option wins over a declaration for setuptools of the same module."""
    wishes = options.native
    parts = [NativePart("extension", name, tuple(sources)) for name, sources in wishes.extensions.items()]
    parts += [NativePart("library", name, tuple(sources)) for name, sources in wishes.libraries.items()]
    parts += [one for one in _for_setuptools(root) if one.name not in wishes.extensions]
    return SetNative(
        root=str(root),
        parts=tuple(parts),
        compiler=wishes.compiler,
        include=wishes.include,
        compile_flags=wishes.compile_args,
        link_flags=wishes.link_args,
        build=wishes.build,
        variables=wishes.variables,
    )


def _for_setuptools(root: Path) -> Iterator[NativePart]:
    """``[[tool.setuptools.ext-modules]]`` of the pyproject.toml, as far as it is made of C and C++ sources."""
    try:
        table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8-sig"))
        declared = table["tool"]["setuptools"]["ext-modules"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return
    for one in declared if isinstance(declared, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            sources = _words(one, "sources")
            if sources and all(source.endswith((".c", ".cc", ".cpp", ".cxx")) for source in sources):
                yield _part(one["name"], sources, one)


def _part(name: str, sources: tuple[str, ...], one: Mapping[str, Any]) -> NativePart:
    macros = [f"-D{_macro(pair)}" for pair in one.get("define-macros", ()) if isinstance(pair, list) and pair]
    undefined = [f"-U{word}" for word in _words(one, "undef-macros")]
    folders = [f"-L{word}" for word in _words(one, "library-dirs")]
    paths = [f"-Wl,-rpath,{word}" for word in _words(one, "runtime-library-dirs")]
    libraries = [f"-l{word}" for word in _words(one, "libraries")]
    return NativePart(
        "extension",
        name,
        sources,
        include=_words(one, "include-dirs"),
        compile_flags=(*macros, *undefined, *_words(one, "extra-compile-args")),
        link_flags=(
            *_words(one, "extra-objects"),
            *folders,
            *paths,
            *libraries,
            *_words(one, "extra-link-args"),
        ),
    )


def _macro(pair: list[Any]) -> str:
    return str(pair[0]) if len(pair) < 2 or pair[1] is None else f"{pair[0]}={pair[1]}"


def _words(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, ())
    return tuple(word for word in found if isinstance(word, str)) if isinstance(found, list) else ()
