"""Flags about holes in a file's own ``# holefit:`` comments: GHC's, with GHC's names.

``# holefit: -fmax-valid-hole-fits=3 -fno-show-provenance-of-hole-fits``. A number without one (``-fno-max-valid-hole-fits``) is no limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace

from holefit.session.options import HoleOptions

_COMMENT = re.compile(r"^[ \t]*#[ \t]*holefit:[ \t]*(-f[^\n\r]*)", re.MULTILINE)
_NO_LIMIT = 100_000
_FIELDS = {field.name: type(field.default) for field in fields(HoleOptions)}


def hole_options(base: HoleOptions, text: str) -> HoleOptions:
    """``base`` with the flags of ``text`` put in; those that are not understood change nothing."""
    if "holefit:" not in text:
        return base
    changes: dict[str, int] = {}
    for comment in _COMMENT.findall(text):
        for word in comment.split():
            if (change := _change(word)) is not None:
                changes[change[0]] = change[1]
    return replace(base, **changes) if changes else base  # type: ignore[arg-type]  # by the fields' own types


def is_hole_flag(word: str) -> bool:
    """Whether ``word`` is a flag that this module understands."""
    return _change(word) is not None


def without_hole_flags(words: Iterable[str]) -> tuple[str, ...]:
    """``words`` without the flags that this module understands."""
    return tuple(word for word in words if not is_hole_flag(word))


def _change(word: str) -> tuple[str, int] | None:
    if not word.startswith("-f"):
        return None
    name, given, value = word.removeprefix("-f").partition("=")
    off = name.startswith("no-") and name.removeprefix("no-").replace("-", "_") in _FIELDS
    field = (name.removeprefix("no-") if off else name).replace("-", "_")
    kind = _FIELDS.get(field)
    if kind is bool and not given:
        return field, not off
    if kind is int and off and not given:
        return field, _NO_LIMIT
    if kind is int and not off and value.isdecimal():
        return field, int(value)
    return None
