"""The texts of HTTP/1.1."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from homeport.daemon.http import text


def test_status_lines() -> None:
    assert text.status_line(404) == b"HTTP/1.1 404 Not Found\r\n"
    assert text.status_line(599) == b"HTTP/1.1 599 \r\n"


def test_the_date_is_one() -> None:
    line = text.date_line().decode()
    assert line.startswith("date: ")
    assert parsedate_to_datetime(line[6:].strip()).tzinfo is not None
    assert text.date_line() is text.date_line() or text.date_line() != line.encode()


def test_headers_and_their_length() -> None:
    assert text.header_lines([(b"a", b"b")]) == (b"a: b\r\n", False)
    assert text.header_lines([(b"content-length", b"0")])[1] is True
    with pytest.raises(ValueError, match="line break"):
        text.header_lines([(b"a", b"b\nc")])


def test_chunks() -> None:
    assert text.chunk(b"abc", last=False) == b"3\r\nabc\r\n"
    assert text.chunk(b"abc", last=True) == b"3\r\nabc\r\n0\r\n\r\n"
    assert text.chunk(b"", last=True) == b"0\r\n\r\n"
    assert text.chunk(b"", last=False) == b""


def test_targets() -> None:
    assert text.target(b"/a%2Fb?c=d") == ("/a/b", b"c=d")
    assert text.target(b"http://h:1/x") == ("/x", b"")


def test_a_refusal_is_whole() -> None:
    refusal = text.refusal(431, "head_too_large", "Too large.")
    head, _, body = refusal.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(body) in head
    assert b'"head_too_large"' in body
