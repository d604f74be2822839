"""Connects to an origin, at no address that lies outside of its place.

The address that a name resolved to is judged when it is looked up, and again at
the moment of connecting: a name cannot lead out of its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import cache
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from homeport.adapters.places import (
    RANK,
    host_of,
    is_address,
    place_of_address,
    place_of_host,
)
from homeport.policies.model import Place

HEAD_START_S: Final = 0.25
"""How long an address of a name is tried before the next one beside it."""
LOOKUPS: Final = 4
"""Names that are looked up at once."""
KNOWN_S: Final = 30.0
"""How long the addresses of a name are remembered."""


class Leave(Protocol):
    """What must be known of a permit."""

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

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
Learn = Callable[[str, tuple[str, ...]], None]
"""Told the numbers of an origin."""


class AddressNotAllowed(OSError):
    """A host turned out to be farther away than its leave allows."""


_WHERE: Final[dict[Place, str]] = {
    "local": "on this machine",
    "lan": "in your own network",
    "cloud": "reachable",
}


def require(place: Place, address: str) -> None:
    """Refuse an address outside of a place."""
    if RANK[place_of_address(address)] > RANK[place]:
        raise AddressNotAllowed(
            f"The host resolved to {address}, which is not {_WHERE[place]}; "
            "nothing was sent. Check the address of this server in the config."
        )


@contextlib.contextmanager
def under(leave: Leave) -> Iterator[None]:
    """Connections made inside are made under this leave."""
    if is_address(host_of(leave.origin)) and leave.place != "cloud":
        require(leave.place, host_of(leave.origin))
    token = CONNECTING.set(leave)
    try:
        yield
    finally:
        CONNECTING.reset(token)


def judge(place: Place, address: tuple[Any, ...]) -> None:
    """Refuse a connection without a leave, or to an address outside of the place."""
    if CONNECTING.get() is None:
        raise AddressNotAllowed("A connection was attempted without a permit.")
    require(place, str(address[0]))


def only_number(place: Place, addresses: Sequence[Address]) -> tuple[str, int] | None:
    """The number and the port of the one address, judged; None where there are several. The loop
    connects to a number by itself, without asking anybody, and in a third of the time."""
    if len(addresses) != 1 or addresses[0][0] != socket.AF_INET:
        return None
    address = addresses[0][1]
    judge(place, address)
    return str(address[0]), int(address[1])


def new_socket(place: Place, family: int, address: tuple[Any, ...]) -> socket.socket:
    """A socket for one connection, if there is a leave and the address is allowed."""
    judge(place, address)
    # asyncio sends small writes at once on sockets that say they are TCP.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setblocking(False)
    return made


class Names:
    """The addresses of origins in one place, remembered for a moment.

    Who asks for a name that is being looked up waits with the others, and lookups have threads
    of their own: a name server that hangs keeps nothing else waiting.
    """

    def __init__(self, place: Place, learn: Learn = lambda _origin, _numbers: None) -> None:
        """`learn` is told each time that an origin was looked up."""
        self._place = place
        self._learn = learn
        self._known: dict[str, tuple[float, list[Address]]] = {}
        self._asking: dict[str, asyncio.Future[list[Any]]] = {}

    async def addresses(self, origin: str) -> list[Address]:
        """Where an origin may be reached; `AddressNotAllowed` where that is out of its place."""
        now = asyncio.get_running_loop().time()
        until, known = self._known.get(origin, (0.0, []))
        if now < until:
            return known
        parts = urlsplit(origin)
        host = parts.hostname or ""
        found = await self._found(origin, host, parts.port or 80)
        for _, address in found:
            require(self._place, str(address[0]))
            if self._place == "cloud":
                require_abroad(host, str(address[0]))
        self._known[origin] = now + KNOWN_S, found
        self._learn(origin, tuple(str(address[0]) for _, address in found))
        return found

    async def _found(self, origin: str, host: str, port: int) -> list[Address]:
        asking = self._asking.get(origin)
        if asking is None:
            asking = self._asking[origin] = _looking_up(host, port)
            asking.add_done_callback(lambda done: self._told(origin, done))
        # Whoever stops waiting leaves the lookup to the others.
        found = await asyncio.shield(asking)
        return [(family, address) for family, _, _, _, address in found]

    def _told(self, origin: str, done: asyncio.Future[list[Any]]) -> None:
        self._asking.pop(origin, None)
        if not done.cancelled():
            done.exception()  # nobody may be waiting any more

    def forget(self, origin: str) -> None:
        """Look it up again the next time."""
        self._known.pop(origin, None)


async def lookup(place: Place, host: str, port: int, family: int = 0) -> list[Address]:
    """The addresses of a host; `AddressNotAllowed` where one lies outside of the place."""
    found = await _looking_up(host, port, family)
    for _, _, _, _, address in found:
        require(place, str(address[0]))
    return [(family_found, address) for family_found, _, _, _, address in found]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(LOOKUPS, thread_name_prefix="homeport-name")


def _looking_up(host: str, port: int, family: int = 0) -> asyncio.Future[list[Any]]:
    return asyncio.get_running_loop().run_in_executor(_threads(), look_up, host, port, family)


def look_up(host: str, port: int, family: int = 0) -> list[Any]:
    """What the system knows of a host; takes as long as its name server likes."""
    # As bytes, since Python encodes a text by tables that take 5 ms to load. Without
    # AI_ADDRCONFIG: it hides loopback on a machine with no other network.
    name = host.encode("ascii") if host.isascii() else host
    return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, family=family)


def require_abroad(host: str, address: str) -> None:
    """Refuse this machine where a provider was meant: a name server says so to block a name, or
    somebody here wants what is sent there."""
    if place_of_host(host) == "cloud" and is_this_machine(address):
        raise AddressNotAllowed(
            f"{host} resolved to {address}, which is this machine; nothing was sent. Look at what "
            "your name server and the file of hosts say of that name."
        )


def is_this_machine(address: str) -> bool:
    """Also an address that means none: what is sent to 0.0.0.0 or :: comes here."""
    number = ipaddress.ip_address(address.partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    return number.is_unspecified or place_of_address(address) == "local"


async def connected_socket(place: Place, addresses: Sequence[Address]) -> socket.socket:
    """A socket connected to the first address that answers; raises OSError where none does."""
    if len(addresses) == 1:
        return await _reach(place, addresses[0])
    race = _Race(place)
    try:
        await race.run(addresses)
    except BaseException:
        race.close_all_but(0)
        raise
    race.close_all_but(1)
    if not race.made:
        raise race.refusal
    return race.made[0]


class _Race:
    """Tries addresses one after the other; the next one beside one that takes its time."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._ended = asyncio.Event()
        self._running = 0
        self.made: list[socket.socket] = []
        self.refusal = OSError("the name has no address")
        """Of the attempt that failed last."""

    async def run(self, addresses: Sequence[Address]) -> None:
        """Return when one has answered, or all have failed."""
        async with asyncio.TaskGroup() as group:
            attempts = []
            for address in addresses:
                self._running += 1
                attempts.append(group.create_task(self._attempt(address)))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HEAD_START_S):
                        await self._next_end()
                if self.made:
                    break
            while self._running and not self.made:
                await self._next_end()
            for attempt in attempts:
                attempt.cancel()

    def close_all_but(self, kept: int) -> None:
        """Close what was connected too late to be of use."""
        for late in self.made[kept:]:
            late.close()

    async def _attempt(self, address: Address) -> None:
        try:
            self.made.append(await _reach(self._place, address))
        except OSError as error:
            self.refusal = error
        finally:
            self._running -= 1
            self._ended.set()

    async def _next_end(self) -> None:
        self._ended.clear()
        await self._ended.wait()


async def _reach(place: Place, address: Address) -> socket.socket:
    made = new_socket(place, *address)
    try:
        await asyncio.get_running_loop().sock_connect(made, address[1])
    except BaseException:
        made.close()
        raise
    return made
