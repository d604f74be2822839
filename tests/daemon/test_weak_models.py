"""A server at home that writes reasoning and calls as text, through the whole daemon."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from support.upstreams import OpenAIServer, Received
from support.whole_daemon import QUIET, WholeDaemon, whole_daemon

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"days": {"type": "integer"}}},
    },
}
CALL = "<tool_call>{'name': 'get_weather', 'arguments': {'days': '3',}}</tool_call>"
BAD = '<tool_call>{"name": "fly", "arguments": {}}</tool_call>'


class Mumbling(OpenAIServer):
    """Answers each prompt with the next of these texts, in pieces of four characters."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.texts = list(texts)

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        """The next text."""
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        self.words = [text[at : at + 4] for at in range(0, len(text), 4)]
        return super().frames(request)


@asynccontextmanager
async def served(*texts: str) -> AsyncIterator[tuple[WholeDaemon, Mumbling]]:
    async with Mumbling(*texts) as server:
        assert isinstance(server, Mumbling)
        config = f'{QUIET}[[server]]\nname = "home"\nurl = "{server.url}"\n'
        async with whole_daemon("", config) as daemon:
            await daemon.daemon.fleet.first_look()
            yield daemon, server


async def asked(daemon: WholeDaemon, *, stream: bool, **fields: Any) -> dict[str, Any]:
    """The message that a program of the same wire puts together."""
    turns = [{"role": "user", "content": "How is the weather?"}]
    body = {"model": "home/test-model", "messages": turns, "stream": stream, **fields}
    reply = await daemon.ask("POST", "/v1/chat/completions", body)
    assert reply.status == 200, reply.body
    if not stream:
        (choice,) = reply.json["choices"]
        return {**choice["message"], "finish_reason": choice["finish_reason"]}
    lines = [line.removeprefix(b"data: ") for line in reply.body.split(b"\n\n") if line]
    assert lines[-1] == b"[DONE]"
    return gathered([json.loads(line) for line in lines[:-1]])


def gathered(chunks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The chunks of a stream as one message."""
    message: dict[str, Any] = {"content": "", "reasoning_content": "", "tool_calls": []}
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        delta = choice["delta"]
        message["content"] += delta.get("content") or ""
        message["reasoning_content"] += delta.get("reasoning_content") or ""
        message["tool_calls"] += delta.get("tool_calls") or []
        message["finish_reason"] = choice.get("finish_reason") or message.get("finish_reason")
    return message


@pytest.mark.parametrize("stream", [True, False])
async def test_reasoning_in_tags_is_reasoning(stream: bool) -> None:
    async with served("<think>They ask.</think>\n\nIt is <b>warm</b>.") as (daemon, _):
        message = await asked(daemon, stream=stream)
    assert message["content"] == "It is <b>warm</b>."
    assert message["reasoning_content"] == "They ask."
    assert message["finish_reason"] == "stop"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_call_in_text_is_a_call(stream: bool) -> None:
    async with served(f"Let me look. {CALL}") as (daemon, _):
        message = await asked(daemon, stream=stream, tools=[TOOL])
    (call,) = message["tool_calls"]
    assert call["function"] == {"name": "get_weather", "arguments": '{"days":3}'}
    assert call["id"].startswith("call_")
    assert message["content"] == "Let me look. "
    assert message["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("stream", [True, False])
async def test_talk_of_tags_and_calls_stays_what_it_is(stream: bool) -> None:
    text = f"Write `<think>`, then:\n```\n{CALL}\n```\nThat is all."
    async with served(text) as (daemon, _):
        message = await asked(daemon, stream=stream, tools=[TOOL])
    assert message["content"] == text
    assert not message.get("tool_calls")


@pytest.mark.parametrize("stream", [True, False])
async def test_a_bad_call_is_told_to_the_model_once(stream: bool) -> None:
    async with served(BAD, CALL) as (daemon, server):
        message = await asked(daemon, stream=stream, tools=[TOOL])
        why = (await daemon.ask("GET", "/homeport/v1/decisions/last")).json
        second = server.requests[-1].json["messages"]
    assert len(message["tool_calls"]) == 1
    outcomes = [attempt["outcome"] for attempt in why["request"]["attempts"]]
    assert outcomes == ["bad_call", "done"]
    assert [turn["role"] for turn in second] == ["user", "assistant", "user"]
    assert "there is no tool `fly`" in str(second[-1]["content"])
