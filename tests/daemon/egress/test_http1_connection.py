"""One connection: framing however it is cut, bounds, faults, and when it is used again."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.egress import http1_connection
from homeport.daemon.egress.troubles import (
    ConnectError,
    ReadError,
    ReadTimeout,
    RemoteProtocolError,
    Trouble,
)
from support.wire_end import REQUEST, body_of, settle, wire_end

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"content-length: 11\r\nx-a: 1\r\n\r\nhello world"
CHUNKED = OK + (
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"5;note=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nx-trailer: 1\r\n\r\n"
)
EMPTY = OK + b"content-length: 0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\ncontent-length: 11\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-b: 2\r\n\r\n" + LENGTH
OLD_KEPT = b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 11\r\n\r\nhello world"
FRAMINGS = {
    "length": (LENGTH, b"hello world"),
    "chunked": (CHUNKED, b"hello world"),
    "empty": (EMPTY, b""),
    "no content": (NO_CONTENT, b""),
    "unchanged": (UNCHANGED, b""),
    "interim": (INTERIM, b"hello world"),
    "old": (OLD_KEPT, b"hello world"),
}
CLOSING = {
    "close": OK + b"connection: close\r\ncontent-length: 11\r\n\r\nhello world",
    "old": b"HTTP/1.0 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
}
UNTIL_CLOSE = OK + b"content-type: text/plain\r\n\r\nhello world"


def split(text: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[a:b] for a, b in itertools.pairwise(places)]


@pytest.mark.parametrize("name", FRAMINGS)
async def test_every_framing_at_every_boundary(name: str) -> None:
    text, body = FRAMINGS[name]
    async with wire_end() as end:
        for cut in range(1, len(text) + 1):
            asked = end.ask()
            await end.say(*split(text, [cut]))
            answer = await asked
            assert answer.status == int(text[9:12]) or name == "interim"
            assert await body_of(answer) == body
            assert end.free.pop() is end.connection
            assert end.connection.is_fresh()
        assert not end.connection.closed


@pytest.mark.parametrize("name", FRAMINGS)
@settings(max_examples=20)
@given(cuts=st.lists(st.integers(1, 150), max_size=12))
async def test_every_framing_cut_anyhow(name: str, cuts: list[int]) -> None:
    text, body = FRAMINGS[name]
    async with wire_end() as end:
        asked = end.ask()
        await end.say(*split(text, cuts))
        assert await body_of(await asked) == body
        assert end.free == [end.connection]


async def test_a_body_byte_by_byte() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(*split(CHUNKED, list(range(len(CHUNKED)))))
        assert await body_of(await asked) == b"hello world"


@pytest.mark.parametrize("name", CLOSING)
async def test_an_answer_that_closes_is_whole_and_the_last(name: str) -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(CLOSING[name])
        assert await body_of(await asked) == b"hello world"
        assert end.connection.closed
        assert end.free == []


async def test_a_body_without_a_length_ends_with_its_connection() -> None:
    for cut in range(1, len(UNTIL_CLOSE)):
        async with wire_end() as end:
            asked = end.ask()
            await end.say(*split(UNTIL_CLOSE, [cut]))
            await end.hang_up()
            assert await body_of(await asked) == b"hello world"
            assert end.free == []


async def test_the_head_is_what_came() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(INTERIM)
        answer = await asked
        assert answer.raw_headers == [(b"content-length", b"11"), (b"x-a", b"1")]
        assert answer.headers == {"content-length": "11", "x-a": "1"}
        assert await end.hear() == REQUEST


async def test_a_question_for_the_head_has_no_body() -> None:
    async with wire_end() as end:
        asked = end.ask(bodiless=True)
        await end.say(OK + b"content-length: 11\r\n\r\n")
        assert await body_of(await asked) == b""
        assert end.free == []


# What is not used again


@pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\n", b"x", EMPTY])
@pytest.mark.parametrize("text", [LENGTH, CHUNKED, NO_CONTENT])
async def test_bytes_after_the_end_spoil_the_connection_not_the_answer(
    text: bytes, more: bytes
) -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(text + more)
        assert await body_of(await asked) in (b"hello world", b"")
        assert end.free == []
        assert end.connection.closed


async def test_bytes_that_nobody_asked_for_close_it() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(LENGTH)
        await asked
        assert end.connection.is_fresh()
        end.far.sendall(EMPTY)
        assert not end.connection.is_fresh()
        await settle()
        assert end.connection.closed
        assert not end.connection.is_fresh()


async def test_a_close_that_the_loop_has_not_seen_is_found() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(LENGTH)
        await asked
        end.far.close()
        assert not end.connection.is_fresh()
        await settle()
        assert end.gone == [end.connection]
        with pytest.raises(ConnectError, match="before anything was sent"):
            await end.ask()


async def test_an_answer_before_the_end_of_the_request_is_the_last() -> None:
    async with wire_end() as end:
        asked = asyncio.create_task(end.connection.ask(REQUEST, b"x" * 50_000_000, bodiless=False))
        await settle()
        await end.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        assert (await asked).status == 413
        assert end.free == []
        assert end.connection.closed


# Faults


def truncated() -> list[bytes]:
    return [LENGTH[:cut] for cut in range(len(LENGTH))] + [
        CHUNKED[:cut] for cut in range(len(CHUNKED))
    ]


async def test_a_truncated_answer_is_never_whole() -> None:
    for text in truncated():
        async with wire_end() as end:
            asked = end.ask()
            await end.say(text)
            await end.hang_up()
            with pytest.raises(ReadError):
                await body_of(await asked)
            assert end.gone == [end.connection]


async def test_what_came_before_the_break_is_handed_out() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(LENGTH[:-3])
        answer = await asked
        await end.hang_up()
        assert await answer.piece() == b"hello wo"
        for _ in range(2):
            with pytest.raises(ReadError):
                await answer.piece()


async def test_a_reset_is_no_end_of_a_body_without_a_length() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    async with wire_end() as end:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
        near.setblocking(False)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: http1_connection.Connection(end, "http://h:80"), sock=near
        )
        asked = asyncio.create_task(connection.ask(REQUEST, b"", bodiless=False))
        await settle()
        far.sendall(UNTIL_CLOSE)
        answer = await asked
        assert await answer.piece() == b"hello world"
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()
        with pytest.raises(ReadError):
            await answer.piece()
    server.close()


def test_silence_that_the_system_noticed_is_a_timeout() -> None:
    async def lose(error: Exception | None) -> Trouble:
        async with wire_end() as end:
            asked = end.ask()
            await settle()
            end.connection.connection_lost(error)
            with pytest.raises(Trouble) as caught:
                await asked
            return caught.value

    assert isinstance(asyncio.run(lose(TimeoutError())), ReadTimeout)
    assert isinstance(asyncio.run(lose(ConnectionResetError())), ReadError)
    assert isinstance(asyncio.run(lose(None)), ReadError)


@pytest.mark.parametrize(
    "text",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/0.9 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        OK + b"content-length: x\r\n\r\n",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\n",
        OK + b"content-length: 1, 1\r\n\r\n",
        OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        OK + b"transfer-encoding: gzip\r\n\r\n",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n-5\r\nhello",
        OK + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"x-a: 1\r\n folded\r\n\r\n",
        OK.replace(b"\r", b"") + b"content-length: 0\n\n",
        OK
        + b"".join(b"x-%d: 1\r\n" % n for n in range(http1_connection.MAX_HEADERS + 1))
        + b"\r\n",
        OK + b"x-long: " + b"x" * (http1_connection.MAX_HEADER_BYTES + 1) + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_garbage(text: bytes) -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(text)
        with pytest.raises(RemoteProtocolError):
            await body_of(await asked)
        assert end.connection.closed
        assert end.free == []


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"HTTP/1.1 200 ", b"x" * 65536),
        (OK + b"x-long: ", b"x" * 65536),
        (OK + b"x-", b"y" * 65536),
        (OK, b"x: 1\r\n" * 100),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
        (b"", b"\r\n" * 32768),
        (OK + b"transfer-encoding: chunked\r\n\r\n", b"0" * 65536),
        (OK + b"transfer-encoding: chunked\r\n\r\n5;", b"x" * 65536),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", b"x: 1\r\n" * 10_000),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-", b"y" * 65536),
    ],
)
async def test_what_never_ends_is_cut_off(start: bytes, more: bytes) -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(start)
        sent = 0
        while not end.connection.closed:
            try:
                await end.say(more)
            except BrokenPipeError:
                break
            sent += len(more)
            assert sent < 2 * http1_connection.MAX_HEAD_BYTES
        with pytest.raises(RemoteProtocolError):
            await body_of(await asked)


# Waiting


async def test_a_slow_reader_stops_the_sender() -> None:
    async with wire_end() as end:
        size = 20_000_000
        asked = end.ask()
        await end.say(OK + b"content-length: %d\r\n\r\n" % size)
        answer = await asked
        loop = asyncio.get_running_loop()
        end.far.setblocking(False)
        sending = asyncio.create_task(loop.sock_sendall(end.far, b"x" * size))
        for _ in range(200):
            await asyncio.sleep(0)
        assert not sending.done()
        total, largest = 0, 0
        async for piece in answer:
            total, largest = total + len(piece), max(largest, len(piece))
        await sending
        assert total == size
        assert largest < 1_000_000
        assert end.free == [end.connection]


async def test_chunks_that_came_together_are_handed_out_together() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(OK + b"transfer-encoding: chunked\r\n\r\n" + b"2\r\nab\r\n" * 8)
        answer = await asked
        assert await answer.piece() == b"ab" * 8


async def test_cancelling_closes_at_once() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await settle()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert end.connection.closed
        assert await end.hear() == REQUEST
        assert await end.hear() == b""


async def test_closing_an_answer_in_the_middle_closes_the_connection() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(LENGTH[:-1])
        answer = await asked
        reading = asyncio.create_task(body_of(answer))
        await settle()
        reading.cancel()
        await asyncio.wait([reading])
        await answer.aclose()
        assert await end.hear() == REQUEST
        assert await end.hear() == b""
        await answer.aclose()


async def test_closing_a_whole_answer_leaves_the_connection() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(LENGTH)
        await (await asked).aclose()
        assert end.free == [end.connection]
        assert not end.connection.closed


async def test_silence_counts_from_when_it_was_listened_to() -> None:
    async with wire_end() as end:
        connection = end.connection
        asked = end.ask()
        await settle()
        assert not connection.is_silent, "nobody has listened"
        connection.listen()
        assert connection.is_silent
        assert not connection.has_heard
        await end.say(OK + b"content-length: 11\r\n\r\nhello")
        answer = await asked
        assert not connection.is_silent
        connection.listen()
        assert connection.is_silent
        assert connection.has_heard, "a byte of this answer came, before or after"
        await end.say(b" world")
        assert [piece async for piece in answer]
        assert not connection.is_silent
        connection.listen()
        again = end.ask()
        await settle()
        assert not connection.is_silent, "it was asked after that"
        assert not connection.has_heard
        connection.break_off(ReadError("over"))
        with pytest.raises(ReadError):
            await again


async def test_who_does_not_read_makes_no_silence() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await end.say(OK + b"content-length: 20000000\r\n\r\n")
        answer = await asked
        end.far.setblocking(False)
        loop = asyncio.get_running_loop()
        sending = asyncio.create_task(loop.sock_sendall(end.far, b"x" * 20_000_000))
        while not end.connection._paused:
            await asyncio.sleep(0)
        end.connection.listen()
        assert not end.connection.is_silent
        answer.close()
        sending.cancel()


async def test_breaking_off_wakes_who_waits() -> None:
    async with wire_end() as end:
        asked = end.ask()
        await settle()
        end.connection.break_off(ReadError("the link was closed"))
        with pytest.raises(ReadError, match="link"):
            await asked
        end.connection.break_off(ReadError("twice"))
