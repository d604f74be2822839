"""Kept answers of real servers: their own events go through once they were looked at."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from support.upstreams import OpenAIServer
from support.whole_daemon import QUIET, WholeDaemon, whole_daemon

SUM = "What is 17 + 25? Answer with the number alone."
BODY = {
    "model": "auto",
    "messages": [{"role": "user", "content": SUM}],
    "homeport": {"strategy": "verify", "models": ["one/test-model", "two/test-model"]},
}
STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
NO = ["I cannot", " help with that."]


@asynccontextmanager
async def two_servers(
    first: list[str], second: list[str]
) -> AsyncIterator[tuple[WholeDaemon, OpenAIServer, OpenAIServer]]:
    async with OpenAIServer(first) as one, OpenAIServer(second) as two:
        servers = "".join(
            f'[[server]]\nname = "{name}"\nurl = "{server.url}"\n'
            for name, server in (("one", one), ("two", two))
        )
        async with whole_daemon(config=QUIET + servers) as daemon:
            yield daemon, one, two


def events(body: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in body.decode().splitlines() if line[6:7] == "{"]


def text_of(body: bytes) -> str:
    return "".join(c["delta"].get("content") or "" for e in events(body) for c in e["choices"])


@pytest.mark.parametrize(
    ("first", "words", "tokens"),
    [(["It is", " 42."], "It is 42.", 8), (NO, "42", 8)],
    ids=["stands", "is sent on"],
)
async def test_one_stream_with_one_end_and_the_usage_of_all(
    first: list[str], words: str, tokens: int
) -> None:
    async with two_servers(first, ["42"]) as (daemon, _, _):
        reply = await daemon.ask("POST", "/v1/chat/completions", BODY | STREAMED)
        whole = await daemon.ask("POST", "/v1/chat/completions", BODY)
    assert text_of(reply.body) == words
    assert reply.body.count(b"[DONE]") == 1
    assert len({event["id"] for event in events(reply.body)}) == 1
    (usage,) = [event["usage"] for event in events(reply.body) if event.get("usage")]
    assert usage["completion_tokens"] == tokens
    told = json.loads(whole.body)
    assert told["choices"][0]["message"]["content"] == words
    assert told["usage"]["completion_tokens"] == tokens


async def test_a_second_sample_is_asked_of_the_server_with_another_temperature() -> None:
    async with two_servers(["42"], ["42"]) as (daemon, one, two):
        await daemon.ask("POST", "/v1/chat/completions", BODY | {"seed": 7})
        first, second = [json.loads(r.body) for r in one.requests if one.is_prompt(r)]
        assert not [r for r in two.requests if two.is_prompt(r)]
    assert (first.get("temperature"), first["seed"]) == (None, 7)
    assert second["temperature"] == 0.8
    assert "seed" not in second


async def test_members_of_an_ensemble_answer_over_http_at_once() -> None:
    async with two_servers(["42"], ["It is 42."]) as (daemon, one, two):
        wished = BODY["homeport"] | {"strategy": "ensemble"}  # type: ignore[operator]
        reply = await daemon.ask("POST", "/v1/chat/completions", BODY | {"homeport": wished})
        told = json.loads(reply.body)
        assert one.requests
        assert two.requests
    assert told["homeport"]["because"] == "2 of 2 answers say the same"
    assert told["usage"]["completion_tokens"] == 8
