"""The public names of ``import holefit`` with their signatures, one a line.

    python tests/library/public_names.py > tests/library/released.txt

is part of a release: what differs from that file afterwards has to be told in ``changelog.d``.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Iterator

import holefit


def public_names() -> dict[str, str]:
    """Every public name (``Session``, ``Session.load``) with what a user relies on."""
    found: dict[str, str] = {}
    for name in sorted(holefit.__all__):
        value = getattr(holefit, name)
        if isinstance(value, type):
            found[name] = "class"
            if (
                value is holefit.Interpreter
            ):  # its methods follow the worker's protocol, which has a version of its own
                continue
            found.update((f"{name}.{member}", text) for member, text in _members(value))
        else:
            found[name] = str(inspect.signature(value)) if callable(value) else type(value).__name__
    return found


def _members(kind: type) -> Iterator[tuple[str, str]]:
    if issubclass(kind, enum.Enum):
        yield from ((member.name, repr(member.value)) for member in kind)
        return
    fields = {one.name for one in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    if dataclasses.is_dataclass(kind):
        yield from ((one.name, str(one.type)) for one in dataclasses.fields(kind))
    for name in sorted(dir(kind)):
        value = inspect.getattr_static(kind, name)
        if name.startswith("_") or name in fields or hasattr(Exception, name) or hasattr(object, name):
            continue
        if isinstance(value, (classmethod, staticmethod)):
            value = value.__func__
        if inspect.isfunction(value):
            yield name, str(inspect.signature(value))
        elif isinstance(value, property) or hasattr(value, "__set__") or hasattr(value, "func"):
            yield name, "attribute"


if __name__ == "__main__":
    for name, text in public_names().items():
        print(f"{name}\t{text}")
