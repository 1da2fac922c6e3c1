"""Fixtures read as what they look like."""

import pytest

from holefit.syntax.source import Position, Range
from holefit.testing import Claim, FixtureError, parse_fixture


def test_a_marker_speaks_of_the_columns_above_it() -> None:
    fixture = parse_fixture("""
        def area(side: int) -> int: ...
        area(_)
        #    ^ expected type: int
        #<^^^ a function
    """)
    assert fixture.files == {
        "main.py": "def area(side: int) -> int: ...\narea(_)\n#    ^ expected type: int\n#<^^^ a function\n"
    }
    assert fixture.claims == (
        Claim("main.py", Range(Position(1, 5), Position(1, 6)), "expected type: int"),
        Claim("main.py", Range(Position(1, 0), Position(1, 3)), "a function"),
    )


def test_files_and_generations() -> None:
    fixture = parse_fixture("""
        #- /a.py
        x = 1
        #- /pkg/b.py
        y = 2
        #- /a.py@2
        x = 3
    """)
    assert fixture.files == {"a.py": "x = 1\n", "pkg/b.py": "y = 2\n"}
    assert fixture.generations == {2: {"a.py": "x = 3\n"}}


def test_the_cursor_is_taken_out() -> None:
    fixture = parse_fixture("x = f($0_)\n")
    assert fixture.files == {"main.py": "x = f(_)\n"}
    assert fixture.cursor == ("main.py", Position(0, 6))


@pytest.mark.parametrize("text", ["#  ^ nothing above", "a$0b\nc$0d"])
def test_a_fixture_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(FixtureError):
        parse_fixture(text)
