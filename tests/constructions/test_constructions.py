"""Missing arms, lambdas, bodies, definitions from uses, protocols from constraints."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from inline_snapshot import snapshot

from holefit.holes.constructions.misspelling import distance, misspelled

Build = Callable[..., dict[str, str]]


def text(written: str) -> str:
    """A text as it stands in a test."""
    return textwrap.dedent(written).removeprefix("\n").rstrip() + "\n"


def test_missing_arms_are_added_behind_the_others(build: Build) -> None:
    found = build("""
        from enum import Enum
        class Color(Enum):
            RED = 1
            BLUE = 2
            GREEN = 3
        def f(color: Color) -> str:
            mat$0ch color:
                case Color.BLUE:
                    name = "blue"
            return name
    """)
    assert found["Add 2 missing arms"].partition("-> str:\n")[2] == snapshot("""\
    match color:
        case Color.BLUE:
            name = "blue"
        case Color.RED:
            name = _
        case Color.GREEN:
            name = _
    return name
""")


def test_missing_arms_go_before_the_one_that_takes_everything(build: Build) -> None:
    found = build("""
        def load() -> int | str | None: ...
        def f() -> int:
            match load():
                case None:
                    return 0
                case _:
                    retur$0n 1
    """)
    assert found["Add 2 missing arms"].partition("-> int:\n")[2] == snapshot("""\
    match load():
        case None:
            return 0
        case int():
            return _
        case str():
            return _
        case _:
            return 1
""")


def test_nothing_is_missing_where_all_is_taken(build: Build) -> None:
    found = build("""
        def f(flag: bool) -> int:
            match fla$0g:
                case True:
                    return 1
                case False:
                    return 0
    """)
    assert found == {}


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ("then: Callable[[int, Row], str] = _$0", "lambda n, row: _"),
        ("sorted(rows, key=_$0)", "lambda row: _"),
        ("then: Callable[..., int] = _$0", "lambda: _"),
        ("then: Callable[[int, int], int] = _$0", "lambda n, n2: _"),
        ("on(_$0)", "lambda name, *, loud: _"),
        ("then: Callable[[], list[int]] | None = None or _$0", "(lambda: _)"),
        ("many = [1, 2]; many.sort(key=_$0)", "lambda n: _"),
    ],
)
def test_a_lambda_has_the_parameters_that_are_asked_for(build: Build, place: str, written: str) -> None:
    found = build(f"""
        from collections.abc import Callable
        from typing import Protocol
        class Row: ...
        class Handler(Protocol):
            def __call__(self, name: str, *, loud: bool) -> int: ...
        def on(handler: Handler) -> None: ...
        def f(rows: list[Row]) -> None:
            {place}
    """)
    assert place.replace("_$0", written) in found["Introduce lambda"]


@pytest.mark.parametrize(
    ("head", "bodies"),
    [
        (
            "def f(rows: list[int]) -> list[str]: _$0",
            snapshot(
                [
                    ["found = []", "for number in rows:", "    found.append(_)", "return found"],
                    ["return [_ for number in rows]"],
                    ["return _"],
                ]
            ),
        ),
        (
            "def f(words: list[str]) -> str | None: ...$0",
            snapshot(
                [
                    ["for text in words:", "    if _:", "        return _", "return None"],
                    ["if _:", "    return None", "return _"],
                    ["return _"],
                ]
            ),
        ),
        (
            "def f(*numbers: int) -> int: pass$0",
            snapshot([["return sum(_ for number in numbers)"], ["return _"]]),
        ),
        ("def f() -> Iterator[int]: _$0", snapshot([["for item in _:", "    yield _"], ["yield _"]])),
        (
            "@contextlib.contextmanager\ndef f() -> Iterator[int]: _$0",
            snapshot([["try:", "    yield _", "finally:", "    _"]]),
        ),
        ("def f(names: set[str]) -> None: ...$0", snapshot([["for text in names:", "    _"]])),
    ],
)
def test_a_missing_body_gets_a_skeleton(build: Build, head: str, bodies: list[list[str]]) -> None:
    start = "import contextlib\nfrom collections.abc import Iterator\n"
    found = build(start + head)
    line = head.split("\n")[-1]
    opening = start + head.replace(
        line, line.partition(": _")[0].partition(": ...")[0].partition(": pass")[0] + ":\n"
    )
    shown = [one.removeprefix(opening) for title, one in found.items() if title.startswith("Fill the body")]
    assert [[row.removeprefix("    ") for row in one.split("\n") if row] for one in shown] == bodies


def test_an_initialiser_takes_its_parameters(build: Build) -> None:
    found = build("""
        class A:
            def __init__(self, name: str, *, size: int = 0) -> None:
                ...$0
    """)
    assert found["Fill the body: attributes"] == text("""
        class A:
            def __init__(self, name: str, *, size: int = 0) -> None:
                self.name = name
                self.size = size
    """)


def test_a_use_becomes_a_function(build: Build) -> None:
    found = build("""
        import pathlib

        LIMIT = 3

        # what it does
        def f(x: pathlib.Path, rows: list[int]) -> float:
            return _ne$0w_name(x, 3, rows[0], key="a")
    """)
    assert found["Define the function _new_name"] == text("""
        import pathlib
        from pathlib import Path

        LIMIT = 3

        def _new_name(x: Path, n: int, n2: int, *, key: str) -> float:
            return _


        # what it does
        def f(x: pathlib.Path, rows: list[int]) -> float:
            return _new_name(x, 3, rows[0], key="a")
    """)


def test_an_awaited_use_becomes_a_coroutine_function(build: Build) -> None:
    found = build("""
        async def f(url: str) -> bytes:
            return await _fetch$0(url)
    """)
    assert found["Define the function _fetch"].startswith(
        "async def _fetch(url: str) -> bytes:\n    return _\n"
    )


def test_a_name_in_capitals_becomes_a_class(build: Build) -> None:
    found = build("""
        def f(path: str) -> None:
            config = _Config$0(path, 3)
    """)
    assert found["Define the class _Config"].partition("\n\n\n")[0] == snapshot("""\
class _Config:
    def __init__(self, path: str, n: int) -> None:
        self.path = path
        self.n = n""")


def test_a_call_of_an_unknown_method_becomes_a_method(build: Build) -> None:
    found = build("""
        class A:
            def f(self, n: int) -> str:
                return self.late$0(n, "x")

            def g(self) -> None: ...
    """)
    assert found["Define the method late"] == text("""
        class A:
            def f(self, n: int) -> str:
                return self.late(n, "x")

            def late(self, n: int, text: str) -> str:
                return _

            def g(self) -> None: ...
    """)


def test_what_is_done_with_a_parameter_becomes_a_protocol(build: Build) -> None:
    found = build("""
        def show(thin$0g, width: int) -> str:
            size: float = thing.size
            if thing.ready:
                thing.close()
            return thing.scaled(width, by=size)
    """)
    (made,) = found.values()
    assert made == text("""
        from typing import Protocol

        class Thing(Protocol):
            @property
            def size(self) -> float: ...

            @property
            def ready(self) -> bool: ...
            def close(self) -> object: ...
            def scaled(self, width: int, *, by: float) -> str: ...


        def show(thing: Thing, width: int) -> str:
            size: float = thing.size
            if thing.ready:
                thing.close()
            return thing.scaled(width, by=size)
    """)


def test_what_is_done_with_holes_of_one_name_becomes_a_protocol(build: Build) -> None:
    found = build("""
        def f(n: int) -> str:
            _pen$0.move(n)
            return _pen.drawn
    """)
    made = found["Extract the constraints as the protocol Pen"]
    assert made.partition("-> str:\n")[2].partition("def f")[2] == ""
    assert (
        made.partition("def f")[2]
        == "(n: int) -> str:\n    pen: Pen = _\n    pen.move(n)\n    return pen.drawn\n"
    )
    assert "def move(self, n: int) -> object: ..." in made
    assert "def drawn(self) -> str: ..." in made


@pytest.mark.parametrize("broken", ["def f(:\n    return _$0", "return _$0 +"])
def test_a_text_with_a_syntax_error_has_none(build: Build, broken: str) -> None:
    assert build(broken) == {}


def test_what_would_bring_an_error_is_not_offered(build: Build) -> None:
    found = build("""
        from typing import Final
        class A:
            def __init__(self, flag: bool) -> None:
                self.x: Final = _$0
    """)
    assert "Split on flag" not in found


def test_a_slip_of_a_private_name_is_found() -> None:
    names = ["_length", "_width", "length", "_", "_lengths", "_height"]
    assert misspelled("_lenght", names) == ("_length",)
    assert misspelled("_widht", names) == ("_width",)
    assert misspelled("_length", ["_lengths"]) == ("_lengths",)
    assert misspelled("_width", ["width"]) == ()
    assert misspelled("_", ["_a"]) == ()
    assert distance("_abcd", "_abdc", 2) == 1
    assert distance("_abcd", "_wxyz", 2) == 3
