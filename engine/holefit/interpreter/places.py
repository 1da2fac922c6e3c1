"""Paths here and where the worker runs, which need not be the same: in a container, on another machine.

Messages are translated as they go out and come in, so that nothing else has to know. A field that holds paths is known by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from holefit_wire.codec import field_names, replaced

PATHS = frozenset({"path", "filename", "roots", "paths", "cwd", "root", "objects", "unit"})
"""Fields that hold a path, or a list of them."""
KEYS = frozenset({"texts", "old", "new"})
"""Fields that hold texts by path."""
TRACEBACKS = frozenset({"traceback"})
"""Fields that hold text in which Python names files."""

_FILE = re.compile(r'(?<=File ")([^"\n]+)(?=")')
_Translate = Callable[[str], str]


class Places:
    """Folders here, each with what it is called there. Relative ones here are below ``root``; without any, paths are the same everywhere."""

    def __init__(self, root: Path, path_map: Mapping[str, str]) -> None:
        pairs = [
            (_tidy(str(root / Path(here).expanduser())), _tidy(there)) for here, there in path_map.items()
        ]
        real = [(_tidy(str(Path(here).resolve())), there) for here, there in pairs]
        self._outward = _longest_first([*pairs, *(pair for pair in real if pair not in pairs)])
        self._inward = _longest_first([(there, here) for here, there in pairs])

    def there(self, path: str) -> str:
        """What is called ``path`` here."""
        return _translated(path, self._outward)

    def here(self, path: str) -> str:
        """What is called ``path`` there."""
        return _translated(path, self._inward)

    def outward(self, message: Any) -> Any:
        """``message`` as it is understood there."""
        return _walked(message, "", self.there) if self._outward else message

    def inward(self, message: Any) -> Any:
        """A message from there as it is understood here."""
        return _walked(message, "", self.here) if self._inward else message


def _tidy(path: str) -> str:
    return path.rstrip("/\\") or "/"


def _longest_first(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _translated(path: str, pairs: list[tuple[str, str]]) -> str:
    for before, after in pairs:
        if path == before:
            return after
        if path.startswith((f"{before.rstrip('/')}/", f"{before}\\")):
            return after.rstrip("/") + path[len(before.rstrip("/")) :]
    return path


def _walked(value: Any, name: str, translate: _Translate) -> Any:
    """``value``, which stands in a field of that name, with its paths translated."""
    kind = type(value)
    if kind is str:
        if name in PATHS:
            return translate(value)
        if name in TRACEBACKS:
            return _FILE.sub(lambda found: translate(found[1]), value)
        return value
    if kind is list or kind is tuple:
        return kind(_walked(item, name, translate) for item in value)
    if kind is dict:
        if name in KEYS:
            return {translate(key): item for key, item in value.items()}
        return {key: _walked(item, key, translate) for key, item in value.items()}
    if not hasattr(kind, "__match_args__"):
        return value
    changes = {field: _walked(getattr(value, field), field, translate) for field in field_names(kind)}
    changed = {field: item for field, item in changes.items() if item is not getattr(value, field)}
    return replaced(value, **changed) if changed else value
