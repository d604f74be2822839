"""A small load generator on bare sockets: the same for every gateway, so ratios are fair."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """Where to send to."""

    port: int
    headers: tuple[tuple[str, str], ...] = ()
    model: str = "fast"
    path: str = "/v1/chat/completions"

    def request(self, *, stream: bool = False, word: str = "short") -> bytes:
        """One request with a prompt of 200 bytes."""
        prompt = f"Answer in one {word} sentence. ".ljust(200, ".")
        fields: dict[str, object] = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
        }
        if stream:
            fields |= {"stream": True, "stream_options": {"include_usage": True}}
        body = json.dumps(fields, separators=(",", ":")).encode()
        head = [
            f"POST {self.path} HTTP/1.1",
            f"host: 127.0.0.1:{self.port}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Connection(asyncio.Protocol):
    """One kept connection; counts bytes until a response is whole."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.done: asyncio.Future[bytes] | None = None
        self.first: float = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_exception(ConnectionError("closed in the middle of an answer"))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.first and b"data: {" in self.buffer:
            self.first = time.perf_counter()
        if self.whole() and self.done is not None and not self.done.done():
            answer, self.buffer = bytes(self.buffer), bytearray()
            self.done.set_result(answer)

    def whole(self) -> bool:
        """By length, or by the last chunk."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.buffer[:end]).lower()
        at = head.find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            return len(self.buffer) >= end + 4 + length
        return self.buffer.endswith(b"0\r\n\r\n")

    async def ask(self, request: bytes) -> bytes:
        """Send one request and wait for its whole response."""
        self.done = asyncio.get_running_loop().create_future()
        self.first = 0.0
        self.transport.write(request)
        return await self.done


async def connect(port: int) -> Connection:
    """A new connection to loopback."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    return connection


async def latencies(target: Target, count: int, *, stream: bool = False) -> list[float]:
    """Milliseconds of each request, one after the other; to the first chunk where it streams."""
    connection, request = await connect(target.port), target.request(stream=stream)
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        answer = await connection.ask(request)
        ended = connection.first if stream else time.perf_counter()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:300].decode(errors="replace"))
        taken.append((ended - started) * 1e3)
    connection.transport.close()
    return taken


async def throughput(target: Target, seconds: float, concurrency: int) -> float:
    """Requests a second over so many connections."""
    request, counted = target.request(), 0
    ends = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal counted
        connection = await connect(target.port)
        while time.perf_counter() < ends:
            answer = await connection.ask(request)
            counted += answer.startswith(b"HTTP/1.1 200")
        connection.transport.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())
    return counted / (time.perf_counter() - started)


async def chunks_per_second(target: Target, chunks: int) -> float:
    """Chunks a second through one stream of so many chunks."""
    connection = await connect(target.port)
    started = time.perf_counter()
    answer = await connection.ask(target.request(stream=True, word="long"))
    seconds = time.perf_counter() - started
    connection.transport.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:300].decode(errors="replace"))
    return chunks / seconds
