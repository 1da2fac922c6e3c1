"""Where builds and copies are put: ``.holefit/native`` of the project, one folder for each kind of Python."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = ".holefit"


def folder(root: str) -> str:
    """The folder for what is built for this Python, made if need be; a temporary one where the project cannot be written to."""
    mark = os.path.join(root, _FOLDER)
    place = os.path.join(mark, "native", sys.implementation.cache_tag or sys.implementation.name)
    # a folder that links out of the project is not written through
    if os.path.realpath(place) == os.path.join(os.path.realpath(root), os.path.relpath(place, root)):
        try:
            os.makedirs(place, exist_ok=True)
            ignore = os.path.join(mark, ".gitignore")
            if not os.path.exists(ignore):
                with open(ignore, "w", encoding="utf-8") as file:
                    file.write("*\n")
            if os.access(place, os.W_OK):
                return place
        except OSError:
            pass
    import tempfile

    return tempfile.mkdtemp(prefix="holefit-native-")


class Copies:
    """Shared objects copied under names of their own, each for one loading: what is loaded under an old name would not be loaded again.

    Copies may be removed as soon as they are loaded; the system keeps what is mapped.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._count = 0

    def of(self, path: str) -> Copy:
        """A fresh copy of the file at ``path``, to be used in a ``with`` statement. Raises: OSError."""
        import shutil

        with open(path, "rb") as file:
            beside = b"$ORIGIN" in file.read()  # it looks for others beside itself
        self._count += 1
        stem, suffix = os.path.splitext(os.path.basename(path))
        name = f".{stem.lstrip('.')}.{os.getpid()}-{self._count}{suffix or '.so'}"
        made = os.path.join(os.path.dirname(path) if beside else folder(self.root), name)
        shutil.copyfile(path, made)
        return Copy(made)


class Copy:
    """A copy while it is being loaded."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> str:
        return self.path

    def __exit__(self, *error: object) -> None:
        try:
            os.unlink(self.path)
        except OSError:
            return


def defined(path: str) -> list[str]:
    """Global symbols that an object or archive defines, as ``nm`` tells; nothing where there is no ``nm``."""
    return [name for kind, name in _symbols(path) if kind.isupper() and kind not in "UWVN"]


def _symbols(path: str) -> Iterator[tuple[str, str]]:
    import subprocess

    try:
        done = subprocess.run(
            ["nm", "-P", "-g", path], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError:
        return
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        words = line.split()
        if len(words) >= 2 and len(words[1]) == 1:
            yield words[1], words[0]
