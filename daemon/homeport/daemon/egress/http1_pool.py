"""The connections to one place, kept for the next request to the same origin."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from homeport.daemon.egress.addresses import (
    AddressNotAllowed,
    Learn,
    Leave,
    Names,
    connected_socket,
    only_number,
    under,
)
from homeport.daemon.egress.http1_answer import Http1Answer
from homeport.daemon.egress.http1_connection import Connection
from homeport.daemon.egress.troubles import (
    ConnectError,
    ConnectTimeout,
    LinkLost,
    LocalProtocolError,
    ReadError,
    Trouble,
)
from homeport.policies.model import Place

Told = Literal["reached", "refused", "unreachable", "captive"]
"""What trying to connect shows of an origin."""
Hear = Callable[[str, Told], None]

MAX_IDLE: Final[dict[Place, int]] = {"local": 256, "lan": 64, "cloud": 64}
"""Connections kept for one origin: all that a lost link sends home at once go on there."""
TOLD_AT_ONCE: Final = 8
"""Who waits is told of a lost link in one turn of the event loop."""
CLOSED_AFTER_S: Final = 0.5
"""What nobody waits for any more, and nothing comes by, is closed when there is time."""

# Common model servers drop an idle connection after five seconds; a request that
# meets the drop half-way would be lost, so ours are dropped first.
KEEP_S: Final[dict[Place, float]] = {"local": 4.0, "lan": 4.0, "cloud": 30.0}


class Written(msgspec.Struct, frozen=True, gc=False):
    """A request as it goes out."""

    method: str
    head: bytes
    body: bytes

    @property
    def is_repeatable(self) -> bool:
        """Sending it twice does no more than sending it once."""
        return self.method in ("GET", "HEAD") and not self.body


class Pool:
    """The connections to one place."""

    def __init__(
        self,
        place: Place,
        hear: Hear = lambda _origin, _told: None,
        learn: Learn = lambda _origin, _numbers: None,
    ) -> None:
        self._place = place
        self._hear = hear
        self._connecting: set[asyncio.Timeout] = set()
        self._trouble: Trouble = ReadError("the link was closed")
        """What whoever still waits is told when it closes."""
        self._names = Names(place, learn)
        self._open: dict[Connection, None] = {}
        """The oldest first."""
        self._idle: dict[str, list[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()

    def __repr__(self) -> str:
        idle = sum(map(len, self._idle.values()))
        return f"Pool({self._place}, {len(self._open)} open, {idle} idle)"

    async def send(
        self,
        leave: Leave,
        request: Written,
        *,
        tls: ssl.SSLContext | None = None,
        connect_s: float | None = None,
    ) -> Http1Answer:
        """Send one request; its answer's head has come when this returns.

        Raises `Trouble` and `AddressNotAllowed`. A request goes out a second time only
        if it is repeatable and a kept connection broke without a byte of an answer.
        """
        bodiless = request.method == "HEAD"
        while kept := self._take(leave.origin):
            try:
                return await kept.ask(request.head, request.body, bodiless=bodiless)
            except ReadError:
                if kept.has_heard or self._closed or not request.is_repeatable:
                    raise
        connection = await self._connect(leave, tls, connect_s)
        return await connection.ask(request.head, request.body, bodiless=bodiless)

    async def greet(self, leave: Leave, tls: ssl.SSLContext | None, connect_s: float) -> None:
        """Connect, and nothing else: what that shows is heard."""
        connection = await self._connect(leave, tls, connect_s)
        connection.abort()

    @property
    def is_empty(self) -> bool:
        """No connection is open."""
        return not self._open

    def lose(self) -> None:
        """Give it all up because there is no way any more; who waits is told so at once."""
        self._trouble = LinkLost("the link was lost")
        self._shut()
        self._break_off([*self._open])
        for bound in tuple(self._connecting):
            if not bound.expired():  # else it is told anyhow, in this turn of the event loop
                bound.reschedule(self._loop.time())

    def _break_off(self, waiting: list[Connection]) -> None:
        """The first of them now, and the others after: who is told asks somebody else at once,
        and of hundreds the first would be asking only when the last has been told."""
        for connection in waiting[:TOLD_AT_ONCE]:
            connection.give_up(self._trouble)
        if len(waiting) > TOLD_AT_ONCE:
            self._loop.call_soon(self._break_off, waiting[TOLD_AT_ONCE:])
        else:
            self._loop.call_later(CLOSED_AFTER_S, self._abort, [*self._open])

    def _abort(self, given_up: list[Connection]) -> None:
        """The same for closing them, which nobody waits for."""
        for connection in given_up[:TOLD_AT_ONCE]:
            connection.abort()
        if len(given_up) > TOLD_AT_ONCE:
            self._loop.call_soon(self._abort, given_up[TOLD_AT_ONCE:])

    def lose_addresses(self, gone: frozenset[str]) -> None:
        """Close what was connected from these; who waits for it is told that the link is lost."""
        for connection in tuple(self._open):
            if connection.own_address in gone:
                connection.break_off(LinkLost("the link was lost"))

    def listen(self) -> None:
        """A while begins, at whose end `lose_silent` asks who was heard from."""
        for connection in self._open:
            connection.listen()

    def lose_silent(self) -> None:
        """Give up those that nothing came by since they were listened to."""
        for connection in tuple(self._open):
            if connection.is_silent:
                connection.break_off(LinkLost("the link was lost"))

    def close(self) -> None:
        """Close every connection, those in use too."""
        self._shut()
        for connection in tuple(self._open):
            connection.break_off(self._trouble)

    def _shut(self) -> None:
        self._closed = True
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()

    # From connections

    def released(self, connection: Connection) -> None:
        """Keep it for the next request."""
        kept = self._idle.setdefault(connection.origin, [])
        if len(kept) >= MAX_IDLE[self._place]:
            connection.abort()
            return
        connection.idle_since = self._loop.time()
        kept.append(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(KEEP_S[self._place], self._tend)

    def lost(self, connection: Connection) -> None:
        """Forget it."""
        self._open.pop(connection, None)
        kept = self._idle.get(connection.origin)
        if kept and connection in kept:
            kept.remove(connection)

    def _take(self, origin: str) -> Connection | None:
        """The connection used last, if it is still good."""
        kept = self._idle.get(origin)
        if not kept:
            return None
        earliest = self._loop.time() - KEEP_S[self._place]
        while kept:
            connection = kept.pop()
            if connection.idle_since > earliest and connection.is_fresh():
                return connection
            connection.abort()
        return None

    def _tend(self) -> None:
        """Close what was not used for long."""
        self._timer = None
        now, keep_s = self._loop.time(), KEEP_S[self._place]
        oldest = now
        for kept in self._idle.values():
            # The one used longest ago stands first.
            while kept and kept[0].idle_since <= now - keep_s:
                kept.pop(0).abort()
            if kept:
                oldest = min(oldest, kept[0].idle_since)
        self._idle = {origin: kept for origin, kept in self._idle.items() if kept}
        if self._idle:
            self._timer = self._loop.call_later(max(0.05, oldest + keep_s - now), self._tend)

    async def _connect(
        self, leave: Leave, tls: ssl.SSLContext | None, connect_s: float | None
    ) -> Connection:
        try:
            connection = await self._connected_in_time(leave, tls, connect_s)
        except TimeoutError as error:
            if isinstance(self._trouble, LinkLost):
                raise self._trouble from error
            self._hear(leave.origin, "unreachable")
            raise ConnectTimeout("no connection in time") from error
        except AddressNotAllowed:
            raise
        except OSError as error:
            self._hear(leave.origin, _told_by(error))
            self._names.forget(leave.origin)
            raise ConnectError("no connection could be made") from error
        except ValueError as error:
            raise LocalProtocolError("the request cannot be sent as it is") from error
        if self._closed:
            connection.abort()
            raise ConnectError("the link was closed before anything was sent")
        self._hear(leave.origin, "reached")
        return connection

    async def _connected_in_time(
        self, leave: Leave, tls: ssl.SSLContext | None, connect_s: float | None
    ) -> Connection:
        async with asyncio.timeout(connect_s) as bound:
            self._connecting.add(bound)
            try:
                return await self._connected(leave, tls)
            finally:
                self._connecting.discard(bound)

    async def _connected(self, leave: Leave, tls: ssl.SSLContext | None) -> Connection:
        with under(leave):
            addresses = await self._names.addresses(leave.origin)
            number = only_number(self._place, addresses)
            name = urlsplit(leave.origin).hostname if tls else None
            made = partial(Connection, self, leave.origin)
            if number is not None:
                _, connection = await self._loop.create_connection(
                    made, *number, ssl=tls, server_hostname=name
                )
            else:
                _, connection = await self._loop.create_connection(
                    made,
                    sock=await connected_socket(self._place, addresses),
                    ssl=tls,
                    server_hostname=name,
                )
        if not connection.closed:
            self._open[connection] = None
        return connection


def _told_by(error: OSError) -> Told:
    """Somebody answered, or nobody did; or somebody who is not the one that was meant."""
    if isinstance(error, ssl.SSLCertVerificationError) or "WRONG_VERSION" in str(error):
        return "captive"
    if isinstance(error, ssl.SSLError | ConnectionError):
        return "refused"
    return "unreachable"
