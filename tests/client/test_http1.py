"""The HTTP reader: every response, cut at every place, reads the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.http1 import MAX_HEAD_BYTES, CutOff, Malformed, ResponseReader, lines

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
COUNTED = HEAD + b"Content-Length: 11\r\n\r\nhello world"
CHUNKED = (
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;note=x\r\n world\r\n0\r\nTrailer: yes\r\n\r\n"
)
UNTIL_END = HEAD + b"\r\nhello world"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + COUNTED
BARE_LINE_ENDS = COUNTED.replace(b"\r\n", b"\n")
RESPONSES = (COUNTED, CHUNKED, UNTIL_END, INTERIM, BARE_LINE_ENDS)


def receiver(pieces: Sequence[bytes]) -> Callable[[], bytes]:
    """Gives the pieces one by one, then the end."""
    left = iter([piece for piece in pieces if piece])
    return lambda: next(left, b"")


def read_all(pieces: Sequence[bytes]) -> tuple[int, bytes]:
    reader = ResponseReader(receiver(pieces))
    head = reader.head()
    return head.status, b"".join(reader.body(head))


def cut_at(whole: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("response", RESPONSES)
def test_reads_the_same_cut_in_two_at_every_place(response: bytes) -> None:
    for place in range(len(response) + 1):
        assert read_all([response[:place], response[place:]]) == (200, b"hello world")


@pytest.mark.parametrize("response", RESPONSES)
def test_reads_the_same_byte_by_byte(response: bytes) -> None:
    assert read_all([bytes([byte]) for byte in response]) == (200, b"hello world")


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    places=st.lists(st.integers(0, 2000), max_size=12),
)
def test_any_chunks_cut_anywhere_join_to_the_body(chunks: list[bytes], places: list[int]) -> None:
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    whole = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"
    assert read_all(cut_at(whole, places)) == (200, b"".join(chunks))


@pytest.mark.parametrize("response", [COUNTED, CHUNKED])
def test_an_end_before_the_end_is_cut_off(response: bytes) -> None:
    for place in range(len(response)):
        with pytest.raises(CutOff):
            read_all([response[:place]])


def test_no_content_has_no_body() -> None:
    assert read_all([b"HTTP/1.1 204 No Content\r\n\r\n"]) == (204, b"")


@pytest.mark.parametrize(
    "response",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\nhello",
        HEAD + b"Content-Length: 1_0\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
        b"x" * (MAX_HEAD_BYTES + 2),
    ],
)
def test_what_is_not_http_is_malformed(response: bytes) -> None:
    with pytest.raises(Malformed):
        read_all([response])


def test_a_head_without_end_is_refused_before_it_fills_the_memory() -> None:
    def receive() -> bytes:
        return b"x" * 4096

    with pytest.raises(Malformed):
        ResponseReader(receive).head()


def test_many_small_headers_are_refused_too() -> None:
    with pytest.raises(Malformed):
        read_all([HEAD + b"a: b\r\n" * MAX_HEAD_BYTES + b"\r\n"])


@given(
    values=st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=10)), max_size=8),
    places=st.lists(st.integers(0, 2000), max_size=12),
)
def test_lines_cut_anywhere_are_the_same_lines(
    values: list[dict[str, str]], places: list[int]
) -> None:
    text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()
    read = [json.loads(line) for line in lines(iter(cut_at(text, places)))]
    assert read == values


def test_every_cut_of_a_stream_gives_the_same_lines() -> None:
    text = '{"a":"é"}\r\n\n{"b":2}\n{"c":3}'.encode()
    for place in range(len(text) + 1):
        assert list(lines(iter([text[:place], text[place:]]))) == [
            '{"a":"é"}'.encode(),
            b'{"b":2}',
            b'{"c":3}',
        ]


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.client.http1.MAX_LINE_BYTES", 100)
    with pytest.raises(Malformed):
        list(lines(iter([b"x" * 60, b"x" * 60])))
