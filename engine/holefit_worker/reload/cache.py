"""Compiled statements on disk, so that a big project is not parsed and compiled at every start.

One file for each source file of some size, in ``.holefit/code`` at the project's root. It is believed only if the source text is the very one that it
was made from, whatever time stamps say.
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import sys

from holefit_worker.holes import deferred

from .names import FromImport
from .source import Chunk, Leaf, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FORMAT = 3
_WORTHWHILE = 1500  # characters of source: parsing less takes no longer than opening a file
_FOLDER = ".holefit"


def load(root: str, path: str, text: str) -> tuple[int, list[Chunk]] | None:
    """The compiler flags and chunks kept for ``text``, if there are any."""
    if len(text) < _WORTHWHILE or deferred.on:
        return None
    try:
        with open(_place(root, path), "rb") as file:
            key, flags, chunks = marshal.loads(file.read())
        if key != _key(path, text):
            return None
        return flags, [_chunk(*packed) for packed in chunks]
    except (OSError, ValueError, TypeError, EOFError):
        return None


def store(root: str, path: str, text: str, flags: int, chunks: list[Chunk]) -> None:
    """Keep the chunks of ``text``; a folder that cannot be written to is passed over."""
    if len(text) < _WORTHWHILE or deferred.on:
        return
    place = _place(root, path)
    data = marshal.dumps((_key(path, text), flags, [_packed(chunk) for chunk in chunks]))
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        ignore = os.path.join(root, _FOLDER, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("*\n")
        temporary = f"{place}.{os.getpid()}"
        with open(temporary, "wb") as written:
            written.write(data)
        os.replace(temporary, place)
    except OSError:
        return


def _place(root: str, path: str) -> str:
    name = os.path.relpath(path, root).replace(os.sep, ".")
    return os.path.join(root, _FOLDER, "code", f"{name}.{sys.implementation.cache_tag}")


def _key(path: str, text: str) -> tuple[int, bytes, bytes, str, int]:
    digest = importlib.util.source_hash(text.encode("utf-8", "surrogatepass"))
    return (_FORMAT, importlib.util.MAGIC_NUMBER, digest, path, sys.flags.optimize)


def _packed(chunk: Chunk) -> Any:
    return (chunk.start, chunk.end, [_packed_leaf(leaf) for leaf in chunk.leaves])


def _packed_leaf(leaf: Leaf) -> Any:
    statement = leaf.statement
    return (
        (statement.kind, statement.line, statement.names, statement.code),
        (statement.imports, [(one.module, one.name, one.local) for one in statement.taken]),
        (statement.on_reload, statement.attributes),
        [_packed_leaf(inner) for inner in leaf.body],
        [_packed_leaf(inner) for inner in leaf.orelse],
    )


def _chunk(start: int, end: int, leaves: list[Any]) -> Chunk:
    chunk = Chunk(start, end)
    chunk.leaves = [_leaf(*packed) for packed in leaves]
    return chunk


def _leaf(made: Any, imported: Any, rest: Any, body: list[Any], orelse: list[Any]) -> Leaf:
    statement = Statement(*made)
    statement.imports = imported[0]
    statement.taken = [FromImport(*one) for one in imported[1]]
    statement.on_reload, statement.attributes = rest
    leaf = Leaf(None, statement)
    leaf.body = [_leaf(*packed) for packed in body]
    leaf.orelse = [_leaf(*packed) for packed in orelse]
    return leaf
