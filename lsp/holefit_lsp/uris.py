"""File URIs and paths."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit


def path_of(uri: str) -> Path | None:
    """The absolute path of a file URI; None for another scheme."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if re.match(r"/[A-Za-z]:", path):  # file:///c:/x, with the drive in either case
        path = path[1].upper() + path[2:]
    if parts.netloc and parts.netloc != "localhost":
        path = f"//{parts.netloc}{path}"
    return Path(path)


def uri_of(path: Path) -> str:
    """The file URI of an absolute path."""
    text = path.as_posix()
    return "file://" + quote(text if text.startswith("/") else "/" + text)


def canonical(uri: str) -> str:
    """What two spellings of one URI have in common: clients differ in what they quote."""
    return unquote(uri)
