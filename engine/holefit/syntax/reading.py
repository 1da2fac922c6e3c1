"""Files to text, as Python itself decodes them: byte order mark, encoding cookie, UTF-8 otherwise."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from holefit.errors import HolefitError
from holefit.syntax.source import Source


class UndecodableSourceError(HolefitError):
    """The bytes of a file are no text in the encoding that it has or names."""

    remedy = "Save the file as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be read as Python source: {reason}")
        self.path = path
        self.reason = reason


def decode(data: bytes, path: Path) -> str:
    """The text of a Python file, without byte order mark, its line ends as they are.

    Raises: UndecodableSourceError.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UndecodableSourceError(path, str(error)) from None


def read_source(path: Path, version: int | None = None) -> Source:
    """The source in the file at ``path``.

    Raises: UndecodableSourceError; OSError, when it cannot be read at all.
    """
    return Source(path, decode(path.read_bytes(), path), version)
