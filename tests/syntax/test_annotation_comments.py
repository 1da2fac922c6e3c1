"""The forms of annotation comments."""

from pathlib import Path

import pytest

from holefit.syntax import AnnotationComment, Position, Range, Source, parse

PATH = Path("/project/main.py")


def one(text: str) -> AnnotationComment:
    parsed = parse(Source(PATH, text))
    assert parsed.annotation_errors == ()
    (found,) = parsed.annotation_comments
    return found


@pytest.mark.parametrize(
    ("text", "kind", "name", "expression"),
    [
        ("# ANN area: Owner('x', since=2)", "value", "area", "Owner('x', since=2)"),
        ("# ANN type Shape: 'stable'", "type", "Shape", "'stable'"),
        ("# ANN module: {'layer': 1}", "module", None, "{'layer': 1}"),
        ("#ANN area:3", "value", "area", "3"),
        ("#  ANN  area :  3  ", "value", "area", "3"),
        ("# ANN type: 3", "value", "type", "3"),
        ("# ANN größe: 3", "value", "größe", "3"),
        ("    # ANN area: 3", "value", "area", "3"),
    ],
)
def test_three_forms(text: str, kind: str, name: str | None, expression: str) -> None:
    found = one(text)
    assert (found.kind, found.name, found.expression) == (kind, name, expression)


def test_places_are_those_of_the_text() -> None:
    source = Source(PATH, "x = 1\n  # ANN area: Owner(1)\n")
    (found,) = parse(source).annotation_comments
    assert source.slice(found.name_range) == "area"
    assert source.slice(found.expression_range) == "Owner(1)"
    assert found.range == Range(Position(1, 2), Position(1, 22))


def test_an_expression_may_go_on_below() -> None:
    found = one("# ANN area: Owner(\n#     'x',\n#     since=2,\n# )\n# a remark\n")
    assert found.expression == "Owner(\n'x',\nsince=2,\n)"


def test_an_expression_that_is_whole_does_not_go_on() -> None:
    assert one("# ANN area: Owner('x')\n#   a remark\n").expression == "Owner('x')"


def test_brackets_close_in_an_indented_line() -> None:
    assert one("# ANN area: Owner(\n#   'x',\n#   )\n").expression == "Owner(\n'x',\n)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# ANN area Owner('x')", "This is no annotation; write # ANN name: expression"),
        ("# ANN", "This is no annotation"),
        ("# ANN area:", "The annotation has no expression behind its colon."),
        ("# ANN type 3: 4", "This is no annotation"),
        ("# ANN : 4", "This is no annotation"),
    ],
)
def test_a_malformed_one_is_named(text: str, message: str) -> None:
    parsed = parse(Source(PATH, text))
    assert parsed.annotation_comments == ()
    (problem,) = parsed.annotation_errors
    assert problem.message.startswith(message)
    assert problem.code == "annotation"


@pytest.mark.parametrize(
    "text",
    [
        "# ANN models are trained here",
        "# ANNOTATED: x",
        "x = 1  # ANN area: 3",
        "s = '''\n# ANN area: 3\n'''",
        "# ann area: 3",
    ],
)
def test_other_comments_are_left_alone(text: str) -> None:
    parsed = parse(Source(PATH, text))
    assert (parsed.annotation_comments, parsed.annotation_errors) == ((), ())
