"""One HTTP/1.1 exchange with the daemon, over asyncio streams.

One request, one connection. Takes the framing off a body (a length, chunks, or
the end of the connection) as it arrives. Knows loopback alone: no TLS, no
redirects, no proxies.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from homeport.client.destinations import Destination
from homeport.client.errors import BrokenAnswer, NoDaemon

HEAD_S = 15.0
CUT_OFF = "The connection to the daemon ended in the middle of an answer."
_HEAD_BYTES = 65_536
_READ_BYTES = 65_536


class Reply:
    """The head of an answer, and its body as it arrives."""

    def __init__(self, reader: asyncio.StreamReader, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self._reader = reader
        self._chunks = Chunks() if "chunked" in headers.get("transfer-encoding", "") else None
        length = headers.get("content-length", "")
        self._left = int(length) if length.isdecimal() else None

    def __repr__(self) -> str:
        return f"Reply({self.status})"

    async def read(self) -> bytes:
        """Some more of the body; empty at its end. Loses nothing when it is cancelled."""
        if self._chunks:
            return await self._read_chunks(self._chunks)
        if self._left is None:
            return await self._reader.read(_READ_BYTES)
        if self._left == 0:
            return b""
        piece = await self._some(self._left)
        self._left -= len(piece)
        return piece

    async def read_all(self) -> bytes:
        """The whole body."""
        pieces: list[bytes] = []
        while piece := await self.read():
            pieces.append(piece)
        return b"".join(pieces)

    async def _read_chunks(self, chunks: Chunks) -> bytes:
        while not chunks.ended:
            if content := chunks.feed(await self._some(_READ_BYTES)):
                return content
        return b""

    async def _some(self, most: int) -> bytes:
        piece = await self._reader.read(min(most, _READ_BYTES))
        if not piece:
            raise BrokenAnswer(CUT_OFF)
        return piece


class Chunks:
    """Takes the framing off a chunked body, fed in pieces that may end anywhere."""

    def __init__(self) -> None:
        self.ended = False
        self._left = 0
        self._head = b""

    def __repr__(self) -> str:
        return f"Chunks({self._left} bytes left of this one)"

    def feed(self, piece: bytes) -> bytes:
        """The content of what came."""
        content: list[bytes] = []
        while piece and not self.ended:
            if self._left:
                content.append(piece[: self._left])
                taken = len(content[-1])
                self._left -= taken
                piece = piece[taken:]
            else:
                piece = self._size_line(piece)
        return b"".join(content)

    def _size_line(self, piece: bytes) -> bytes:
        line, newline, rest = (self._head + piece).partition(b"\n")
        if not newline:
            self._head = line
            return b""
        self._head = b""
        size = line.partition(b";")[0].strip()
        if size:  # else it is the line end behind the chunk before
            self._left = _hex(size)
            self.ended = self._left == 0
        return rest


@contextlib.asynccontextmanager
async def exchange(
    where: Sequence[Destination],
    method: str,
    path: str,
    body: bytes = b"",
    *,
    head_s: float = HEAD_S,
) -> AsyncIterator[Reply]:
    """Sends one request and gives the answer's head; leaving closes the connection."""
    line, headers = await asyncio.to_thread(_dial, where)
    reader, writer = await asyncio.open_connection(sock=line, limit=_HEAD_BYTES)
    try:
        writer.write(_request(method, path, body, headers))
        yield await _head(reader, head_s)
    except (ConnectionError, asyncio.IncompleteReadError) as broken:
        raise BrokenAnswer(CUT_OFF) from broken
    finally:
        writer.transport.abort()


def _dial(where: Sequence[Destination]) -> tuple[socket.socket, dict[str, str]]:
    """The first that answers; else the first one's reason. Blocks for a moment."""
    first: NoDaemon | None = None
    for destination in where:
        try:
            return destination.dial(), destination.headers()
        except NoDaemon as absent:
            first = first or absent
    raise first or NoDaemon("No daemon is running.")


def _request(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Connection: close", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def _head(reader: asyncio.StreamReader, head_s: float) -> Reply:
    try:
        async with asyncio.timeout(head_s):
            raw = await reader.readuntil(b"\r\n\r\n")
    except TimeoutError as late:
        raise BrokenAnswer("The daemon took the request and does not answer.") from late
    except asyncio.LimitOverrunError as endless:
        raise BrokenAnswer("What listens there does not speak HTTP.") from endless
    first, *rest = raw.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
        raise BrokenAnswer("What listens there does not speak HTTP.")
    headers = dict(_header(line) for line in rest if ":" in line)
    return Reply(reader, int(words[1]), headers)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip().lower()


def _hex(size: bytes) -> int:
    try:
        return int(size, 16)
    except ValueError as wrong:
        raise BrokenAnswer("The daemon's answer is not readable.") from wrong
