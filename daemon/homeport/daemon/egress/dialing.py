"""Makes every outgoing connection of the daemon, and only under a leave.

One pool of connections per place, so that a connection made under a wide leave
is never used under a narrow one. What goes by a proxy of the environment goes
over a library of its own, imported when the first such request is made.
"""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from homeport.adapters.places import host_of, place_of_host
from homeport.daemon.egress import http1_request
from homeport.daemon.egress.addresses import Leave
from homeport.daemon.egress.answer import Answer
from homeport.daemon.egress.certificates import tls_context
from homeport.daemon.egress.http1_pool import Hear, Pool, Told, Written
from homeport.daemon.egress.proxies import Proxy, proxy_for
from homeport.daemon.egress.troubles import ConnectError, LinkLost
from homeport.policies.model import Place

if TYPE_CHECKING:
    from homeport.daemon.egress.proxied import ProxiedConnections

MOST_NUMBERS: Final = 64
"""Providers whose addresses are remembered."""


class Dialer:
    """The connections, by place."""

    def __init__(
        self,
        environment: Mapping[str, str],
        ca_file: Callable[[], str] = lambda: "",
        hear: Hear = lambda _origin, _told: None,
    ) -> None:
        """`hear` is told what connecting to a provider's own host shows."""
        self._hear_of = hear
        self._environment = environment
        self._ca_file = ca_file
        self._pools: dict[Place, Pool] = {}
        self._proxied: dict[Place, ProxiedConnections] = {}
        self._lost: list[Pool] = []
        """Their links are lost, and not all of them are closed."""
        self._tls: ssl.SSLContext | None = None
        self._tls_by = ""
        """The file of the config it was made with."""
        self._numbers: dict[str, tuple[str, ...]] = {}
        """Of providers, as they were looked up last."""

    async def send(
        self,
        leave: Leave,
        method: str,
        url: str,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        *,
        connect_s: float | None,
    ) -> Answer:
        """Send one request; its answer's head has come when this returns.

        Raises `Trouble` and `AddressNotAllowed`.
        """
        proxy = self._proxy(leave)
        tls = await self._tls_context() if leave.origin.startswith("https:") else None
        if proxy:
            connections = await self._by_proxy(leave.place)
            return await connections.send(
                leave, proxy, method, url, headers, body, tls=tls, connect_s=connect_s
            )
        written = Written(method, http1_request.head(method, url, headers, len(body)), body)
        return await self._pool(leave.place).send(leave, written, tls=tls, connect_s=connect_s)

    def numbers(self) -> tuple[str, ...]:
        """Where providers were found last, before a link was lost too; for any thread."""
        return tuple(number for numbers in [*self._numbers.values()] for number in numbers)

    async def prepare(self, origin: str) -> None:
        """Load off the loop what an origin needs."""
        if origin.startswith("https:"):
            await self._tls_context()

    async def greet(self, leave: Leave, connect_s: float) -> None:
        """Connect to an origin and hang up; what goes by a proxy is not greeted.

        Raises `Trouble` and `AddressNotAllowed`.
        """
        if self._proxy(leave) is None:
            tls = await self._tls_context() if leave.origin.startswith("https:") else None
            await self._pool(leave.place).greet(leave, tls, connect_s)

    async def lose(self, place: Place) -> None:
        """There is no way to a place: whoever waits for it is told at once."""
        pool = self._pools.pop(place, None)
        if pool:
            pool.lose()
            self._lost = [lost for lost in (*self._lost, pool) if not lost.is_empty]
        proxied = self._proxied.pop(place, None)
        if proxied:
            await proxied.close(LinkLost("the link was lost"))

    def listen(self, place: Place) -> None:
        """A while begins, at whose end `lose_silent` asks who was heard from."""
        if pool := self._pools.get(place):
            pool.listen()

    def lose_silent(self, place: Place) -> None:
        """Nobody there answers: whoever heard nothing in that while is told that the link is lost;
        what goes by a proxy finds out by itself."""
        if pool := self._pools.get(place):
            pool.lose_silent()

    def lose_addresses(self, gone: frozenset[str]) -> None:
        """Addresses of this machine are gone; what goes by a proxy finds out by itself."""
        for pool in self._pools.values():
            pool.lose_addresses(gone)

    async def forget(self, place: Place) -> None:
        """Close every connection to a place, those in use too."""
        pool = self._pools.pop(place, None)
        if pool:
            pool.close()
        proxied = self._proxied.pop(place, None)
        if proxied:
            await proxied.close()

    async def close(self) -> None:
        """Close every connection."""
        for lost in self._lost:
            lost.close()
        for place in {*self._pools, *self._proxied}:
            await self.forget(place)

    def _pool(self, place: Place) -> Pool:
        pool = self._pools.get(place)
        if pool is None:
            # What is said of the own network is no word of a provider.
            told = (self._hear, self._learn) if place == "cloud" else ()
            pool = self._pools[place] = Pool(place, *told)
        return pool

    def _learn(self, origin: str, numbers: tuple[str, ...]) -> None:
        if place_of_host(host_of(origin)) == "cloud":
            self._numbers.pop(origin, None)
            self._numbers[origin] = numbers
            if len(self._numbers) > MOST_NUMBERS:
                self._numbers.pop(next(iter(self._numbers)))

    def _hear(self, origin: str, told: Told) -> None:
        if place_of_host(host_of(origin)) == "cloud":
            self._hear_of(origin, told)

    async def _by_proxy(self, place: Place) -> ProxiedConnections:
        # On a thread, for the library takes a while to load.
        module = await asyncio.to_thread(importlib.import_module, "homeport.daemon.egress.proxied")
        if place not in self._proxied:
            self._proxied[place] = module.ProxiedConnections(place)
        return self._proxied[place]

    async def _tls_context(self) -> ssl.SSLContext:
        ca_file = self._ca_file()
        if self._tls is None or self._tls_by != ca_file:
            try:
                self._tls = await asyncio.to_thread(tls_context, self._environment, ca_file)
            except OSError as error:
                raise ConnectError("the file of trusted certificates cannot be read") from error
            self._tls_by = ca_file
        return self._tls

    def _proxy(self, leave: Leave) -> Proxy | None:
        # A proxy would look a name up by itself: nobody here could judge where that leads.
        if leave.place != "cloud" or place_of_host(host_of(leave.origin)) != "cloud":
            return None
        return proxy_for(leave.origin, self._environment)
