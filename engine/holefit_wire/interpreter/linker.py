"""The linker: objects, archives, shared objects and extension modules in the worker's process, and their symbols.

Paths are absolute. What cannot be done is answered with LinkFailed.
"""

from __future__ import annotations

from holefit_wire.codec import message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@message
class InitLinker:
    """Make the linker ready, which any other of its messages does too; answered with LinkerInfo."""


@message
class LinkerInfo:
    """``compiler`` is the command that compiles and links, empty where there is none, ``version`` the first line of what it says of itself.

    ``headers`` is the folder of Python's own headers, empty where they are not installed; ``suffix`` that of extension modules.
    """

    compiler: str
    version: str
    headers: str
    suffix: str


@message
class CompilerMessage:
    """What the compiler or the linker says of a place in a file. ``line`` is 1-based, ``column`` 0-based in code points; 0 where unknown.

    ``severity`` is error or warning.
    """

    path: str
    line: int
    column: int
    severity: str
    message: str


@message
class LinkFailed:
    """It could not be compiled, linked or loaded; nothing has changed.

    ``kind`` is one word: compiler (there is none), headers (Python's are missing), compile, link, symbols (some are defined nowhere), load, init or path.
    ``remedy`` says what to do, where that is known.
    """

    kind: str
    text: str
    remedy: str = ""
    messages: tuple[CompilerMessage, ...] = ()


@message
class LoadObject:
    """Take in an object file, or a C source, which is compiled first; ResolveObjects links it. Answered with Taken or LinkFailed.

    ``flags`` are further words for the compiler.
    """

    path: str
    flags: tuple[str, ...] = ()


@message
class LoadArchive:
    """Take in all of an archive; ResolveObjects links it. Answered with Taken or LinkFailed."""

    path: str


@message
class Taken:
    """Objects were taken in. ``warnings``: what the compiler said of them."""

    warnings: tuple[CompilerMessage, ...] = ()


@message
class ResolveObjects:
    """Link what was taken in since the last time into one shared object, and load it: the objects may need one another, and what was loaded before.

    ``flags`` are further words for the linker. Answered with Resolved or LinkFailed: then they stay taken in, so that what is missing can be added.
    """

    flags: tuple[str, ...] = ()


@message
class Resolved:
    """All symbols are there. ``objects``: the paths that were linked."""

    objects: tuple[str, ...]


@message
class LoadDLL:
    """Load a shared object: a path, of which a copy under a new name is loaded, or a name, looked for in the search paths and then by the system.

    Answered with DLLLoaded or LinkFailed.
    """

    name: str


@message
class DLLLoaded:
    """``path`` is the file that was found; empty where the system found it by name."""

    path: str


@message
class LoadExtension:
    """Import the shared object at ``path`` as the extension module ``name``; one of that name that is there already is brought up to date in place.

    Answered with ExtensionLoaded or LinkFailed.
    """

    name: str
    path: str


@message
class ExtensionLoaded:
    """``phases``: 1 for single-phase initialisation, 2 for multi-phase. ``notes``: what could not be brought up to date."""

    phases: int
    notes: tuple[str, ...] = ()


@message
class UnloadObject:
    """Forget the symbols of an object, archive or shared object, named as it was loaded; answered with Unloaded."""

    path: str


@message
class Unloaded:
    """``found``: whether it was loaded. ``freed``: whether its code has left the process; ``reason`` says why not."""

    found: bool
    freed: bool = False
    reason: str = ""


@message
class LookupSymbol:
    """The address of a symbol, in what was loaded last first, then in the whole process. Answered with Symbol."""

    name: str


@message
class Symbol:
    """``address`` 0: there is none. ``unit`` is what defines it, empty where the process does."""

    address: int
    unit: str = ""


@message
class LookupClosure:
    """A function that can be called as Python's are, by its symbol. Types are names of ``ctypes`` (``c_double``, ``POINTER(c_char)``) or empty: none.

    Answered with Ref (0: there is no such symbol) or LinkFailed, for types that are none.
    """

    name: str
    result: str = "c_int"
    arguments: Any = None


@message
class AddLibrarySearchPath:
    """Look for libraries in a folder, before the others. Answered with LibrarySearchPath."""

    path: str


@message
class LibrarySearchPath:
    """``token`` removes it again."""

    token: int


@message
class RemoveLibrarySearchPath:
    """Answered with SearchPathRemoved."""

    token: int


@message
class SearchPathRemoved:
    """``found``: whether there was one of that token."""

    found: bool


@message
class FindSystemLibrary:
    """Where the system has a library, by its name without ``lib`` and suffix (or with them); answered with SystemLibrary."""

    name: str


@message
class SystemLibrary:
    """``path`` is empty where there is none."""

    path: str


@message
class NativePart:
    """A native part that a project declares. Sources and folders are relative to the project.

    ``kind``: ``extension``, then ``name`` is a module's; or ``library``, then it is the path of a shared object, relative to the project.
    """

    kind: str
    name: str
    sources: tuple[str, ...]
    include: tuple[str, ...] = ()
    compile_flags: tuple[str, ...] = ()
    link_flags: tuple[str, ...] = ()


@message
class SetNative:
    """The native parts of the project, all that are declared; the others are found. Answered with Done.

    ``compiler`` is a command, empty for the system's own; ``build`` one that builds what is built otherwise, run in the project when a native source has changed.
    ``variables`` says what becomes of C variables that were written to: carry or fresh. ``root`` is the project's folder.
    """

    root: str
    parts: tuple[NativePart, ...] = ()
    compiler: str = ""
    include: tuple[str, ...] = ()
    compile_flags: tuple[str, ...] = ()
    link_flags: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    variables: str = "carry"
