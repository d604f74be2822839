"""Small JSON answers: bounded, decoded, or a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2 as httpx
import pytest

from homeport.adapters.base import AttemptFailed, Limits
from homeport.adapters.http_answer import lenient, read_json
from homeport.adapters.pace import Pace
from homeport.adapters.upstream_errors import Upstream

WHO = Upstream("", "box", "h:1")


class Body(httpx.AsyncByteStream):
    """Chunks, then an error or the end."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.error:
            raise self.error

    async def aclose(self) -> None:
        self.closed = True


class Answers(httpx.AsyncBaseTransport):
    """One answer for everything."""

    def __init__(self, body: Body, status: int = 200) -> None:
        self.body = body
        self.status = status

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(self.status, stream=self.body, request=request)


async def read(body: Body, status: int = 200) -> Any:
    request = httpx.Request("GET", "http://h:1/v1/models")
    pace = Pace("box", Limits(1, 30))
    try:
        return await read_json(Answers(body, status), request, WHO, pace)
    finally:
        assert body.closed


async def kind(body: Body, status: int = 200) -> str:
    with pytest.raises(AttemptFailed) as caught:
        await read(body, status)
    return caught.value.failure.kind


async def test_json() -> None:
    assert await read(Body(b'{"a"', b":1}")) == {"a": 1}


async def test_failures() -> None:
    assert await kind(Body(b"<html>")) == "garbage"
    assert await kind(Body(b"{", error=httpx.ReadError("x"))) == "reset"
    assert await kind(Body(b"{}"), 503) == "overloaded"
    assert await kind(Body(b"{", error=httpx.ReadError("x")), 503) == "overloaded"


async def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.adapters.http_answer.MAX_JSON_BYTES", 10)
    monkeypatch.setattr("homeport.adapters.http_answer.MAX_ERROR_BYTES", 10)
    assert await kind(Body(b"x" * 8, b"x" * 8)) == "garbage"
    assert (
        await kind(Body(b"x" * 8, b"x" * 8, error=RuntimeError("never read")), 500) == "overloaded"
    )


async def test_a_slow_body_is_late() -> None:
    class Slow(Body):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            await asyncio.Event().wait()
            yield b""

    request = httpx.Request("GET", "http://h:1/")
    pace = Pace("box", Limits(1, 30, first_token_s=0.01))
    with pytest.raises(AttemptFailed) as caught:
        await read_json(Answers(Slow()), request, WHO, pace)
    assert caught.value.failure.kind == "first_token_timeout"


def test_lenient() -> None:
    assert lenient(b'{"a":1}') == {"a": 1}
    assert lenient(b"\xffx") == "\ufffdx"
