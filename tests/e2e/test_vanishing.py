"""A caller that vanishes: its upstream is let go at once, and what was used is booked.

Each door, streaming and not, in front of an upstream that falls silent. How long
it took is printed (`-s`); the bound here is generous, `make bench` has the figure.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from homeport.lab.server import LabServer
from support.daemon import QUIET_CONFIG, RunningDaemon, running
from support.hybrid import known
from support.interfaces import needs_an_interface

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_an_interface]
MODEL = "gpt-4o-mini"
GENEROUS_S = 20.0
HI: Any = [{"role": "user", "content": "Say hello."}]
PARTS: Any = [{"role": "user", "parts": [{"text": "Say hello."}]}]
DOORS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai-chat": ("/v1/chat/completions", {"messages": HI}),
    "openai-responses": ("/v1/responses", {"input": "Say hello."}),
    "openai-completions": ("/v1/completions", {"prompt": "Say hello."}),
    "anthropic": ("/v1/messages", {"max_tokens": 99, "messages": HI}),
    "gemini": (f"/v1beta/models/openai/{MODEL}:", {"contents": PARTS}),
    "ollama-chat": ("/api/chat", {"messages": HI}),
    "ollama-generate": ("/api/generate", {"prompt": "Say hello."}),
    "homeport": ("/homeport/v1/ask", {"prompt": "Say hello."}),
}


@dataclass
class Scene:
    """The daemon and its upstream."""

    daemon: RunningDaemon
    lab: LabServer

    async def newest(self) -> dict[str, Any]:
        reply = await self.daemon.ask("GET", "/homeport/v1/decisions?limit=1")
        return dict(reply.json["requests"][0])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory, prices: Path) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("vanishing")
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / prices.name).symlink_to(prices)
    script = {"words": 9, "tokens_per_s": 200, "always_usage": True}
    async with LabServer("openai", script=script, models=[MODEL]) as lab:
        config = (
            f'mode = "prefer-cloud"\n{QUIET_CONFIG}'
            f'[[server]]\nname = "openai"\nurl = "{lab.base_url}"\nplace = "cloud"\n'
            f'key = "env:CLOUD_KEY"\nmodels = ["{MODEL}"]\n'
        )
        async with running(folder, config=config, CLOUD_KEY="sk-cloud-0123456789") as daemon:
            await known(daemon)
            yield Scene(daemon, lab)


def request_of(door: str, *, stream: bool) -> bytes:
    path, fields = DOORS[door]
    body: dict[str, Any] = {"model": f"openai/{MODEL}", "stream": stream, **fields}
    if door == "homeport":
        del body["stream"]  # it always streams
    if door == "gemini":
        path += "streamGenerateContent?alt=sse" if stream else "generateContent"
        body = fields
    raw = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


async def vanish(scene: Scene, door: str, *, stream: bool) -> float:
    """Ask, wait for the silence, hang up; the seconds until the upstream sees it."""
    scene.lab.stalled.clear()
    scene.lab.left.clear()
    _, writer = await scene.daemon.connect()
    writer.write(request_of(door, stream=stream))
    await asyncio.wait_for(scene.lab.stalled.wait(), 20)
    for _ in range(3):  # the words before it have arrived: what is asked later is read later
        await scene.daemon.ask("GET", "/homeport/v1/status")
    began = time.perf_counter()
    writer.close()
    await asyncio.wait_for(scene.lab.left.wait(), GENEROUS_S)
    return time.perf_counter() - began


@pytest.mark.parametrize("fault", ["slow_headers", "stall@0", "stall@3"])
@pytest.mark.parametrize("stream", [True, False], ids=["streaming", "whole"])
@pytest.mark.parametrize("door", DOORS)
async def test_the_upstream_is_let_go_and_what_was_used_is_booked(
    scene: Scene, door: str, stream: bool, fault: str
) -> None:
    await scene.lab.set_faults(fault)
    before = scene.lab.log.calls()
    took_s = await vanish(scene, door, stream=stream)
    sys.stdout.write(f"{door}, {fault}: let go after {took_s * 1000:.1f} ms\n")
    assert scene.lab.log.calls() == before + 1
    assert scene.lab.log.last.outcome == "left"
    await _settled(scene, said=3 if fault == "stall@3" else 0)


async def _settled(scene: Scene, *, said: int) -> None:
    """The request is over, nothing is reserved, and the words that came are paid for."""
    async with asyncio.timeout(10):
        while (await scene.newest())["state"] != "cancelled":
            await asyncio.sleep(0.01)
    request = await scene.newest()
    (attempt,) = request["attempts"]
    assert attempt["outcome"] == "cancelled"
    assert not request["certain"]
    assert (request["output_tokens"] or 0) >= said
    assert request["cost_nano"] > 0
    windows = (await scene.daemon.ask("GET", "/homeport/v1/budgets")).json["windows"]
    assert all(window["reserved_nano"] == 0 for window in windows)
