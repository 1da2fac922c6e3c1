"""Results as edits: what stands in the text afterwards, and that it reads back as the same."""

from __future__ import annotations

import ast
import doctest
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holefit.edits import apply
from holefit.eval import Outcome, clear, writing
from holefit.eval.comparison import agrees, flags_of
from holefit.syntax import Snippet, SnippetKind, Source, parse

PATH = Path("/main.py")


def snippets(text: str) -> tuple[Source, tuple[Snippet, ...]]:
    parsed = parse(Source(PATH, text))
    return parsed.source, parsed.snippets


def written(text: str, *outcomes: Outcome, max_lines: int = 100) -> str:
    """``text`` after the results of its snippets were written into it."""
    source, found = snippets(text)
    edits = [
        writing.edit(source, snippet, writing.output_lines(snippet, outcome, max_lines))
        for snippet, outcome in zip(found, outcomes, strict=True)
    ]
    return apply(source, [edit for edit in edits if edit])


def check(before: str, *outcomes: Outcome, after: str) -> None:
    before, after = textwrap.dedent(before), textwrap.dedent(after)
    assert written(before, *outcomes) == after
    assert written(after, *outcomes) == after, "a second evaluation changes nothing"


def test_a_result_is_written_below_the_input() -> None:
    check(
        """
        # >>> 1 + 1
        x = 1
        """,
        Outcome("2\n"),
        after="""
        # >>> 1 + 1
        # 2
        x = 1
        """,
    )


def test_a_result_replaces_the_former_one_and_no_other_comment() -> None:
    check(
        """
        # What it does:
        # >>> lines()
        # old
        # older
        #
        # Why it does so.
        # >>> 2
        # 1
        # TODO: more
        """,
        Outcome("new\n"),
        Outcome("2\n"),
        after="""
        # What it does:
        # >>> lines()
        # new
        #
        # Why it does so.
        # >>> 2
        # 2
        # TODO: more
        """,
    )


def test_a_statement_without_output_leaves_none() -> None:
    check(
        """
        # >>> x = 1
        # 12
        # >>> x
        """,
        Outcome(""),
        Outcome("1\n"),
        after="""
        # >>> x = 1
        # >>> x
        # 1
        """,
    )


def test_output_is_indented_as_its_input_with_tabs_and_crlf_kept() -> None:
    before = "def f():\r\n\t# >>> two()\r\n\treturn 1\r\n"
    after = "def f():\r\n\t# >>> two()\r\n\t# a\r\n\t# b\r\n\treturn 1\r\n"
    assert written(before, Outcome("a\nb\n")) == after
    assert written(after, Outcome("a\nb\n")) == after


def test_a_snippet_at_the_very_end_of_a_file() -> None:
    assert written("# >>> 1", Outcome("1\n")) == "# >>> 1\n# 1"


def test_lines_that_would_be_read_as_something_else_get_one_more_space() -> None:
    check(
        """
        # >>> show()
        """,
        Outcome(">>> x\n... y\nTODO\n\n  indented\n"),
        after="""
        # >>> show()
        #  >>> x
        #  ... y
        #  TODO
        # <BLANKLINE>
        #   indented
        """,
    )


def test_control_characters_and_lone_surrogates_are_escaped_in_comments() -> None:
    check(
        """
        # >>> progress()
        """,
        Outcome("1%\r2%\r\n\x1b[31mred\ud800\n"),
        after="""
        # >>> progress()
        # 1%\\r2%\\r
        # \\x1b[31mred\\ud800
        """,
    )


def test_an_exception_in_a_comment_is_its_type_and_message() -> None:
    check(
        """
        # >>> print("so far"); 1 / 0
        """,
        Outcome("so far\n", "ZeroDivisionError: division by zero"),
        after="""
        # >>> print("so far"); 1 / 0
        # so far
        # ZeroDivisionError: division by zero
        """,
    )


def test_an_exception_in_a_docstring_has_doctests_form() -> None:
    check(
        '''
        def f():
            """
            >>> f()
            1
            """
        ''',
        Outcome("", "ZeroDivisionError: division by zero"),
        after='''
        def f():
            """
            >>> f()
            Traceback (most recent call last):
                ...
            ZeroDivisionError: division by zero
            """
        ''',
    )


def test_output_in_a_docstring_is_escaped_for_its_literal() -> None:
    check(
        '''
        def f():
            """
            >>> f()

            and
            >>> f()"""
        ''',
        Outcome('\'a\\\\b\'\n""""\n\nend\n'),
        Outcome("'\"'\n"),
        after='''
        def f():
            """
            >>> f()
            'a\\\\\\\\b'
            \\"\\"\\""
            <BLANKLINE>
            end

            and
            >>> f()
            '\\"'"""
        ''',
    )


def test_backslashes_in_a_raw_docstring_stay_as_they_are() -> None:
    check(
        '''
        def f():
            r"""
            >>> f()"""
        ''',
        Outcome("'a\\\\b' \"\n"),
        after='''
        def f():
            r"""
            >>> f()
            'a\\\\b' "
            """
        ''',
    )


def test_long_output_is_cut_with_a_line_that_says_so() -> None:
    text = written("# >>> many()\n", Outcome("x\n" * 2000), max_lines=3)
    assert text == "# >>> many()\n# x\n# x\n# x\n#  ... (1,997 more lines)\n"
    assert written(text, Outcome("x\n" * 2000), max_lines=3) == text


@pytest.mark.parametrize(
    ("quote", "output", "reason"),
    [
        ('r"""', '"""', "a raw docstring cannot"),
        ('r"""', "\x00", "control characters"),
        ('"""', ">>> 1", "starts with >>>"),
        ('"', "1", "in single"),
    ],
)
def test_what_a_docstring_cannot_hold_is_not_written(quote: str, output: str, reason: str) -> None:
    (snippet,) = snippets(f"def f():\n    {quote}>>> f(){quote.removeprefix('r')}\n")[1]
    assert reason in writing.unwritable(snippet, [output])


def test_clearing_removes_the_output_of_comments_and_leaves_documentation() -> None:
    text = '# >>> 1\n# 1\n#\n# prose\ndef f():\n    """\n    >>> 2\n    2\n    """\n'
    parsed = parse(Source(PATH, text))
    assert apply(parsed.source, clear(parsed)) == text.replace("# 1\n", "", 1)
    assert apply(parsed.source, clear(parsed, line=6)) == text.replace("    2\n", "", 1)


@given(st.text(max_size=60), st.sampled_from(["", "    ", "\t"]))
def test_any_output_in_a_comment_reads_back_as_itself(output: str, indent: str) -> None:
    outcome = Outcome(output + "\n" if output else "")
    text = f"if 1:\n{indent}# >>> f()\n{indent}x = 1\n"
    after = written(text, outcome)
    source, (snippet,) = snippets(after)
    assert writing.present_lines(source, snippet) == writing.output_lines(snippet, outcome, 100)
    assert written(after, outcome) == after
    assert apply(source, clear(parse(source))) == text


@given(
    st.text(st.sampled_from("ab \"'\\\n\tn{%é\x1b"), max_size=40).filter(lambda text: ">>>" not in text),
    st.sampled_from(['"""', "'''", 'r"""', "r'''"]),
    st.booleans(),
)
def test_any_output_in_a_docstring_is_what_doctest_expects(output: str, quote: str, closes: bool) -> None:
    outcome = Outcome(output + "\n" if output else "")
    text = (
        f"def f():\n    {quote}Text.\n\n    >>> f()"
        + ("" if closes else "\n    ")
        + quote.removeprefix("r")
        + "\n"
    )
    _, (snippet,) = snippets(text)
    assert snippet.kind is SnippetKind.DOCTEST
    lines = writing.output_lines(snippet, outcome, 100)
    if writing.unwritable(snippet, lines):
        return
    after = written(text, outcome)
    function = ast.parse(after).body[0]
    assert isinstance(function, ast.FunctionDef)
    (example,) = doctest.DocTestParser().get_examples(ast.get_docstring(function, clean=False) or "")
    if "\t" not in output:  # doctest expands the tabs of what it expects and not of what it gets
        assert doctest.OutputChecker().check_output(example.want, outcome.printed, 0)
    _, (again,) = snippets(after)
    assert agrees(again.want, outcome, flags_of(again.text))
    assert written(after, outcome) == after
