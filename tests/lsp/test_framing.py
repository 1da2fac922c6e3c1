"""Bytes to messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holefit_lsp import framing
from holefit_lsp.framing import Decoder, Malformed


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 40))
def test_bodies_come_out_as_they_went_in_however_the_stream_is_cut(bodies: list[bytes], size: int) -> None:
    stream = b"".join(framing.encode(body) for body in bodies)
    decoder = Decoder()
    received = [
        one for start in range(0, len(stream), size) for one in decoder.feed(stream[start : start + size])
    ]
    assert received == bodies


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: 2\r\n\r\n",
        b"CONTENT-LENGTH:2\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nX-Other: 1\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_headers_in_any_case_and_order(header: bytes) -> None:
    assert list(Decoder().feed(header + b"{}")) == [b"{}"]


def test_a_header_without_length_is_named_and_the_next_message_is_read() -> None:
    received = list(Decoder().feed(b"Content-Size: 2\r\n\r\n" + framing.encode(b"{}")))
    assert isinstance(received[0], Malformed)
    assert "without Content-Length" in received[0].reason
    assert received[1:] == [b"{}"]


def test_a_length_that_is_no_number_is_named() -> None:
    (received,) = Decoder().feed(b"Content-Length: -5\r\n\r\n")
    assert isinstance(received, Malformed)
    assert "-5" in received.reason


def test_a_message_beyond_the_limit_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_BODY", 10)
    received = list(Decoder().feed(framing.encode(b"x" * 11) + framing.encode(b"{}")))
    assert isinstance(received[0], Malformed)
    assert received[1:] == [b"{}"]


def test_noise_without_end_is_not_kept() -> None:
    decoder = Decoder()
    received = [one for _ in range(100) for one in decoder.feed(b"z" * 10_000)]
    assert received
    assert all(isinstance(one, Malformed) for one in received)
