"""A real HTTP server on a real Unix socket whose stream of events a test scripts.

In a test: `async with FakeEvents(path, snapshot) as daemon`, then `daemon.say(event)`.
By hand: `python tests/support/fake_events.py --rate 50` and `HOMEPORT_SOCKET=… homeport`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from homeport.client import wire

PREFIX = "/homeport/v1/"
_HEAD = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nConnection: close\r\n"


class FakeEvents:
    """Streams what it is told to say, and answers routes from `answers`."""

    def __init__(self, path: Path, snapshot: wire.Snapshot | bytes) -> None:
        self.path = path
        self.snapshot = snapshot
        self.answers: dict[str, Any] = {}
        """`GET decisions/7f` to a value, an exception-like `Trouble`, or a function of the body."""
        self.refusal: tuple[int, wire.Trouble] | None = None
        """What every request gets instead."""
        self.bodies: list[Any] = []
        self.streams: list[asyncio.StreamWriter] = []
        self.opened = 0
        """Streams of events since the start."""
        self._changed = asyncio.Condition()
        self._callers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FakeEvents:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens."""
        self._server = await asyncio.start_unix_server(self._speak, str(self.path))

    async def stop(self) -> None:
        """Hangs up on everybody and leaves no socket behind."""
        if self._server:
            self._server.close()
        self.hang_up()
        for caller in self._callers:  # one that has come, and was not read yet
            caller.close()
        self._callers.clear()
        self.path.unlink(missing_ok=True)

    async def watched(self, times: int = 1) -> None:
        """Waits until so many streams of events were opened."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: self.opened >= times)

    def say(self, *values: Any) -> None:
        """Sends values as lines to everybody who watches."""
        self.say_bytes(b"".join(msgspec.json.encode(value) + b"\n" for value in values))

    def say_bytes(self, content: bytes) -> None:
        """Sends bytes as one chunk."""
        for stream in self.streams:
            if not stream.transport.is_closing():
                stream.write(b"%x\r\n%b\r\n" % (len(content), content))

    def hang_up(self, *, politely: bool = True) -> None:
        """Ends every stream, with or without the end that its framing asks for."""
        for stream in self.streams:
            with suppress(OSError):
                stream.write(b"0\r\n\r\n" if politely else b"5\r\nha")
                stream.close()
        self.streams.clear()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        body = await reader.readexactly(_length(head))
        self.bodies.append(json.loads(body) if body else None)
        route = f"{method} {target.removeprefix(PREFIX)}"
        if self.refusal:
            status, trouble = self.refusal
            _whole(writer, {"error": trouble}, status)
        elif route == "GET events":
            await self._stream(writer)
        elif route in self.answers:
            answer = self.answers[route]
            _whole(writer, answer(self.bodies[-1]) if isinstance(answer, Callable) else answer)
        else:
            trouble = wire.Trouble("not_found", "caller", f"There is nothing at {target}.")
            _whole(writer, {"error": trouble}, 404)

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(_HEAD % (200, b"OK") + b"Transfer-Encoding: chunked\r\n\r\n")
        self.streams.append(writer)
        line = self.snapshot
        content = (line if isinstance(line, bytes) else msgspec.json.encode(line)) + b"\n"
        writer.write(b"%x\r\n%b\r\n" % (len(content), content))
        async with self._changed:
            self.opened += 1
            self._changed.notify_all()


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        if line.lower().startswith("content-length:"):
            return int(line.partition(":")[2])
    return 0


def _whole(writer: asyncio.StreamWriter, value: Any, status: int = 200) -> None:
    content = msgspec.json.encode(value)
    head = _HEAD % (status, b"OK" if status < 400 else b"No")
    writer.write(head + b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
    writer.close()
