"""What can be written inside an f-string. mypy's tree has calls of ``format`` in their place, which take any expression."""

from __future__ import annotations

import re

from mypy import nodes as N

from holefit.types.tree import Dug

# What mypy's parser makes of one replaced field: ``'{!r:{}}'.format(value, spec)``.
_FIELD = re.compile(r"\{(?:![rsa])?:\{\}\}")
_ANY_QUOTES = (3, 12)


def in_formatted_string(hole: Dug) -> bool:
    """Whether ``hole`` stands in a replaced field of an f-string."""
    return any(isinstance(one, N.CallExpr) and _is_field(one.callee) for one in hole.above)


def can_be_formatted(written: str, python: tuple[int, int]) -> bool:
    """Whether ``written`` can stand in a replaced field: two braces would be one of the text, and quotes and backslashes end it before Python 3.12."""
    if written.startswith("{"):
        return False
    return python >= _ANY_QUOTES or not any(sign in written for sign in "'\"\\")


def _is_field(callee: N.Expression) -> bool:
    return (
        isinstance(callee, N.MemberExpr)
        and callee.name == "format"
        and isinstance(callee.expr, N.StrExpr)
        and _FIELD.fullmatch(callee.expr.value) is not None
    )
