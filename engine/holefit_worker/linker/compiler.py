"""The system's compiler: found, run, and what it says read."""

from __future__ import annotations

import os
import re
import sys

from holefit_wire.interpreter.linker import CompilerMessage

from .errors import LinkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

C = (".c",)
CXX = (".cc", ".cpp", ".cxx")
SOURCES = (*C, *CXX)
OBJECTS = (".o",)
ARCHIVES = (".a",)
SHARED = (".so", ".dylib", ".pyd")
FLAGS = (
    "-O1",
    "-g",
    "-fPIC",
    "-ftabstop=1",
)  # a tab counts one column, as in an editor's places; -O2 takes half as long again
# patterns are compiled when they are first used: a worker starts without them
_SAID = r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<severity>fatal error|error|warning): (?P<text>.*)$"
# what ld says has no line, unless there is debug information; it names the section instead
_LINKER = (
    r"^(?:\S*ld(?:\.\w+)?: )?(?:\S*\.o: in function `[^']*':\n)?(?P<path>[^\s:][^:\n]*):"
    r"(?:(?P<line>\d+): |\(\.[^)]*\): )(?P<text>(?:undefined|multiple|relocation).*)$"
)


class Compiler:
    """A compiler's command, and the one for C++ beside it."""

    def __init__(self, command: Sequence[str], cxx: Sequence[str]) -> None:
        self.command = tuple(command)
        self._cxx = tuple(cxx)
        self._version: str | None = None

    @property
    def version(self) -> str:
        """The first line of what it says of itself."""
        if self._version is None:
            status, said = run([[*self.command, "--version"]])[0]
            self._version = said.splitlines()[0].strip() if status == 0 and said.strip() else ""
        return self._version

    @property
    def _counts_bytes(self) -> bool:
        """Whether its columns are bytes: gcc counts columns as a terminal does, which is nearly always code points."""
        return "clang" in self.version

    def driver(self, sources: Iterable[str]) -> tuple[str, ...]:
        """The command that compiles or links ``sources``: C++ has one of its own."""
        return self._cxx if any(one.endswith(CXX) for one in sources) else self.command

    def compile(
        self, jobs: Sequence[tuple[str, str, Sequence[str]]], *, expanded: list[str] | None = None
    ) -> list[CompilerMessage]:
        """Compile (source, object, flags), side by side; each object gets a file ``.d`` beside it that names what it was made from. Gives warnings.

        ``expanded`` gets the text of each source after the preprocessor, with its line markers; empty for one that it refuses.
        Raises: LinkError, of kind ``compile``.
        """
        commands = [
            [*self.driver([source]), "-c", *FLAGS, *flags, "-MMD", "-MF", f"{made}.d", source, "-o", made]
            for source, made, flags in jobs
        ]
        if expanded is not None:
            commands += [[*self.driver([source]), "-E", *FLAGS, *flags, source] for source, _, flags in jobs]
        done = run(commands)
        if expanded is not None:
            expanded += [text if status == 0 else "" for status, text in done[len(jobs) :]]
        said: list[CompilerMessage] = []
        failed = False
        for (source, _, _), (status, text) in zip(jobs, done[: len(jobs)], strict=True):
            found = messages(text, in_bytes=self._counts_bytes)
            if status and not any(one.severity == "error" for one in found):
                last = text.strip().splitlines()
                found.append(CompilerMessage(source, 0, 0, "error", last[-1] if last else "it failed"))
            said += found
            failed = failed or status != 0
        if failed:
            raise LinkError("compile", _summary(said), messages=_errors_first(said))
        return said

    def link(
        self, inputs: Sequence[str], target: str, flags: Sequence[str], *, sources: Iterable[str]
    ) -> None:
        """Link objects and archives into the shared object ``target``. All of an archive is taken.

        Raises: LinkError, of kind ``link``.
        """
        words = [*self.driver(sources), *_SHARED]
        for one in inputs:
            if not one.endswith(ARCHIVES):
                words.append(one)
            elif _DARWIN:
                words.append(f"-Wl,-force_load,{one}")
            else:
                words += ["-Wl,--whole-archive", one, "-Wl,--no-whole-archive"]
        ((status, text),) = run([[*words, *flags, "-o", target]])
        if status:
            said = [*messages(text, in_bytes=self._counts_bytes), *_linker_messages(text)]
            last = [line for line in text.strip().splitlines() if "collect2" not in line]
            raise LinkError(
                "link", _summary(said) if said else "\n".join(last[-3:]), messages=_errors_first(said)
            )


_DARWIN = sys.platform == "darwin"
# its own symbols come before those of an older copy that is still there
_SHARED = ("-bundle", "-undefined", "dynamic_lookup") if _DARWIN else ("-shared", "-Wl,-Bsymbolic")


def find(wish: str) -> Compiler:
    """The compiler that ``wish`` names (a command line), or that of ``CC``, or that which made Python, or the system's.

    Raises: LinkError, of kind ``compiler``.
    """
    import shlex
    import shutil
    import sysconfig

    named = [wish, os.environ.get("CC", "")]
    for words in map(shlex.split, [*named, sysconfig.get_config_var("CC") or "", "cc", "gcc", "clang"]):
        if words and shutil.which(words[0]):
            return Compiler(words, _cxx_beside(words))
        if words and words == shlex.split(wish):
            raise LinkError(
                "compiler", f"there is no compiler {wish}", "Name an installed one in native.compiler."
            )
    raise LinkError(
        "compiler",
        "there is no C compiler",
        "Install one (Debian: `apt install gcc`, macOS: `xcode-select --install`), or name it in native.compiler.",
    )


def _cxx_beside(words: Sequence[str]) -> list[str]:
    import shlex
    import shutil

    wished = shlex.split(os.environ.get("CXX", ""))
    if wished and shutil.which(wished[0]):
        return wished
    folder, name = os.path.split(words[0])
    for old, new in (("clang", "clang++"), ("gcc", "g++"), ("cc", "c++")):
        if old in name:
            twin = os.path.join(folder, name.replace(old, new, 1))
            if shutil.which(twin):
                return [twin, *words[1:]]
            break
    return ["c++"]


def headers(source_of: str) -> str:
    """The folder of Python's headers.

    Raises: LinkError, of kind ``headers``, with the name of what needs them.
    """
    import sysconfig

    folder = sysconfig.get_path("include")
    if folder and os.path.exists(os.path.join(folder, "Python.h")):
        return folder
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise LinkError(
        "headers",
        f"{source_of} needs Python.h, and {sys.executable} has none in {folder}",
        f"Install the development files of Python {version} (Debian: `apt install python{version}-dev`, Fedora: `dnf install python{version}-devel`).",
    )


def run(commands: Sequence[Sequence[str]]) -> list[tuple[int, str]]:
    """Run commands side by side: the exit status of each and all that it says. They end with us."""
    import subprocess
    import tempfile

    environment = {**os.environ, "LC_ALL": "C"}
    at_once = max(2, os.cpu_count() or 1)
    running: list[tuple[Any, Any]] = []
    done: list[tuple[int, str]] = []
    pending = list(commands)
    try:
        while pending or running:
            while pending and len(running) < at_once:
                # a pipe could fill up while we wait for another one
                said = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
                command = pending.pop(0)
                try:
                    process = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment
                    )
                except OSError as error:
                    raise LinkError("compiler", f"{command[0]} cannot be run: {error.strerror}") from None
                running.append((process, said))
            process, said = running[0]
            status = process.wait()
            del running[0]
            said.seek(0)
            done.append((status, said.read().decode("utf-8", "replace")))
            said.close()
    finally:
        for process, said in running:
            process.kill()
            process.wait()
            said.close()
    return done


def messages(text: str, folder: str = "", *, in_bytes: bool = False) -> list[CompilerMessage]:
    """Errors and warnings with their places, as gcc and clang write them.

    ``folder`` is where it ran, ``in_bytes`` says what its columns count.
    """
    found = []
    for one in re.finditer(_SAID, text, re.M):
        severity = "warning" if one["severity"] == "warning" else "error"
        path = os.path.abspath(os.path.join(folder, one["path"]))
        line, column = int(one["line"]), int(one["column"] or 1) - 1
        if in_bytes:
            column = _code_points(path, line, column)
        found.append(CompilerMessage(path, line, column, severity, one["text"]))
    return found


def _linker_messages(text: str) -> list[CompilerMessage]:
    return [
        CompilerMessage(os.path.abspath(one["path"]), int(one["line"] or 0), 0, "error", one["text"])
        for one in re.finditer(_LINKER, text, re.M)
    ]


def _code_points(path: str, line: int, column: int) -> int:
    """A column in bytes, as one in code points."""
    try:
        with open(path, "rb") as file:
            for number, row in enumerate(file, 1):
                if number == line:
                    return len(row[:column].decode("utf-8", "replace"))
    except OSError:
        pass
    return column


def _errors_first(said: Sequence[CompilerMessage]) -> list[CompilerMessage]:
    return sorted(said, key=lambda one: one.severity != "error")


def _summary(said: Sequence[CompilerMessage]) -> str:
    errors = [one for one in said if one.severity == "error"]
    first = errors[0]
    where = f"{first.path}:{first.line}: " if first.line else f"{first.path}: "
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}{first.message}{more}"
