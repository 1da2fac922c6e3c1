"""Variables of C code: what a shared object has of them, and carrying their values over into the next copy of it."""

# Note [C variables]
# ~~~~~~~~~~~~~~~~~~
# Nim keeps globals on the heap, apart from the code that is replaced. C has no such place: variables lie in the shared object, and each copy has
# its own. The rule is that for globals of Python: a variable that still is what loading (and, in an extension module, initialisation) has left
# there takes the new copy's value; one that was written to since keeps its live value, if the new copy has one of that name and size.
# So flags and types that initialisation sets are the new copy's own, and counters, caches and settings live on.
# The symbol table names static variables too; where it was stripped, only exported ones are seen. A word in a variable that is an address in the
# old copy becomes that of the same symbol in the new one, so that registered functions are the new ones. Addresses elsewhere (on
# the heap, in other libraries) are not looked for. Classes and other objects of Python that lie in C variables belong to their copy.
# Objects of C++ are not bytes: a library of C++ begins anew.

from __future__ import annotations

import re
import struct
import sys
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from holefit_worker.reload.report import Report

_OBJECT, _FUNCTION = 1, 2
_SYMTAB, _DYNSYM, _LOAD = 2, 11, 1
_WRITE = 1
_LARGE = 1 << 24  # bytes; a larger variable begins anew
_WORD = 8
_GENERATED = r"^__|^completed(?:\.\d+)?$|^_(?:DYNAMIC|GLOBAL_OFFSET_TABLE_|edata|end)$"
_NUMBERED = r"^(?P<name>\w+)\.\d+$"


class Symbol:
    """A function or variable of a shared object, at ``address`` from where that is loaded. ``writable``: a variable that is no constant."""

    __slots__ = ("address", "name", "size", "writable")

    def __init__(self, name: str, address: int, size: int, writable: bool) -> None:
        self.name = name
        self.address = address
        self.size = size
        self.writable = writable


class Variables:
    """The variables of a shared object that is loaded, and what they were when this was made."""

    def __init__(self, path: str, handle: int) -> None:
        self._symbols: dict[str, Symbol] = {}
        self._base = self._extent = 0
        if sys.platform.startswith("linux"):
            try:
                with open(path, "rb") as file:
                    self._symbols, self._extent = _read(file.read())
            except (OSError, struct.error, IndexError, ValueError):
                pass
        if self._symbols:
            import ctypes

            self._base = ctypes.c_size_t.from_address(handle).value  # the first thing that the loader notes
        self._by_address = sorted(self._symbols.values(), key=lambda one: one.address)
        self._addresses = [one.address for one in self._by_address]
        self._before = {name: self._bytes(one) for name, one in self._symbols.items() if one.writable}

    def carry_into(self, fresh: Variables, name: str, report: Report) -> None:
        """Give the variables of another copy what these have become since, see Note [C variables]. ``name`` is what the report calls them after."""
        import ctypes

        anew: list[str] = []
        classes: set[int] = set()
        for key, before in self._before.items():
            live = self._bytes(self._symbols[key])
            if live == before:
                continue
            classes = classes or set(map(id, _all_classes()))
            if _class_in(live) in classes:
                continue  # a class, the definition of a module: they are of their own copy, and Python writes to them
            there = fresh._symbols.get(key)
            if there is None or not there.writable or there.size != self._symbols[key].size:
                anew.append(key)
                continue
            if len(live) != there.size:
                anew.append(key)
                continue
            ctypes.memmove(fresh._base + there.address, self._translated(live, fresh), there.size)
        if anew:
            which = f"variable{'s' if len(anew) > 1 else ''} {', '.join(sorted(anew))}"
            report.note(
                f"{name}: the live value of the C {which} is given up: its declaration is gone or of another size"
            )

    def _bytes(self, symbol: Symbol) -> bytes:
        import ctypes

        return ctypes.string_at(self._base + symbol.address, symbol.size if symbol.size <= _LARGE else 0)

    def _translated(self, live: bytes, fresh: Variables) -> bytes:
        """``live`` with addresses in this copy made those of ``fresh``."""
        if len(live) % _WORD:
            return live
        words = list(struct.unpack(f"<{len(live) // _WORD}Q", live))
        for i, word in enumerate(words):
            if self._base <= word < self._base + self._extent:
                words[i] = self._moved(word - self._base, fresh) or word
        return struct.pack(f"<{len(words)}Q", *words)

    def _moved(self, address: int, fresh: Variables) -> int:
        at = bisect_right(self._addresses, address) - 1
        if at < 0:
            return 0
        symbol = self._by_address[at]
        inside = address - symbol.address
        there = fresh._symbols.get(symbol.name)
        if there is None or (inside and (inside >= symbol.size or there.size != symbol.size)):
            return 0
        return fresh._base + there.address + inside


def _class_in(live: bytes) -> int:
    """What would be the address of its class, if the bytes are those of a Python object."""
    end = object.__basicsize__
    return int.from_bytes(live[end - _WORD : end], sys.byteorder) if len(live) >= end else 0


def _all_classes() -> Iterator[type]:
    """Every class that there is."""
    seen: set[int] = set()
    pending: list[type] = [object]
    while pending:
        cls = pending.pop()
        if id(cls) not in seen:
            seen.add(id(cls))
            yield cls
            pending += type.__subclasses__(cls)


def _read(data: bytes) -> tuple[dict[str, Symbol], int]:
    """The symbols of an ELF file of 64 bits by name (a static variable of a function by its plain one), and its size in memory."""
    if data[:6] != b"\x7fELF\x02\x01" or b"libstdc++" in data or b"libc++" in data:
        return {}, 0
    programs_at, sections_at = struct.unpack_from("<QQ", data, 0x20)
    program_size, program_count, section_size, section_count = struct.unpack_from("<HHHH", data, 0x36)
    extent = 0
    for i in range(program_count):
        kind, _, _, address, _, _, size, _ = struct.unpack_from(
            "<IIQQQQQQ", data, programs_at + program_size * i
        )
        if kind == _LOAD:
            extent = max(extent, address + size)
    # name, type, flags, address, offset, size, link, info, alignment, size of an entry
    sections: list[Any] = [
        struct.unpack_from("<IIQQQQIIQQ", data, sections_at + section_size * i) for i in range(section_count)
    ]
    names = sections[struct.unpack_from("<H", data, 0x3E)[0]]
    frozen = {i for i, one in enumerate(sections) if _text(data, names, one[0]).startswith(".data.rel.ro")}
    tables = [one for one in sections if one[1] == _SYMTAB] or [one for one in sections if one[1] == _DYNSYM]
    found: dict[str, Symbol] = {}
    twice: set[str] = set()
    for table in tables:
        for at in range(table[4], table[4] + table[5], 24):
            name_at, info, _, index, address, size = struct.unpack_from("<IBBHQQ", data, at)
            kind = info & 0xF
            if kind not in (_OBJECT, _FUNCTION) or not size or not 0 < index < len(sections):
                continue
            name = _text(data, sections[table[6]], name_at)
            if re.search(_GENERATED, name):
                continue
            numbered = re.match(_NUMBERED, name)
            plain = numbered["name"] if numbered else name
            if plain in found and found[plain].address != address:
                twice.add(
                    plain
                )  # two files or functions have one of that name: nobody can tell which is which
            writable = kind == _OBJECT and bool(sections[index][2] & _WRITE) and index not in frozen
            found[plain] = Symbol(plain, address, size, writable)
    return {name: one for name, one in found.items() if name not in twice}, extent


def _text(data: bytes, table: Any, at: int) -> str:
    start = table[4] + at
    return data[start : data.index(b"\0", start)].decode("utf-8", "replace")
