"""Classes that attrs makes when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from holefit_lsp.late_classes import late

names: dict[str, Any] = {}
if TYPE_CHECKING:
    from attrs import define
else:
    define = late(names)


@define
class Point:
    column: int = attrs.field(validator=attrs.validators.instance_of(int))
    name: str = attrs.field(default="")


@define
class Line(Point):
    end: Point | None = attrs.field(default=None)


@define
class Unused:
    column: int = attrs.field()


@attrs.define
class Own(Point):
    size: int = 0


names |= {"Point": Point}


def test_a_late_class_is_what_attrs_would_have_made() -> None:
    line = Line(3, end=Point(4))
    assert line == Line(3, "", Point(4))
    assert repr(line) == "Line(column=3, name='', end=Point(column=4, name=''))"
    assert attrs.evolve(line, column=5).column == 5
    assert [one.name for one in attrs.fields(Line)] == ["column", "name", "end"]
    assert attrs.fields(Line).end.type == Point | None


def test_a_class_that_nobody_uses_is_not_made() -> None:
    assert "__eq__" not in vars(Unused)
    assert attrs.has(Unused)
    assert "__eq__" in vars(Unused)


def test_a_late_class_may_be_derived_from() -> None:
    assert Own(1, size=2) == Own(1, "", 2)
    assert attrs.asdict(Own(1)) == {"column": 1, "name": "", "size": 0}
