"""One text as a module: tree or error, comments, pragmas; whatever its bytes are."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holefit.syntax import (
    ParsedModule,
    Position,
    Range,
    Source,
    UndecodableSourceError,
    decode,
    parse,
    read_source,
)

PATH = Path("/project/main.py")


def module(text: str) -> ParsedModule:
    return parse(Source(PATH, text))


def first_name(parsed: ParsedModule, name: str) -> Range:
    assert parsed.tree is not None
    return next(
        parsed.range_of(node)
        for node in ast.walk(parsed.tree)
        if isinstance(node, ast.Name) and node.id == name
    )


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("x = (\n", "'(' was never closed", Position(0, 4)),
        ("x = 1 +\n", "invalid syntax", Position(0, 7)),
        ("ok = 1\n\U0001f600\U0001f600 = 2\n", "invalid character '\U0001f600' (U+1F600)", Position(1, 0)),
        ("if x:\npass\n", "expected an indented block after 'if' statement on line 1", Position(1, 0)),
        ("x = 'a\n", "unterminated string literal (detected at line 1)", Position(0, 4)),
    ],
)
def test_a_syntax_error_has_its_place(text: str, message: str, start: Position) -> None:
    parsed = module(text)
    assert parsed.tree is None
    assert parsed.error is not None
    assert (parsed.error.message, parsed.error.range.start, parsed.error.code) == (message, start, "syntax")


@pytest.mark.parametrize("text", ["x = 1\0", "(" * 5000, "x = '\ud800'", "-" * 100_000 + "1"])
def test_a_text_that_no_parser_takes_gives_an_error_not_an_exception(text: str) -> None:
    parsed = module(text)
    assert parsed.error is not None
    assert parsed.snippets == ()


def test_comments_and_snippets_survive_a_syntax_error() -> None:
    parsed = module("def f(:\n    # >>> f(1)\n    # 1\n")
    assert parsed.error is not None
    assert [comment.text for comment in parsed.comments] == ["# >>> f(1)", "# 1"]
    assert [(one.text, one.want) for one in parsed.snippets] == [("f(1)", "1")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\r\nb = name\r\n", Range(Position(1, 4), Position(1, 8))),
        ("a = 1\rb = name\r", Range(Position(1, 4), Position(1, 8))),
        ("a = 1\n\fb = name\n", Range(Position(1, 5), Position(1, 9))),
        ("a = 1\nif a:\n\tb = name\n", Range(Position(2, 5), Position(2, 9))),
        ("\ufeffb = name\n", Range(Position(0, 5), Position(0, 9))),
        ("s = '\U0001f600\u00e9', name\n", Range(Position(0, 10), Position(0, 14))),
        ("s = '\u2028\x0b\x85'\nname\n", Range(Position(1, 0), Position(1, 4))),
    ],
    ids=["crlf", "cr", "form feed", "tab", "bom", "emoji", "other line ends"],
)
def test_places_are_those_that_an_editor_shows(text: str, place: Range) -> None:
    assert first_name(module(text), "name") == place


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\ns = '\xe9'\n", "# -*- coding: latin-1 -*-\ns = '\u00e9'\n"),
        ("s = 'é'\r\n".encode(), "s = 'é'\r\n"),
    ],
    ids=["bom", "cookie", "utf-8"],
)
def test_bytes_are_decoded_as_python_does(data: bytes, text: str) -> None:
    assert decode(data, PATH) == text


@pytest.mark.parametrize("data", [b"s = '\xe9'\n", b"# coding: uft-8\n", b"\xff\xfex\0"])
def test_bytes_that_are_no_text_are_refused_with_a_remedy(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(data)
    with pytest.raises(UndecodableSourceError, match=r"a\.py cannot be read") as caught:
        read_source(tmp_path / "a.py")
    assert "UTF-8" in caught.value.remedy


def test_pragmas_are_words() -> None:
    parsed = module(
        "# holefit: -fplugin=units -fplugin-opt='units:a b'\nx = 1  # holefit: on-reload\n# holefit: 'open\n"
    )
    assert [(one.words, one.own_line) for one in parsed.pragmas] == [
        (("-fplugin=units", "-fplugin-opt=units:a b"), True),
        (("on-reload",), False),
        (("'open",), True),
    ]


def test_a_dubious_escape_prints_nothing(
    recwarn: pytest.WarningsRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert module(r"x = '\d'").tree is not None
    assert capsys.readouterr().err == ""


@given(st.text(alphabet="#>. \n\r\t\f'\"\\abc_:(){}=\u2028\U0001f600ANNdef$", max_size=80))
def test_nothing_in_any_text_raises(text: str) -> None:
    parsed = module(text)
    ranges = [one.range for one in parsed.comments]
    ranges += [one.range for one in parsed.snippets] + [one.output for one in parsed.snippets]
    ranges += [one.range for one in parsed.hole_sites] + [one.range for one in parsed.annotation_comments]
    ranges += [one.range for one in parsed.annotation_errors]
    ranges += [parsed.error.range] if parsed.error else []
    for place in ranges:
        assert place.start <= place.end
        assert parsed.source.position(parsed.source.offset(place.end)) == place.end
