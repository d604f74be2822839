"""Reads the head and the small JSON body of an upstream's answer, within bounds."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec

from homeport.adapters.pace import Pace
from homeport.adapters.upstream_errors import Upstream

MAX_JSON_BYTES: Final = 16 * 1024 * 1024
MAX_ERROR_BYTES: Final = 64 * 1024


MAX_EMBEDDINGS_BYTES: Final = 256 * 1024 * 1024
"""2,048 vectors of 4,096 numbers, written out."""
async def read_json(transport: Any, request: Any, who: Upstream, pace: Pace) -> Any:
    """The decoded body of a 2xx answer; raises `AttemptFailed` for everything else."""
    response = await send(transport, request, who, pace)
    try:
        body = await read_body(response, who, pace, MAX_JSON_BYTES)
    finally:
        await response.stream.aclose()
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise who.failed("garbage") from None


async def send(transport: Any, request: Any, who: Upstream, pace: Pace) -> Any:
    """A 2xx answer whose body is still to be read, to be closed by the caller."""
    try:
        response = await pace.wait(transport.handle_async_request(request))
    except Exception as error:  # the one boundary of foreign errors
        raise who.broke(error) from error
    if 200 <= response.status_code < 300:
        return response
    try:
        body = await read_body(response, who, pace, MAX_ERROR_BYTES, whole=False)
    finally:
        await response.stream.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    raise who.answered(response.status_code, headers, lenient(body), now_s=time.time())


async def read_body(
    response: Any, who: Upstream, pace: Pace, bound: int, *, whole: bool = True
) -> bytes:
    """The body up to a bound; over it, garbage where it must be whole, else its start."""
    chunks = response.aiter_bytes()
    body = bytearray()
    try:
        while len(body) <= bound:
            body += await pace.wait(anext(chunks))
    except StopAsyncIteration:
        return bytes(body)
    except Exception as error:  # the one boundary of foreign errors
        if not whole:
            return bytes(body)
        raise who.broke(error) from error
    finally:
        await chunks.aclose()
    if whole:
        raise who.failed("garbage")
    return bytes(body[:bound])


def lenient(body: bytes) -> Any:
    """The decoded body, or its text where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode("utf-8", "replace")
