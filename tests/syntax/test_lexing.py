"""Comments and strings are told apart without parsing."""

import io
import tokenize
from pathlib import Path

import pytest

import holefit
from holefit.syntax import lex

ENGINE = Path(holefit.__file__).parent


def found(text: str) -> tuple[list[str], list[str]]:
    lexed = lex(text)
    return [text[a:b] for a, b in lexed.comments], [text[one.start : one.end] for one in lexed.literals]


@pytest.mark.parametrize(
    ("text", "comments", "strings"),
    [
        ("x = 1  # one", ["# one"], []),
        ("x = '#'  # two", ["# two"], ["'#'"]),
        ('r"\\"  # three"', [], ['r"\\"  # three"']),
        ("'''a\n# no\n''' # yes", ["# yes"], ["'''a\n# no\n'''"]),
        ("'it\\\n# goes on' # c", ["# c"], ["'it\\\n# goes on'"]),
        ("'not closed # in it\nx # c", ["# c"], ["'not closed # in it"]),
        ('"""not closed\n# in it', [], ['"""not closed\n# in it']),
        ("f'{x[\"#\"]}' # c", ["# c"], ["f'{x[\"#\"]}'"]),
        ("f'{x['#']}' # same quotes, as from 3.12 on", ["# same quotes, as from 3.12 on"], ["f'{x['#']}'"]),
        ("rb'a' BR'''b''' u''", [], ["rb'a'", "BR'''b'''", "u''"]),
        ("prefix'a'", [], ["'a'"]),
        ("# a\r\n# b\r# c", ["# a", "# b", "# c"], []),
        ("x = '\U0001f600'  # \U0001f600", ["# \U0001f600"], ["'\U0001f600'"]),
        ("", [], []),
    ],
)
def test_comments_and_strings_are_found(text: str, comments: list[str], strings: list[str]) -> None:
    assert found(text) == (comments, strings)


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: str(path.relative_to(ENGINE)))
def test_real_modules_are_read_as_tokenize_reads_them(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    comments, strings = found(text)
    assert comments == [token.string for token in tokens if token.type == tokenize.COMMENT]
    assert strings == [token.string for token in tokens if token.type == tokenize.STRING]
