"""Questions about annotations."""

import pytest

from holefit.annotations import Annotation, Target, select
from holefit.syntax import Position, Range

HERE = Range(Position(0, 0), Position(0, 1))


def made(module: str, name: str | None, type: str) -> Annotation:
    target = Target.MODULE if name is None else Target.VALUE
    return Annotation(module, name, target, type, None, "None", HERE)


ALL = [
    made("app", None, "dict"),
    made("app.shapes", "area", "people.Owner"),
    made("app.shapes", None, "str"),
    made("app.units", "area", "str"),
    made("apple", "x", "other.Owner"),
]


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"of": "area"}, [1, 3]),
        ({"of": "shapes.area"}, [1]),
        ({"of": "app.shapes.area"}, [1]),
        ({"of": "s.area"}, []),
        ({"of": "app.shapes"}, [2]),
        ({"of": "shapes"}, [2]),
        ({"type": "Owner"}, [1, 4]),
        ({"type": "people.Owner"}, [1]),
        ({"type": "str"}, [2, 3]),
        ({"module": "app"}, [0, 1, 2, 3]),
        ({"module": "app.shapes", "type": "str"}, [2]),
        ({"of": "nothing"}, []),
    ],
)
def test_questions(question: dict[str, str], numbers: list[int]) -> None:
    assert select(ALL, **question) == [ALL[number] for number in numbers]
