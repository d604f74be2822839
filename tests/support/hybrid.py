"""A home beside a cloud: the real daemon, a server in OpenAI's shape, and the official SDK.

The config calls a real HTTP server of this machine `cloud`; it keeps every
request, so that what left can be counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai

from support.daemon import QUIET_CONFIG, RunningDaemon, running
from support.upstreams import OpenAIServer

MODEL = "gpt-4o-mini"
PIECES = [f"{' ' if number else ''}w{number}é" for number in range(40)]
WHOLE = "".join(PIECES)
ECHO = f"name=home;words={WHOLE}"
SECRET = "the heron nests under the third pier"
MESSAGES: Any = [{"role": "user", "content": f"Remember: {SECRET}."}]
INPUT_NANO, OUTPUT_NANO = 150, 600
"""What a token of the model costs, in nano-dollars."""
QUIET_S = 10.0
"""For how long the cloud may be silent; a test of its silence waits for less."""
SHORT_S = 1.0


@dataclass
class Stage:
    """The daemon, its cloud, and the SDK."""

    daemon: RunningDaemon
    cloud: OpenAIServer
    sdk: openai.AsyncOpenAI

    async def newest(self) -> dict[str, Any]:
        """The last request that ended."""
        reply = await self.daemon.ask("GET", "/homeport/v1/decisions?limit=1")
        (request,) = reply.json["requests"]
        return dict(request)

    async def outcomes(self) -> list[str]:
        return [attempt["outcome"] for attempt in (await self.newest())["attempts"]]

    def leaked(self) -> bool:
        """Whether a word of the prompt was ever sent to the cloud."""
        return any(b"heron" in request.body for request in self.cloud.requests)


@asynccontextmanager
async def staged(
    folder: Path,
    prices: Path,
    *,
    mode: str = "prefer-cloud",
    quiet_s: float = QUIET_S,
    more: str = "",
    echo: str = ECHO,
) -> AsyncIterator[Stage]:
    """A home beside a cloud that works, with the cloud's models and prices known."""
    models = {"object": "list", "data": [{"id": MODEL, "object": "model"}]}
    async with OpenAIServer(PIECES, models=models) as cloud:
        cloud.usage = {"prompt_tokens": 9, "completion_tokens": 40, "total_tokens": 49}
        config = (
            f'mode = "{mode}"\n{QUIET_CONFIG}{more}'
            f"[timeouts]\nfirst_token_s = {quiet_s}\ngap_s = {quiet_s}\n"
            f'[[server]]\nname = "openai"\nurl = "{cloud.url}"\nplace = "cloud"\n'
            f'key = "env:CLOUD_KEY"\nmodels = ["{MODEL}"]\n'
        )
        (folder / "cache").mkdir(parents=True)
        (folder / "cache" / prices.name).symlink_to(prices)
        further = {"HOMEPORT_ECHO": echo} if echo else {}
        async with running(folder, config=config, CLOUD_KEY="sk-cloud-0123456789", **further) as up:
            await known(up)
            sdk = openai.AsyncOpenAI(base_url=f"{up.url}/v1", api_key=up.token, max_retries=0)
            async with sdk:
                yield Stage(up, cloud, sdk)


async def known(daemon: RunningDaemon) -> None:
    """Wait until the cloud's model is there with its price."""
    async with asyncio.timeout(20):
        while True:
            models = (await daemon.ask("GET", "/homeport/v1/models")).json["models"]
            priced = [m for m in models if m["place"] == "cloud" and m["input_nano_per_mtok"]]
            if priced:
                return
            await asyncio.sleep(0.02)


@dataclass
class Streamed:
    """One stream as the SDK saw it."""

    text: str
    ids: set[str]
    usages: list[Any]
    finishes: list[str]
    marks: list[dict[str, Any]]


async def stream(stage: Stage, **options: Any) -> Streamed:
    """One prompt through the SDK, streamed to its end."""
    chunks = await stage.sdk.chat.completions.create(
        model="auto", messages=MESSAGES, stream=True,
        stream_options={"include_usage": True}, **options,
    )  # fmt: skip
    seen = [chunk async for chunk in chunks]
    choices = [chunk.choices[0] for chunk in seen if chunk.choices]
    return Streamed(
        text="".join(choice.delta.content or "" for choice in choices),
        ids={chunk.id for chunk in seen},
        usages=[chunk.usage for chunk in seen if chunk.usage],
        finishes=[choice.finish_reason for choice in choices if choice.finish_reason],
        marks=[c.model_extra["homeport"] for c in seen if "homeport" in (c.model_extra or {})],
    )
