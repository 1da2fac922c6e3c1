"""Messages and frames: what one end packs, the other reads; what nobody packed gives a typed error."""

from __future__ import annotations

import inspect
import struct
from typing import Any

import msgpack  # type: ignore[import-untyped]  # has no types
import msgpack.fallback  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holefit_wire import interpreter, plainpack
from holefit_wire.codec import (
    MalformedMessageError,
    UnknownMessageError,
    choices,
    field_names,
    from_plain,
    message,
    replaced,
    to_plain,
)
from holefit_wire.frames import Decoder, FrameTooLargeError, frame
from holefit_wire.packing import Packing

KINDS = {cls.__name__: cls for cls in vars(interpreter).values() if inspect.isclass(cls)}
TEXT = st.text(
    st.characters(exclude_categories=()), max_size=20
)  # lone surrogates included: Python text may hold them
PLAIN = {
    "str": TEXT,
    "int": st.integers(-(1 << 63), (1 << 64) - 1),
    "bool": st.booleans(),
    "float": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=20),
    "Any": st.none() | TEXT | st.integers(-5, 5),
}
PACKINGS = [Packing(msgpack), Packing(msgpack.fallback), Packing(plainpack)]


def values(annotation: str) -> st.SearchStrategy[Any]:
    """Values of a field of that type."""
    if annotation.endswith(" | None"):
        return st.none() | values(annotation.removesuffix(" | None"))
    outer, _, rest = annotation.partition("[")
    inner = rest[:-1]
    if outer == "list":
        return st.lists(values(inner), max_size=3)
    if outer == "tuple":
        return st.lists(values(inner.removesuffix(", ...")), max_size=3).map(tuple)
    if outer == "dict":
        return st.dictionaries(
            TEXT.filter(lambda key: key != "t"), values(inner.partition(", ")[2]), max_size=3
        )
    if outer in PLAIN:
        return PLAIN[outer]
    return st.deferred(lambda: st.one_of([messages_of(KINDS[name]) for name in choices(outer)]))


def messages_of(cls: type) -> st.SearchStrategy[Any]:
    """Messages of one class."""
    return st.builds(cls, **{name: values(text) for name, text in cls.__annotations__.items()})


MESSAGES = st.one_of([messages_of(cls) for cls in KINDS.values()])
WRAPPED = MESSAGES | st.builds(interpreter.Request, st.integers(0, 9), MESSAGES)


@given(WRAPPED)
@settings(max_examples=300, deadline=None)
def test_a_message_survives_the_wire(sent: Any) -> None:
    for packs in PACKINGS:
        for unpacks in PACKINGS:
            (payload,) = Decoder().feed(packs.pack(sent))
            assert unpacks.unpack(payload) == sent


@given(st.lists(st.binary(max_size=40), max_size=6), st.lists(st.integers(1, 30), min_size=1))
def test_frames_decode_the_same_however_they_are_cut(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, payloads))
    decoder, found, at = Decoder(), [], 0
    while at < len(stream):
        step = cuts[at % len(cuts)]
        found += decoder.feed(stream[at : at + step])
        at += step
    assert found == payloads
    assert decoder.pending == 0


@given(st.binary(max_size=200))
@settings(max_examples=500, deadline=None)
def test_garbage_gives_a_typed_error(garbage: bytes) -> None:
    for packing in PACKINGS:
        try:
            packing.unpack(garbage)
        except MalformedMessageError:
            continue
        else:
            assert from_plain(packing.unpack_plain(garbage)) is not NotImplemented


@given(WRAPPED, st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_damaged_message_gives_a_message_or_a_typed_error(sent: Any, at: int, byte: int) -> None:
    for packing in PACKINGS:
        payload = bytearray(packing.pack(sent)[4:])
        payload[at % len(payload)] = byte
        try:
            packing.unpack(bytes(payload))
        except MalformedMessageError:
            continue


def test_a_frame_past_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameTooLargeError, match="exceeds the limit of 10"):
        Decoder(limit=10).feed(struct.pack("<I", 11))


def test_an_unknown_message_is_told_from_a_malformed_one() -> None:
    with pytest.raises(UnknownMessageError, match="'Teleport'"):
        from_plain({"t": "Teleport"})
    with pytest.raises(MalformedMessageError, match="Reply has no body"):
        from_plain({"t": "Reply", "id": 1})
    with pytest.raises(MalformedMessageError, match="Reply: id cannot be 'one'"):
        from_plain({"t": "Reply", "id": "one", "body": None})


def test_fields_that_are_not_known_here_are_ignored() -> None:
    assert from_plain({"t": "FreeRefs", "refs": [1], "newer": {"x": 1}}) == interpreter.FreeRefs([1])


def test_fields_with_their_defaults_do_not_travel() -> None:
    assert to_plain(interpreter.EvalOpts(module="m")) == {"t": "EvalOpts", "module": "m"}


def test_what_is_no_data_is_refused_before_anything_is_sent() -> None:
    packing = Packing(msgpack)
    with pytest.raises(MalformedMessageError, match="object is not a message"):
        packing.pack(interpreter.Reply(1, object()))
    with pytest.raises(MalformedMessageError, match="cannot be sent"):
        packing.pack(interpreter.Reply(1 << 70, None))
    (payload,) = Decoder().feed(packing.pack(interpreter.Reply(1, None)))
    assert packing.unpack(payload) == interpreter.Reply(1, None)


def test_deep_nesting_is_a_typed_error() -> None:
    for packing in PACKINGS:
        with pytest.raises(MalformedMessageError):
            packing.unpack(b"\x91" * 100_000 + b"\x00")


def test_extension_types_and_timestamps_are_refused() -> None:
    for packing in PACKINGS:
        with pytest.raises(MalformedMessageError):
            packing.unpack(msgpack.packb(msgpack.ExtType(5, b"x")))
        with pytest.raises(MalformedMessageError):
            packing.unpack(msgpack.packb(msgpack.Timestamp(1)))


@message
class Point:
    """A message of the test's own."""

    x: int
    y: int = 2


def test_a_message_is_a_frozen_value() -> None:
    point = Point(1)
    assert (point, hash(point)) == (Point(x=1, y=2), hash(Point(1, 2)))
    assert point != Point(1, 3)
    assert repr(point) == "Point(x=1, y=2)"
    assert replaced(point, x=5) == Point(5)
    assert field_names(Point) == ("x", "y")
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 3  # type: ignore[misc]  # the point of the test
    for wrong in [(), (1, 2, 3)]:
        with pytest.raises(TypeError):
            Point(*wrong)
    with pytest.raises(TypeError, match="no field z"):
        Point(1, z=3)  # type: ignore[call-arg]  # the point of the test
