"""The lines of an answer as they came, for a caller who speaks Ollama's wire too.

Asked by the permit itself: the official client decodes what it reads.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from homeport.adapters.base import Permit
from homeport.adapters.http.answer import Request, send
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.pieces import next_piece
from homeport.adapters.http.upstream_errors import Upstream

MAX_LINE_BYTES: Final = 8 * 1024 * 1024


async def raw_lines(
    permit: Permit, url: str, body: bytes, who: Upstream, pace: Pace
) -> AsyncGenerator[bytes, None]:
    """Each line without its end; nothing is sent before the first is asked for.

    Raises `AttemptFailed`.
    """
    headers = {"content-type": "application/json", "user-agent": "homeport"}
    answer = await send(permit, Request("POST", url, headers, body), who, pace)
    try:
        held = bytearray()
        while (piece := await next_piece(answer, who, pace)) is not None:
            start, *others = piece.split(b"\n")
            held += start
            for other in others:
                if held.strip():
                    yield bytes(held)
                held = bytearray(other)
            if len(held) > MAX_LINE_BYTES:
                raise who.failed("garbage", sent_tokens=pace.tokens)
        if held.strip():
            yield bytes(held)
    finally:
        await answer.aclose()
