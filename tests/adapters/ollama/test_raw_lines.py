"""Lines that are handed on as they came, and what goes wrong on their way."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from homeport.adapters.base import AttemptFailed, Finish, Limits, Wired
from homeport.adapters.ollama.adapter import OllamaAdapter
from homeport.adapters.ollama.raw_lines import LineCutter
from homeport.daemon.egress.permits import Egress
from support.asks import ask, user
from support.upstreams import Fault, OllamaServer

RAW = b'{"model":"auto","messages":[{"role":"user","content":"hi"}]}'
SOON = Limits(max_tokens=100, deadline_s=9, first_token_s=5, gap_s=1)


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    egress = Egress(environment={})
    yield egress
    await egress.close()


async def heard(server: OllamaServer, egress: Egress) -> list[bytes]:
    """The bytes of every line, the last one too."""
    adapter = OllamaAdapter(server.origin, window=4096, keep_alive_s=60)
    (card, *_) = await adapter.models(egress.probe_permit(adapter.origin))
    permit = egress.permit(ask(), card, adapter.origin)
    prompt = user(wire="ollama", raw=RAW, stream=True)
    lines = []
    async for delta in adapter.stream(prompt, card, prefix="", limits=SOON, permit=permit):
        if isinstance(delta, Wired):
            lines.append(delta.data)
        elif isinstance(delta, Finish):
            lines.append(delta.raw)
    return lines


async def test_every_byte_of_a_line_is_kept(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.messages = [{"message": {"content": "H<i>"}, "new": [1.50, None]}]
        text, end = await heard(server, egress)
    assert b'"new": [1.5, null]' in text
    assert b'"done": true' in end
    (prompt,) = [asked for asked in server.requests if asked.path == "/api/chat"]
    (version, *_) = [asked for asked in server.requests if asked.path == "/api/version"]
    assert prompt.headers["accept-encoding"] == version.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=500, body={"error": "it broke"}), "overloaded"),
        (Fault("status", status=404, body={"error": "model 'x' not found"}), "missing"),
        (Fault("error_in_stream", at=1), "worker_died"),
        (Fault("bad_json", at=1), "garbage"),
        (Fault("cut_body", at=1), "reset"),
        (Fault("reset", at=1), "reset"),
        (Fault("stall", at=1), "stall"),
    ],
)
async def test_what_goes_wrong_is_what_it_is_elsewhere(
    egress: Egress, fault: Fault, kind: str
) -> None:
    async with OllamaServer() as server:
        server.fault = fault
        with pytest.raises(AttemptFailed) as caught:
            await heard(server, egress)
    assert caught.value.failure.kind == kind
    assert caught.value.turned_away is (fault.status == 500 and fault.kind == "status")


async def test_a_line_without_an_end_is_bounded(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.fault = Fault("huge_line", at=1)
        with pytest.raises(AttemptFailed) as caught:
            await heard(server, egress)
    assert caught.value.failure.kind == "garbage"


def test_only_a_line_feed_ends_a_line() -> None:
    lines = ["a\x85b\u2028c".encode(), b"d\x0be\r", b"f"]
    for at in range(len(b"\n".join(lines))):
        body = b"\n\n".join(lines)
        cutter = LineCutter()
        found = [line for piece in (body[:at], body[at:], b"\n") for line in cutter.feed(piece)]
        assert found == lines
