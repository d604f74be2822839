"""Makes every outgoing connection of the daemon, and only under a leave.

One pool of connections per place, so that a connection made under a wide leave
is never used under a narrow one. The address that a name resolved to is judged
again at the moment of connecting: a name cannot lead out of its place.

Imported when the first connection is needed, for `aiohttp` is slow to import.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict
from yarl import URL

from homeport.adapters.places import RANK, host_of, is_address, place_of_address, place_of_host
from homeport.policies.model import Place

MAX_HEADER_BYTES: Final = 32 * 1024
"""Longest status line, and longest single header, of an answer."""
MAX_HEADERS: Final = 128

# Common model servers drop an idle connection after five seconds; a request that
# meets the drop half-way would be lost, so ours are dropped first.
_KEEPALIVE_S: Final[dict[Place, float]] = {"local": 4.0, "lan": 4.0, "cloud": 30.0}

_NOT_FORWARDED: Final = frozenset({"connection", "transfer-encoding", "content-length"})


class Leave(Protocol):
    """What the dialer must know of a permit."""

    @property
    def place(self) -> Place:
        """The farthest place it allows."""
        ...

    @property
    def origin(self) -> str:
        """`scheme://host:port`, the only one it allows."""
        ...


CONNECTING: ContextVar[Leave | None] = ContextVar("homeport_connecting", default=None)
"""The leave under which the current task makes a connection."""


class AddressNotAllowed(OSError):
    """A host turned out to be farther away than its leave allows."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that the environment names."""

    url: str
    """Without its credentials."""
    authorization: str
    """Value of the `Proxy-Authorization` header; empty where it needs none."""


class Dialer:
    """The pools of connections, one per place."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._sessions: dict[Place, aiohttp.ClientSession] = {}
        self._answers: dict[Place, WeakSet[aiohttp.ClientResponse]] = {}
        """Those that may still be read."""
        self._tls: ssl.SSLContext | None = None

    async def send(
        self,
        leave: Leave,
        method: str,
        url: str,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        *,
        connect_s: float | None,
    ) -> aiohttp.ClientResponse:
        """Send one request; its answer's head has arrived when this returns.

        Raises aiohttp's errors and `AddressNotAllowed`.
        """
        options: dict[str, Any] = {}
        sent = _sent_headers(headers)
        if leave.origin.startswith("https:"):
            options["ssl"] = await self._tls_context()
        proxy = self._proxy(leave)
        if proxy:
            options |= _by_proxy(proxy, leave.origin, sent)
        with _under(leave), _address_errors():
            answer = await self._session(leave.place).request(
                method,
                _url(url),
                headers=sent,
                data=body or None,
                allow_redirects=False,
                timeout=_timeout(connect_s),
                **options,
            )
        self._answers.setdefault(leave.place, WeakSet()).add(answer)
        return answer

    async def forget(self, place: Place) -> None:
        """Close every connection to a place, those in use too."""
        for answer in self._answers.pop(place, ()):
            # Closing alone does not wake those who wait for the next bytes.
            answer.content.set_exception(aiohttp.ClientConnectionResetError("the link was closed"))
        session = self._sessions.pop(place, None)
        if session:
            await session.close()

    async def close(self) -> None:
        """Close every connection."""
        for place in tuple(self._sessions):
            await self.forget(place)

    def _session(self, place: Place) -> aiohttp.ClientSession:
        session = self._sessions.get(place)
        if session is None:
            session = self._sessions[place] = _new_session(place)
        return session

    async def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = await asyncio.to_thread(_new_tls_context, self._environment)
        return self._tls

    def _proxy(self, leave: Leave) -> Proxy | None:
        if place_of_host(host_of(leave.origin)) != "cloud":
            return None
        return proxy_for(leave.origin, self._environment)


def proxy_for(origin: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment names for an origin; None goes there directly.

    Raises `AddressNotAllowed` for a kind of proxy that cannot be spoken to:
    going around it silently would not be what the person asked for.
    """
    scheme = origin.partition(":")[0]
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    value = next((environment[name] for name in names if environment.get(name)), "")
    skipped = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if not value or _listed(origin.partition("://")[2], skipped):
        return None
    parts = urlsplit(value if "://" in value else f"http://{value}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressNotAllowed(
            "The environment names a proxy that is not an HTTP proxy; "
            "set HTTPS_PROXY to an http:// address, or list the host in NO_PROXY."
        )
    bare_host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Proxy(f"{parts.scheme}://{bare_host}:{port}", _basic(parts.username, parts.password))


def _listed(host_and_port: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names the host: exactly, with its port, or by a domain it lies in."""
    host = host_and_port.rpartition(":")[0].strip("[]")
    for entry in no_proxy.lower().replace(" ", "").split(","):
        name = entry.removeprefix("*").lstrip(".")
        if entry == "*" or (name and (name in (host, host_and_port) or host.endswith("." + name))):
            return True
    return False


def _basic(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _by_proxy(proxy: Proxy, origin: str, sent: CIMultiDict[str]) -> dict[str, Any]:
    options: dict[str, Any] = {"proxy": proxy.url}
    if proxy.authorization and origin.startswith("https:"):
        options["proxy_headers"] = {"Proxy-Authorization": proxy.authorization}
    elif proxy.authorization:
        sent["Proxy-Authorization"] = proxy.authorization
    return options


def _new_session(place: Place) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0,
        keepalive_timeout=_KEEPALIVE_S[place],
        resolver=_PlaceResolver(place),
        socket_factory=_socket_factory(place),
        ttl_dns_cache=30,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
        max_headers=MAX_HEADERS,
    )


def _new_tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    own = environment.get("SSL_CERT_FILE")
    if own:
        return ssl.create_default_context(cafile=own)
    import httpx2

    return httpx2.create_ssl_context()


def _socket_factory(place: Place) -> Any:
    def make(info: tuple[Any, Any, Any, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = info
        if CONNECTING.get() is None:
            raise AddressNotAllowed("A connection was attempted without a permit.")
        _require(place, str(address[0]))
        return socket.socket(family, kind, protocol)

    return make


def _require(place: Place, address: str) -> None:
    if RANK[place_of_address(address)] > RANK[place]:
        raise AddressNotAllowed(
            f"The host resolved to {address}, which is not {_WHERE[place]}; "
            "nothing was sent. Check the address of this server in the config."
        )


_WHERE: Final[dict[Place, str]] = {
    "local": "on this machine",
    "lan": "in your own network",
    "cloud": "reachable",
}


class _PlaceResolver(AbstractResolver):
    """Resolves names, and refuses those that lead out of a place."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        # Without AI_ADDRCONFIG: it hides loopback on a machine with no other network.
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, family=family
        )
        addresses: list[ResolveResult] = []
        for family_found, _, protocol, _, address in found:
            number = str(address[0])
            _require(self._place, number)
            addresses.append(
                ResolveResult(
                    hostname=host,
                    host=number,
                    port=int(address[1]),
                    family=family_found,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        return addresses

    async def close(self) -> None:
        """Nothing is held."""


@contextlib.contextmanager
def _under(leave: Leave) -> Iterator[None]:
    if is_address(host_of(leave.origin)) and leave.place != "cloud":
        _require(leave.place, host_of(leave.origin))
    token = CONNECTING.set(leave)
    try:
        yield
    finally:
        CONNECTING.reset(token)


@contextlib.contextmanager
def _address_errors() -> Iterator[None]:
    """Digs our own refusal out of the connector's errors."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, AddressNotAllowed):
            raise error.os_error from None
        raise


def _sent_headers(headers: list[tuple[bytes, bytes]]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value.decode("latin-1"))
        for raw, value in headers
        if (name := raw.decode("latin-1")).lower() not in _NOT_FORWARDED
    )


@lru_cache(maxsize=256)
def _url(url: str) -> URL:
    return URL(url, encoded=True)


@lru_cache(maxsize=64)
def _timeout(connect_s: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect_s, ceil_threshold=1e9)


def meaning(error: BaseException) -> tuple[str, str]:
    """The name that the httpx API has for an error of aiohttp, and a sentence.

    `Connect*` and `ProxyError` are used only where no byte of the request can
    have been sent; everything doubtful counts as sent.
    """
    # 1. before any byte
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "ConnectTimeout", "no connection in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "ConnectError", "no connection could be made"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return "ProxyError", f"the proxy answered {error.status}"
    if isinstance(error, (aiohttp.InvalidURL, ValueError)):
        return "LocalProtocolError", "the request cannot be sent as it is"
    # 2. after
    if isinstance(error, aiohttp.ClientResponseError):
        return "RemoteProtocolError", "the answer is not HTTP, or its head is too large"
    if isinstance(error, TimeoutError):
        return "ReadTimeout", "no answer in time"
    return "ReadError", "the connection broke"


FOREIGN: Final = (aiohttp.ClientError, OSError, ValueError, RuntimeError)
"""Everything that `meaning` is asked about; a pool that was closed raises a RuntimeError."""
