"""The type that is expected in every place where an expression can stand: one case for each kind of place.

All cases are functions of one module, so that one check answers them all; a case's holes are in text order.
"""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Any

import pytest

from holefit.types.workspace import Workspace
from holefit_wire.types import HoleInfo, HolesFound

DEFINITIONS = """
from __future__ import annotations
import asyncio, contextlib, enum, functools, itertools, operator, os, re, sys
from collections.abc import *
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import *
from typing_extensions import NotRequired, ParamSpec, Required, Self, TypeVarTuple, Unpack

T = TypeVar("T")
U = TypeVar("U")
N = TypeVar("N", int, str)
B = TypeVar("B", bound="Shape")
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")

class Color(enum.Enum):
    RED = 1
    BLUE = 2

class Shape:
    name: str = ""
    def scaled(self, factor: float) -> Self: ...
    def joined(self, other: Self, *more: Self) -> Self: ...

class Circle(Shape):
    radius: float = 1.0

class Movie(TypedDict):
    title: str
    year: NotRequired[int]

class Point(NamedTuple):
    x: int
    y: float

@dataclass
class Row:
    key: str
    cells: list[int] = field(default_factory=list)
    color: Color | None = None

class Box(Generic[T]):
    item: T
    def __init__(self, item: T) -> None: ...
    def put(self, item: T) -> None: ...
    def map(self, f: Callable[[T], U]) -> Box[U]: ...
    def __getitem__(self, at: int) -> T: ...
    def __setitem__(self, at: int, item: T) -> None: ...
    def __contains__(self, item: object) -> bool: ...
    def __enter__(self) -> T: ...
    def __exit__(self, *why: object) -> None: ...

class Drawable(Protocol):
    def draw(self, width: int) -> str: ...

class Handler(Protocol):
    def __call__(self, name: str, *, loud: bool = ...) -> bytes: ...

class Money:
    def __add__(self, other: Money) -> Money: ...
    def __mul__(self, times: int) -> Money: ...
    def __lt__(self, other: Money) -> bool: ...
    def __matmul__(self, other: str) -> Money: ...
    @property
    def cents(self) -> int: ...
    @cents.setter
    def cents(self, value: int) -> None: ...

class Celsius:
    def __get__(self, owner: object, kind: object) -> float: ...
    def __set__(self, owner: object, value: float) -> None: ...

class Room:
    degrees = Celsius()

@overload
def load(at: int, mode: Literal["n"]) -> int: ...
@overload
def load(at: str, mode: Literal["s"], strict: bool = ...) -> str: ...
def load(at: object, mode: str, strict: bool = True) -> object: ...

def area(side: int, name: str = "", *, color: Color = Color.RED) -> float: ...
def many(*numbers: int, **words: str) -> None: ...
def same(one: T, other: T) -> T: ...
def first(items: Sequence[T]) -> T: ...
def pick(flag: bool, one: T, other: U) -> T | U: ...
def apply(f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...
def retry(times: int) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
def tupled(*items: Unpack[Ts]) -> tuple[Unpack[Ts]]: ...
def either(n: N) -> N: ...
def bounded(b: B) -> B: ...
def only(n: Literal["a", "b"] | None) -> None: ...
def kind(of: type[Shape]) -> None: ...
def on(handler: Handler) -> None: ...
def drawn(one: Drawable) -> None: ...
def back(then: Callable[[int, str], bytes]) -> None: ...
def later(coroutine: Awaitable[int]) -> None: ...
def movie(**fields: Unpack[Movie]) -> None: ...
async def fetch(url: str, retries: int = 3) -> bytes: ...
def chars(text: str) -> Iterator[str]: ...
"""

# name: parameters of the case, its body, the types that its holes expect.
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # arguments
    "a positional argument": ("", "area(_)", ("int",)),
    "a second argument": ("", "area(1, _)", ("str",)),
    "a keyword argument": ("", "area(1, name=_)", ("str",)),
    "a keyword-only argument": ("", "area(1, color=_)", ("Color",)),
    "every argument at once": ("", "area(_, _, color=_)", ("int", "str", "Color")),
    "an argument of *args": ("", "many(1, _, 3)", ("int",)),
    "an argument of **kwargs": ("", "many(word=_)", ("str",)),
    "what is unpacked into *args": ("", "many(*_)", ("Iterable[int]",)),
    "what is unpacked into **kwargs": ("", "many(**_)", ("Mapping[str, str]",)),
    "what is unpacked into a signature": ("", "area(*_)", ("Iterable[object]",)),
    "a keyword of an unpacked TypedDict": ("", "movie(title='', year=_)", ("int",)),
    "an argument of a constructor": ("", "Row(_, cells=_, color=_)", ("str", "list[int]", "Color | None")),
    "an argument of a named tuple": ("", "Point(_, y=_)", ("int", "float")),
    "an argument of dataclasses.replace": ("row: Row", "replace(row, key=_)", ("str",)),
    "an argument of a class held in a variable": ("kind: type[Row]", "kind(_)", ("str",)),
    "an argument of a callable": ("f: Callable[[int, bytes], str]", "f(1, _)", ("bytes",)),
    "an argument of a callback protocol": ("f: Handler", "f('', loud=_)", ("bool",)),
    "an argument of a union of callables": (
        "f: Callable[[int], int] | Callable[[str], int]",
        "f(_)",
        ("int | str",),
    ),
    "an argument of super's method": (
        "",
        "class C(Row):\n    def __init__(self) -> None:\n        super().__init__(_)",
        ("str",),
    ),
    "an argument of a partial": ("", "functools.partial(area, _)", ("int",)),
    "a literal": ("", "only(_)", ('Literal["a", "b"] | None',)),
    "a class": ("", "kind(_)", ("type[Shape]",)),
    "a protocol": ("", "drawn(_)", ("Drawable",)),
    "a callback protocol": ("", "on(_)", ("Handler",)),
    "an awaitable": ("", "later(_)", ("Awaitable[int]",)),
    "a file mode": ("", "open('x', _)", ('Literal["r+", "+r", "rt+", "r+t", "+rt", "tr+", ... 85 more]',)),
    # overloads
    "overloads that can all match": ("", "load(_, _)", ("int | str", 'Literal["n", "s"]')),
    "an overload chosen by another argument": ("", "load(1, _)", ('Literal["n"]',)),
    "an overload chosen by a literal": ("", "load(_, 's')", ("str",)),
    "an overload chosen by the number of arguments": ("", "load(_, 's', True)", ("str",)),
    "the key of dict.get": ("d: dict[str, int]", "d.get(_)", ("str",)),
    "the default of dict.get": ("d: dict[str, int]", "n: int = d.get('', _)", ("int",)),
    "the amount of range": ("", "range(_)", ("SupportsIndex",)),
    # generics
    "a generic method": ("box: Box[int]", "box.put(_)", ("int",)),
    "a type variable that another argument binds": ("", "same('', _)", ("str",)),
    "a type variable that the result binds": ("", "n: int = first(_)", ("Sequence[int]",)),
    "an overloaded function whose result binds": ("", "n: int = next(_)", ("SupportsNext[int]",)),
    "a coroutine whose result is returned": (
        "",
        "def f() -> int:\n    return asyncio.run(_)",
        ("Coroutine[Any, Any, int]",),
    ),
    "a free type variable": ("", "same(_, _)", ("object", "object")),
    "a type variable with values": ("", "either(_)", ("int | str",)),
    "a bounded type variable": ("", "bounded(_)", ("Shape",)),
    "a constructor with a declared result": ("", "b: Box[bytes] = Box(_)", ("bytes",)),
    "a callback over a type variable": (
        "box: Box[int]",
        "b: Box[str] = box.map(_)",
        ("Callable[[int], str]",),
    ),
    "the key of sorted": (
        "rows: list[Row]",
        "sorted(rows, key=_)",
        ("Callable[[Row], SupportsRichComparison]",),
    ),
    "the function of map": (
        "rows: list[Row]",
        "xs: list[str] = list(map(_, rows))",
        ("Callable[[Row], str]",),
    ),
    "the function of filter": ("rows: list[Row]", "filter(_, rows)", ("Callable[[Row], Any] | None",)),
    "an item of TypeVarTuple": ("", "t: tuple[int, str] = tupled(1, _)", ("str",)),
    "inside a generic function": ("x: T, y: U", "z: T = _", ("T",)),
    # ParamSpec
    "an argument through a ParamSpec": ("", "apply(area, _)", ("int",)),
    "a keyword through a ParamSpec": ("", "apply(area, 1, name=_)", ("str",)),
    "a function for a ParamSpec": ("", "apply(_, 1)", ("Callable[[int], object]",)),
    "an argument of a decorated function": ("", "@retry(3)\ndef f(n: int) -> str: ...\nf(_)", ("int",)),
    "an argument of a decorator": ("", "@retry(_)\ndef f(n: int) -> str: ...", ("int",)),
    "an argument of a cached function": (
        "",
        "@functools.cache\ndef f(n: int) -> str: ...\nf(_)",
        ("Hashable",),
    ),
    # containers
    "an item of a list": ("", "xs: list[int] = [1, _]", ("int",)),
    "an item of a list without a declared type": ("", "xs = [1, _]", ("object",)),
    "an item of a set": ("", "xs: set[str] = {_}", ("str",)),
    "a key and a value": ("", "d: dict[str, bytes] = {_: _}", ("str", "bytes")),
    "an item of a tuple": ("", "t: tuple[int, str] = (1, _)", ("str",)),
    "an item of a variadic tuple": ("", "t: tuple[int, ...] = (1, _)", ("int",)),
    "a starred item": ("", "xs: list[int] = [*_]", ("Iterable[int]",)),
    "a merged dictionary": ("", "d: dict[str, int] = {**_}", ("SupportsKeysAndGetItem[str, int]",)),
    "a value of a TypedDict": ("", "m: Movie = {'title': _, 'year': _}", ("str", "int")),
    "a TypedDict as a call": ("", "Movie(title=_)", ("str",)),
    "a value put under a TypedDict's key": ("m: Movie", "m['year'] = _", ("int",)),
    "a nested container": ("", "d: dict[str, list[tuple[int, Color]]] = {'': [(1, _)]}", ("Color",)),
    "a list in a union": ("", "xs: list[int] | None = [_]", ("int",)),
    # assignments
    "an annotated assignment": ("", "x: Sequence[int] = _", ("Sequence[int]",)),
    "an assignment of a known variable": ("", "x = 1\nx = _", ("int",)),
    "an assignment without a type": ("", "x = _", ("object",)),
    "an attribute": ("row: Row", "row.color = _", ("Color | None",)),
    "a property": ("m: Money", "m.cents = _", ("int",)),
    "a descriptor": ("room: Room", "room.degrees = _", ("float",)),
    "an item": ("xs: list[int]", "xs[0] = _", ("int",)),
    "a slice": ("xs: list[int]", "xs[1:2] = _", ("Iterable[int]",)),
    "an item of a class with __setitem__": ("box: Box[str]", "box[0] = _", ("str",)),
    "several targets": ("", "a: int\nb: str\na, b = _", ("tuple[int, str]",)),
    "several values": ("", "a: int\nb: str\na, b = 1, _", ("str",)),
    "a chain": ("row: Row", "x = row.key = _", ("str",)),
    "an augmented assignment": ("m: Money", "m += _", ("Money",)),
    "an augmented assignment of a number": ("n: int", "n += _", ("int",)),
    "a walrus": ("", "area(n := _)", ("int",)),
    "a class variable": ("", "class C:\n    names: ClassVar[list[str]] = _", ("list[str]",)),
    "a final": ("", "x: Final[int] = _", ("int",)),
    "an attribute of self": (
        "",
        "class C:\n    def __init__(self) -> None:\n        self.x: int = _",
        ("int",),
    ),
    "an inherited class variable": ("", "class C(Shape):\n    name = _", ("str",)),
    "a default of a dataclass field": ("", "@dataclass\nclass C:\n    n: int = _", ("int",)),
    "the factory of a field": (
        "",
        "@dataclass\nclass C:\n    xs: list[str] = field(default_factory=_)",
        ("Callable[[], list[str]]",),
    ),
    # functions
    "a default value": ("", "def f(x: int | None = _) -> None: ...", ("int | None",)),
    "a default value of a keyword": ("", "def f(*, x: Color = _) -> None: ...", ("Color",)),
    "a returned value": ("", "def f() -> dict[str, int]:\n    return _", ("dict[str, int]",)),
    "a returned Self": ("", "class C:\n    def f(self) -> Self:\n        return _", ("Self",)),
    "an argument of Self": ("c: Circle", "c.joined(_, _)", ("Circle", "Circle")),
    "a returned type variable": ("", "def f(x: T) -> list[T]:\n    return _", ("list[T]",)),
    "the value of a lambda": ("", "back(lambda n, s: _)", ("bytes",)),
    "the value of an annotated lambda": ("", "f: Callable[[], int] = lambda: _", ("int",)),
    "a default in a lambda": ("", "f = lambda n=_: n", ("object",)),
    "a function": ("", "back(_)", ("Callable[[int, str], bytes]",)),
    "a bound of a returned union": (
        "",
        "def f() -> int | list[str] | None:\n    return _",
        ("int | list[str] | None",),
    ),
    "a guard": ("", "def f(x: object) -> TypeGuard[int]:\n    return _", ("bool",)),
    # generators and async
    "a yielded value": ("", "def f() -> Iterator[int]:\n    yield _", ("int",)),
    "a yielded pair": ("", "def f() -> Iterator[tuple[str, int]]:\n    yield '', _", ("int",)),
    "what a generator returns": (
        "",
        "def f() -> Generator[int, str, bytes]:\n    yield 1\n    return _",
        ("bytes",),
    ),
    "what is delegated to": ("", "def f() -> Iterator[int]:\n    yield from _", ("Iterable[int]",)),
    "an asynchronously yielded value": ("", "async def f() -> AsyncIterator[int]:\n    yield _", ("int",)),
    "what a context manager yields": (
        "",
        "@contextlib.contextmanager\ndef f() -> Iterator[Row]:\n    yield _",
        ("Row",),
    ),
    "what is sent": ("g: Generator[int, str, None]", "g.send(_)", ("str",)),
    "what a coroutine returns": ("", "async def f() -> int:\n    return _", ("int",)),
    "what is awaited": ("", "async def f() -> None:\n    x: int = await _", ("Awaitable[int]",)),
    "what is awaited and returned": ("", "async def f() -> int:\n    return await _", ("Awaitable[int]",)),
    "an argument of an awaited call": (
        "",
        "async def f() -> None:\n    await fetch(_, retries=_)",
        ("str", "int"),
    ),
    "an argument of gather": (
        "",
        "async def f() -> None:\n    await asyncio.gather(fetch(''), _)",
        ("Future[object] | Generator[Any, None, object] | Awaitable[object]",),
    ),
    "what a task runs": (
        "",
        "async def f() -> None:\n    asyncio.create_task(_)",
        ("Generator[Any, None, object] | Coroutine[Any, Any, object]",),
    ),
    "what is iterated over asynchronously": (
        "",
        "async def f() -> None:\n    async for x in _: pass",
        ("AsyncIterable[object]",),
    ),
    "what is entered asynchronously": (
        "",
        "async def f() -> None:\n    async with _ as x: pass",
        ("AbstractAsyncContextManager[object]",),
    ),
    # statements
    "what is iterated over": ("", "for x in _: pass", ("Iterable[object]",)),
    "what is iterated over for a declared variable": ("", "x: int\nfor x in _: pass", ("Iterable[int]",)),
    "what is entered": ("", "with _ as x: pass", ("AbstractContextManager[object]",)),
    "what is raised": ("", "raise _", ("BaseException",)),
    "the cause of an exception": ("", "raise ValueError from _", ("BaseException | None",)),
    "the argument of an exception": ("", "raise OSError(_)", ("object",)),
    "a condition": ("", "if _: pass", ("object",)),
    "an assertion's message": ("b: bool", "assert b, _", ("object",)),
    "a match subject": ("", "match _:\n    case 1: pass", ("object",)),
    "a guard of a case": ("n: int", "match n:\n    case 1 if _: pass", ("object",)),
    "inside a case": (
        "s: Shape | int",
        "match s:\n    case Circle(radius=r):\n        back(lambda n, t: _)",
        ("bytes",),
    ),
    "an exception to catch": (
        "",
        "try: pass\nexcept _: pass",
        ("type[BaseException] | tuple[type[BaseException], ...]",),
    ),
    "what is deleted": ("d: dict[str, int]", "del d[_]", ("str",)),
    # operators and subscripts
    "the right of a plus": ("n: int", "n + _", ("int",)),
    "the right of an operator of a class": ("m: Money", "m * _", ("int",)),
    "the right of a matrix product": ("m: Money", "m @ _", ("str",)),
    "the left of an operator": ("m: Money", "x: Money = _ + m", ("object",)),
    "the right of a comparison": ("m: Money", "m < _", ("Money",)),
    "the right of an equality": ("n: int", "n == _", ("object",)),
    "the left of in": ("xs: list[int]", "_ in xs", ("object",)),
    "the right of in": ("n: int", "n in _", ("Container[int]",)),
    "the right of and": ("b: bool", "n: int = b and _", ("int",)),
    "the right of or": ("s: str | None", "t: str = s or _", ("str",)),
    "a branch of a conditional": ("b: bool", "n: int = _ if b else 0", ("int",)),
    "the condition of a conditional": ("", "n = 1 if _ else 0", ("object",)),
    "a negated value": ("", "x = not _", ("object",)),
    "the key of a dictionary": ("d: dict[Color, int]", "d[_]", ("Color",)),
    "the index of a list": ("xs: list[int]", "xs[_]", ("SupportsIndex | slice",)),
    "the key of a TypedDict": ("m: Movie", "m[_]", ('Literal["title", "year"]',)),
    "a bound of a slice": ("xs: list[int]", "xs[1:_]", ("SupportsIndex | None",)),
    "a value formatted by %": ("", "'%d' % _", ("int | float | SupportsInt",)),
    "list times a hole": ("xs: list[int]", "xs * _", ("SupportsIndex",)),
    # comprehensions and f-strings
    "an item of a comprehension": ("xs: list[int]", "ys: list[str] = [_ for x in xs]", ("str",)),
    "a key of a comprehension": ("xs: list[int]", "d: dict[str, int] = {_: x for x in xs}", ("str",)),
    "a condition of a comprehension": ("xs: list[int]", "[x for x in xs if _]", ("object",)),
    "a source of a comprehension": ("", "xs: list[int] = [x for x in _]", ("Iterable[int]",)),
    "an item of a generator argument": ("xs: list[int]", "''.join(_ for x in xs)", ("str",)),
    "an argument inside a comprehension": ("xs: list[int]", "[area(_) for x in xs]", ("int",)),
    "an argument inside any": ("xs: list[Row]", "any(_ for x in xs)", ("object",)),
    "a value in an f-string": ("", "f'{_}'", ("object",)),
    "an argument in an f-string": ("", "f'{area(_):.2f}'", ("int",)),
    "a width in an f-string": ("n: int", "f'{n:{_}}'", ("object",)),
    # narrowing
    "after is not None": ("x: int | None", "if x is not None:\n    x = _", ("int | None",)),
    "a narrowed receiver": ("b: Box[int] | None", "if b:\n    b.put(_)", ("int",)),
    "after isinstance": ("x: Row | Money", "if isinstance(x, Money):\n    x * _", ("int",)),
    "after an early return": ("b: Box[str] | None", "if b is None:\n    return\nb.put(_)", ("str",)),
    "in a case of a class": (
        "x: Row | Box[bytes]",
        "match x:\n    case Box():\n        x.put(_)",
        ("bytes",),
    ),
    "after assert": ("x: object", "assert isinstance(x, Money)\nx + _", ("Money",)),
}


def _module() -> tuple[str, list[tuple[str, int, int]]]:
    """The text of all cases, and each with its first line (0-based) and the line behind it."""
    lines = DEFINITIONS.split("\n")
    places = []
    for number, (name, (parameters, body, _)) in enumerate(CASES.items()):
        lines.append(f"def case_{number}({parameters}) -> None:")
        start = len(lines)
        lines += textwrap.indent(body, "    ").split("\n")
        places.append((name, start, len(lines)))
    return "\n".join(lines) + "\n", places


@pytest.fixture(scope="module")
def answers(one_workspace: Workspace) -> dict[str, list[HoleInfo]]:
    """The holes of each case."""
    text, places = _module()
    path = one_workspace.root / "every_position.py"
    path.write_text(text)
    before = asdict(one_workspace._options)
    one_workspace.set_options(before | {"show_valid_hole_fits": False})
    found: Any = one_workspace.holes(str(path), None)
    one_workspace.set_options(before)
    assert isinstance(found, HolesFound)
    return {name: [hole for hole in found.holes if start <= hole.line < end] for name, start, end in places}


@pytest.mark.parametrize("name", CASES)
def test_the_place_demands(answers: dict[str, list[HoleInfo]], name: str) -> None:
    assert tuple(hole.expected for hole in answers[name]) == CASES[name][2]
