"""Extension fields: named, versioned, typed."""

from pathlib import Path

import pytest

from holefit.plugins import ExtensionField, ExtensionFieldError
from holefit.session import Interface
from holefit.session.interface import Fingerprint

COUNTS = ExtensionField("lint.counts", 2, dict)


def interface(fields: dict[str, object]) -> Interface:
    return Interface("m", Path("m.py"), Fingerprint(b""), Fingerprint(b""), False, fields=fields)


def test_what_was_stored_is_read() -> None:
    fields = COUNTS.stored({"b": (1, 2.5, None), "a": {"x": b"y", "w": True}})
    assert COUNTS.read(interface(fields)) == {"a": {"w": True, "x": b"y"}, "b": [1, 2.5, None]}
    assert [*fields["lint.counts"]["data"]] == ["a", "b"]  # type: ignore[index]  # plain data


def test_another_version_or_no_field_gives_none() -> None:
    assert COUNTS.read(interface({})) is None
    assert ExtensionField("lint.counts", 3, dict).read(interface(COUNTS.stored({}))) is None


def test_another_type_is_an_error() -> None:
    with pytest.raises(ExtensionFieldError, match=r"the field lint.counts of m holds dict, not list"):
        ExtensionField("lint.counts", 2, list).read(interface(COUNTS.stored({})))
    with pytest.raises(ExtensionFieldError, match=r"the field lint.counts takes dict, not int"):
        COUNTS.stored(1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": object()}, r"lint.counts\['a'\] is a object, which is no plain data"),
        ({1: 2}, "lint.counts has the key 1, which is no text"),
        ({"a": [{1}]}, r"lint.counts\['a'\]\[0\] is a set"),
        ({"a": 2**64}, "more than 64 bits"),
    ],
)
def test_only_plain_data_is_stored(value: object, message: str) -> None:
    with pytest.raises(ExtensionFieldError, match=message):
        COUNTS.stored(value)
