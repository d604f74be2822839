"""HTTP/1.1 on one connection: bytes in, calls of an ASGI application, bytes out.

Parsing is llhttp's, through `httptools`. What is added to the usual: the peer is
looked at when the connection is made, heads are bounded while they arrive, a
caller that hangs up cancels the task that answers it, and an answer's head
leaves in one write with the first bytes of its body.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any, Protocol

import httptools

from homeport.daemon.http import text
from homeport.daemon.http.exchange import Application, Exchange
from homeport.daemon.http.peer import Door, door_of

HEAD_BYTES = 64 * 1024
"""Request line and headers together."""
TEND_S = 15.0
"""How often a connection looks whether it idles."""
KEEP_ALIVE_S = 75.0
_FRAMING = (b"content-length", b"transfer-encoding")
"""Headers that say how long a body is."""
LINGER_S = 2.0
"""How long the rest of a refused body is thrown away, so that the refusal arrives."""

log = logging.getLogger("homeport.http")


class Host(Protocol):
    """What a connection needs of the one who accepted it."""

    application: Application
    closing: bool
    """Every answer is the last on its connection."""

    def has_room(self, connection: Connection) -> bool:
        """Take a connection in, unless there are too many."""
        ...

    def farewell(self, connection: Connection) -> None:
        """It is lost."""
        ...

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run the answering of one request."""
        ...


class _HeadTooLarge(Exception):
    """Raised into the parser to stop it."""


class _BodyAlone:
    """What a parser tells of a request whose head was read before."""

    def __init__(self, connection: Connection) -> None:
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete


class Connection(asyncio.Protocol):
    """One connection of one caller, with its requests in order."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.door: Door | None = None
        self.lost = False
        self.write_paused = False
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._parser = httptools.HttpRequestParser(self)
        self._deaf = False
        """What still arrives is thrown away."""
        self._in_head = False
        self._head_bytes = 0
        """Of what was parsed."""
        self._unended_bytes = 0
        """What arrived of a head that had begun before, and does not end."""
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects_continue = False
        self._offers_another = False
        """The caller would rather speak another protocol, such as HTTP/2."""
        self._incoming: Exchange | None = None
        """Its body is being read."""
        self._current: Exchange | None = None
        """It is being answered."""
        self._queue: deque[Exchange] = deque()
        self._reading_paused = False
        self._drained: asyncio.Future[None] | None = None
        self._since = self._loop.time()
        """When the connection fell idle, or the head that arrives began."""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def closing(self) -> bool:
        """Every answer is the last on its connection."""
        return self.host.closing or self._deaf

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Look at the peer, and turn away who may not come in."""
        self._transport = transport
        if not self.host.has_room(self):
            self._refuse(503, "too_many_connections", "Too many connections are open: close some.")
            return
        self.door = door_of(transport.get_extra_info("socket"))
        if self.door is None:
            self._refuse(403, "not_allowed", "This socket is for its owner's programs alone.")
            return
        self._timer = self._loop.call_later(TEND_S, self._tend)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Cancel what was being answered."""
        self.lost = True
        if self._timer is not None:
            self._timer.cancel()
        self.resume_writing()
        for exchange in (self._current, *self._queue):
            if exchange is not None:
                exchange.hang_up()
        self._queue.clear()
        self.host.farewell(self)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which calls back below."""
        if self._deaf:
            return
        goes_on = self._in_head
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._stay(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            self._fail(error)
            return
        if goes_on and self._in_head:
            self._unended_bytes += len(data)
            if self._unended_bytes > HEAD_BYTES:
                self._fail(_HeadTooLarge())

    def eof_received(self) -> bool:
        """A caller that closes its half is gone."""
        return False

    def pause_writing(self) -> None:
        """The caller reads too slowly."""
        self.write_paused = True
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """The caller has caught up."""
        self.write_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    # From the parser

    def on_message_begin(self) -> None:
        """A request starts."""
        self._in_head = True
        self._head_bytes = self._unended_bytes = 0
        self._url = b""
        self._headers = []
        self._expects_continue = False
        self._since = self._loop.time()

    def on_url(self, url: bytes) -> None:
        """More of the request target."""
        self._url += url
        self._head_bytes += len(url)
        if self._head_bytes > HEAD_BYTES:
            raise _HeadTooLarge

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; what trails a body is not looked at."""
        if not self._in_head:
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES:
            raise _HeadTooLarge
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole: answer it, or queue it behind the one before."""
        self._in_head = False
        self._offers_another = self._parser.should_upgrade()
        version = self._parser.get_http_version()
        exchange = Exchange(
            self,
            self._scope(version),
            keep_alive=(
                version == "1.1" and self._parser.should_keep_alive() and not self._offers_another
            ),
            expects_continue=self._expects_continue,
        )
        self._incoming = exchange
        if self._current is None:
            self._answer(exchange)
        else:
            self._queue.append(exchange)
            self._pause_reading()

    def on_body(self, body: bytes) -> None:
        """More of a request's body."""
        if self._incoming is not None and self._incoming.feed(body):
            self._pause_reading()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._incoming is not None and not self._offers_another:
            self._incoming.end_of_body()
            self._incoming = None

    def _stay(self, rest: bytes) -> None:
        """Speak HTTP/1.1 all the same. The parser sees no body behind such an offer, so another
        one reads it, behind a head that says how long it is."""
        self._offers_another = False
        framing = [b"%b: %b\r\n" % line for line in self._headers if line[0] in _FRAMING]
        self._parser = httptools.HttpRequestParser(_BodyAlone(self))
        self.data_received(b"POST / HTTP/1.1\r\n%b\r\n%b" % (b"".join(framing), rest))

    def _scope(self, version: str) -> dict[str, Any]:
        path, query = text.target(self._url)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version,
            "method": self._parser.get_method().decode("ascii"),
            "scheme": "http",
            "path": path,
            "raw_path": self._url,
            "query_string": query,
            "root_path": "",
            "headers": self._headers,
            "extensions": {"homeport.door": self.door},
        }

    # Towards the application

    def _answer(self, exchange: Exchange) -> None:
        self._current = exchange
        exchange.task = self.host.start(self._run(exchange))

    async def _run(self, exchange: Exchange) -> None:
        try:
            await self.host.application(exchange.scope, exchange.receive, exchange.send)
        except Exception:
            log.exception("an answer broke off")
        finally:
            if not exchange.answered and not self.lost:
                self._transport.close()

    def end_exchange(self, exchange: Exchange, *, keep_alive: bool) -> None:
        """An answer was written to its end: go on with the next request, or close."""
        self._current = None
        if not keep_alive or self._deaf:
            self._hang_up_gently(whole=exchange.complete)
        elif self._queue:
            self._answer(self._queue.popleft())
        else:
            self._since = self._loop.time()
        self.resume_reading()

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""
        if not self.lost:
            self._transport.write(data)

    async def writable(self) -> None:
        """Wait until the caller has read enough."""
        if self.write_paused and self._drained is not None:
            await self._drained

    def resume_reading(self) -> None:
        """Read on, if reading was paused and no other request waits."""
        if self._reading_paused and not self.lost and (self._deaf or not self._queue):
            self._reading_paused = False
            self._transport.resume_reading()

    def _pause_reading(self) -> None:
        if not self._reading_paused and not self.lost:
            self._reading_paused = True
            self._transport.pause_reading()

    # Ending

    def close_when_idle(self) -> None:
        """Close now, unless something is being answered."""
        if self._current is None and not self.lost:
            self._transport.close()

    def abort(self) -> None:
        """Close now, whatever happens."""
        if not self.lost:
            self._transport.abort()

    def _fail(self, error: Exception) -> None:
        self._deaf = True
        if self._current is not None and self._current is not self._incoming:
            # What follows a request that is being answered cannot be read: its answer is the last.
            return
        if self._current is not None:
            self._current.hang_up()
            if self._current.started:
                return
            self._current.answered = True
        if isinstance(error, _HeadTooLarge) or isinstance(error.__context__, _HeadTooLarge):
            sentence = f"The request's headers are over {HEAD_BYTES // 1024} KiB."
            self._refuse(431, "head_too_large", sentence)
        else:
            self._refuse(400, "bad_request", "This is not a valid HTTP/1.1 request.")

    def _refuse(self, status: int, code: str, sentence: str) -> None:
        self._transport.write(text.refusal(status, code, sentence))
        self._hang_up_gently(whole=False)

    def _hang_up_gently(self, *, whole: bool) -> None:
        """Close; where the caller may still be sending, let it finish for a moment first."""
        self._deaf = True
        if self.lost:
            return
        if whole or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self.resume_reading()
        self._loop.call_later(LINGER_S, self._transport.close)

    def _tend(self) -> None:
        """Close a connection that idles, or whose head does not come to its end."""
        idle_s = self._loop.time() - self._since
        limit_s = TEND_S if self._in_head else KEEP_ALIVE_S
        if self._current is None and idle_s >= limit_s:
            self._transport.close()
            return
        self._timer = self._loop.call_later(TEND_S, self._tend)
