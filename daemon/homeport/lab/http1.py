"""One connection of a lab server: HTTP/1.1 by hand, so that every fault is exact."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from homeport.lab.log import Log, Received
from homeport.lab.nouns import Refused

MOST_HEAD_BYTES: Final = 256 * 1024
MOST_BODY_BYTES: Final = 64 * 1024 * 1024
_DELIVERED_S: Final = 5.0
_REASONS: Final = {529: "Overloaded"}
Headers = Sequence[tuple[str, str]]


class Gone(Exception):
    """The connection is over."""


class Line:
    """Reads requests and writes answers, whole or in chunks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # Nothing waits in this process: what was written has been handed to the system.
        writer.transport.set_write_buffer_limits(0)
        self.chunked = False
        self.keeps_open = True

    # -- reading

    async def request(self, log: Log, unlogged: str) -> Received | None:
        """The next request, noted in the log unless its path begins so; None where the caller
        went away."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            log.unread += error.partial
            return None
        except asyncio.LimitOverrunError:
            raise Refused(431, "The head of the request is too large.") from None
        received = _head(head)
        received.at_s -= self._unread_s()
        if not received.path.startswith(unlogged):
            log.add(received)
        if "100-continue" in received.headers.get("expect", "").lower():
            await self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            received.body = await self._body(received.headers)
        except asyncio.IncompleteReadError as error:
            received.body = error.partial
            received.outcome = "left"
            return None
        except (ValueError, asyncio.LimitOverrunError):
            raise Refused(400, "The framing of the request cannot be read.") from None
        finally:
            log.weigh(received)
        self.keeps_open = received.headers.get("connection", "").lower() != "close"
        return received

    def _unread_s(self) -> float:
        """For how long the last bytes have been here; 0 where the system does not tell."""
        if sys.platform != "linux":
            return 0.0
        told = self._socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 56)
        return int(struct.unpack_from("I", told, 52)[0]) / 1000

    async def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return await self._chunked_body()
        length = int(headers.get("content-length") or 0)
        if length > MOST_BODY_BYTES:
            raise Refused(413, "The request is too large.")
        return await self._reader.readexactly(length)

    async def _chunked_body(self) -> bytes:
        body = bytearray()
        while True:
            size = int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16)
            body += (await self._reader.readexactly(size + 2))[:size]
            if len(body) > MOST_BODY_BYTES:
                raise Refused(413, "The request is too large.")
            if not size:
                return bytes(body)

    def caller_left(self) -> bool:
        """Whether the caller has closed its side."""
        return self._reader.at_eof() or self._writer.transport.is_closing()

    async def until_gone(self) -> None:
        """Wait, saying nothing, until the caller goes away."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65536):
                pass
        raise Gone

    # -- writing

    async def write(self, data: bytes) -> None:
        """These bytes as they are; raises `Gone` where nobody takes them."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (ConnectionError, RuntimeError):
            raise Gone from None

    async def head(self, status: int, headers: Headers, *, length: int | None = None) -> None:
        """The head of an answer: of a known length, or in chunks."""
        self.chunked = length is None
        framing = ("transfer-encoding", "chunked")
        if length is not None:
            framing = ("content-length", str(length))
        lines = [status_line(status)]
        lines += [f"{name}: {value}" for name, value in (*headers, framing)]
        await self.write("\r\n".join((*lines, "", "")).encode("latin-1"))

    async def body(self, data: bytes) -> None:
        """More of the body."""
        if data:
            await self.write(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    async def end(self) -> None:
        """The proper end of the body."""
        if self.chunked:
            await self.write(b"0\r\n\r\n")

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """A whole answer."""
        await self.head(status, headers, length=len(body))
        await self.write(body)

    # -- ending

    async def reset(self) -> None:
        """Send RST, once everything before it has arrived at the other side."""
        await self._delivered()
        with contextlib.suppress(OSError):
            self._socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise Gone

    def close(self) -> None:
        """Send FIN, after everything before it."""
        self._writer.close()

    async def _delivered(self) -> None:
        """An RST throws away what is still on its way: wait until nothing is."""
        if sys.platform != "linux":
            await asyncio.sleep(0.01)
            return
        import fcntl
        import termios

        ends = asyncio.get_running_loop().time() + _DELIVERED_S
        with contextlib.suppress(OSError):
            while asyncio.get_running_loop().time() < ends:
                waiting = fcntl.ioctl(self._socket().fileno(), termios.TIOCOUTQ, b"\0" * 4)
                if not struct.unpack("i", waiting)[0]:
                    return
                await asyncio.sleep(0.001)

    def _socket(self) -> socket.socket:
        found: socket.socket = self._writer.get_extra_info("socket")
        return found


def status_line(status: int) -> str:
    """`HTTP/1.1 200 OK`."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = _REASONS.get(status, "Trouble")
    return f"HTTP/1.1 {status} {reason}"


def _head(head: bytes) -> Received:
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, *_ = [*first.split(" "), "", ""]
    path, _, query = target.partition("?")
    headers = {}
    for row in filter(None, rest):
        name, _, value = row.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Received(method, unquote(path), query, headers)
