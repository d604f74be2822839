"""Requests that go by an HTTP proxy of the environment, over `aiohttp`.

Imported with the first such request, for `aiohttp` is slow to import.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Any, Final
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict
from yarl import URL

from homeport.daemon.egress import addresses, troubles
from homeport.daemon.egress.addresses import AddressNotAllowed, Leave
from homeport.daemon.egress.answer import Answer
from homeport.daemon.egress.http1_connection import MAX_HEADER_BYTES, MAX_HEADERS
from homeport.daemon.egress.http1_pool import KEEP_S
from homeport.daemon.egress.proxies import Proxy
from homeport.policies.model import Place

_NOT_FORWARDED: Final = frozenset({"connection", "transfer-encoding", "content-length"})
_FOREIGN: Final = (aiohttp.ClientError, OSError, ValueError, RuntimeError)
"""Everything that `meaning` is asked about; a pool that was closed raises a RuntimeError."""


class ProxiedConnections:
    """The connections to one place that go by proxies."""

    def __init__(self, place: Place) -> None:
        connector = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=KEEP_S[place],
            resolver=_PlaceResolver(place),
            socket_factory=_socket_factory(place),
            ttl_dns_cache=int(addresses.KNOWN_S),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        self._answers: WeakSet[aiohttp.ClientResponse] = WeakSet()
        """Those that may still be read."""
        self._asking: set[asyncio.Timeout] = set()
        """Of requests whose answer's head has not come; they end when the connections do."""
        self._trouble = troubles.ReadError("the link was closed")

    async def send(
        self,
        leave: Leave,
        proxy: Proxy,
        method: str,
        url: str,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        *,
        tls: ssl.SSLContext | None,
        connect_s: float | None,
    ) -> Answer:
        """Send one request; its answer's head has come when this returns.

        Raises `Trouble` and `AddressNotAllowed`.
        """
        sent = _sent_headers(headers)
        options: dict[str, Any] = {"ssl": tls} if tls else {}
        options |= _by_proxy(proxy, leave.origin, sent)
        with _own_errors(), addresses.under(leave):
            async with self._until_closed():
                response = await self._session.request(
                    method,
                    URL(url, encoded=True),
                    headers=sent,
                    data=body or None,
                    allow_redirects=False,
                    timeout=_timeout(connect_s),
                    **options,
                )
        self._answers.add(response)
        return ProxiedAnswer(response)

    @contextlib.asynccontextmanager
    async def _until_closed(self) -> AsyncIterator[None]:
        """What is asked inside ends with the trouble that closes the connections."""
        bound = asyncio.timeout(None)
        try:
            async with bound:
                self._asking.add(bound)
                yield
        except TimeoutError:
            if bound.expired():
                raise self._trouble from None
            raise
        finally:
            self._asking.discard(bound)

    async def close(self, trouble: troubles.ReadError | None = None) -> None:
        """Close every connection, those in use too; who waits is told of the trouble."""
        self._trouble = trouble or self._trouble
        # Closing alone wakes neither those who connect nor those who wait for the next bytes.
        for bound in tuple(self._asking):
            if not bound.expired():
                bound.reschedule(asyncio.get_running_loop().time())
        for response in tuple(self._answers):
            response.content.set_exception(self._trouble)
        await self._session.close()


class ProxiedAnswer(Answer):
    """An answer that came by a proxy."""

    __slots__ = ("_response",)

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        super().__init__()
        self._response = response
        self.status = response.status
        self.raw_headers = list(response.raw_headers)

    async def piece(self) -> bytes:
        """The bytes that have come; waits for some; empty at the end."""
        with _own_errors():
            return await self._response.content.readany()

    def close(self) -> None:
        """Drop the connection, unless the whole body came."""
        self._response.close()


def meaning(error: BaseException) -> troubles.Trouble:
    """What an error of aiohttp means; everything doubtful counts as sent."""
    # 1. before any byte
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return troubles.ConnectTimeout("no connection in time")
    if isinstance(error, aiohttp.ClientConnectorError):
        return troubles.ConnectError("no connection could be made")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return troubles.ProxyError(f"the proxy answered {error.status}")
    if isinstance(error, (aiohttp.InvalidURL, ValueError)):
        return troubles.LocalProtocolError("the request cannot be sent as it is")
    # 2. after
    if isinstance(error, aiohttp.ClientResponseError):
        return troubles.RemoteProtocolError("the answer is not HTTP, or its head is too large")
    if isinstance(error, TimeoutError):
        return troubles.ReadTimeout("no answer in time")
    return troubles.ReadError("the connection broke")


@contextlib.contextmanager
def _own_errors() -> Iterator[None]:
    """aiohttp's errors as ours; our own refusal is dug out of the connector's."""
    try:
        yield
    except AddressNotAllowed:
        raise
    except _FOREIGN as error:
        inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
        if isinstance(inner, AddressNotAllowed):
            raise inner from None
        raise meaning(error) from error


def _by_proxy(proxy: Proxy, origin: str, sent: CIMultiDict[str]) -> dict[str, Any]:
    options: dict[str, Any] = {"proxy": proxy.url}
    if proxy.authorization and origin.startswith("https:"):
        options["proxy_headers"] = {"Proxy-Authorization": proxy.authorization}
    elif proxy.authorization:
        sent["Proxy-Authorization"] = proxy.authorization
    return options


def _sent_headers(headers: list[tuple[bytes, bytes]]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value.decode("latin-1"))
        for raw, value in headers
        if (name := raw.decode("latin-1")).lower() not in _NOT_FORWARDED
    )


@lru_cache(maxsize=64)
def _timeout(connect_s: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect_s, ceil_threshold=1e9)


def _socket_factory(place: Place) -> Any:
    def make(info: tuple[Any, Any, Any, str, tuple[Any, ...]]) -> socket.socket:
        return addresses.new_socket(place, info[0], info[4])

    return make


class _PlaceResolver(AbstractResolver):
    """Resolves names, and refuses those that lead out of a place."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=family_found,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family_found, address in await addresses.lookup(self._place, host, port, family)
        ]

    async def close(self) -> None:
        """Nothing is held."""
