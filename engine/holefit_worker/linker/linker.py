"""The object linker: what GHC's runtime linker does for GHCi, with the system's compiler and loader.

*Objects* are taken in (a C source is compiled first), *resolved* together into one shared object, which is a *unit*; a shared object that is
loaded by itself is a unit of its own. Symbols are looked up in the newest unit first. See Note [Copied, then loaded].
"""

# Note [Copied, then loaded]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~
# The system's loader knows what it has loaded by name and by file: asked for the same path again, it gives what is there, whatever the file
# holds by now; and a file that is written over while it is mapped ends the process. So what may change is copied, and the
# copy, which has a name that was never loaded before, is loaded and removed. What cannot be unloaded safely, because somebody holds a
# function of it, stays mapped: it costs its size, and a call through an old reference finds its code.

from __future__ import annotations

import os
import sys
import weakref

from holefit_wire.interpreter.linker import CompilerMessage, LinkerInfo, Symbol, Unloaded

from . import compiler as compilers
from .errors import LinkError
from .place import Copies, defined, folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .compiler import Compiler


class Unit:
    """A shared object that is loaded. ``objects`` are the names that it goes by: the paths that it was made of, with the symbols of each."""

    def __init__(self, objects: dict[str, list[str]], library: Any) -> None:
        self.objects = objects
        self.hidden: set[str] = set()  # symbols of objects that were unloaded, while others of the unit stay
        self.library = library
        self.functions: list[weakref.ref[Any]] = []  # taken from it

    @property
    def name(self) -> str:
        """The object, or the first of them."""
        return next(iter(self.objects), "")

    def address(self, symbol: str) -> int:
        """The address of a symbol of its own; 0 where there is none."""
        return 0 if symbol in self.hidden else address_in(self.library._handle, symbol)


class Linker:
    """Loads native code into this process. All methods raise LinkError; paths are absolute. ``root`` is the project, where builds are kept."""

    def __init__(self, root: str, wish: str = "") -> None:
        self.root = root
        self.wish = wish  # for a compiler
        self.copies = Copies(root)
        self._compiler: Compiler | None = None
        self._taken: dict[str, str] = {}  # path as given -> object or archive to link
        self._units: list[Unit] = []
        self._search: dict[int, str] = {}
        self._tokens = 0

    @property
    def compiler(self) -> Compiler:
        """The compiler, found when it is first needed. Raises: LinkError."""
        if self._compiler is None:
            self._compiler = compilers.find(self.wish)
        return self._compiler

    def choose_compiler(self, wish: str) -> None:
        """Use another one from now on."""
        if wish != self.wish:
            self.wish, self._compiler = wish, None

    def init(self) -> LinkerInfo:
        """What there is to work with."""
        from importlib.machinery import EXTENSION_SUFFIXES

        try:
            command, version = " ".join(self.compiler.command), self.compiler.version
        except LinkError:
            command, version = "", ""
        try:
            found = compilers.headers("an extension module")
        except LinkError:
            found = ""
        return LinkerInfo(command, version, found, EXTENSION_SUFFIXES[0])

    # What is taken in

    def load_object(self, path: str, flags: Sequence[str] = ()) -> list[CompilerMessage]:
        """Take in an object, compiled first if it is a source. Gives the compiler's warnings."""
        _must_exist(path)
        if path.endswith(compilers.OBJECTS):
            self._taken[path] = path
            return []
        if not path.endswith(compilers.SOURCES):
            known = ", ".join((*compilers.SOURCES, *compilers.OBJECTS))
            raise LinkError("path", f"{path} is no object: it ends in none of {known}")
        made = self._place(path)
        warnings = self.compiler.compile([(path, made, [*self._python_headers(path), *flags])])
        self._taken[path] = made
        return warnings

    def load_archive(self, path: str) -> None:
        """Take in all of an archive."""
        _must_exist(path)
        self._taken[path] = path

    def resolve(self, flags: Sequence[str] = ()) -> list[str]:
        """Link what was taken in, and load it; gives the paths. Raises LinkError (kind ``symbols``) where some are missing: all stays taken in."""
        if not self._taken:
            return []
        target = self._place("unit") + ".so"
        folders = [f"-L{one}" for one in self._folders()]
        self.compiler.link(list(self._taken.values()), target, [*folders, *flags], sources=list(self._taken))
        try:
            library = self._open_copy(target)
        except OSError as error:
            raise self._unresolved(str(error)) from None
        finally:
            os.unlink(target)
        alone = len(self._taken) == 1
        symbols = {path: [] if alone else defined(made) for path, made in self._taken.items()}
        for path in symbols:
            self._forget(path)
        self._units.append(Unit(symbols, library))
        self._drop_taken()
        return list(symbols)

    def _unresolved(self, said: str) -> LinkError:
        _, found, rest = said.partition("undefined symbol: ")
        if not found:
            return LinkError("load", said)
        symbol = rest.partition(",")[0].strip()
        mark = symbol.encode() + b"\0"
        needed = [path for path, made in self._taken.items() if mark in _bytes_of(made)]
        by = f", which {' and '.join(map(os.path.basename, needed))} needs" if needed else ""
        return LinkError(
            "symbols",
            f"nothing defines {symbol}{by}",
            "Load what defines it (an object, an archive, a library) and resolve again.",
            [CompilerMessage(path, 0, 0, "error", f"undefined symbol {symbol}") for path in needed],
        )

    def _drop_taken(self) -> None:
        for path, made in self._taken.items():
            if made != path:
                for one in (made, f"{made}.d"):
                    if os.path.exists(one):
                        os.unlink(one)
        self._taken.clear()

    # Shared objects

    def load_dll(self, name: str) -> str:
        """Load a shared object, by path (a copy of it) or by name; gives its path, empty where the system found it."""
        import ctypes

        if os.sep not in name:
            found = self._searched(name)
            if not found:
                try:
                    library = ctypes.CDLL(name, handle=_system_dlopen(name, ctypes.RTLD_GLOBAL))
                except OSError as error:
                    text = f"no library {name}: {error}"
                    raise LinkError("load", text, "Add the folder that it is in as a search path.") from None
                self._forget(name)
                self._units.append(Unit({name: []}, library))
                return ""
        else:
            found = name
        _must_exist(found)
        try:
            again = self._unit_of(found) is not None
            # its own symbols before those of the one that it takes the place of
            library = self._open_copy(found, getattr(os, "RTLD_DEEPBIND", 0) if again else 0)
        except OSError as error:
            raise LinkError("load", _as_original(str(error), found)) from None
        self._forget(found)
        self._units.append(Unit({found: []}, library))
        return found

    def unload(self, path: str) -> Unloaded:
        """Forget the symbols of ``path``; its code leaves the process if that is safe."""
        if path in self._taken:
            made = self._taken.pop(path)
            if made != path and os.path.exists(made):
                os.unlink(made)
            return Unloaded(True, True)
        unit = self._unit_of(path) or self._unit_of(self._searched(path))
        if unit is None:
            return Unloaded(False)
        return self._unload(unit, path if path in unit.objects else unit.name)

    def _unit_of(self, path: str) -> Unit | None:
        return next((one for one in reversed(self._units) if path in one.objects), None)

    def _forget(self, path: str) -> None:
        """What is loaded again takes the place of what was."""
        for unit in [one for one in self._units if path in one.objects]:
            self._unload(unit, path)

    def _unload(self, unit: Unit, path: str) -> Unloaded:
        if len(unit.objects) > 1:
            unit.hidden.update(unit.objects.pop(path))
            return Unloaded(True, False, f"it was linked together with {', '.join(unit.objects)}")
        self._units.remove(unit)
        held = len(unit.functions)
        if held:
            _KEPT.append(unit)
            functions = "a function" if held == 1 else f"{held} functions"
            return Unloaded(True, False, f"{functions} of it {'is' if held == 1 else 'are'} still held")
        import _ctypes

        _ctypes.dlclose(unit.library._handle)
        return Unloaded(True, True)

    # Symbols

    def symbol(self, name: str) -> Symbol:
        """Where ``name`` is; address 0 for nowhere."""
        for unit in reversed(self._units):
            address = unit.address(name)
            if address:
                return Symbol(address, unit.name)
        return Symbol(self._in_process(name))

    def _in_process(self, name: str) -> int:
        """The address that the whole process has for ``name``, unless that is one of what was unloaded and is still mapped."""
        import ctypes

        address = address_in(ctypes.CDLL(None)._handle, name)
        gone = [*_KEPT, *(unit for unit in self._units if name in unit.hidden)]
        return (
            0
            if address and any(address_in(one.library._handle, name) == address for one in gone)
            else address
        )

    def function(self, name: str, result: str = "c_int", arguments: Sequence[str] | None = None) -> Any:
        """A ``ctypes`` function for the symbol; None where there is none."""
        import ctypes

        restype = ctype(result)
        argtypes = None if arguments is None else [ctype(one) for one in arguments]
        for unit in [*reversed(self._units), None]:
            if not (self._in_process(name) if unit is None else unit.address(name)):
                continue
            function = (ctypes.CDLL(None) if unit is None else unit.library)[name]
            function.restype = restype
            if argtypes is not None:
                function.argtypes = argtypes
            if unit is not None:
                unit.functions.append(weakref.ref(function, unit.functions.remove))
            return function
        return None

    # Search paths

    def add_search_path(self, path: str) -> int:
        """Look in the folder first; gives the token that removes it."""
        if not os.path.isdir(path):
            raise LinkError("path", f"{path} is no folder")
        self._tokens += 1
        self._search[self._tokens] = path
        return self._tokens

    def remove_search_path(self, token: int) -> bool:
        """Whether there was one."""
        return self._search.pop(token, None) is not None

    def find_system_library(self, name: str) -> str:
        """The path of a library of the system or of a search path; empty for none."""
        found = self._searched(name)
        if found:
            return found
        import ctypes.util

        plain = name
        if plain.startswith("lib") and ".so" in plain:
            plain = plain[3:].partition(".so")[0]
        soname = ctypes.util.find_library(plain)
        if not soname:
            return ""
        if os.path.isabs(soname):
            return soname
        return _located(soname)

    def _folders(self) -> list[str]:
        return list(reversed(self._search.values()))

    def _searched(self, name: str) -> str:
        suffix = ".dylib" if sys.platform == "darwin" else ".so"
        for place in self._folders():
            for file in (name, f"lib{name}{suffix}", f"{name}{suffix}"):
                path = os.path.join(place, file)
                if os.path.isfile(path):
                    return path
        return ""

    def _open_copy(self, path: str, mode: int = 0) -> Any:
        import ctypes

        with self.copies.of(path) as copy:
            handle = _system_dlopen(copy, mode | ctypes.RTLD_GLOBAL)
        return ctypes.CDLL(path, handle=handle)

    def _place(self, path: str) -> str:
        import tempfile

        stem = os.path.splitext(os.path.basename(path))[0]
        descriptor, made = tempfile.mkstemp(".o", f"{stem}-", folder(self.root))
        os.close(descriptor)
        return made

    def _python_headers(self, path: str) -> list[str]:
        """What a source that wants Python's headers needs; others compile where there are none."""
        if b"Python.h" not in _bytes_of(path):
            return []
        return ["-isystem", compilers.headers(os.path.basename(path))]


_KEPT: list[Unit] = []  # unloaded, and still mapped


def _system_dlopen(path: str, mode: int) -> int:
    """The loader itself: ``ctypes`` copies libraries of the project once more, see :mod:`.library`."""
    import _ctypes

    # all is bound at once, so that what is missing is said here and not when it is called
    return _ctypes.dlopen(path, mode | os.RTLD_NOW)


def address_in(handle: int, symbol: str) -> int:
    """The address of ``symbol`` in a loaded shared object (and what it needs); 0 for none."""
    import _ctypes

    try:
        return _ctypes.dlsym(handle, symbol)
    except OSError:
        return 0


def ctype(text: str) -> Any:
    """The type that ``text`` names as a program using ``ctypes`` would: ``c_int``, ``POINTER(c_char)``; None for nothing.

    Raises: LinkError.
    """
    import ctypes

    wanted = text.strip().replace("ctypes.", "")
    if wanted in ("", "None", "void"):
        return None
    if wanted.startswith("POINTER(") and wanted.endswith(")"):
        inner = ctype(wanted[8:-1])
        return ctypes.c_void_p if inner is None else ctypes.POINTER(inner)
    found = getattr(ctypes, wanted, None)
    if not isinstance(found, type) or not issubclass(found, ctypes._SimpleCData):
        raise LinkError(
            "path", f"ctypes has no type {text}", "Use names such as c_double or POINTER(c_char)."
        )
    return found


def _located(soname: str) -> str:
    """Where the loader finds ``soname``: asked of the loader itself, in a process of its own, so that nothing is loaded here."""
    import subprocess

    code = (
        "import ctypes, sys\n"
        "class Map(ctypes.Structure):\n"
        "    _fields_ = [('base', ctypes.c_void_p), ('name', ctypes.c_char_p)]\n"
        "found = ctypes.CDLL(sys.argv[1])\n"
        "print(ctypes.cast(found._handle, ctypes.POINTER(Map)).contents.name.decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, soname],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    path = done.stdout.strip()
    return path if done.returncode == 0 and os.path.isfile(path) else soname


def _must_exist(path: str) -> None:
    if not os.path.isfile(path):
        raise LinkError("path", f"there is no file {path}")


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _as_original(text: str, path: str) -> str:
    """What the loader says of a copy, said of the file."""
    _, found, rest = text.partition(": ")
    return f"{path}: {rest}" if found else text
