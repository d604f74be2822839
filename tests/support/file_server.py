"""A web server with one file, over real sockets, that misbehaves as it is told.

Each request takes the next step of the script; when it is used up, the file is
served properly, ranges and `If-Range` too.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal[
    "serve",
    "cut",  # close after `count` bytes of the body
    "reset_before_answer",
    "ignore_range",  # answer 200 with the whole file
    "wrong_rest",  # answer 206 from another place than asked for
    "bad_range_header",  # answer 206 with a senseless content-range
    "status",
    "claim_longer",  # announce more than there is, then close
    "claim_shorter",
    "no_length",  # end by closing
    "endless",  # no length, and no end
    "gzip",
    "page",  # 200 with a web page
    "redirect",
    "silent",  # accept, and never answer
    "stall",  # half of the body, and then nothing
]


@dataclass(frozen=True)
class Step:
    """What happens to one request."""

    kind: Kind = "serve"
    count: int = 0
    status: int = 404
    location: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What goes over the wire."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    length: int | None = -1
    """What is announced; -1 is the truth, None is nothing."""
    ends: bool = True


@dataclass
class FileServer:
    """`async with FileServer(content) as server: server.url`."""

    content: bytes
    script: list[Step] = field(default_factory=list)
    etag: str = '"one"'
    requests: list[dict[str, str]] = field(default_factory=list)
    """Headers of each request, with `:path`."""
    sent: int = 0
    """Bytes of bodies written."""

    async def __aenter__(self) -> FileServer:
        self._handling: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for handling in tuple(self._handling):
            handling.cancel()
        await asyncio.gather(*self._handling, return_exceptions=True)

    @property
    def url(self) -> str:
        """Of the file."""
        return f"http://127.0.0.1:{self.port}/small.gguf"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handling = asyncio.current_task()
        if handling is not None:
            self._handling.add(handling)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (ln.partition(":") for ln in head[1:])}
            headers[":path"] = head[0].split()[1]
            self.requests.append(headers)
            step = self.script.pop(0) if self.script else Step()
            await self._play(step, headers, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._handling.discard(handling)

    async def _play(self, step: Step, asked: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if step.kind == "silent":
            await asyncio.sleep(60)
        if step.kind in ("silent", "reset_before_answer"):
            return
        await self._answer(writer, self._answer_of(step, self._start(asked), "range" in asked))
        if step.kind == "stall":
            await asyncio.sleep(60)

    def _answer_of(self, step: Step, start: int, ranged: bool) -> Answer:
        whole, rest = len(self.content), self.content[start:]
        told = (("etag", self.etag), *step.headers)
        part = (("content-range", f"bytes {start}-{whole - 1}/{whole}"), *told)
        proper = Answer(206, rest, part) if start else Answer(200, rest, told)
        if ranged and start >= whole:
            proper = Answer(416, b"", told)
        odd = (("content-range", f"bytes 5-{whole - 1}/{whole}"), *told)
        cut = replace(proper, body=rest[: step.count], length=len(rest))
        everything = Answer(200, self.content, told)
        answers = {
            "serve": proper,
            "cut": cut,
            "stall": cut,
            "ignore_range": everything,
            "wrong_rest": Answer(206, self.content[5:], odd),
            "bad_range_header": Answer(206, rest, (("content-range", "lines 1-2"), *told)),
            "status": Answer(step.status, b"no", told),
            "claim_longer": replace(everything, length=whole + 1000),
            "claim_shorter": replace(everything, length=whole - 1000),
            "no_length": replace(everything, length=None),
            "endless": replace(everything, length=None, ends=False),
            "gzip": Answer(200, gzip.compress(self.content), (("content-encoding", "gzip"), *told)),
            "page": Answer(200, b"<!doctype html>" * 30, told),
            "redirect": Answer(302, b"", (("location", step.location), *step.headers)),
        }
        return answers[step.kind]

    def _start(self, asked: dict[str, str]) -> int:
        if "range" not in asked or asked.get("if-range", self.etag) != self.etag:
            return 0
        return int(asked["range"].removeprefix("bytes=").rstrip("-"))

    async def _answer(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        lines = [f"HTTP/1.1 {answer.status} Scripted", "connection: close"]
        if answer.length is not None:
            length = len(answer.body) if answer.length < 0 else answer.length
            lines.append(f"content-length: {length}")
        lines += [f"{name}: {value}" for name, value in answer.headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
        self.sent += len(answer.body)
        await writer.drain()
        while not answer.ends:
            writer.write(bytes(65536))
            await writer.drain()
