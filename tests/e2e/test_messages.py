"""Anthropic's wire from end to end: the real daemon between the official SDK and an upstream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

from support.anthropic_server import AnthropicServer, closing, event, model_row, more, opening
from support.anthropic_server import start as begin
from support.anthropic_server import stop as end
from support.daemon import RunningDaemon, running
from support.doors import Reply
from support.recordings import load, recordings
from support.upstreams import Fault

RECORDED = recordings("anthropic-messages", "anthropic-count-tokens")
ECHO = "name=home;words=Hello there, world;thinking=hm;capabilities=tools,thinking,images"
CLAUDE = "claude-opus-5"
HI: Any = [{"role": "user", "content": "hi"}]


@pytest.fixture
async def upstream() -> AsyncIterator[AnthropicServer]:
    async with AnthropicServer() as server:
        server.models = [model_row(CLAUDE), model_row("claude-opus-4-8")]
        yield server


@pytest.fixture
async def daemon(tmp_path: Path, upstream: AnthropicServer) -> AsyncIterator[RunningDaemon]:
    async with running(
        tmp_path,
        HOMEPORT_ECHO=ECHO,
        ANTHROPIC_API_KEY="sk-ant-test",
        ANTHROPIC_BASE_URL=upstream.origin,
    ) as started:
        yield started


@pytest.fixture
async def sdk(daemon: RunningDaemon) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        base_url=daemon.url, api_key=daemon.token, max_retries=0
    ) as client:
        yield client


async def ask(daemon: RunningDaemon, **fields: Any) -> Reply:
    body = {"model": f"anthropic/{CLAUDE}", "max_tokens": 99, "messages": HI} | fields
    return await daemon.ask("POST", "/v1/messages", body)


def without_ours(body: bytes) -> bytes:
    """A stream without the field that is added to its last event."""
    before, _, after = body.partition(b',"homeport":')
    text = after.decode()
    return before + text[json.JSONDecoder().raw_decode(text)[1] :].encode()


async def test_bytes_of_an_answer_are_the_upstreams(
    daemon: RunningDaemon, upstream: AnthropicServer
) -> None:
    upstream.stream = [
        opening(), event("ping"), begin(0, type="thinking", thinking="", signature=""),
        more(0, type="thinking_delta", thinking="hmé"),
        more(0, type="signature_delta", signature="sig") + end(0),
        begin(1, type="a_later_block", x=1), event("a_later_event", y=2), end(1),
        b"event: content_block_start\r\n", b'data:{"type":"content_block_start","index":2,',
        b'"content_block":{"type":"text","text":""}  }\r\n\r\n',
        more(2, type="text_delta", text="So."), end(2), closing(),
    ]  # fmt: skip
    reply = await ask(daemon, stream=True, later={"a": 1})
    assert reply.status == 200
    assert without_ours(reply.body) == b"".join(upstream.stream)
    sent = upstream.requests[-1]
    assert sent.json == {
        "model": CLAUDE, "max_tokens": 99, "messages": HI, "stream": True, "later": {"a": 1},
    }  # fmt: skip
    assert sent.headers["x-api-key"] == "sk-ant-test"
    whole = (await ask(daemon)).json
    assert [block["type"] for block in whole["content"]] == ["thinking", "a_later_block", "text"]
    assert whole["homeport"]["route"] == f"anthropic/{CLAUDE}"


async def test_recorded_requests_are_accepted(
    daemon: RunningDaemon, upstream: AnthropicServer
) -> None:
    if not RECORDED:
        pytest.skip("no recordings on this machine")
    names = {load(path)["request"]["body"]["model"] for path in RECORDED}
    upstream.models = [model_row(name) for name in sorted(names)]
    await daemon.ask("GET", "/homeport/v1/models?refresh=1")
    for path in RECORDED:
        body = load(path)["request"]["body"]
        counts = path.parent.name.endswith("count-tokens")
        route = "/v1/messages/count_tokens" if counts else "/v1/messages?beta=true"
        reply = await daemon.ask("POST", route, body | {"model": f"anthropic/{body['model']}"})
        assert reply.status == 200, (path.name, reply.body)
        sent = upstream.requests[-1].json
        assert sent["messages"] == body["messages"], path.name
        assert sent.get("tools") == body.get("tools"), path.name
        if not counts:
            assert sent == body | {"stream": True, "max_tokens": sent["max_tokens"]}, path.name


async def test_another_model_goes_on_when_it_breaks_off(
    upstream: AnthropicServer, sdk: anthropic.AsyncAnthropic
) -> None:
    upstream.words = ["Hello ", "there, "]
    upstream.fault = Fault("reset", at=1)
    async with sdk.messages.stream(
        model=f"anthropic/{CLAUDE}", max_tokens=99, messages=HI
    ) as stream:
        message = await stream.get_final_message()
    texts = [block.text for block in message.content if block.type == "text"]
    assert texts[0].startswith("Hello ")
    assert message.stop_reason == "end_turn"


async def test_reasoning_of_another_model_never_reaches_anthropic(
    upstream: AnthropicServer, sdk: anthropic.AsyncAnthropic
) -> None:
    first = await sdk.messages.create(model="echo/home", max_tokens=99, messages=HI)
    thinking = first.content[0]
    assert thinking.type == "thinking"
    assert thinking.signature.startswith("homeport:echo:")
    turns: Any = [*HI, first.to_param(), {"role": "user", "content": "and?"}]
    second = await sdk.messages.create(model=f"anthropic/{CLAUDE}", max_tokens=99, messages=turns)
    assert second.content[0].type == "text"
    sent = upstream.requests[-1]
    assert b"homeport" not in sent.body
    assert [block["type"] for block in sent.json["messages"][1]["content"]] == ["text"]
    # At home it is accepted back as well.
    third = await sdk.messages.create(model="echo/home", max_tokens=99, messages=turns)
    assert third.stop_reason == "end_turn"


async def test_counts(
    daemon: RunningDaemon, upstream: AnthropicServer, sdk: anthropic.AsyncAnthropic
) -> None:
    exact = await sdk.messages.with_raw_response.count_tokens(
        model=f"anthropic/{CLAUDE}", messages=HI
    )
    assert (await exact.parse()).input_tokens == 21
    assert exact.headers["x-homeport-count"] == "exact"
    asked = len(upstream.requests)
    estimate = await sdk.messages.with_raw_response.count_tokens(model="echo/home", messages=HI)
    assert (await estimate.parse()).input_tokens > 0
    assert estimate.headers["x-homeport-count"] == "estimate"
    assert len(upstream.requests) == asked


async def test_claude_is_listed_and_hard_coded_names_are_preferences(
    daemon: RunningDaemon, sdk: anthropic.AsyncAnthropic
) -> None:
    await daemon.ask("GET", "/homeport/v1/models?refresh=1")
    ids = [model.id async for model in sdk.models.list(limit=100)]
    assert f"anthropic/{CLAUDE}" in ids
    named = await sdk.messages.create(model=CLAUDE, max_tokens=99, messages=HI)
    assert named.model_extra is not None
    assert named.model_extra["homeport"]["route"] == f"anthropic/{CLAUDE}"
    unknown = await sdk.messages.create(model="claude-opus-9", max_tokens=99, messages=HI)
    assert unknown.content
