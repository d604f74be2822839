"""The httpx API over the daemon's own dialer, one permit per request.

For adapters that bring a library which wants it, and for downloads: whoever asks
often sends by the permit itself, without a library between.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx2 as httpx

from homeport.adapters.base import failed
from homeport.daemon.egress.addresses import AddressNotAllowed
from homeport.daemon.egress.answer import Answer
from homeport.daemon.egress.dialing import Dialer
from homeport.daemon.egress.troubles import LinkLost, Trouble

USER_AGENT: Final = "homeport"


@contextlib.contextmanager
def errors_of(library: Any, request: Any) -> Iterator[None]:
    """Troubles as the errors of a library: `httpx2`, or the older `httpx`."""
    try:
        yield
    except AddressNotAllowed as error:
        raise failed("", "egress", str(error)) from None
    except LinkLost as error:
        raise failed("", "link_lost", str(error)) from None
    except Trouble as error:
        raise getattr(library, type(error).__name__)(str(error), request=request) from error


async def sent(dialer: Dialer, permit: Any, request: Any, library: Any) -> Answer:
    """Send a library's request under a permit; the answer's body is still to come."""
    body = await request.aread()
    url = str(request.url)
    permit.require(request.method, url, len(body))
    with errors_of(library, request):
        answer = await dialer.send(
            permit,
            request.method,
            url,
            request.headers.raw,
            body,
            connect_s=connect_seconds(request.extensions),
        )
    permit.heard(answer)
    return answer


class PermitTransport(httpx.AsyncBaseTransport):
    """Sends requests under one permit, over the connections that all share."""

    def __init__(self, dialer: Dialer, permit: Any) -> None:
        self._dialer = dialer
        self._permit = permit

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to come."""
        answer = await sent(self._dialer, self._permit, request, httpx)
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=AnswerBody(answer, request),
            request=request,
        )


class AnswerBody(httpx.AsyncByteStream):
    """The body of an answer as it arrives, nothing held back."""

    def __init__(self, answer: Answer, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        with errors_of(httpx, self._request):
            return await anext(self._answer)

    async def aclose(self) -> None:
        """Drop the connection unless the whole body came: then it went back to its pool."""
        self._answer.close()


def connect_seconds(extensions: Any) -> float | None:
    """The time a request allows for connecting."""
    bound: float | None = (extensions.get("timeout") or {}).get("connect")
    return bound


def client(transport: httpx.AsyncBaseTransport, base_url: str, connect_s: float) -> Any:
    """A client over the transport, with none of the environment's habits."""
    return httpx.AsyncClient(
        transport=transport,
        base_url=base_url,
        timeout=httpx.Timeout(None, connect=connect_s),
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": USER_AGENT},
    )
