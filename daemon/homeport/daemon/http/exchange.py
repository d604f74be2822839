"""One request and its answer on a connection, as an ASGI application sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Protocol

from homeport.daemon.http import text

BODY_S = 60.0
"""For the whole of a body to arrive, from when it is waited for."""
BUFFERED_BODY_BYTES = 256 * 1024
"""Reading pauses when so much of a body waits for the application."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Coroutine[Any, Any, None]]


class Wire(Protocol):
    """What an exchange needs of its connection."""

    lost: bool
    write_paused: bool

    @property
    def closing(self) -> bool:
        """Every answer is the last on its connection."""
        ...

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""
        ...

    async def writable(self) -> None:
        """Wait until the caller has read enough."""
        ...

    def resume_reading(self) -> None:
        """Read on, if reading was paused and no other request waits."""
        ...

    def end_exchange(self, exchange: Exchange, *, keep_alive: bool) -> None:
        """The answer was written to its end."""
        ...


class Exchange:
    """One request and its answer: the `receive` and `send` of ASGI."""

    __slots__ = (
        "_body",
        "_body_by",
        "_chunked",
        "_connection",
        "_expects_continue",
        "_head",
        "_keep_alive",
        "_waiter",
        "answered",
        "complete",
        "scope",
        "started",
        "task",
    )

    def __init__(
        self,
        connection: Wire,
        scope: dict[str, Any],
        *,
        keep_alive: bool,
        expects_continue: bool,
    ) -> None:
        self.scope = scope
        self.task: asyncio.Task[None] | None = None
        self.complete = False
        """The whole request has arrived."""
        self.started = False
        self.answered = False
        """The whole answer was written."""
        self._connection = connection
        self._keep_alive = keep_alive
        self._expects_continue = expects_continue
        self._body = bytearray()
        self._body_by: float | None = None
        """By when it has to be there, by the loop's clock; None while nobody had to wait for it."""
        self._waiter: asyncio.Future[None] | None = None
        self._head = b""
        self._chunked = False

    def feed(self, data: bytes) -> bool:
        """Take more of the body; says whether reading should pause."""
        self._body += data
        self._wake()
        return len(self._body) > BUFFERED_BODY_BYTES

    def end_of_body(self) -> None:
        """The request is complete."""
        self.complete = True
        self._wake()

    def hang_up(self) -> None:
        """The caller is gone."""
        if self.task is not None and not self.answered:
            self.task.cancel()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> Message:
        """The next part of the request, or its caller's going. Raises `TimeoutError`."""
        if self._expects_continue and not self.complete:
            self._expects_continue = False
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not self._body and not self.complete and not self._connection.lost:
            self._connection.resume_reading()
            await self._more()
        if self._connection.lost or self.answered:
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), bytearray()
        if len(body) > BUFFERED_BODY_BYTES:
            # Reading was paused for it. Who does not read does not hear its caller hang up.
            self._connection.resume_reading()
        return {"type": "http.request", "body": body, "more_body": not self.complete}

    async def _more(self) -> None:
        loop = asyncio.get_running_loop()
        if self._body_by is None:
            self._body_by = loop.time() + BODY_S
        self._waiter = loop.create_future()
        async with asyncio.timeout_at(self._body_by):
            await self._waiter

    async def send(self, message: Message) -> None:
        """Write more of the answer; waits while the caller reads too slowly."""
        connection = self._connection
        if connection.lost:
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
            return
        if not self.started or self.answered:
            raise RuntimeError("an answer's body was sent before its head or after its end")
        self._write_body(message.get("body", b""), last=not message.get("more_body", False))
        if connection.write_paused:
            await connection.writable()

    def _begin(self, status: int, headers: Any) -> None:
        if self.started:
            raise RuntimeError("an answer's head was sent twice")
        lines, sized = text.header_lines(headers)
        self._chunked = not sized and self.scope["http_version"] == "1.1"
        # Cases for closing: 1. the caller asked, 2. the daemon drains, 3. the body was not read,
        # 4. neither a length nor chunks can mark the end.
        if (
            not self._keep_alive
            or self._connection.closing
            or not self.complete
            or not (sized or self._chunked)
        ):
            self._keep_alive = False
            lines += b"connection: close\r\n"
        if self._chunked:
            lines += b"transfer-encoding: chunked\r\n"
        self._head = text.status_line(status) + text.date_line() + lines + b"\r\n"
        self.started = True

    def _write_body(self, body: bytes, *, last: bool) -> None:
        if self.scope["method"] == "HEAD":
            body = b""
        elif self._chunked:
            body = text.chunk(body, last=last)
        head, self._head = self._head, b""
        if head or body:
            self._connection.write(head + body if head else body)
        if last:
            self.answered = True
            self._connection.end_exchange(self, keep_alive=self._keep_alive)
