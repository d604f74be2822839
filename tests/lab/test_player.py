"""Each fault as bytes on a socket: where it comes, and that nothing else does."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from homeport.lab.faults import FAULTS, STATUSES
from homeport.lab.server import LabServer

WORDS = {"words": 5}
PROMPTS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": (
        "/v1/chat/completions",
        {"model": "lab-fast", "stream": True, "messages": [{"role": "user", "content": "hi"}]},
    ),
    "anthropic": (
        "/v1/messages",
        {
            "model": "lab-fast",
            "stream": True,
            "max_tokens": 50,
            "messages": [{"role": "user", "content": "hi"}],
        },
    ),
    "gemini": (
        "/v1beta/models/lab-fast:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    ),
    "ollama": (
        "/api/chat",
        {"model": "lab-home:3b", "messages": [{"role": "user", "content": "hi"}]},
    ),
    "llama-server": (
        "/v1/chat/completions",
        {"model": "lab-home-4b", "stream": True, "messages": [{"role": "user", "content": "hi"}]},
    ),
}
ENDS = {
    "openai": b"[DONE]",
    "anthropic": b"message_stop",
    "gemini": b"finishReason",
    "ollama": b'"done":true',
    "llama-server": b"[DONE]",
}
WIRES = sorted(PROMPTS)
SILENT_S = 0.2
"""So long is what was said before a silence listened for."""


@dataclass
class Heard:
    """Everything that came back, and how the connection ended."""

    data: bytes
    ended: str
    """`closed`, `reset`, or `open` where nothing more came."""

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def words(self) -> int:
        """How many of the words came."""
        return sum(b"w%d" % number in self.data for number in range(1, 6))


async def heard(lab: LabServer, wire: str, *, most: int = 1 << 20, **changes: Any) -> Heard:
    """Ask once on a bare socket, and listen until it ends or is silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    path, body = PROMPTS[wire]
    if changes.get("stream") is False:
        path = path.replace(":streamGenerateContent?alt=sse", ":generateContent")
    raw = json.dumps({**body, **changes}).encode()
    head = f"POST {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {len(raw)}\r\n\r\n"
    data = bytearray()
    ended = "closed"
    try:
        writer.write(head.encode() + raw)
        await writer.drain()
        while piece := await next_piece(reader, lab):
            data += piece
            if len(data) > most:
                ended = "open"
                break
    except TimeoutError:
        ended = "open"
    except ConnectionError:
        ended = "reset"
    writer.close()
    return Heard(bytes(data), ended)


async def next_piece(reader: asyncio.StreamReader, lab: LabServer) -> bytes:
    """More bytes; TimeoutError where the lab has fallen silent."""
    limit = SILENT_S if lab.stalled.is_set() else 10
    async with asyncio.timeout(limit) as patience:
        read = asyncio.ensure_future(reader.read(65536))
        silent = asyncio.ensure_future(lab.stalled.wait())
        try:
            await asyncio.wait({read, silent}, return_when=asyncio.FIRST_COMPLETED)
            patience.reschedule(
                asyncio.get_running_loop().time() + (10 if read.done() else SILENT_S)
            )
            return await read
        finally:
            silent.cancel()
            read.cancel()


@pytest.mark.parametrize("wire", WIRES)
async def test_without_a_fault_everything_comes(wire: str) -> None:
    async with LabServer(wire, script=WORDS) as lab:
        whole = await heard(lab, wire)
    assert whole.ended == "closed"
    assert whole.words == 5
    assert ENDS[wire] in whole.data
    assert (lab.log.last.tokens, lab.log.last.outcome) == (5, "whole")


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("at", [0, 3, 5])
@pytest.mark.parametrize(
    ("kind", "ended"), [("reset", "reset"), ("cut", "closed"), ("clean_end", "closed")]
)
async def test_a_stream_breaks_before_that_token(wire: str, kind: str, ended: str, at: int) -> None:
    async with LabServer(wire, script=WORDS, faults=[f"{kind}@{at}"]) as lab:
        broken = await heard(lab, wire)
    assert broken.ended == ended
    assert broken.words == at == lab.log.last.tokens
    assert ENDS[wire] not in broken.data
    assert (b"\r\n0\r\n\r\n" in broken.data) == (kind == "clean_end")
    assert lab.log.last.outcome == "fault"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("at", [0, 3])
async def test_a_stall_is_an_open_connection_without_bytes(wire: str, at: int) -> None:
    async with LabServer(wire, script=WORDS, faults=[f"stall@{at}"]) as lab:
        silent = await heard(lab, wire)
        await lab.left.wait()
    assert (silent.ended, silent.words) == ("open", at)
    assert lab.log.last.outcome == "left"


@pytest.mark.parametrize("wire", WIRES)
async def test_a_stall_of_some_seconds_goes_on(wire: str) -> None:
    async with LabServer(wire, script=WORDS, faults=["stall@2:seconds=0.01"]) as lab:
        whole = await heard(lab, wire)
    assert whole.words == 5
    assert ENDS[wire] in whole.data


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("kind", ["garbage", "bad_json", "deep_json:depth=2000", "error_event"])
async def test_what_does_not_belong_into_a_stream_comes_there(wire: str, kind: str) -> None:
    name, _, options = kind.partition(":")
    async with LabServer(wire, script=WORDS, faults=[f"{name}@2:{options}"]) as lab:
        broken = await heard(lab, wire)
    assert broken.words == 2
    assert ENDS[wire] not in broken.data
    signs = {"bad_json": b'{"choices": [}', "deep_json": b"[" * 2000, "error_event": b"error"}
    assert signs.get(name, b"") in broken.data
    assert broken.data.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("wire", WIRES)
async def test_bytes_come_after_the_end(wire: str) -> None:
    async with LabServer(wire, script=WORDS, faults=["trailing_bytes"]) as lab:
        broken = await heard(lab, wire)
    assert b"after" in broken.data.partition(ENDS[wire])[2]


async def test_a_broken_chunk_header() -> None:
    async with LabServer(script=WORDS, faults=["bad_chunk@1"]) as lab:
        broken = await heard(lab, "openai")
    assert broken.data.endswith(b"zz\r\nnot a chunk\r\n")


async def test_a_long_line_goes_on_as_long_as_somebody_reads() -> None:
    async with LabServer(script=WORDS, faults=["long_line@1"]) as lab:
        poured = await heard(lab, "openai", most=3 << 20)
        assert b"\n\n" not in poured.data[-(1 << 20) :]
        assert len(poured.data) > 3 << 20
    async with LabServer(script=WORDS, faults=["long_line@1:size=200000"]) as lab:
        ended = await heard(lab, "openai")
    assert 200_000 <= len(ended.data) < 300_000


async def test_headers_that_do_not_end() -> None:
    async with LabServer(script=WORDS, faults=["endless_headers"]) as lab:
        poured = await heard(lab, "openai", most=1 << 20)
    assert b"\r\n\r\n" not in poured.data


@pytest.mark.parametrize("kind", ["slow_headers", "stall", "silence"])
async def test_nothing_comes_at_all(kind: str) -> None:
    async with LabServer(script=WORDS, faults=[kind]) as lab:
        silent = await heard(lab, "openai")
    assert (silent.ended, silent.data) == ("open", b"")
    assert len(lab.log) == (0 if kind == "silence" else 1)


@pytest.mark.parametrize(
    ("kind", "ended"),
    [
        ("close_on_connect", {"closed", "reset"}),
        ("reset_on_connect", {"reset"}),
        ("hang_up", {"closed"}),
        ("reset", {"reset"}),
    ],
)
async def test_the_connection_ends_without_a_byte(kind: str, ended: set[str]) -> None:
    async with LabServer(script=WORDS, faults=[kind]) as lab:
        broken = await heard(lab, "openai")
    assert broken.data == b""
    assert broken.ended in ended


async def test_no_http() -> None:
    async with LabServer(script=WORDS, faults=["no_http"]) as lab:
        broken = await heard(lab, "openai")
    assert not broken.data.startswith(b"HTTP/")


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("web_page", b"content-type: text/html"),
        ("lying_type", b"content-type: text/html"),
        ("lying_encoding", b"content-encoding: gzip"),
        ("wrong_charset", b"charset=utf-16"),
    ],
)
async def test_heads_that_lie(kind: str, sign: bytes) -> None:
    async with LabServer(script=WORDS, faults=[kind]) as lab:
        lying = await heard(lab, "openai")
    assert sign in lying.head
    assert lying.head.startswith(b"HTTP/1.1 200 ")
    assert (lying.words == 5) == kind.startswith("lying")


async def test_an_empty_body() -> None:
    async with LabServer(script=WORDS, faults=["empty"]) as lab:
        empty = await heard(lab, "openai")
    assert empty.data.endswith(b"content-length: 0\r\n\r\n")


async def test_one_byte_at_a_time() -> None:
    async with LabServer(script={"text": "é"}, faults=["drip"]) as lab:
        dripped = await heard(lab, "openai")
    chunks = dripped.data.partition(b"\r\n\r\n")[2].split(b"\r\n")[0:-3:2]
    assert set(chunks) == {b"1"}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("wire", WIRES)
async def test_statuses_come_in_the_shape_of_the_wire(wire: str, status: int) -> None:
    async with LabServer(wire, faults=[f"{status}:retry_after=2"]) as lab:
        refused = await heard(lab, wire)
    assert refused.data.startswith(b"HTTP/1.1 %d " % status)
    assert b"retry-after: 2" in refused.head
    assert "error" in json.loads(refused.data.partition(b"\r\n\r\n")[2])


async def test_without_retry_after_there_is_none() -> None:
    async with LabServer(faults=["429"]) as lab:
        refused = await heard(lab, "openai")
    assert b"retry-after" not in refused.head


async def test_usage_that_is_wrong_or_missing() -> None:
    options = {"stream_options": {"include_usage": True}}
    async with LabServer(script=WORDS) as lab:
        for fault, sign in (("", 5), ("wrong_usage:factor=3", 15), ("no_usage", None)):
            await lab.set_faults(*filter(None, [fault]))
            told = (await heard(lab, "openai", **options)).data
            assert (b'"completion_tokens":%d' % (sign or 0) in told) == (sign is not None)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("kind", ["reset@2", "cut@2", "clean_end@2", "stall@2"])
async def test_an_answer_in_one_piece_breaks_too(wire: str, kind: str) -> None:
    async with LabServer(wire, script=WORDS, faults=[kind]) as lab:
        broken = await heard(lab, wire, stream=False)
    assert b"content-length" in broken.head
    body = broken.data.partition(b"\r\n\r\n")[2]
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_every_fault_of_the_table_is_played_here() -> None:
    """The names of the table are in this file."""
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    elsewhere = {"refuse"}  # test_listening.py
    assert [row.kind for row in FAULTS if row.kind not in text and row.kind not in elsewhere] == []
