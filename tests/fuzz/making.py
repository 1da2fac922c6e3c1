"""Cases out of chance: messages of every kind with any fields that fit, and what may happen to them on the way."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped]  # has no types
from cases import PACKING, TO_SESSION, TO_WORKER, Case, framed

import holefit_wire.interpreter
from holefit_wire.codec import MalformedMessageError, choices, field_names
from holefit_wire.interpreter import Reply, Request

KINDS: dict[str, type[Any]] = {
    name: kind
    for name in holefit_wire.interpreter.__all__
    if isinstance(kind := getattr(holefit_wire.interpreter, name), type)
}
TEXTS = (
    "",
    "x",
    "1",
    "1/0",
    "x = 1\nx",
    "def f(:",
    "☕",
    "\ud800",
    "\0",
    "raise KeyboardInterrupt",
    "a" * 3000,
    "__main__",
    "math",
)
PATHS = ("", "<a>", "/nonexistent/file.py", "/nonexistent/☕\ud800.so", "relative.py")
"""What a field may hold that could name a file: nothing that exists, since a worker does what it is told."""
DEADLY = {"Hello", "CreateCode", "MallocData", "FetchData", "InFork"}
"""Kinds whose bytes are not to be turned into others: what runs then is anybody's guess."""


def make(chance: random.Random) -> Case:
    """A new case."""
    direction = chance.choice((TO_WORKER, TO_SESSION))
    kinds = _requests() if direction == TO_WORKER else _answers()
    pieces = []
    for number in range(1, chance.randint(1, 4) + 1):
        name = chance.choice(kinds)
        body = _message(chance, KINDS[name], 0)
        if direction == TO_WORKER:
            whole: Any = Request(chance.choice((number, number, 0, -1, 1 << 40)), body)
        else:
            whole = Reply(chance.choice((1, 1, 1, 0, 2, number)), body) if chance.random() < 0.7 else body
        piece = _packed(chance, whole)
        if name not in DEADLY and chance.random() < 0.5:
            piece = chance.choice(ACCIDENTS)(chance, piece)
        pieces.append(piece)
    if chance.random() < 0.2:
        chance.shuffle(pieces)
    return Case(direction, tuple(_cut(chance, pieces)))


def changed(chance: random.Random, case: Case) -> Case:
    """A kept case with something else happening to it."""
    pieces = list(case.pieces)
    at = chance.randrange(len(pieces))
    if case.direction == TO_WORKER and any(name.encode() in pieces[at] for name in DEADLY):
        return case
    pieces[at] = chance.choice(ACCIDENTS)(chance, pieces[at])
    return Case(case.direction, tuple(pieces))


def _requests() -> list[str]:
    """What may be sent to a worker: all kinds, right or wrong, save those that make it compile, load or fork."""
    left_out = {"MallocData", "FetchData", "CreateCode", "LoadObject", "LoadArchive", "LoadDLL"}
    return sorted(KINDS.keys() - left_out)


def _answers() -> list[str]:
    return sorted(KINDS)


def _message(chance: random.Random, kind: type[Any], depth: int) -> Any:
    annotations = kind.__annotations__
    fields = {}
    for name in field_names(kind):
        if name in kind.__dict__ and chance.random() < 0.5:
            continue  # its default will do
        fields[name] = _value(chance, name, annotations[name], depth)
    return kind(**fields)


def _value(chance: random.Random, name: str, annotation: str, depth: int) -> Any:
    if annotation.endswith(" | None"):
        return (
            None if chance.random() < 0.4 else _value(chance, name, annotation.removesuffix(" | None"), depth)
        )
    outer, _, rest = annotation.partition("[")
    inner = rest[:-1].removesuffix(", ...")
    several = range(chance.choice((0, 1, 1, 2)) if depth < 4 else 0)
    if outer in ("list", "tuple"):
        made = [_value(chance, name, inner, depth + 1) for _ in several]
        return made if outer == "list" else tuple(made)
    if outer == "dict":
        return {
            chance.choice(PATHS): _value(chance, name, inner.partition(", ")[2], depth + 1) for _ in several
        }
    if outer in KINDS or choices(outer) != (outer,):
        return _message(chance, KINDS[chance.choice(choices(outer))], depth + 1)
    simple: dict[str, Callable[[], Any]] = {
        "str": lambda: chance.choice(PATHS if _names_files(name) else TEXTS),
        "int": lambda: chance.choice((0, 1, 2, 3, -1, 7, 1 << 31, (1 << 63) - 1, -(1 << 63))),
        "bool": lambda: chance.random() < 0.5,
        "bytes": lambda: chance.randbytes(chance.choice((0, 1, 16))),
        "float": lambda: chance.choice((0.0, -1.0, 1e308, float("inf"), float("nan"))),
    }
    if outer in simple:
        return simple[outer]()
    if depth < 3 and chance.random() < 0.6:  # Any: a message, mostly
        return _message(chance, KINDS[chance.choice(sorted(KINDS.keys() - DEADLY))], depth + 1)
    return chance.choice((None, 1, "x", b"x", [], {}, 1.5))


def _names_files(name: str) -> bool:
    return name in ("path", "filename", "shared", "name", "cwd", "text") and name != "text"


def _packed(chance: random.Random, whole: Any) -> bytes:
    try:
        return PACKING.pack(whole)
    except MalformedMessageError:
        return framed(b"\xc1")


# Accidents


def _cut_short(chance: random.Random, piece: bytes) -> bytes:
    return piece[: chance.randrange(len(piece) + 1)]


def _flipped(chance: random.Random, piece: bytes) -> bytes:
    data = bytearray(piece)
    for _ in range(chance.randint(1, 3)):
        if len(data) > 4:
            data[chance.randrange(4, len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _other_length(chance: random.Random, piece: bytes) -> bytes:
    size = chance.choice((0, 1, max(0, len(piece) - 8), len(piece), 0xFFFFFFFF, 1 << 30, (256 << 20) + 1))
    return struct.pack("<I", size) + piece[4:]


def _twice(chance: random.Random, piece: bytes) -> bytes:
    return piece + piece


def _rubbish(chance: random.Random, piece: bytes) -> bytes:
    return framed(chance.randbytes(chance.randint(0, 40)))


def _no_message(chance: random.Random, piece: bytes) -> bytes:
    deep: Any = []
    for _ in range(chance.choice((1, 400, 3000))):
        deep = [deep]
    plain = chance.choice(
        (None, 5, [], {}, {"t": 5}, {"t": "Teleport"}, {"t": "Request"}, {"t": "Request", "id": "x"}, deep)
    )
    try:
        return framed(msgpack.packb(plain))
    except ValueError:  # deeper than msgpack packs
        return framed(b"\x91" * 3000 + b"\xc0")


def _missing_field(chance: random.Random, piece: bytes) -> bytes:
    try:
        plain = PACKING.unpack_plain(piece[4:])
    except MalformedMessageError:
        return piece
    at = plain
    while isinstance(at, dict) and len(at) > 1:
        key = chance.choice(sorted(map(str, at)))
        if isinstance(at.get(key), dict) and chance.random() < 0.8:
            at = at[key]
            continue
        if chance.random() < 0.5:
            at.pop(key, None)
        else:
            at[key] = chance.choice((None, -1, "y", b"", [], {"t": "Done"}, [[1]]))
        break
    return framed(msgpack.packb(plain, unicode_errors="surrogatepass"))


def _extension(chance: random.Random, piece: bytes) -> bytes:
    return framed(msgpack.packb(msgpack.ExtType(5, b"x")))


ACCIDENTS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _cut_short,
    _flipped,
    _flipped,
    _other_length,
    _twice,
    _rubbish,
    _no_message,
    _missing_field,
    _missing_field,
    _extension,
)


def _cut(chance: random.Random, pieces: list[bytes]) -> list[bytes]:
    """The same bytes, in other writes."""
    if chance.random() < 0.7:
        return pieces
    whole = b"".join(pieces)
    at = chance.randrange(len(whole) + 1)
    return [whole[:at], whole[at:]]
