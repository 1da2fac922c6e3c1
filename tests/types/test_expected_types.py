"""Holes are found wherever an expression can stand, with the type that the place demands."""

from __future__ import annotations

from typing import Any

import pytest


def test_arguments_returns_and_assignments(check: Any) -> None:
    check("""
        def area(side: int, name: str = "") -> float: ...
        area(_)
        #    ^ int
        area(1, name=_)
        #            ^ str
        def f(x: int) -> str:
            y: bytes = _
            #          ^ bytes
            z = _
            #   ^ object
            return _x
            #      ^^ str
    """)


def test_expressions_inside_expressions(check: Any) -> None:
    check("""
        def f(xs: list[int], ys: dict[str, bytes], n: int) -> list[int]:
            a: list[int] = [_ for x in xs]
            #               ^ int; fits x, n
            b: dict[str, int] = {_: 1 for x in xs}
            #                    ^ str
            c = [x for x in xs if _]
            #                     ^ object
            d = [x for x in _]
            #               ^ Iterable[object]; fits xs, ys; not n; is iterated over
            e = sorted(xs, key=lambda x: _)
            #                            ^ SupportsDunderLT | SupportsDunderGT; fits x, n
            g = f"{_} and {n}"
            #      ^ object
            h: tuple[int, str] = (n, _)
            #                        ^ str
            i: int = _ if n else 3
            #        ^ int
            j: int = (n and _)
            #               ^ int
            return [*xs, _]
            #            ^ int
    """)


def test_statements_of_every_kind(check: Any) -> None:
    check("""
        import contextlib
        def f(xs: list[int], e: ValueError, flag: bool) -> None:
            for x in _:
                #    ^ Iterable[object]; fits xs; not flag
                print(x)
            while _:
                # ^ object
                break
            if _:
            #  ^ object
                pass
            assert _
            #      ^ object
            raise _
            #     ^ BaseException; fits e, BaseException(); not xs
        def g(xs: list[int], cm: contextlib.AbstractContextManager[int]) -> None:
            with _ as y:
            #    ^ AbstractContextManager[object]; fits cm; not xs; is a context manager
                print(y)
            xs[_] = 3
            #  ^ SupportsIndex
            xs[0] = _
            #       ^ int
            xs += _
            #     ^ Iterable[int]; fits xs
            match _:
                # ^ object
                case 1:
                    pass
                case _:
                    pass
    """)


def test_class_bodies_defaults_and_decorators(check: Any) -> None:
    check("""
        from dataclasses import dataclass, field
        def identity(f: object) -> object: return f
        LIMIT = 3
        @_
        #^ object
        def f(x: int = _) -> int: ...
        #              ^ int; fits LIMIT; not LATER
        class C:
            low = 1
            x: int = _
            #        ^ int; fits low, LIMIT; not LATER
            def m(self, y: int = _) -> int:
                #                ^ int; fits low, x
                return _
                #      ^ int; fits y, self.x, self.low, LIMIT, LATER
        LATER = 4
    """)


def test_async_code_and_generators(check: Any) -> None:
    check("""
        import asyncio
        from collections.abc import Iterator, AsyncIterator
        async def fetch(name: str) -> bytes: ...
        async def f(name: str) -> bytes:
            a = await _
            #         ^ Awaitable[object]; is awaited
            await asyncio.sleep(_)
            #                   ^ float
            async for x in _:
                #          ^ AsyncIterable[object]
                pass
            return await fetch(_)
            #                  ^ str; fits name
        def g() -> Iterator[int]:
            yield _
            #     ^ int
            yield from _
            #          ^ Iterable[int]
    """)


def test_untyped_functions_are_looked_into(check: Any) -> None:
    check("""
        def area(side: int) -> int: ...
        def f(x):
            y = 3
            return area(_)
            #           ^ int; fits y; not x
    """)


def test_what_is_done_with_a_hole_are_constraints(check: Any) -> None:
    check(
        """
        from typing import cast
        def double(n: int) -> int: ...
        def f(xs: list[int], n: int, g: str) -> None:
            if _.count(3): ...
            #  ^ object; has attribute count; fits xs; not n
            y: int = _(n)
            #        ^ object; is called with (int); fits double; not n
            z: int = _[0]
            #        ^ object; is subscripted; fits xs; not n
            n + _
            #   ^ int; fits n
            k: str = cast(str, _)
            #                  ^ object
            (_ + n)
            #<
    """.replace("#<", "#^ object; supports +; fits n; not xs")
    )


def test_narrowing_counts(check: Any) -> None:
    check("""
        def area(side: int) -> int: ...
        def f(x: int | None, y: int | str) -> None:
            if x is not None:
                area(_)
                #    ^ int; fits x; not y; binds x: int
            elif isinstance(y, int):
                area(_)
                #    ^ int; fits y; not x
            x is not None and area(_)
            #                      ^ int; fits x
    """)


def test_overloads_give_the_union_of_those_that_can_match(check: Any) -> None:
    check("""
        from typing import overload
        @overload
        def f(x: int, y: int) -> int: ...
        @overload
        def f(x: str, y: bytes) -> str: ...
        def f(x: object, y: object) -> object: ...
        f(_, _)
        # ^ int | str
        #    ^ int | bytes
        f(1, _)
        #    ^ int
        f(_, b"")
        # ^ str
    """)


def test_generic_callees_use_what_is_known(check: Any) -> None:
    check("""
        from typing import TypeVar, Generic
        from collections.abc import Callable
        T = TypeVar("T")
        U = TypeVar("U")
        class Box(Generic[T]):
            def put(self, item: T) -> None: ...
        def apply(f: Callable[[T], U], x: T) -> U: ...
        def same(x: T, y: T) -> T: ...
        def g(box: Box[int]) -> None:
            box.put(_)
            #       ^ int
            same(1, _)
            #       ^ int
            apply(_, 3)
            #     ^ Callable[[int], object]
        def h(x: T) -> T:
            return _
            #      ^ T; first x
    """)


@pytest.mark.parametrize(
    "annotation",
    [
        "list[int]",
        "str | None",
        "Callable[[int], str]",
        "Callable[..., int]",
        'Literal["a", "b"]',
        "type[Foo]",
        "dict[str, list[Foo]]",
        "tuple[int, ...]",
        "tuple[int, str]",
        "Foo",
        "Movie",
        "Point",
        "Color",
        "Literal[Color.RED]",
        "bool",
        "Iterator[int]",
        "object",
        "None",
        "Alias",
        "Path",
        "Sized | None",
    ],
)
def test_types_read_as_they_were_written(check: Any, annotation: str) -> None:
    check(f"""
        from collections.abc import Callable, Iterator, Sized
        from enum import Enum
        from pathlib import Path
        from typing import Literal, NamedTuple, TypeAlias, TypedDict
        Alias: TypeAlias = int | str
        class Foo: ...
        class Movie(TypedDict):
            name: str
        class Point(NamedTuple):
            x: int
        class Color(Enum):
            RED = 1
        def f(x: {annotation}) -> None: ...
        f(_)
        # ^ {annotation}
    """)


def test_unpacked_arguments_slices_and_causes(check: Any) -> None:
    check("""
        import math
        def many(*xs: int, **ys: str) -> None: ...
        def f(xs: list[int], ys: dict[str, str], e: OSError) -> float:
            many(*_)
            #     ^ Iterable[int]; fits xs; not ys
            many(**_)
            #      ^ Mapping[str, str]; fits ys; not xs
            xs[_:]
            #  ^ SupportsIndex | None; fits None
            if xs:
                raise ValueError from _
                #                     ^ BaseException | None; fits e, None
            return _
            #      ^ float; fits math.pi
    """)


def test_a_walrus_hands_its_place_on(check: Any) -> None:
    check("""
        def takes(a: int) -> int: ...
        def f(n: int, s: str) -> int:
            takes(a := _)
            #          ^ int; fits n; not s
            b: str = (c := (d := _))
            #                    ^ str; fits s; not n
            return (e := _)
            #            ^ int; fits n; not s
    """)


def test_marks_for_what_is_not_given_are_not_expected(check: Any) -> None:
    check("""
        from dataclasses import dataclass, field
        def make() -> list[int]: ...
        @dataclass
        class Row:
            cells: list[int] = field(default_factory=_)
            #                                        ^ Callable[[], list[int]]; fits make, list
    """)


def test_type_variables_do_not_show(check: Any) -> None:
    check("""
        def text(n: int) -> str: ...
        map(_, [1, 2])
        #   ^ Callable[[int], object]; fits text
    """)


def test_two_holes_of_one_name_are_two_holes(check: Any) -> None:
    check("""
        def f(a: int, b: str) -> None: ...
        f(_x, _x)
        # ^^ int
        #     ^^ str
    """)


@pytest.mark.parametrize(
    "source",
    [
        "for _ in range(3): print(_)",
        "from gettext import gettext as _\nprint(_('a'))",
        "def f(_: int) -> int: return _",
        "def f(x: int) -> int:\n    match x:\n        case _: return 1",
        "print(__name__, __file__)",
        "xs = [_ for _ in range(3)]",
        "f = lambda _: _",
        "class A:\n    _x = 1\n    y = _x",
        "import sys\nif sys.platform == 'nowhere':\n    print(_winapi)",
        "class A:\n    @property\n    def _p(self) -> int: return 1\n    @_p.setter\n    def _p(self, x: int) -> None: ...",
        "with open('x') as _: print(_)",
        "try: pass\nexcept OSError as _e: print(_e)",
        "if (_n := 3): print(_n)",
        "def f() -> None:\n    global _g\n    _g = 1\ndef h() -> int: return _g",
        "import sys\nif sys.platform == 'win32':\n    _w = 1\ndef f() -> int: return _w",
        "import os as _os\n_os.getcwd()",
        "x: _ = 3",
        "class A:\n    if int():\n        _i: str\n    else:\n        _i: int = 0",
        "[_a, (_b, *_c)] = [1, (2, 3)]\nprint(_a, _b, _c)",
        'from typing import cast, TYPE_CHECKING\nif TYPE_CHECKING:\n    from collections.abc import Sized as _S\nx = cast("_S", 3)',
        "from typing import cast, Any\n_T = Any\ndef f(x: object) -> Any: return cast(_T, x)",
    ],
)
def test_what_is_bound_is_no_hole(check: Any, source: str) -> None:
    assert check("        " + source.replace("\n", "\n        ") + "\n") == []


def test_a_fit_must_suit_what_follows_in_the_function(check: Any) -> None:
    check("""
        def f(xs: list[int], n: int, name: str) -> int:
            x = _
            #   ^ object; fits n; not xs, name
            y = _
            #   ^ object; fits xs; not n, None
            return x + len(y)
    """)


def test_refinements_leave_holes(check: Any) -> None:
    check("""
        class Box:
            def __init__(self, size: int, *, name: str) -> None: ...
            @classmethod
            def named(cls, name: str) -> "Box": ...
            def find(self, where: int) -> "Box":
                return _
                #      ^ Box; fits self , Box(_, name=_) , self.find(_)
        def make(size: int) -> Box: ...
        def f(old: Box) -> Box:
            return _
            #      ^ Box; fits old , make(_) , old.find(_) , Box(_, name=_)
    """)


def test_a_fit_is_put_in_parentheses_where_it_must_be(check: Any) -> None:
    check("""
        async def f(flag: bool) -> int: ...
        def g(n: int) -> int:
            return -_
            #       ^ object; supports unary -; fits n
        x = f'{_!r:>10}'
        #      ^ object
    """)


def test_keywords_are_no_attributes(check: Any) -> None:
    check("""
        import builtins
        def f() -> bool:
            return _
            #      ^ bool; fits True; not builtins.True, builtins.False
    """)


def test_members_of_enums_and_literals(check: Any) -> None:
    check("""
        from enum import Enum
        from typing import Literal
        class Color(Enum):
            RED = 1
            BLUE = 2
        def f(c: Color, m: Literal["a", "b"] | None, flag: bool) -> None: ...
        f(_, _, _)
        # ^ Color; fits Color.RED, Color.BLUE; not None
        #    ^ Literal["a", "b"] | None; fits "a", "b", None; not True
        #       ^ bool; fits True, False; not None
    """)


def test_names_that_are_not_bound_yet_are_not_offered(check: Any) -> None:
    check("""
        def f(a: int) -> int:
            b = a
            first: int = _
            #            ^ int; fits a, b, LATER; not c, d, first
            c = 3
            for d in range(3):
                print(d + _)
                #         ^ int; fits c, d, first
            try:
                pass
            except OSError as e:
                c = _
                #   ^ int; fits a; not e
            return _
            #      ^ int; fits c; not e
        LATER = 3
        x: int = _
        #        ^ int; fits LATER; not AFTER, x
        AFTER = 4
    """)
