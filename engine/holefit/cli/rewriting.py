"""A changed text put in its file's place: at once or not at all, in the encoding and with the permissions that it had."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import tokenize
from pathlib import Path

from holefit.errors import HolefitError
from holefit.syntax import Source, decode


class FileChangedError(HolefitError):
    """A file is not what it was when it was read."""

    remedy = "Run the command again."

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was changed meanwhile; nothing was written into it")
        self.path = path


class NotWritableError(HolefitError):
    """The system does not let a file be written."""

    remedy = "Look at the permissions of the file and its folder, and at the room on the disk."

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be written: {reason}")
        self.path = path
        self.reason = reason


def rewrite(source: Source, text: str) -> None:
    """Put ``text`` into the file that ``source`` was read from.

    Characters that the file's encoding lacks are written as backslash escapes.

    Raises: FileChangedError, NotWritableError.
    """
    path = source.path.resolve()
    before = path.read_bytes()
    if decode(before, path) != source.text:
        raise FileChangedError(path)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before).readline)
    data = text.encode(encoding, "backslashreplace")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            shutil.copymode(path, name)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise NotWritableError(path, error.strerror or str(error)) from None
