"""Small JSON answers: bounded, decoded, or a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from homeport.adapters.base import AttemptFailed, Limits
from homeport.adapters.http.answer import Request, lenient, read_json
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.upstream_errors import Upstream

WHO = Upstream("", "box", "h:1")
REQUEST = Request("GET", "http://h:1/v1/models", {"x": "1"})


class ReadError(Exception):
    """What a permit raises where a connection breaks."""


class Body:
    """An answer: chunks, then an error or the end."""

    headers: Mapping[str, str] = {}

    def __init__(self, *chunks: bytes, error: Exception | None = None, status: int = 200) -> None:
        self.status = status
        self.chunks = list(chunks)
        self.error = error
        self.closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self.chunks:
            return self.chunks.pop(0)
        raise self.error or StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


class Leave:
    """A permit that gives one answer to everything."""

    def __init__(self, body: Body) -> None:
        self.body = body

    async def send(self, method: str, url: str, **rest: Any) -> Body:
        assert (method, url) == (REQUEST.method, REQUEST.url)
        assert rest == {"headers": {"x": "1"}, "body": b"", "connect_s": 2.0}
        return self.body


async def read(body: Body, status: int = 200) -> Any:
    body.status = status
    permit: Any = Leave(body)
    try:
        return await read_json(permit, REQUEST, WHO, Pace("box", Limits(1, 30)))
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
    assert await kind(Body(b"{", error=ReadError("x"))) == "reset"
    assert await kind(Body(b"{}"), 503) == "overloaded"
    assert await kind(Body(b"{", error=ReadError("x")), 503) == "overloaded"


async def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.adapters.http.answer.MAX_JSON_BYTES", 10)
    monkeypatch.setattr("homeport.adapters.http.answer.MAX_ERROR_BYTES", 10)
    assert await kind(Body(b"x" * 8, b"x" * 8)) == "garbage"
    assert (
        await kind(Body(b"x" * 8, b"x" * 8, error=RuntimeError("never read")), 500) == "overloaded"
    )


async def test_a_slow_body_is_late() -> None:
    class Slow(Body):
        async def __anext__(self) -> bytes:
            await asyncio.Event().wait()
            return b""

    permit: Any = Leave(Slow())
    pace = Pace("box", Limits(1, 30, first_token_s=0.01))
    with pytest.raises(AttemptFailed) as caught:
        await read_json(permit, REQUEST, WHO, pace)
    assert caught.value.failure.kind == "first_token_timeout"


def test_lenient() -> None:
    assert lenient(b'{"a":1}') == {"a": 1}
    assert lenient(b"\xffx") == "\ufffdx"
