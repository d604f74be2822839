"""HTTP/1.1 as a client on one connection: one request at a time, its answer parsed.

Parsing is llhttp's, through `httptools`. What is added: heads are bounded while
they arrive, interim answers are skipped, a body without a length ends with its
connection, and only a connection on which nothing is left over is used again.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

import httptools

from homeport.daemon.egress.http1_answer import Http1Answer
from homeport.daemon.egress.troubles import (
    ConnectError,
    ReadError,
    ReadTimeout,
    RemoteProtocolError,
    Trouble,
)

MAX_HEADERS: Final = 128
MAX_HEADER_BYTES: Final = 32 * 1024
"""Longest single header."""
MAX_HEAD_BYTES: Final = 256 * 1024
"""Most bytes that may come without one of the body: head, trailers, framing."""

_ONE_WRITE_BYTES: Final = 64 * 1024
"""Up to here head and body are joined."""


class Keeper(Protocol):
    """Where a connection lives."""

    def released(self, connection: Connection) -> None:
        """It can take the next request."""
        ...

    def lost(self, connection: Connection) -> None:
        """It is closed."""
        ...


class Connection(asyncio.Protocol):
    """One connection to one origin."""

    def __init__(self, keeper: Keeper, origin: str) -> None:
        self.origin = origin
        self.closed = False
        self.heard = False
        """A byte came since the last request was sent, or since it was last listened to."""
        self.heard_before: bool | None = None
        """The same until it was listened to; None where it was not, since that request."""
        self.idle_since = 0.0
        self.own_address = ""
        """Of this machine's end."""
        self._keeper = keeper
        self._transport: Any = None
        self._has_news: Callable[[], bool] = bool
        self._parser: Any = httptools.HttpResponseParser(self)
        self._answer: Http1Answer | None = None
        self._has_no_body = False
        """The answer ends with its head, whatever the head says."""
        self._in_head = True
        self._interim = False
        self._until_close = False
        self._complete = False
        self._reusable = False
        self._transfer_coding = b""
        self._sized = False
        self._quiet_bytes = 0
        """Bytes since the last one of a body."""
        self._paused = False

    async def ask(self, head: bytes, body: bytes, *, bodiless: bool) -> Http1Answer:
        """Send a request; its answer's head has come when this returns.

        Raises `Trouble`. Cancelling closes the connection at once.
        """
        if self.closed:
            raise ConnectError("the connection was closed before anything was sent")
        answer = self._answer = Http1Answer(self)
        self._expect_head(bodiless=bodiless)
        if len(body) <= _ONE_WRITE_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)
        try:
            await answer.head()
        except BaseException:
            self.abort()
            raise
        return answer

    def is_fresh(self) -> bool:
        """Whether an idle connection can still be used: it is open, and nothing has come.

        Asks the system, for the loop may not have seen the other end's close yet.
        """
        if self.closed:
            return False
        return not self._has_news()

    @property
    def has_heard(self) -> bool:
        """A byte came since the last request was sent."""
        return self.heard or bool(self.heard_before)

    def listen(self) -> None:
        """From here on it counts for `is_silent` whether a byte comes."""
        self.heard_before, self.heard = self.has_heard, False

    @property
    def is_silent(self) -> bool:
        """It was listened to and nothing came, though somebody would read it at once."""
        return self.heard_before is not None and not self.heard and not self._paused

    def abort(self) -> None:
        """Close at once; who waits for the answer must know already."""
        self._answer = None
        if not self.closed:
            self.closed = True
            self._transport.abort()

    def break_off(self, trouble: Trouble) -> None:
        """Close at once, and tell who waits for the answer."""
        self.give_up(trouble)
        self.abort()

    def give_up(self, trouble: Trouble) -> None:
        """Tell who waits for the answer; whatever still comes closes it."""
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.fail(trouble)
            answer.wake()

    def resume(self) -> None:
        """Read on."""
        if self._paused and not self.closed:
            self._paused = False
            self._transport.resume_reading()

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = transport
        name = transport.get_extra_info("sockname")
        self.own_address = name[0].partition("%")[0].lower() if isinstance(name, tuple) else ""
        self._has_news = news_of(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which calls back below, then tell who waits."""
        answer = self._answer
        if answer is None:
            # Nobody asked: what follows could be taken for the next answer.
            self.abort()
            return
        self.heard = True
        size = len(data)
        self._quiet_bytes += size
        answer.came(size)
        sound = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            sound = False
        if self._complete:
            self._finish(answer, reusable=sound and self._reusable)
        elif not sound or self._quiet_bytes > MAX_HEAD_BYTES:
            self.abort()
            answer.fail(RemoteProtocolError("the answer is not HTTP, or its head is too large"))
        elif answer.is_full and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        answer.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """A body without a length is whole; every other answer is not."""
        self.closed = True
        self._parser = None
        self._keeper.lost(self)
        answer, self._answer = self._answer, None
        if answer is None:
            return
        if exc is None and self._until_close:
            answer.end()
        elif isinstance(exc, TimeoutError):
            answer.fail(ReadTimeout("no answer in time"))
        else:
            answer.fail(ReadError("the connection broke"))
        answer.wake()

    # From the parser

    def on_message_begin(self) -> None:
        """An answer starts; a second one was never asked for."""
        if self._complete:
            raise ValueError("bytes after the end of the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; what trails a body is not looked at."""
        if not self._in_head or self._answer is None:
            return
        headers = self._answer.raw_headers
        if len(name) + len(value) > MAX_HEADER_BYTES or len(headers) >= MAX_HEADERS:
            raise ValueError("the head is too large")
        headers.append((name, value))
        lowered = name.lower()
        if lowered == b"content-length":
            self._sized = True
        elif lowered == b"transfer-encoding":
            self._transfer_coding = value.strip().lower()

    def on_headers_complete(self) -> None:
        """The head is whole, or it was an interim one."""
        status = self._parser.get_status_code()
        if status == 101 or self._parser.get_http_version() not in ("1.1", "1.0"):
            raise ValueError("another protocol")
        if self._answer is None:
            return
        self._interim = status < 200
        if self._interim:
            self._answer.raw_headers.clear()
            self._sized, self._transfer_coding = False, b""
            return
        if self._transfer_coding not in (b"", b"chunked"):
            raise ValueError("a transfer coding that was not asked for")
        self._in_head = False
        self._until_close = not self._sized and not self._transfer_coding
        self._quiet_bytes = 0
        self._answer.status = status
        if self._has_no_body:
            self._complete = True

    def on_body(self, body: bytes) -> None:
        """More of the body."""
        answer = self._answer
        if answer is not None and not self._has_no_body:
            self._quiet_bytes = 0
            answer.pieces.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole, unless another follows an interim one."""
        if not self._interim:
            self._complete = True
            self._reusable = self._parser.should_keep_alive() and not self._has_no_body

    def _expect_head(self, *, bodiless: bool) -> None:
        self.heard, self.heard_before = False, None
        self._has_no_body = bodiless
        self._in_head = True
        self._complete = self._reusable = self._until_close = False
        self._sized, self._transfer_coding = False, b""
        self._quiet_bytes = 0

    def _finish(self, answer: Http1Answer, *, reusable: bool) -> None:
        """The answer is whole: give the connection back, or close it."""
        self._answer = None
        answer.end()
        # An answer that came before the whole request was sent leaves the rest in the way.
        if reusable and not self._transport.get_write_buffer_size():
            self._keeper.released(self)
        else:
            self.abort()


def news_of(descriptor: int) -> Callable[[], bool]:
    """Tells whether bytes, or the end of them, wait to be read."""
    if sys.platform == "win32":
        return lambda: bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return lambda: bool(poll.poll(0))
