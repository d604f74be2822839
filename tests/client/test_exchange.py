"""One exchange over a real Unix socket, with servers that say things in every way there is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.destinations import TcpDestination, UnixDestination
from homeport.client.errors import BrokenAnswer, NoDaemon
from homeport.client.exchange import Chunks, exchange


@asynccontextmanager
async def answering(path: Path, answer: bytes, heard: list[bytes] | None = None):
    """A server that reads one request, says these bytes and hangs up."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if heard is not None:
            heard.append(request)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_unix_server(speak, str(path))
    async with server:
        yield [UnixDestination(str(path))]


async def whole(where, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
    async with exchange(where, method, "/x", body) as reply:
        return reply.status, await reply.read_all()


async def test_a_body_with_a_length(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more"
    async with answering(tmp_path / "s", answer) as where:
        assert await whole(where) == (200, b"hello")


async def test_a_body_in_chunks(tmp_path: Path) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"
    )
    async with answering(tmp_path / "s", answer) as where:
        assert await whole(where) == (200, b"hello")


async def test_a_body_until_the_connection_ends(tmp_path: Path) -> None:
    async with answering(tmp_path / "s", b"HTTP/1.0 404 No\r\n\r\nhello") as where:
        assert await whole(where) == (404, b"hello")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhe",
        b"HTTP/1.1 200 OK\r\nContent",
        b"SSH-2.0-OpenSSH_9.7\r\n\r\n",
        b"x" * 100_000,
        b"",
    ],
)
async def test_an_answer_that_is_none_is_trouble(tmp_path: Path, answer: bytes) -> None:
    async with answering(tmp_path / "s", answer) as where:
        with pytest.raises(BrokenAnswer):
            await whole(where)


async def test_a_request_says_who_it_is_for_and_how_long_it_is(tmp_path: Path) -> None:
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with answering(tmp_path / "s", answer, heard) as where:
        await whole(where, "POST", b'{"offline":true}')
    assert heard[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert b"Host: localhost\r\n" in heard[0]
    assert b"Content-Length: 16\r\n" in heard[0]


async def test_a_reply_and_its_chunks_say_where_they_stand(tmp_path: Path) -> None:
    head = b"HTTP/1.0 404 No\r\n\r\n"
    async with answering(tmp_path / "s", head) as where, exchange(where, "GET", "/x") as reply:
        assert repr(reply) == "Reply(404)"
    chunks = Chunks()
    chunks.feed(b"5\r\nhe")
    assert repr(chunks) == "Chunks(3 bytes left of this one)"


async def test_nowhere_to_dial() -> None:
    with pytest.raises(NoDaemon):
        await whole([])


async def test_nobody_at_the_door(tmp_path: Path) -> None:
    with pytest.raises(NoDaemon, match="no socket"):
        await whole([UnixDestination(str(tmp_path / "absent"))])


async def test_the_next_door_is_tried(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    async with answering(tmp_path / "s", answer) as where:
        doors = [UnixDestination(str(tmp_path / "absent")), *where]
        assert await whole(doors) == (200, b"hi")


async def test_loopback_tcp_needs_the_token(own_home: Path) -> None:
    (own_home / "state").mkdir(parents=True)
    (own_home / "state" / "token").write_text("t0ken\n")
    heard: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await whole([TcpDestination("127.0.0.1", port)]) == (200, b"hi")
    assert b"Authorization: Bearer t0ken\r\n" in heard[0]


def framed(pieces: list[bytes]) -> bytes:
    """Pieces as a chunked body."""
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces if p) + b"0\r\n\r\n"


@given(st.lists(st.binary()), st.data())
def test_chunks_lose_their_framing_however_they_are_cut(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stream, chunks, out = framed(pieces), Chunks(), b""
    cut: Callable[[int], int] = lambda most: data.draw(st.integers(1, most))  # noqa: E731  # one use
    while stream:
        size = cut(len(stream))
        out += chunks.feed(stream[:size])
        stream = stream[size:]
    assert out == b"".join(pieces)
    assert chunks.ended
