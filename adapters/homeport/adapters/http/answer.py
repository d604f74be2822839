"""Sends a request under a permit; reads the head and small JSON body of its answer, bounded."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from typing import Any, Final, Literal

import msgspec

from homeport.adapters.base import Answer, AttemptFailed, Permit
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.upstream_errors import Upstream

MAX_JSON_BYTES: Final = 16 * 1024 * 1024
MAX_EMBEDDINGS_BYTES: Final = 256 * 1024 * 1024
"""2,048 vectors of 4,096 numbers, written out."""
MAX_ERROR_BYTES: Final = 64 * 1024
_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Request(msgspec.Struct, frozen=True):
    """What is asked of an upstream."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url})"


def required(permit: Permit | None, who: Upstream) -> Permit:
    """The permit; raises `AttemptFailed` where there is none."""
    if permit is None:
        raise who.failed("refused")
    return permit


async def key_state(asked: Awaitable[object]) -> Literal["valid", "refused"]:
    """Whether a question was answered that takes a valid key.

    Raises `AttemptFailed` where that cannot be told.
    """
    try:
        await asked
    except AttemptFailed as error:
        if error.failure.kind == "unauthorized":
            return "refused"
        raise
    return "valid"


async def read_json(permit: Permit, request: Request, who: Upstream, pace: Pace) -> Any:
    """The decoded body of a 2xx answer; raises `AttemptFailed` for everything else."""
    answer = await send(permit, request, who, pace)
    try:
        body = await read_body(answer, who, pace, MAX_JSON_BYTES)
    finally:
        await answer.aclose()
    try:
        return msgspec.json.decode(body)
    except _NO_JSON:
        raise who.failed("garbage") from None


async def send(permit: Permit, request: Request, who: Upstream, pace: Pace) -> Answer:
    """A 2xx answer whose body is still to be read, to be closed by the caller."""
    sending = permit.send(
        request.method,
        request.url,
        headers=request.headers,
        body=request.body,
        connect_s=pace.connect_s,
    )
    try:
        answer = await pace.wait(sending)
    except Exception as error:  # the one boundary of foreign errors
        raise who.broke(error) from error
    if 200 <= answer.status < 300:
        return answer
    try:
        body = await read_body(answer, who, pace, MAX_ERROR_BYTES, whole=False)
    finally:
        await answer.aclose()
    raise who.answered(answer.status, answer.headers, lenient(body), now_s=time.time())


async def read_body(
    answer: Answer, who: Upstream, pace: Pace, bound: int, *, whole: bool = True
) -> bytes:
    """The body up to a bound; over it, garbage where it must be whole, else its start."""
    body = bytearray()
    try:
        while len(body) <= bound:
            body += await pace.wait(anext(answer))
    except StopAsyncIteration:
        return bytes(body)
    except Exception as error:  # the one boundary of foreign errors
        if not whole:
            return bytes(body)
        raise who.broke(error) from error
    if whole:
        raise who.failed("garbage")
    return bytes(body[:bound])


def lenient(body: bytes) -> Any:
    """The decoded body, or its text where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except _NO_JSON:
        return body.decode("utf-8", "replace")
