"""C libraries of the project, as ``ctypes`` loads them: opened from a copy, and followed by what holds them when another one is built.

``ctypes`` opens a library by one function of its module, which is replaced by ours: it opens a copy of a library of the project, and others as
ever. When the library changes, the handle in each ``CDLL`` becomes that of the new copy, and functions taken from it keep their identity
and types: their pointer is changed.
"""

from __future__ import annotations

import os

from .linker import address_in
from .variables import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_worker.reload.journal import Journal
    from holefit_worker.reload.report import Report

    from .build import Built
    from .place import Copies


class Library:
    """A library of the project that is open. ``path`` is where the program thinks that it lies; ``handles`` are all that it had."""

    def __init__(self, path: str, built: Built) -> None:
        self.path = path
        self.built = built
        self.handle = 0
        self.copy = ""
        self.handles: dict[int, str] = {}  # with the copy that each is of
        self.variables: Variables | None = None
        self.told = False

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.path)

    def open(self, copies: Copies, dlopen: Callable[[str, int], int], mode: int) -> int:
        """The handle, opened when it is asked for the first time. Raises: OSError."""
        if not self.handle:
            self._open(self.built, copies, dlopen, mode)
        return self.handle

    def _open(self, built: Built, copies: Copies, dlopen: Callable[[str, int], int], mode: int) -> None:
        with copies.of(built.path) as copy:
            try:
                handle = dlopen(copy, mode)
            except OSError as error:
                raise OSError(str(error).replace(copy, self.path)) from None
        self.handle, self.copy, self.built = handle, copy, built
        self.handles[handle] = copy
        self.variables = Variables(built.path, handle)

    def become(
        self,
        built: Built,
        copies: Copies,
        dlopen: Callable[[str, int], int],
        journal: Journal,
        report: Report,
        variables: str,
    ) -> None:
        """Run what was built now. Raises: OSError. The journal takes all of it back."""
        journal.add(vars(self).update, dict(vars(self)))
        before = self.variables
        import ctypes

        self._open(built, copies, dlopen, ctypes.DEFAULT_MODE)
        if variables == "carry" and before is not None and self.variables is not None:
            before.carry_into(self.variables, self.name, report)
        gone = self._follow(journal)
        for name in sorted(gone):
            report.remove(self.name, name)
            report.note(
                f"{self.name} exports no {name} any more: what holds that function goes on calling the old code"
            )
        if not self.told:
            self.told = True
            report.note(
                f"{self.name}: pointers to its functions that C code or a structure holds go on calling the old code"
            )

    def _follow(self, journal: Journal) -> set[str]:
        """Point all that was taken from older copies at the newest; gives the names of functions that it has no more."""
        import ctypes
        import gc

        function_type: Any = vars(ctypes)["_CFuncPtr"]
        where = _Where()
        copies = set(self.handles.values()) - {self.copy}
        gone: set[str] = set()
        for found in gc.get_objects():
            kind = type(found)
            if issubclass(kind, ctypes.CDLL):
                if vars(found).get("_handle") in self.handles:
                    journal.set_item(vars(found), "_handle", self.handle)
                    for name in [
                        name for name, value in vars(found).items() if issubclass(type(value), function_type)
                    ]:
                        if not address_in(self.handle, name):
                            journal.delete_item(vars(found), name)
            elif issubclass(kind, function_type):
                pointer = ctypes.c_void_p.from_address(ctypes.addressof(found))
                file, name = where(pointer.value)
                if file not in copies:
                    continue
                address = address_in(self.handle, name)
                if address:
                    journal.set(pointer, "value", address)
                else:
                    gone.add(name)
        return gone


class _Where:
    """Which file and symbol an address belongs to, as the loader knows."""

    def __init__(self) -> None:
        import ctypes

        class Info(ctypes.Structure):
            _fields_ = [
                ("file", ctypes.c_char_p),
                ("base", ctypes.c_void_p),
                ("name", ctypes.c_char_p),
                ("address", ctypes.c_void_p),
            ]

        self._info = Info()
        self._reference = ctypes.byref(self._info)
        self._ask = getattr(ctypes.CDLL(None), "dladdr", None)
        if self._ask is not None:
            self._ask.argtypes = [ctypes.c_void_p, ctypes.c_void_p]

    def __call__(self, address: int | None) -> tuple[str, str]:
        if not address or self._ask is None or not self._ask(address, self._reference):
            return "", ""
        found: Any = self._info
        if found.address != address or found.file is None or found.name is None:
            return "", ""
        return os.fsdecode(found.file), found.name.decode("utf-8", "replace")
