"""Snippets in comments and docstrings, with the output below them."""

import textwrap
from pathlib import Path

import pytest

from holefit.syntax import Snippet, SnippetKind, Source, parse, stops_output

PATH = Path("/project/main.py")


def source(text: str) -> Source:
    return Source(PATH, textwrap.dedent(text).removeprefix("\n"))


def snippets(text: str) -> tuple[Snippet, ...]:
    return parse(source(text)).snippets


def shown(text: str) -> list[tuple[str, str, int, str]]:
    return [(one.text, one.want, one.group, one.scope) for one in snippets(text)]


def test_a_snippet_in_a_comment() -> None:
    text = source("""
        def area(side): ...
        # >>> area(2)
        # 4
        x = 1
    """)
    (one,) = parse(text).snippets
    assert (one.kind, one.text, one.want, one.line, one.prefix) == (
        SnippetKind.COMMENT,
        "area(2)",
        "4",
        2,
        "# ",
    )
    assert text.slice(one.range) == "# >>> area(2)"
    assert text.slice(one.output) == "\n# 4"


def test_consecutive_snippets_are_one_group() -> None:
    assert shown("""
        # >>> x = 3
        # >>> x + 1
        # 4
        # >>> x
        # 3

        # >>> apart
    """) == [("x = 3", "", 0, ""), ("x + 1", "4", 0, ""), ("x", "3", 0, ""), ("apart", "", 1, "")]


def test_lines_go_on_behind_dots() -> None:
    assert shown("""
        # >>> for i in range(2):
        # ...     print(i)
        # ...
        # 0
        # 1
    """) == [("for i in range(2):\n    print(i)\n", "0\n1", 0, "")]


def test_output_ends_where_something_else_begins() -> None:
    assert [
        one.want
        for one in snippets("""
        # >>> a
        # 1
        #
        # a remark
        # >>> b
        # 2
          # deeper
        # >>> c
        # 3
        # holefit: on-reload
        # >>> d
        # 4
        # ANN f: 1
        # >>> e
        # TODO later
        # >>> f
        # 5  # fmt: kept
        x = 1
    """)
    ] == ["1", "2", "3", "4", "", "5  # fmt: kept"]


@pytest.mark.parametrize(
    "text", ["", "  ", "$setup", ">>> x", "ANN f: 1", "type: ignore", "noqa", "... x", "!"]
)
def test_these_comments_are_no_output(text: str) -> None:
    assert stops_output(text)


def test_a_snippet_inside_a_function_keeps_its_indent() -> None:
    text = source("""
        def f():
            # >>> 1 + 1
            return 1
    """)
    (one,) = parse(text).snippets
    assert (one.indent, one.prefix) == ("    ", "    # ")
    assert one.output.start == one.output.end == one.range.end


def test_what_stands_in_a_string_or_behind_code_is_none() -> None:
    assert snippets('x = """\n# >>> no\n"""\ny = 1  # >>> no\n') == ()


def test_setup_marks_a_group() -> None:
    found = snippets("""
        # $setup
        # >>> import math
        # >>> r = 2

        # >>> math.pi * r
    """)
    assert [(one.text, one.setup) for one in found] == [
        ("import math", True),
        ("r = 2", True),
        ("math.pi * r", False),
    ]


DOCSTRINGS = '''
"""Module.

>>> top
1
"""


class Circle:
    """A circle.

    >>> Circle(2).area(
    ...     exact=True)
    12

    Prose.

    >>> Circle(3)
    Circle(
      3)
    """

    @property
    def area(self, a={":": 1},  # : remark
             ) -> "x:y":
        r"""Area.

        $setup
        >>> s = "\\n"
        >>> len(s)
        1"""

    @area.setter
    def area(self, v):
        """
        >>> v
        """

if True:
    def free(): ">>> one_line"

    async def later():
        x = 1
        """ >>> no docstring """

data = {
    "k":
    """
    >>> no
    """
}
'''


def test_doctests_know_whose_docstring_they_stand_in() -> None:
    assert [(one.scope, one.text, one.want) for one in snippets(DOCSTRINGS)] == [
        ("", "top", "1"),
        ("Circle", "Circle(2).area(\n    exact=True)", "12"),
        ("Circle", "Circle(3)", "Circle(\n  3)"),
        ("Circle.area", r's = "\n"', ""),
        ("Circle.area", "len(s)", "1"),
        ("Circle.area", "v", ""),
        ("free", "one_line", ""),
    ]


def test_two_docstrings_of_one_name_are_told_apart() -> None:
    both = {one.docstring for one in snippets(DOCSTRINGS) if one.scope == "Circle.area"}
    assert len(both) == 2


def test_the_closing_quotes_are_no_output() -> None:
    found = next(one for one in snippets(DOCSTRINGS) if one.text == "len(s)")
    assert found.closes
    assert source(DOCSTRINGS).slice(found.output) == "\n        1"
    assert (found.raw, found.quote, found.setup) == (True, '"""', True)


def test_escapes_mean_what_the_docstring_means() -> None:
    found = snippets('def f():\n    """\n    >>> print("a\\\\nb")\n    \'\\\\\'\n    """\n')
    assert [(one.text, one.want, one.raw) for one in found] == [(r'print("a\nb")', r"'\'", False)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind(end: str) -> None:
    text = Source(PATH, end.join(["# >>> a", "# 1", "def f():", "\t'''", "\t>>> b", "\t2", "\t'''", ""]))
    found = parse(text).snippets
    assert [(one.text, one.want, one.scope) for one in found] == [("a", "1", ""), ("b", "2", "f")]
    assert [text.slice(one.output) for one in found] == [f"{end}# 1", f"{end}\t2"]


def test_a_byte_order_mark_is_no_indent() -> None:
    (one,) = snippets("\ufeff# >>> a\n# 1\n")
    assert (one.text, one.prefix) == ("a", "# ")


def test_a_backslash_joins_lines_as_in_the_docstring_s_value() -> None:
    text = source('def f():\n    """\n    >>> from a import b, \\\n    c\n    one \\\n    line\n    """\n')
    (one,) = parse(text).snippets
    assert (one.text, one.want) == ("from a import b,     c", "one     line")
    assert text.slice(one.output) == "\n    one \\\n    line"
