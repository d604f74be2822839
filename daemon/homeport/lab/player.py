"""Plays an answer over a connection, at its pace, with its fault."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeport.lab.faults import Fault
from homeport.lab.http1 import Gone, Headers, Line
from homeport.lab.log import Received
from homeport.lab.nouns import Frames
from homeport.lab.pace import Pace
from homeport.lab.wires.shape import Breaking

WEB_PAGE: Final = b"<!doctype html><html><title>Welcome</title><p>Please sign in.</p></html>"
_PIECE: Final = b"z" * 65536
_NEVER: Final = 365 * 24 * 3600.0


@dataclass
class Player:
    """One answer on its way."""

    line: Line
    wire: Breaking
    frames: Frames
    pace: Pace
    request: Received
    headers: Headers
    fault: Fault | None = None
    on_wait: Callable[[], None] = lambda: None
    """Told when a silence begins."""

    async def play(self) -> None:
        """Give the answer to its end, or to its fault; raises `Gone` where that ends the line."""
        try:
            if not (self.fault and await self._in_place_of_the_head(self.fault)):
                await self._answer()
        except Gone:
            self.request.outcome = self.request.outcome or "left"
            raise
        self.request.outcome = self.request.outcome or ("fault" if self.fault else "whole")

    # -- the head

    async def _in_place_of_the_head(self, fault: Fault) -> bool:
        """Play a fault that takes the place of the answer; False where the answer comes."""
        kind = fault.kind
        if fault.where != "head":
            return False
        if kind in ("slow_headers", "stall"):
            await self._silence(fault)
            return False
        if kind == "reset":
            await self._reset()
        elif kind == "hang_up":
            self._broken()
        elif kind == "no_http":
            await self.line.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
            self._broken()
        elif kind == "endless_headers":
            await self.line.write(b"HTTP/1.1 200 OK\r\n")
            await self._pour(b"x-more: " + b"y" * 4000 + b"\r\n", _NEVER)
        elif kind == "web_page":
            await self._instead(b"text/html; charset=utf-8", WEB_PAGE)
        elif kind == "empty":
            await self._instead(self.frames.content_type.encode(), b"")
        else:
            return False
        return True

    async def _instead(self, content_type: bytes, body: bytes) -> None:
        self.request.status = 200
        await self.line.answer(200, (("content-type", content_type.decode()),), body)

    # -- the body

    async def _answer(self) -> None:
        frames = self._encoded()
        before_head = 0.0 if frames.streamed else self.pace.whole(len(frames.tokens))
        if before_head:
            await self._wait(before_head)
        await self._head(frames)
        await self._body(frames.opening)
        for number, token in enumerate(frames.tokens):
            if self.fault and self.fault.where == "token" and number == (self.fault.at or 0):
                await self._inside(self.fault)
                if self.request.outcome:
                    return
            if frames.streamed:
                await self._wait(self.pace.before(number))
            await self._body(token)
            if not number:
                self.request.first_token_ms = 1000 * (time.time() - self.request.at_s)
            self.request.tokens += self.request.is_prompt
        await self._ending(frames)

    async def _ending(self, frames: Frames) -> None:
        """The wire's own end, unless the fault comes here."""
        late = self.fault and (
            self.fault.where == "end"
            or (self.fault.where == "token" and (self.fault.at or 0) >= len(frames.tokens))
        )
        if self.fault and late and self.fault.kind != "trailing_bytes":
            await self._inside(self.fault)
            if self.request.outcome:
                return
        await self._body(frames.ending)
        if self.fault and self.fault.kind == "trailing_bytes":
            await self._body(self.wire.event(b'{"after": "the end"}') + b"more bytes\n")
        await self.line.end()

    async def _inside(self, fault: Fault) -> None:
        """Play a fault of the body, here."""
        kind = fault.kind
        if kind == "stall":
            await self._silence(fault)
            return
        if kind == "reset":
            await self._reset()
        elif kind == "cut":
            self._broken()
        elif kind == "bad_chunk":
            await self.line.write(b"zz\r\nnot a chunk\r\n")
            self._broken()
        elif kind == "long_line":
            await self._body(self.wire.open_event())
            await self._pour(_PIECE, fault.size)
        elif kind == "garbage":
            await self._body(random.Random(1).randbytes(512) + b"\n\n")  # noqa: S311  # no secret
        elif kind == "bad_json":
            await self._body(self.wire.event(b'{"choices": [}'))
        elif kind == "deep_json":
            await self._body(self.wire.event(b"[" * fault.depth + b"]" * fault.depth))
        elif kind == "error_event":
            await self._body(self.wire.error_event(fault.status or 503))
        elif kind != "clean_end":
            return
        self.request.outcome = "fault"
        await self.line.end()

    async def _head(self, frames: Frames) -> None:
        content_type = frames.content_type
        kind = self.fault.kind if self.fault else ""
        extra: list[tuple[str, str]] = []
        if kind == "lying_type":
            content_type = "text/html; charset=utf-8"
        elif kind == "lying_encoding":
            extra.append(("content-encoding", "gzip"))
        elif kind == "wrong_charset":
            content_type = content_type.partition(";")[0] + "; charset=utf-16"
        length = None if frames.streamed else self._length(frames)
        self.request.status = frames.status
        headers = (("content-type", content_type), *extra, *self.headers, *frames.headers)
        await self.line.head(frames.status, headers, length=length)

    def _length(self, frames: Frames) -> int:
        """What is said to come; a clean end keeps its word."""
        if self.fault and self.fault.kind == "clean_end":
            at = len(frames.tokens) if self.fault.at is None else self.fault.at
            return len(b"".join(frames.tokens[:at]))
        if self.fault and self.fault.where in ("token", "end") and self.fault.kind != "stall":
            return len(frames.whole) + (self.fault.size if self.fault.kind == "long_line" else 512)
        return len(frames.whole)

    def _encoded(self) -> Frames:
        """The answer in another charset, where the fault is that."""
        if not self.fault or self.fault.kind != "wrong_charset":
            return self.frames
        from msgspec.structs import replace

        return replace(
            self.frames,
            opening=_utf16(self.frames.opening),
            tokens=tuple(map(_utf16, self.frames.tokens)),
            ending=_utf16(self.frames.ending),
        )

    async def _body(self, data: bytes) -> None:
        if self.fault and self.fault.kind == "drip":
            for number in range(len(data)):
                await self.line.body(data[number : number + 1])
                await asyncio.sleep(0)
            return
        await self.line.body(data)

    # -- what ends it

    async def _wait(self, seconds: float) -> None:
        if seconds:
            await asyncio.sleep(seconds)
        if self.line.caller_left():
            raise Gone

    async def _silence(self, fault: Fault) -> None:
        """Say nothing: for its seconds, or until the caller goes away."""
        self.on_wait()
        if fault.seconds is None:
            await self.line.until_gone()
        await self._wait(fault.seconds or 0.0)

    async def _reset(self) -> None:
        self.request.outcome = "fault"
        await self.line.reset()

    def _broken(self) -> None:
        """Close the connection here."""
        self.request.outcome = "fault"
        raise Gone

    async def _pour(self, piece: bytes, size: float) -> None:
        """Send this over and over, until it is enough or the caller goes away."""
        poured = 0
        while poured < size:
            await (self.line.body(piece) if self.request.status else self.line.write(piece))
            poured += len(piece)
        self._broken()


def _utf16(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode("utf-16-le")
