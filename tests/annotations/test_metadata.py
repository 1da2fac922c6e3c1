"""What stands in ``typing.Annotated`` is collected, where it is data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.annotations import Target, metadata
from holefit.session import Session
from holefit.syntax import Source, parse

Write = Callable[[str, str], None]

UNITS = """
import dataclasses

@dataclasses.dataclass(frozen=True)
class Unit:
    name: str
"""
PLANETS = """
import typing as t
from typing import Annotated, ClassVar
from units import Unit

raise SystemExit("it must not run")

def check(value): ...

G: Annotated[float, Unit("m/s2")] = 9.81
Metres = Annotated[float, Unit("m")]

class Planet:
    mass: ClassVar[Annotated[float, Unit("kg"), "heavy"]]
    def fall(self, height: t.Annotated[float, Unit("m")], *, checked: Annotated[int, check] = 0) -> Annotated[float, Unit("s")]: ...

# ANN G: Unit("comment")
"""


def found(text: str) -> list[tuple[str | None, str]]:
    requests = metadata(parse(Source(Path("/p/m.py"), text)), "m", False)
    assert all(one.metadata for one in requests)
    return [(one.name, one.expression) for one in requests]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x: Annotated[int, 1, 'two']", [("x", "1"), ("x", "'two'")]),
        ("x: Annotated[Annotated[int, 1], 2]", [("x", "1"), ("x", "2")]),
        ("X = Annotated[int, 1]", [("X", "1")]),
        ("def f(a: Annotated[int, 1], *b: Annotated[int, 2]) -> Annotated[int, 3]: ...", [("f.a", "1"), ("f.b", "2"), ("f.return", "3")]),
        ("async def f(*, k: Annotated[int, dict(\n  a=1)]): ...", [("f.k", "dict(\n  a=1)")]),
        ("class C:\n    x: Annotated[int, 1]\n    def m(self, y: Annotated[int, 2]): ...", [("C.x", "1"), ("C.m.y", "2")]),
        ("if True:\n    x: Annotated[int, 1] = 2", [("x", "1")]),
        ("x: Annotated[int, 'é', 2]", [("x", "'é'"), ("x", "2")]),
        ("x: A[int, 1]", []),
        ("x: list[Annotated[int, 1]]", []),
        ("x: Annotated[int]", []),
        ("def f(): x: Annotated[int, 1] = 2", []),
        ("class C:\n    one = 1\n    x: Annotated[int, one]", []),
        ("def own(): ...\nx: Annotated[int, own]", []),
        ("x: Annotated[int, nowhere]", []),
        ("x: Annotated[int, (", []),
    ],
)  # fmt: skip
def test_metadata_is_found_where_it_is_written(line: str, expected: list[tuple[str, str]]) -> None:
    assert found("from typing import Annotated\n" + line + "\n") == expected


def test_a_name_that_is_not_typings_is_no_metadata() -> None:
    assert found("from mine import Annotated\nx: Annotated[int, 1]\n") == []
    assert found("from typing_extensions import Annotated as A\nx: A[int, 1]\n") == [("x", "1")]


@pytest.fixture
def planets(session: Session, write: Write) -> Session:
    write("units.py", UNITS)
    write("planets.py", PLANETS)
    return session


def test_metadata_answers_queries_without_running_its_module(planets: Session) -> None:
    assert [
        (one.name, one.target, one.value) for one in planets.annotations(module="planets", type="Unit")
    ] == [
        ("G", Target.VALUE, {"name": "comment"}),
        ("G", Target.VALUE, {"name": "m/s2"}),
        ("Metres", Target.TYPE, {"name": "m"}),
        ("Planet.mass", Target.VALUE, {"name": "kg"}),
        ("Planet.fall.height", Target.PARAMETER, {"name": "m"}),
        ("Planet.fall.return", Target.PARAMETER, {"name": "s"}),
    ]
    assert [one.value for one in planets.annotations(of="Planet.mass", type="str")] == ["heavy"]


def test_metadata_that_is_no_data_is_passed_over(planets: Session, write: Write) -> None:
    write(
        "odd.py",
        "import math\nfrom typing import Annotated\nx: Annotated[int, math.sin, 1 / 0, 'kept'] = 1\n",
    )
    assert [one.value for one in planets.annotations(module="odd")] == ["kept"]
    assert planets.load().diagnostics == ()
    assert planets.check("odd.py") == []


def test_a_load_evaluates_no_metadata(tmp_path: Path, write: Write) -> None:
    write("units.py", UNITS)
    write("planets.py", PLANETS.replace("# ANN", "#"))
    (tmp_path / "shapes.py").unlink()
    with Session.open(tmp_path) as session:
        session.load()
        assert session.interpreter.status().state == "stopped"
        assert len(session.annotations()) == 6
        session.load()
        session.interpreter.stop()
        assert len(session.annotations()) == 6
        assert session.interpreter.status().state == "stopped"
