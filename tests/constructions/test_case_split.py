"""A statement with a hole becomes one for each way that a value in scope can be."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from inline_snapshot import snapshot

Build = Callable[..., dict[str, str]]


def text(written: str) -> str:
    """A text as it stands in a test."""
    return textwrap.dedent(written).removeprefix("\n").rstrip() + "\n"


def test_an_enum_a_literal_a_union_and_none(build: Build) -> None:
    found = build("""
        from enum import Enum
        from typing import Literal
        class Color(Enum):
            RED = 1
            BLUE = 2
        def f(color: Color, mode: Literal["a", "b"], value: int | str | None, name: str | None) -> int:
            return $0_
    """)
    assert list(found) == snapshot(["Split on color", "Split on mode", "Split on value", "Split on name"])
    tails = [one.partition("-> int:\n")[2] for one in found.values()]
    assert "".join(tails) == snapshot("""\
    match color:
        case Color.RED:
            return _
        case Color.BLUE:
            return _
    match mode:
        case "a":
            return _
        case "b":
            return _
    match value:
        case int():
            return _
        case str():
            return _
        case None:
            return _
    if name is None:
        return _
    else:
        return _
""")


def test_a_bool_reads_as_if_and_else(build: Build) -> None:
    found = build("""
        def f(flag: bool) -> int:
            return 1 + _$0x
    """)
    assert found["Split on flag"] == text("""
        def f(flag: bool) -> int:
            if flag:
                return 1 + _x
            else:
                return 1 + _x
    """)


def test_classes_below_an_abstract_one(build: Build) -> None:
    found = build("""
        from abc import ABC, abstractmethod
        class Shape(ABC):
            @abstractmethod
            def area(self) -> float: ...
        class Round(Shape): ...
        class Circle(Round):
            def area(self) -> float: return 1.0
        class Square(Shape):
            def area(self) -> float: return 1.0
        def f(shape: Shape) -> None:
            print(_$0)
    """)
    assert found["Split on shape"].partition("-> None:\n")[2] == snapshot("""\
    match shape:
        case Circle():
            print(_)
        case Square():
            print(_)
""")


def test_where_the_checker_sees_no_end_of_a_hierarchy_a_last_case_takes_the_rest(build: Build) -> None:
    found = build("""
        class Node: ...
        class Leaf(Node): ...
        class Fork(Node): ...
        def f(node: Node) -> int:
            return _$0
    """)
    assert found["Split on node"].partition("-> int:\n")[2] == snapshot("""\
    match node:
        case Leaf():
            return _
        case Fork():
            return _
        case Node():
            return _
""")


def test_attributes_of_self_and_what_narrowing_left(build: Build) -> None:
    found = build("""
        class A:
            state: int | str | None
            def f(self, value: int | str | bytes) -> None:
                if isinstance(value, bytes):
                    return
                x = [value, _$0]
    """)
    assert list(found) == ["Split on value", "Split on self.state"]
    assert found["Split on value"].partition("return\n")[2] == snapshot("""\
        match value:
            case int():
                x = [value, _]
            case str():
                x = [value, _]
""")


def test_a_declared_variable_is_declared_once(build: Build) -> None:
    found = build("""
        def f(flag: bool) -> int:
            x: int = _$0
            return x
    """)
    assert found["Split on flag"] == text("""
        def f(flag: bool) -> int:
            x: int
            if flag:
                x = _
            else:
                x = _
            return x
    """)


def test_a_body_behind_a_colon_gets_lines_of_its_own(build: Build) -> None:
    found = build("def f(flag: bool) -> int: return _$0")
    assert found["Split on flag"] == text("""
        def f(flag: bool) -> int:
            if flag:
                return _
            else:
                return _
    """)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tabs", [False, True])
def test_tabs_and_line_ends_are_kept(build: Build, newline: str, tabs: bool) -> None:
    found = build(
        """
        class A:
            def f(self, flag: bool) -> str:
                return "ä" + _$0 + str(
                    1
                )
        """,
        newline=newline,
        tabs=tabs,
    )
    expected = text("""
        class A:
            def f(self, flag: bool) -> str:
                if flag:
                    return "ä" + _ + str(
                        1
                    )
                else:
                    return "ä" + _ + str(
                        1
                    )
    """)
    expected = expected.replace("    ", "\t") if tabs else expected
    assert found["Split on flag"] == expected.replace("\n", newline)


@pytest.mark.parametrize(
    "statement",
    [
        "if _$0: pass",
        "for x in _$0: pass",
        "a = 1; b = _$0",
        'x = """\n""" + _$0',
        "f = [flag for flag in _$0]",
    ],
)
def test_what_cannot_be_moved_is_not_split(build: Build, statement: str) -> None:
    found = build("def f(flag: bool) -> None:\n    " + statement)
    assert "Split on flag" not in found or statement.startswith("f =")


def test_members_of_a_module_that_is_imported_are_written_with_it(build: Build) -> None:
    found = build("""
        import uuid
        def f(kind: uuid.SafeUUID | int) -> None:
            print(_$0)
    """)
    assert "case uuid.SafeUUID.unsafe:" in found["Split on kind"]
