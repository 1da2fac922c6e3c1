"""Documents: what an edit leaves, in every encoding, and what their lines are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holefit.syntax.source import Position
from holefit_lsp.documents import Change, Document, Documents, Encoding, split_lines, units
from holefit_lsp.uris import path_of, uri_of

texts = st.text(alphabet="ab é\U0001f600\r\n\x0c\u2028\x85", max_size=40)
encodings = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def document(text: str, encoding: Encoding = "utf-16") -> Document:
    return Document.of("file:///m.py", text, 1, encoding)


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_only_line_ends_of_the_protocol_end_a_line(char: str) -> None:
    before = document(f"s = '{char}'\nb = 2\n")
    after = before.changed([Change("99", (1, 4), (1, 5))], 2)
    assert after.text == f"s = '{char}'\nb = 99\n"
    assert len(before.lines) == 3


def test_a_position_behind_the_end_of_its_line_is_the_end_of_that_line() -> None:
    text = document("ab\r\ncd\n")
    assert text.position(0, 3) == Position(0, 2)
    assert text.position(0, 99) == Position(0, 2)
    assert text.position(99, 5) == Position(2, 0)
    assert text.changed([Change("!", (0, 9), (0, 10))], 2).text == "ab!\r\ncd\n"


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
def test_characters_count_in_the_encoding_that_was_chosen(encoding: Encoding, character: int) -> None:
    text = document("é\U0001f600x = 1", encoding)
    assert text.position(0, character) == Position(0, 2)
    assert text.units(Position(0, 2)) == (0, character)


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 2), ("utf-16", 1)])
def test_a_place_inside_a_character_is_the_place_before_it(encoding: Encoding, character: int) -> None:
    assert document("\U0001f600x", encoding).position(0, character) == Position(0, 0)


def test_halves_of_a_surrogate_pair_are_joined_and_lone_ones_replaced() -> None:
    assert document("a\ud83d\ude00b").text == "a\U0001f600b"
    assert document("a\ud83db").text == "a\ufffdb"


def test_an_old_version_keeps_its_text() -> None:
    old = document("one\ntwo\n")
    new = old.changed([Change("1", (0, 0), (0, 3)), Change("2", (1, 0), (1, 3))], 2)
    assert (old.text, new.text) == ("one\ntwo\n", "1\n2\n")
    assert (old.version, new.version) == (1, 2)


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("a\rb", Change("\n", (1, 0), (1, 0)), "a\r\nb"),
        ("ax\nb", Change("\r", (0, 1), (0, 2)), "a\r\nb"),
        ("a\n", Change("", (0, 0), (1, 0)), ""),
        ("a\nb\nc", Change("", (0, 1), (1, 0)), "ab\nc"),
        ("", Change("x\ny", (0, 0), (0, 0)), "x\ny"),
        ("a\n", Change("b", (1, 0), (1, 0)), "a\nb"),
    ],
)
def test_lines_join_and_part(text: str, change: Change, expected: str) -> None:
    after = document(text).changed([change], 2)
    assert after.text == expected
    assert after.lines == split_lines(expected)


@given(texts, texts, encodings, st.data())
def test_an_incremental_change_equals_the_whole_new_text(
    text: str, new: str, encoding: Encoding, data: st.DataObject
) -> None:
    before = document(text, encoding)
    places = [
        Position(line, column)
        for line, content in enumerate(before.lines)
        for column in range(len(content.rstrip("\r\n")) + 1)
    ]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(places), st.sampled_from(places))))
    after = before.changed([Change(new, before.units(start), before.units(end))], 2)
    source = before.source
    expected = text[: source.offset(start)] + new + text[source.offset(end) :]
    assert after.text == expected
    assert after.lines == split_lines(expected)


@given(texts, encodings)
def test_every_place_goes_to_the_client_and_back(text: str, encoding: Encoding) -> None:
    here = document(text, encoding)
    assert "".join(here.lines) == text
    for line, content in enumerate(here.lines):
        for column in range(len(content.rstrip("\r\n")) + 1):
            assert here.position(*here.units(Position(line, column))) == Position(line, column)
    assert units(text, "utf-16") == len(text.encode("utf-16-le")) // 2


def test_two_spellings_of_a_uri_are_one_document() -> None:
    documents = Documents()
    documents.open("file:///a%20b%3A.py", "x", 1)
    assert documents.get("file:///a b:.py") is not None
    documents.close("file:///a%20b:.py")
    assert list(documents) == []


def test_a_file_that_is_not_open_is_read_from_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "é#.py"
    path.write_text("x = 1\n")
    assert path_of(uri_of(path)) == path
    assert Documents().look(uri_of(path)).text == "x = 1\n"
    assert Documents().look(uri_of(tmp_path / "absent.py")).text == ""


def test_what_is_no_file_has_no_path() -> None:
    assert path_of("untitled:Untitled-1") is None
    assert Documents().look("untitled:Untitled-1").text == ""
