"""HTTP/1.1 as bytes: keep-alive, pipelining, bounds, bad requests, half-read bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.daemon.http import connection
from homeport.daemon.http.listeners import Doors, unix_listener
from support.doors import Reply, chunks, read_head, read_reply
from support.polling import until

Answer = Callable[[dict[str, Any], Any, Any], Any]


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Says what it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    text = f"{scope['method']} {scope['path']} {scope['query_string'].decode()} ".encode() + body
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Served:
    """An application on a Unix socket."""

    def __init__(self, doors: Doors, path: Path) -> None:
        self.doors, self.path = doors, path

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(str(self.path))

    async def exchange(self, data: bytes) -> Reply:
        reader, writer = await self.connect()
        try:
            writer.write(data)
            async with asyncio.timeout(10):
                return await read_reply(reader)
        finally:
            writer.close()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    path = tmp_path / "h.sock"
    async with asyncio.TaskGroup() as group:
        doors = Doors(echo, group)
        await doors.open([unix_listener(path)])
        yield Served(doors, path)
        await doors.close()


async def test_requests_follow_each_other_on_one_connection(served: Served) -> None:
    reader, writer = await served.connect()
    for number in range(3):
        writer.write(b"POST /a?n=%d HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi" % number)
        reply = await read_reply(reader)
        assert reply.body == b"POST /a n=%d hi" % number
        assert "connection" not in reply.headers
        assert reply.headers["date"].endswith("GMT")
    writer.close()


async def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(20)))
    for number in range(20):
        assert (await read_reply(reader)).body == b"GET /%d  " % number
    writer.close()


async def test_a_chunked_body_in_pieces(served: Served) -> None:
    reader, writer = await served.connect()
    request = (
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    for start in range(0, len(request), 7):
        writer.write(request[start : start + 7])
        await writer.drain()
        await asyncio.sleep(0)
    assert (await read_reply(reader)).body == b"POST /  abcde"
    writer.close()


async def test_what_trails_a_body_is_not_a_header(served: Served) -> None:
    reply = await served.exchange(
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nauthorization: x\r\n\r\n"
    )
    assert reply.status == 200


async def test_a_large_body_arrives_whole(served: Served) -> None:
    body = b"x" * 3_000_000
    reply = await served.exchange(
        b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )
    assert reply.body.endswith(body)


async def test_continue_is_said_before_the_body_is_read(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"hi")
    assert (await read_reply(reader)).body == b"POST /  hi"
    writer.close()


async def test_an_old_client_is_answered_and_closed(served: Served) -> None:
    reader, writer = await served.connect()
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    assert (await reader.read()).endswith(b"GET /  ")
    writer.close()


async def test_paths_are_decoded(served: Served) -> None:
    assert (await served.exchange(b"GET /a%20b/%C3%A9 HTTP/1.1\r\n\r\n")).body == (
        "GET /a b/é  ".encode()
    )
    reply = await served.exchange(b"GET http://x/y?z HTTP/1.1\r\n\r\n")
    assert reply.body == b"GET /y z "


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_400(served: Served, request_bytes: bytes) -> None:
    reply = await served.exchange(request_bytes)
    assert (reply.status, reply.json["error"]["code"]) == (400, "bad_request")
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n"
        + b"".join(b"x%d: %b\r\n" % (i, b"a" * 99) for i in range(900))
        + b"\r\n",
        b"GET /" + b"a" * 200_000,
    ],
    ids=["one", "many", "target"],
)
async def test_a_large_head_is_a_431(served: Served, head: bytes) -> None:
    assert (await served.exchange(head)).status == 431


@given(data=st.binary(max_size=300))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_bytes_leave_the_doors_open(served: Served, data: bytes) -> None:
    reader, writer = await served.connect()
    writer.write(data)
    writer.write_eof()
    async with asyncio.timeout(10):
        await reader.read()
    writer.close()
    assert (await served.exchange(b"GET / HTTP/1.1\r\n\r\n")).status == 200


async def serve(tmp_path: Path, answer: Answer, data: bytes) -> Reply:
    async with asyncio.TaskGroup() as group:
        doors = Doors(answer, group)
        await doors.open([unix_listener(tmp_path / "s")])
        try:
            return await Served(doors, tmp_path / "s").exchange(data)
        finally:
            await doors.close()


async def test_an_early_answer_closes_where_the_body_was_not_read(tmp_path: Path) -> None:
    async def refuse(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"no"})

    body = b"x" * 2_000_000
    data = b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    reply = await serve(tmp_path, refuse, data)
    assert (reply.status, reply.body, reply.headers["connection"]) == (413, b"no", "close")


async def test_a_header_cannot_be_split(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def split(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"x", b"a\r\nset-cookie: b")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    with pytest.raises(ExceptionGroup):
        await serve(tmp_path, split, b"GET / HTTP/1.1\r\n\r\n")
    assert "line break" in caplog.text


async def test_a_stream_is_chunked_and_its_head_waits_for_the_first_bytes(tmp_path: Path) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def stream(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await first.wait()
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await second.wait()
        await send({"type": "http.response.body", "body": b"two", "more_body": False})

    async with asyncio.TaskGroup() as group:
        doors = Doors(stream, group)
        await doors.open([unix_listener(tmp_path / "s")])
        reader, writer = await Served(doors, tmp_path / "s").connect()
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        first.set()
        status, headers = await read_head(reader)
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        body = chunks(reader)
        assert await anext(body) == b"one"
        second.set()
        assert [part async for part in body] == [b"two"]
        writer.close()
        await doors.close()


async def test_a_slow_reader_holds_back_the_writer(tmp_path: Path) -> None:
    written = 0

    async def flood(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal written
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            written += 65536
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with asyncio.TaskGroup() as group:
        doors = Doors(flood, group)
        await doors.open([unix_listener(tmp_path / "s")])
        reader, writer = await Served(doors, tmp_path / "s").connect()
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await until(lambda: written > 0)
        await asyncio.sleep(0.1)
        assert written < 400 * 65536
        await read_head(reader)
        assert sum([len(part) async for part in chunks(reader)]) == 400 * 65536
        writer.close()
        await doors.close()


async def test_idle_connections_and_endless_heads_are_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TEND_S", 0.05)
    monkeypatch.setattr(connection, "KEEP_ALIVE_S", 0.1)
    for opening in (b"", b"GET / HT"):
        reader, writer = await served.connect()
        writer.write(opening)
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()


async def test_too_many_connections_are_told_so(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.daemon.http.listeners.MAX_CONNECTIONS", 1)
    _, first = await served.connect()
    first.write(b"GET / HT")
    await until(lambda: "1 connections" in repr(served.doors))
    assert (await served.exchange(b"")).status == 503
    first.close()


async def test_a_stranger_is_turned_away(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "door_of", lambda _sock: None)
    reply = await served.exchange(b"GET / HTTP/1.1\r\n\r\n")
    assert (reply.status, reply.json["error"]["code"]) == (403, "not_allowed")


class Held:
    """Answers the first requests at once, and the last one never; knows when that one is let go."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

    async def answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self.at_once:
            self.at_once -= 1
            await echo(scope, receive, send)
            return
        while (await receive())["more_body"]:
            """The body is read to its end."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.let_go.set()


@pytest.mark.parametrize("at_once", [0, 2])
async def test_a_caller_that_hangs_up_is_heard_behind_what_was_paused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Reading pauses for a large body, and for a request that waits behind another."""
    monkeypatch.setattr("homeport.daemon.http.exchange.BUFFERED_BODY_BYTES", 1000)
    held = Held(at_once)
    async with asyncio.TaskGroup() as group:
        doors = Doors(held.answer, group)
        await doors.open([unix_listener(tmp_path / "s")])
        _, writer = await Served(doors, tmp_path / "s").connect()
        large = b"POST / HTTP/1.1\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * at_once + large)
        async with asyncio.timeout(10):
            await held.begun.wait()
            writer.close()
            await held.let_go.wait()
        await doors.close()


async def test_a_head_in_pieces_is_as_long_as_its_bytes(served: Served) -> None:
    reader, writer = await served.connect()
    lines = b"".join(b"x%d: %b\r\n" % (i, b"a" * 990) for i in range(50))
    head = b"GET / HTTP/1.1\r\n" + lines + b"\r\n"
    for start in range(0, len(head), 10_000):
        writer.write(head[start : start + 10_000])
        await writer.drain()
        await asyncio.sleep(0.005)
    assert (await read_reply(reader)).status == 200
    writer.close()


async def test_what_stands_before_a_head_is_no_part_of_it(served: Served) -> None:
    reader, writer = await served.connect()
    first = b"POST / HTTP/1.1\r\ncontent-length: 100000\r\n\r\n" + b"x" * 100_000
    writer.write(first + b"GET /second HT")
    assert (await read_reply(reader)).status == 200
    writer.write(b"TP/1.1\r\n\r\n")
    assert (await read_reply(reader)).body == b"GET /second  "
    writer.close()


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        (b"GET / HTTP/1.1\r\n", b"", b"GET /  "),
        (b"POST / HTTP/1.1\r\ncontent-length: 2\r\n", b"hi", b"POST /  hi"),
        (
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n",
            b"2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n",
            b"POST /  hi!",
        ),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_who_offers_another_protocol_is_answered_in_this_one(
    served: Served, head: bytes, body: bytes, said: bytes, at_once: bool
) -> None:
    """Java's own client offers HTTP/2 so, with the first request of each connection."""
    offer = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n\r\n"
    reader, writer = await served.connect()
    writer.write(head + offer + (body if at_once else b""))
    if not at_once:
        await asyncio.sleep(0.01)
        writer.write(body)
    async with asyncio.timeout(10):
        reply = await read_reply(reader)
    assert (reply.status, reply.body, reply.headers["connection"]) == (200, said, "close")
    writer.close()
