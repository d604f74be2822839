"""Requests as they may arrive: in pieces, in chunks, one behind the other, broken off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from homeport.lab.http1 import status_line
from homeport.lab.server import LabServer

BODY = json.dumps({"model": "lab-fast", "messages": [{"role": "user", "content": "hi"}]}).encode()
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: lab\r\n"


@pytest.fixture
async def lab() -> AsyncIterator[LabServer]:
    async with LabServer(script="Hello.") as server:
        yield server


async def say(lab: LabServer, *pieces: bytes) -> bytes:
    """Send the pieces, end our side, and read all that comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    writer.write_eof()
    data = await reader.read()
    writer.close()
    return data


async def test_a_body_in_pieces(lab: LabServer) -> None:
    length = b"content-length: %d\r\n\r\n" % len(BODY)
    data = await say(lab, HEAD[:9], HEAD[9:] + length + BODY[:7], BODY[7:])
    assert b"Hello." in data


async def test_a_body_in_chunks(lab: LabServer) -> None:
    chunks = b"5\r\n%b\r\n%x;x=y\r\n%b\r\n0\r\n\r\n" % (BODY[:5], len(BODY) - 5, BODY[5:])
    data = await say(lab, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert b"Hello." in data
    assert lab.log.last.body == BODY


async def test_one_request_behind_the_other(lab: LabServer) -> None:
    data = await say(lab, b"GET /v1/models HTTP/1.1\r\n\r\n" * 2)
    assert data.count(b"HTTP/1.1 200 OK") == 2
    assert lab.log.connections == 1


async def test_who_asks_to_close_is_closed(lab: LabServer) -> None:
    data = await say(lab, b"GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n" * 2)
    assert data.count(b"HTTP/1.1") == 1


async def test_who_waits_for_leave_gets_it(lab: LabServer) -> None:
    head = HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(BODY)
    assert (await say(lab, head, BODY)).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


async def test_half_a_request_is_remembered(lab: LabServer) -> None:
    assert await say(lab, HEAD + b"x-secret: heron") == b""
    assert lab.log.holds("heron")
    assert await say(lab, HEAD + b"content-length: 100\r\n\r\nonly the gull") == b""
    assert lab.log.holds("gull")
    assert lab.log.requests[-1].outcome == "left"


async def test_a_head_without_end_and_a_body_that_is_too_long(lab: LabServer) -> None:
    assert b" 431 " in await say(lab, b"GET / HTTP/1.1\r\nx: " + b"y" * 400_000)
    assert b" 413 " in await say(lab, HEAD + b"content-length: 999999999999\r\n\r\n")


async def test_bodies_that_are_no_prompt(lab: LabServer) -> None:
    for body in (b"{", b"[]", b"{}", b'{"model": "lab-fast"}'):
        data = await say(lab, HEAD + b"content-length: %d\r\n\r\n%b" % (len(body), body))
        assert b" 400 " in data
        assert b"error" in data


def test_status_lines() -> None:
    assert status_line(200) == "HTTP/1.1 200 OK"
    assert status_line(529) == "HTTP/1.1 529 Overloaded"
    assert status_line(599) == "HTTP/1.1 599 Trouble"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: many",
        b"Content-Length: -5",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
    ],
)
async def test_framing_that_cannot_be_read_is_refused(lab: LabServer, head: bytes) -> None:
    assert b"HTTP/1.1 400" in await say(lab, HEAD + head + b"\r\n\r\n")
