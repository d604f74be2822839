"""The official OpenAI SDK against the real daemon, with a scripted model behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import openai
import pytest

from support.daemon import RunningDaemon, running

MESSAGES = [{"role": "user", "content": "hi"}]
MODELS = "name=calm;words=Hello there, world|name=endless;words=one two;fault=stall;fault_at=1"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[RunningDaemon]:
    async with running(tmp_path, HOMEPORT_ECHO=MODELS) as started:
        yield started


@pytest.fixture(params=["tcp", "unix"])
async def sdk(
    daemon: RunningDaemon, request: pytest.FixtureRequest
) -> AsyncIterator[openai.AsyncOpenAI]:
    if request.param == "tcp":
        client = openai.AsyncOpenAI(
            base_url=f"{daemon.url}/v1", api_key=daemon.token, max_retries=0
        )
    else:
        transport = httpx2.AsyncHTTPTransport(uds=str(daemon.socket))
        client = openai.AsyncOpenAI(
            base_url="http://homeport/v1", api_key="unused", max_retries=0,
            http_client=httpx2.AsyncClient(transport=transport),
        )  # fmt: skip
    async with client:
        yield client


async def test_the_sdk_streams_and_does_not(sdk: openai.AsyncOpenAI) -> None:
    whole = await sdk.chat.completions.create(model="echo/calm", messages=MESSAGES)
    assert whole.choices[0].message.content == "Hello there, world"
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 3
    stream = await sdk.chat.completions.create(
        model="echo/calm", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == "Hello there, world"
    assert chunks[-1].usage is not None
    assert chunks[-1].model_extra is not None
    assert chunks[-1].model_extra["homeport"]["route"] == "echo/calm"


async def test_an_unknown_model_names_the_nearest(sdk: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="echo/calm"):
        await sdk.chat.completions.create(model="echo/clam", messages=MESSAGES)
    assert "echo/calm" in [model.id async for model in sdk.models.list()]


async def test_a_private_prompt_for_the_cloud_is_refused(sdk: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await sdk.chat.completions.create(
            model="cloud", messages=MESSAGES, extra_headers={"x-homeport-privacy": "private"}
        )
    assert caught.value.status_code in (403, 429, 503)
    assert caught.value.response.headers["x-homeport-decision"]


async def test_a_caller_that_leaves_is_settled_as_cancelled(
    daemon: RunningDaemon, sdk: openai.AsyncOpenAI
) -> None:
    stream = await sdk.chat.completions.create(model="echo/endless", messages=MESSAGES, stream=True)
    await anext(stream)
    await stream.close()
    async with asyncio.timeout(10):
        while True:
            newest = (await daemon.ask("GET", "/homeport/v1/decisions?limit=1")).json["requests"]
            if newest and newest[0]["state"] == "cancelled":
                break
            await asyncio.sleep(0.01)
    metrics = (await daemon.ask("GET", "/metrics")).body.decode()
    assert 'outcome="cancelled"} 1' in metrics
    assert "homeport_requests_in_flight 0" in metrics


async def test_every_route_that_reads_answers(daemon: RunningDaemon) -> None:
    await daemon.ask("POST", "/v1/chat/completions", {"messages": MESSAGES})
    for route in (
        "status", "models", "models?refresh=1", "machine", "link", "policies", "decisions",
        "decisions/last", "doctor", "spend", "spend?by=model", "budgets", "config", "keys",
    ):  # fmt: skip
        reply = await daemon.ask("GET", f"/homeport/v1/{route}")
        assert reply.status == 200, (route, reply.body)
    assert (await daemon.ask("POST", "/homeport/v1/route", {"prompt": "hi"})).status == 200


async def test_limits_and_offline_are_kept(daemon: RunningDaemon) -> None:
    limits = await daemon.ask("POST", "/homeport/v1/budgets", {"day_usd": 1.5})
    windows = {w["window"]: w["limit_nano"] for w in limits.json["windows"]}
    assert windows["day"] == 1_500_000_000
    assert "day_usd = 1.5" in (daemon.home / "config.toml").read_text()
    link = await daemon.ask("POST", "/homeport/v1/link", {"offline": True})
    assert link.json["by_choice"] is True
    mode = await daemon.ask("POST", "/homeport/v1/config", {"set": {"mode": "local-only"}})
    assert mode.json["settings"]["mode"] == "local-only"
    assert (await daemon.ask("GET", "/homeport/v1/policies")).json["mode"] == "local-only"


async def test_a_key_is_kept_and_its_value_is_nowhere(daemon: RunningDaemon) -> None:
    secret = "sk-test-0123456789-abcdefghij"
    order = {"action": "add", "provider": "openai", "secret": secret}
    assert (await daemon.ask("POST", "/homeport/v1/keys", order)).status == 200
    keys = (await daemon.ask("GET", "/homeport/v1/keys")).json["keys"]
    state = next(key["state"] for key in keys if key["provider"] == "openai")
    assert state != "absent"
    for route in ("status", "config", "keys", "doctor", "models"):
        assert secret.encode() not in (await daemon.ask("GET", f"/homeport/v1/{route}")).body
    assert secret not in daemon.log
    removed = await daemon.ask(
        "POST", "/homeport/v1/keys", {"action": "remove", "provider": "openai"}
    )
    assert removed.status == 200
