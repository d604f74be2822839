"""The other end of one of the egress's connections, played by hand over a pair of sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from homeport.daemon.egress.http1_answer import Http1Answer
from homeport.daemon.egress.http1_connection import Connection

REQUEST = b"POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n"


async def settle() -> None:
    """Let the loop read what was written."""
    for _ in range(4):
        await asyncio.sleep(0)


class WireEnd:
    """One connection with its server's end in hand; notes what the connection tells its keeper."""

    def __init__(self) -> None:
        self.free: list[Connection] = []
        self.gone: list[Connection] = []

    def released(self, connection: Connection) -> None:
        self.free.append(connection)

    def lost(self, connection: Connection) -> None:
        self.gone.append(connection)

    async def open(self) -> None:
        """Connect the two ends."""
        near, self.far = socket.socketpair()
        loop = asyncio.get_running_loop()
        _, self.connection = await loop.create_connection(
            lambda: Connection(self, "http://h:80"), sock=near
        )

    def ask(self, *, bodiless: bool = False) -> asyncio.Task[Http1Answer]:
        """Send a request; the task ends when the head of its answer has come."""
        return asyncio.create_task(self.connection.ask(REQUEST, b"", bodiless=bodiless))

    async def say(self, *pieces: bytes) -> None:
        """Each piece arrives in a read of its own."""
        for piece in pieces:
            self.far.sendall(piece)
            await settle()

    async def hear(self) -> bytes:
        """What was sent, or nothing where the connection is closed."""
        self.far.setblocking(False)
        return await asyncio.get_running_loop().sock_recv(self.far, 1 << 20)

    async def hang_up(self) -> None:
        """Close this end; what is left unread would make a reset of it."""
        self.far.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self.far.recv(1 << 20):
                pass
        self.far.close()
        await settle()


@contextlib.asynccontextmanager
async def wire_end() -> AsyncIterator[WireEnd]:
    """An open connection, closed after."""
    end = WireEnd()
    await end.open()
    try:
        yield end
    finally:
        end.connection.abort()
        end.far.close()
        await settle()


async def body_of(answer: Http1Answer) -> bytes:
    """The whole body; raises its trouble."""
    return b"".join([piece async for piece in answer])
