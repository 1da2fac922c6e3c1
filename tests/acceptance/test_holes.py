"""Where holes are, what they expect and what fits, in code as people write it, checked by mypy on its own."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from holefit.edits import apply
from holefit.holes import FitKind, Hole
from holefit.testing import Project, project

pytestmark = pytest.mark.e2e

POSITIONS: dict[str, tuple[str, str]] = {
    "an argument by name": ("def f(*, a: list[str]) -> None: ...\nf(a=_)", "list[str]"),
    "one of many arguments": ("def f(*a: int) -> None: ...\nf(1, _)", "int"),
    "arguments from an iterable": ("def f(*a: int) -> None: ...\nf(*_)", "Iterable[int]"),
    "an attribute": ("class A:\n    n: int = 0\ndef f(a: A) -> None:\n    a.n = _", "int"),
    "an index": ("d: dict[str, bytes] = {}\nd[_]", "str"),
    "a value behind an index": ("d: dict[str, bytes] = {}\nd['a'] = _", "bytes"),
    "an augmented assignment": ("x: int = 1\nx += _", "int"),
    "a list comprehension": ("x: list[int] = [_ for i in range(3)]", "int"),
    "a dict comprehension's key": ("x: dict[str, int] = {_: 1 for i in range(3)}", "str"),
    "the body of a lambda": ("from typing import Callable\nf: Callable[[int], str] = lambda x: _", "str"),
    "a lambda that is an argument": (
        "from typing import Callable\ndef ap(f: Callable[[int], bytes]) -> None: ...\nap(lambda n: _)",
        "bytes",
    ),
    "an f-string": ("x = f'{_}'", "object"),
    "a width in an f-string": ("w = 3\nx = f'{w:{_}}'", "object"),
    "a default": ("def f(a: int = _) -> None: ...", "int"),
    "a class body": ("class A:\n    x: int = _", "int"),
    "an awaited expression": ("async def f() -> int:\n    return await _", "Awaitable[int]"),
    "a yield": ("from typing import Iterator\ndef f() -> Iterator[int]:\n    yield _", "int"),
    "what is sent": (
        "from typing import Generator\ndef g() -> Generator[int, str, None]: ...\ng().send(_)",
        "str",
    ),
    "a conditional expression": ("x: int = _ if input() else 1", "int"),
    "a tuple's element": ("x: tuple[int, str] = (1, _)", "str"),
    "a typed dict's value": (
        "from typing import TypedDict\nclass T(TypedDict):\n    a: int\n    b: str\nx: T = {'a': 1, 'b': _}",
        "str",
    ),
    "an overloaded call": (
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        "def f(a): return a\nf(_)",
        "int | str",
    ),
    "a generic call": (
        "from typing import TypeVar\nT = TypeVar('T')\ndef f(a: T, b: list[T]) -> T: ...\nf(1, _)",
        "list[int]",
    ),
    "a generic class": (
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def put(self, x: T) -> None: ...\n"
        "def f(b: Box[bytes]) -> None:\n    b.put(_)",
        "bytes",
    ),
    "a call through ParamSpec": (
        "from typing import Callable, ParamSpec, TypeVar\nP = ParamSpec('P'); T = TypeVar('T')\n"
        "def ap(f: Callable[P, T], *a: P.args, **k: P.kwargs) -> T: ...\ndef g(a: int) -> str: ...\nap(g, _)",
        "int",
    ),
    "an untyped function": ("def g(a: int) -> str: ...\ndef f(x):\n    return g(_)", "int"),
    "a dataclass": ("from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\nA(_)", "int"),
    "super().__init__": (
        "class A:\n    def __init__(self, a: int) -> None: ...\nclass B(A):\n    def __init__(self) -> None:\n        super().__init__(_)",
        "int",
    ),
    "a property": ("class A:\n    @property\n    def x(self) -> int:\n        return _", "int"),
    "a partial": ("import functools\ndef g(a: int, b: str) -> None: ...\nfunctools.partial(g, 1, _)", "str"),
    "a literal": (
        "from typing import Literal\ndef f(m: Literal['r', 'w']) -> None: ...\nf(_)",
        'Literal["r", "w"]',
    ),
    "a match subject": ("match _:\n    case 1: pass", "object"),
    "a decorator": ("@_\ndef g() -> int: return 1", "object"),
}

NO_HOLES: dict[str, str] = {
    "a loop variable": "for _ in range(3): print(_)",
    "gettext": "from gettext import gettext as _\nprint(_('x'))",
    "a lambda's parameter": "f = lambda _: _",
    "a wildcard": "def f(x: int) -> int:\n    match x:\n        case 1: return 1\n        case _: return 2",
    "a captured name": "match (1, 2):\n    case (_a, *_r): print(_a, _r)",
    "an import": "import os as _os\nprint(_os)",
    "an exception": "try: pass\nexcept Exception as _e: print(_e)",
    "a walrus": "if (_n := 3): print(_n)",
    "global in another function": "def f():\n    global _g\n    _g = 1\ndef h(): return _g",
    "another platform": "import sys\nif sys.platform == 'win32':\n    _w = 1\ndef f():\n    return _w",
    "a class's scope": "class A:\n    _x = 1\n    y = _x",
    "what is cast to": "from typing import TypeVar, cast\n_T = TypeVar('_T')\ndef f(x: object, y: _T) -> _T:\n    return cast(_T, x)",
    "the module's own names": "print(__file__, __name__, __doc__)",
    "a keyword": "dict(_a=1)",
    "an attribute": "import typing\nprint(typing._T)",
}


@pytest.fixture(scope="module")
def made() -> Iterator[Project]:
    with project("x = 1\n", trusted=False) as made:
        yield made


@pytest.mark.parametrize("position", POSITIONS)
def test_a_hole_stands_in(position: str, made: Project) -> None:
    text, expected = POSITIONS[position]
    path = made.path(re.sub(r"\W", "_", position) + ".py")
    path.write_text(text + "\n")
    assert [hole.expected for hole in made.session.holes(path)] == [expected]


@pytest.mark.parametrize("name", NO_HOLES)
def test_no_hole_is(name: str, made: Project) -> None:
    path = made.path("no_" + re.sub(r"\W", "_", name) + ".py")
    path.write_text(NO_HOLES[name] + "\n")
    assert made.session.holes(path) == []
    # A process that has begun with another hole of the file must not take it for one either.
    path.write_text(NO_HOLES[name] + "\nlast: int = _other\n")
    made.session.saved(path)
    assert [hole.name for hole in made.session.holes(path)] == ["_other"]


REAL = dedent('''
    """A little of everything that a small application has."""
    from __future__ import annotations

    import asyncio
    import enum
    from collections.abc import Callable, Iterable, Iterator
    from dataclasses import dataclass, field
    from pathlib import Path


    class Color(enum.Enum):
        RED = "red"
        BLUE = "blue"


    @dataclass
    class Item:
        name: str
        price: float
        color: Color | None = None
        tags: list[str] = field(default_factory=list)

        def label(self, width: int) -> str:
            return _

        def cheaper(self, other: Item) -> Item:
            return self if self.price < _ else other


    def total(items: Iterable[Item], tax: Callable[[float], float]) -> float:
        return sum(tax(_) for item in items)


    def by_color(items: list[Item]) -> dict[Color, list[Item]]:
        found: dict[Color, list[Item]] = {}
        for item in items:
            if item.color is not None:
                found.setdefault(_, []).append(item)
        return found


    def read(folder: Path) -> Iterator[Item]:
        for path in folder.iterdir():
            yield Item(_, len(path.name), color=_)


    async def fetch(name: str, delay: float) -> Item:
        await asyncio.sleep(_)
        return _


    async def fetch_all(names: list[str]) -> list[Item]:
        return await asyncio.gather(*[fetch(_, 0.1) for name in names])
''').lstrip()
STAND_IN = 'eval("")'  # of type Any


def test_every_fit_that_is_shown_passes_a_plain_run_of_mypy(made: Project, tmp_path: Path) -> None:
    path = made.path("shop.py")
    path.write_text(REAL)
    holes = made.session.holes(path)
    assert len(holes) == 9
    assert all(hole.fits for hole in holes)
    source = made.session.parsed(path).source
    names = {}
    for hole in holes:
        for fit in hole.fits:
            others = [(one.range, STAND_IN) for one in holes if one is not hole]
            text = apply(
                source, [*fit.edits, *(type(fit.edits[0])(path, where, new) for where, new in others)]
            )
            if fit.kind is not FitKind.FIT:
                text = _without_holes(text)
            name = f"fit_{len(names)}"
            names[name] = (hole, fit.text)
            (tmp_path / f"{name}.py").write_text(text)
    assert len(names) > 60
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--check-untyped-defs",
        "--config-file=",
        "--cache-dir=cache",
        ".",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    wrong = [
        (line, *_told(names[line.split(".")[0]])) for line in run.stdout.splitlines() if ": error:" in line
    ]
    assert wrong == [], run.stdout + run.stderr


def _told(found: tuple[Hole, str]) -> tuple[str, str]:
    return found[0].expected, found[1]


def _without_holes(text: str) -> str:
    lines = text.splitlines(keepends=True)
    nodes = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and node.id.startswith("_")
    ]
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + STAND_IN + line[node.end_col_offset :]
    return "".join(lines)
