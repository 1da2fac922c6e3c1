"""msgpack of plain data in pure Python, for a worker: several times faster on small messages than the package's own pure half.

It has what :class:`~holefit_wire.packing.Packing` asks of the package: ``Packer`` and ``unpackb``. Extension types are refused.
Format: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FLOAT = struct.Struct(">Bd").pack
_NAMES: dict[str, bytes] = {}  # keys as they are packed: they come again and again
MAX_NAMES = 2000
MAX_DEPTH = 500
_UNSIGNED = ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8))
_SIGNED = ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8))


class Packer:
    """Packs; the arguments are those of the package's, and mean what is always so here."""

    def __init__(self, *, use_bin_type: bool = True, unicode_errors: str = "surrogatepass") -> None:
        """See the class."""

    def pack(self, value: Any) -> bytes:
        """``value`` as bytes. Raises: TypeError, OverflowError, ValueError."""
        out = bytearray()
        _pack(value, out, MAX_DEPTH)
        return bytes(out)


def unpackb(
    payload: bytes,
    *,
    raw: bool = False,
    unicode_errors: str = "surrogatepass",
    strict_map_key: bool = False,
    ext_hook: Callable[[int, bytes], Any] | None = None,
) -> Any:
    """What ``payload`` holds; it must hold one value and no more. Raises: ValueError, and TypeError for keys that cannot be."""
    data = bytes(payload)
    try:
        value, end = _read(data, 0, MAX_DEPTH)
    except IndexError:
        raise ValueError("it ends too soon") from None
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes too many")
    return value


def _pack(value: Any, out: bytearray, depth: int) -> None:
    cls = type(value)
    if cls is str:
        data = value.encode("utf-8", "surrogatepass")
        _head(out, len(data), 0xA0, 32, (0xD9, 0xDA, 0xDB))
        out += data
    elif cls is int:
        _pack_int(value, out)
    elif value is None:
        out.append(0xC0)
    elif cls is bool:
        out.append(0xC3 if value else 0xC2)
    elif cls is dict:
        if not depth:
            raise ValueError("nested too deeply")
        _head(out, len(value), 0x80, 16, (0, 0xDE, 0xDF))
        for key, item in value.items():
            if type(key) is str:
                name = _NAMES.get(key)
                out += name if name is not None else _packed_name(key)
            else:
                _pack(key, out, depth - 1)
            _pack(item, out, depth - 1)
    elif cls is list or cls is tuple:
        if not depth:
            raise ValueError("nested too deeply")
        _head(out, len(value), 0x90, 16, (0, 0xDC, 0xDD))
        for item in value:
            _pack(item, out, depth - 1)
    elif cls is float:
        out += _FLOAT(0xCB, value)
    elif cls is bytes or cls is bytearray or cls is memoryview:
        data = bytes(value)
        _head(out, len(data), 0, 0, (0xC4, 0xC5, 0xC6))
        out += data
    else:
        bases: tuple[Any, ...] = (int, str, bytes, float, dict, list, tuple)
        for base in bases:
            if isinstance(value, base):
                _pack(base(value), out, depth)
                return
        raise TypeError(f"can not serialize {cls.__name__!r} object")


def _pack_int(value: int, out: bytearray) -> None:
    if -32 <= value < 128:
        out.append(value & 0xFF)
        return
    for code, size in _UNSIGNED if value >= 0 else _SIGNED:
        limit = 1 << 8 * size if value >= 0 else 1 << 8 * size - 1
        if (value if value >= 0 else ~value) < limit:
            out.append(code)
            out += value.to_bytes(size, "big", signed=value < 0)
            return
    raise OverflowError("Integer value out of range")


def _head(out: bytearray, size: int, short: int, below: int, codes: tuple[int, int, int]) -> None:
    """The code and length of a text, bytes, a list or a map; there is no code of one byte's length for the last two."""
    if size < below:
        out.append(short | size)
    elif size < 1 << 8 and codes[0]:
        out.append(codes[0])
        out.append(size)
    elif size < 1 << 16:
        out.append(codes[1])
        out += size.to_bytes(2, "big")
    elif size < 1 << 32:
        out.append(codes[2])
        out += size.to_bytes(4, "big")
    else:
        raise ValueError("too large")


def _packed_name(key: str) -> bytes:
    out = bytearray()
    _pack(key, out, 1)
    if len(_NAMES) < MAX_NAMES and len(key) < 32:
        _NAMES[key] = bytes(out)
    return bytes(out)


def _read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """The value at ``at``, and where the next one begins. Raises: IndexError at the end of the data, ValueError."""
    code = data[at]
    at += 1
    if code < 0x80:
        return code, at
    if code >= 0xE0:
        return code - 256, at
    if 0xA0 <= code < 0xC0:
        end = at + (code & 0x1F)
        if end > len(data):
            raise IndexError
        return data[at:end].decode("utf-8", "surrogatepass"), end
    if code < 0x90:
        return _read_map(data, at, code & 0x0F, depth)
    if code < 0xA0:
        return _read_list(data, at, code & 0x0F, depth)
    if code == 0xC0:
        return None, at
    if code == 0xC2 or code == 0xC3:
        return code == 0xC3, at
    if code == 0xCA or code == 0xCB:
        size = 4 if code == 0xCA else 8
        return struct.unpack(">f" if size == 4 else ">d", _slice(data, at, size))[0], at + size
    kind, size = _WIDE.get(code, ("", 0))
    number = int.from_bytes(_slice(data, at, size), "big", signed=kind == "signed")
    at += size
    if kind == "signed" or kind == "unsigned":
        return number, at
    if kind == "text":
        return _slice(data, at, number).decode("utf-8", "surrogatepass"), at + number
    if kind == "bytes":
        return _slice(data, at, number), at + number
    if kind == "list":
        return _read_list(data, at, number, depth)
    if kind == "map":
        return _read_map(data, at, number, depth)
    raise ValueError(f"code {code:#x} is not used here")


_WIDE: dict[int, tuple[str, int]] = {
    **{code: ("unsigned", size) for code, size in _UNSIGNED},
    **{code: ("signed", size) for code, size in _SIGNED},
    **{0xC4 + n: ("bytes", 1 << n) for n in range(3)},
    **{0xD9 + n: ("text", 1 << n) for n in range(3)},
    **{0xDC + n: ("list", 2 << n) for n in range(2)},
    **{0xDE + n: ("map", 2 << n) for n in range(2)},
}


def _read_list(data: bytes, at: int, number: int, depth: int) -> tuple[list[Any], int]:
    if not depth:
        raise ValueError("nested too deeply")
    items = []
    for _ in range(number):
        item, at = _read(data, at, depth - 1)
        items.append(item)
    return items, at


def _read_map(data: bytes, at: int, number: int, depth: int) -> tuple[dict[Any, Any], int]:
    if not depth:
        raise ValueError("nested too deeply")
    found = {}
    for _ in range(number):
        key, at = _read(data, at, depth - 1)
        found[key], at = _read(data, at, depth - 1)
    return found, at


def _slice(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise IndexError
    return data[at : at + size]
