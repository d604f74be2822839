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
PLAIN_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "homeport"}
"""Who says nothing of encodings may be answered in any."""


async def raw_lines(
    permit: Permit, url: str, body: bytes, who: Upstream, pace: Pace
) -> AsyncGenerator[bytes, None]:
    """Each line without its end; nothing is sent before the first is asked for.

    Raises `AttemptFailed`.
    """
    headers = {**PLAIN_HEADERS, "content-type": "application/json"}
    answer = await send(permit, Request("POST", url, headers, body), who, pace)
    cutter = LineCutter()
    try:
        while (piece := await next_piece(answer, who, pace)) is not None:
            for line in cutter.feed(piece):
                yield line
            if cutter.is_too_long:
                raise who.failed("garbage", sent_tokens=pace.tokens)
        for line in cutter.feed(b"\n"):
            yield line
    finally:
        await answer.aclose()


class LineCutter:
    """Cuts a body into its lines. Only LF ends one: other line ends may stand in a text."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def is_too_long(self) -> bool:
        """The line that has not ended yet is longer than any should be."""
        return len(self._held) > MAX_LINE_BYTES

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that are whole with this piece, without their ends and without empty ones."""
        start, *others = piece.split(b"\n")
        self._held += start
        lines = []
        for other in others:
            if self._held.strip():
                lines.append(bytes(self._held))
            self._held = bytearray(other)
        return lines
