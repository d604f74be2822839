"""Good requests with random damage, to the real daemon: an answer or a refusal, never a 500.

`HOMEPORT_PROVE=1000` sends a hundred times so many.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from support.daemon import RunningDaemon, running

MUTATIONS = 100 * int(os.environ.get("HOMEPORT_PROVE") or 6)
AT_ONCE = 20
MOST_GROWTH_BYTES = 64 * 1024 * 1024


def post(path: str, body: Any) -> bytes:
    raw = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


CHAT = {
    "messages": [{"role": "user", "content": "hi"}], "model": "auto", "max_tokens": 5,
    "temperature": 0.5, "stop": ["x"], "homeport": {"tags": ["a"], "max_cost": 0.1},
}  # fmt: skip
ASK = {"prompt": "hi", "model": "auto", "tags": ["x"], "private": True, "deadline_ms": 9000}
CHUNKED = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
GOOD = (
    post("/v1/chat/completions", CHAT),
    post("/v1/chat/completions", {**CHAT, "stream": True}),
    post("/homeport/v1/ask", ASK),
    post("/homeport/v1/route", ASK),
    post("/homeport/v1/config", {"check": "[listen]\nport = 1\n"}),
    CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(json.dumps(CHAT)), json.dumps(CHAT).encode()),
    b"GET /homeport/v1/decisions?limit=3 HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /homeport/v1/spend?by=day&days=3 HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n" * 2,
)
PIECES = (
    *(b"\r\n", b"\x00", b"\xff", b"{", b"}", b"[", b"]", b'"', b":", b",", b"%00", b"/../"),
    *(b"1e999", b"-1", b"null", b"true", b"\\ud800", b"9" * 400, b"A" * 5000),
    *(b"content-length: 5\r\n", b"transfer-encoding: chunked\r\n", b"host: y\r\n", b"HTTP/1.0"),
    *(b"expect: 100-continue\r\n", b"connection: upgrade\r\nupgrade: h2c\r\n"),
)


def damaged(request: bytes, chance: random.Random) -> bytes:
    """One to four of: a piece put in, a byte changed, a stretch left out, a stretch doubled."""
    text = bytearray(request)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(text) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            text[at:at] = chance.choice(PIECES)
        elif kind == 1:
            text[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 2:
            del text[at : at + chance.randrange(1, 20)]
        else:
            start = chance.randrange(len(text) + 1)
            text[at:at] = text[start : start + chance.randrange(1, 30)]
    return bytes(text)


async def status_of(daemon: RunningDaemon, request: bytes) -> str:
    """The status of the first answer; empty where the daemon hung up on half a request."""
    reader, writer = await daemon.connect()
    try:
        with suppress(ConnectionError):
            writer.write(request)
            writer.write_eof()
            async with asyncio.timeout(20):
                answer = await reader.read()
            assert b"HTTP/1.1 500" not in answer, (request, answer)
            return answer[9:12].decode()
        return ""
    finally:
        writer.close()


async def test_damaged_requests_are_answered_or_refused(tmp_path: Path) -> None:
    chance = random.Random(4663)  # noqa: S311 - no secret
    statuses: Counter[str] = Counter()
    async with running(tmp_path, HOMEPORT_ECHO="name=calm;words=Hello there") as daemon:
        process = psutil.Process(daemon.pid)
        await daemon.ask("POST", "/homeport/v1/ask", ASK)
        before, files = process.memory_info().rss, process.num_fds()
        for _ in range(MUTATIONS // AT_ONCE):
            requests = [damaged(chance.choice(GOOD), chance) for _ in range(AT_ONCE)]
            statuses.update(await asyncio.gather(*(status_of(daemon, r) for r in requests)))
        assert (await daemon.ask("POST", "/homeport/v1/ask", ASK)).status == 200
        assert "Traceback" not in daemon.log
        assert process.memory_info().rss - before < MOST_GROWTH_BYTES
        assert process.num_fds() <= files + AT_ONCE
    assert {"200", "400", "404"} <= set(statuses)
    print(f"\n{MUTATIONS} damaged requests: {dict(statuses.most_common())}")
