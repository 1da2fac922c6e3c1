"""Terms as Python text, and back."""

from __future__ import annotations

import ast

import pytest

from holefit.holes.terms import Comprehension, Name, bound, names, parts, read, root, text

WRITTEN = [
    "a or b and c",
    "(a or b) and c",
    "not (a and b)",
    "a - (b - c)",
    "(-x) ** 2",
    "-x ** -2",
    "a[b, c]",
    "(a,)",
    "{1, 2}",
    "x is not None",
    "(a == b) == c",
    "(await f(x)).y",
    "f(c, k=d)[0].e",
    '"a" in d',
    "(1).real",
    "not a == b",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_term_that_is_read_is_written_with_the_same_meaning(written: str) -> None:
    term = read(written)
    assert term is not None
    assert ast.dump(ast.parse(text(term), mode="eval")) == ast.dump(ast.parse(written, mode="eval"))


@pytest.mark.parametrize(
    "written", ["f(*xs)", "lambda: 0", "x if y else z", "xs[1:]", "f'{x}'", "a <", "[x for x in y]"]
)
def test_other_forms_are_no_terms(written: str) -> None:
    assert read(written) is None


def test_names_are_bound_and_variables_of_comprehensions_are_left_alone() -> None:
    term = Comprehension("[", Name("box"), "box", Name("boxes"))
    assert (text(term), names(term)) == ("[box for box in boxes]", ("boxes",))
    whole = bound(term, {"box": "outer", "boxes": "here"})
    assert [part.symbol for part in parts(whole) if isinstance(part, Name)] == [None, "here"]
    call = read("a.b(c)[0]")
    assert call is not None
    assert root(call) == Name("a")
