"""The same transport for clients that are built on the older `httpx`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx

from homeport.daemon.egress.answer import Answer
from homeport.daemon.egress.dialing import Dialer
from homeport.daemon.egress.transport import errors_of, sent

MAX_LINE_BYTES: Final = 8 * 1024 * 1024
"""The clients of this transport read line by line and would hold any line in memory."""


class OlderTransport(httpx.AsyncBaseTransport):
    """Sends every request of one older client under one permit."""

    def __init__(self, dialer: Dialer, permit: Any) -> None:
        self._dialer = dialer
        self._permit = permit

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to come."""
        answer = await sent(self._dialer, self._permit, request, httpx)
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=OlderBody(answer, request),
            request=request,
        )


class OlderBody(httpx.AsyncByteStream):
    """The body of an answer as it arrives."""

    def __init__(self, answer: Answer, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request
        self._line_bytes = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        with errors_of(httpx, self._request):
            chunk = await anext(self._answer)
        self._bound_line(chunk)
        return chunk

    def _bound_line(self, chunk: bytes) -> None:
        last_end = chunk.rfind(b"\n")
        self._line_bytes = len(chunk) - last_end - 1 + (self._line_bytes if last_end < 0 else 0)
        if self._line_bytes > MAX_LINE_BYTES:
            raise httpx.RemoteProtocolError("a line is too long", request=self._request)

    async def aclose(self) -> None:
        """Drop the connection unless the whole body came."""
        self._answer.close()
