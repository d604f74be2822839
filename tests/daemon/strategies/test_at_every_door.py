"""Each strategy, asked for by a header, answers at every door: whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from homeport.daemon.api import relay
from support.doors import Reply
from support.whole_daemon import WholeDaemon, whole_daemon

MODELS = (
    "name=small;words=42;parameters=1000000000"
    " | name=middle;words=It is 42.;parameters=8000000000"
    " | name=large;words=42;parameters=70000000000"
)
SUM = "What is 17 + 25? Answer with the number alone."
USER = [{"role": "user", "content": SUM}]
DOORS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"model": "auto", "messages": USER}),
    "messages": ("/v1/messages", {"model": "auto", "max_tokens": 50, "messages": USER}),
    "responses": ("/v1/responses", {"model": "auto", "input": SUM}),
    "ollama": ("/api/chat", {"model": "auto", "messages": USER}),
}
STRATEGIES = ("cheapest", "verify", "fallback", "ensemble", "compare", "race")


def said(door: str, reply: Reply, *, stream: bool) -> str:
    """The words of an answer."""
    if not stream:
        return _WHOLE[door](json.loads(reply.body))
    if door == "ollama":
        return "".join(json.loads(line)["message"]["content"] for line in reply.body.splitlines())
    return "".join(_PIECES[door](event) for event in _events(reply.body))


def _events(body: bytes) -> Iterator[Any]:
    for line in body.decode().splitlines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])


_WHOLE = {
    "chat": lambda body: body["choices"][0]["message"]["content"],
    "messages": lambda body: "".join(block["text"] for block in body["content"]),
    "responses": lambda body: body["output"][0]["content"][0]["text"],
    "ollama": lambda body: body["message"]["content"],
}
_PIECES = {
    "chat": lambda event: "".join(c["delta"].get("content") or "" for c in event["choices"]),
    "messages": lambda event: event.get("delta", {}).get("text", ""),
    "responses": lambda event: (
        event["delta"] if event["type"] == "response.output_text.delta" else ""
    ),
}


async def asked(daemon: WholeDaemon, door: str, strategy: str, *, stream: bool) -> str:
    path, body = DOORS[door]
    wished = {"x_homeport_strategy": strategy}
    reply = await daemon.ask("POST", path, body | {"stream": stream}, **wished)
    assert reply.status == 200, reply.body
    assert daemon.daemon.bus.requests()[-1].strategy == strategy
    return said(door, reply, stream=stream)


@pytest.mark.parametrize("door", DOORS)
async def test_each_strategy_answers(door: str) -> None:
    async with whole_daemon(MODELS) as daemon:
        for strategy in STRATEGIES:
            whole = await asked(daemon, door, strategy, stream=False)
            streamed = await asked(daemon, door, strategy, stream=True)
            assert "42" in whole
            assert "42" in streamed
            if strategy == "compare":
                assert whole.count("## echo/") == streamed.count("## echo/") == 3


async def test_each_strategy_answers_at_geminis_door() -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": SUM}]}]}
    async with whole_daemon(MODELS) as daemon:
        for strategy in STRATEGIES:
            for call in ("generateContent", "streamGenerateContent?alt=sse"):
                path = f"/v1beta/models/auto:{call}"
                reply = await daemon.ask("POST", path, body, x_homeport_strategy=strategy)
                assert reply.status == 200, reply.body
                assert b"42" in reply.body
                assert daemon.daemon.bus.requests()[-1].strategy == strategy


@pytest.mark.parametrize("door", DOORS)
async def test_a_model_that_nobody_knows_is_the_callers_mistake(door: str) -> None:
    async with whole_daemon(MODELS) as daemon:
        path, body = DOORS[door]
        reply = await daemon.ask("POST", path, body, x_homeport_chain="echo/smal,echo/large")
        assert reply.status == 400
        assert b"echo/small" in reply.body


async def test_an_answer_says_how_it_was_made_and_what_was_checked() -> None:
    async with whole_daemon(MODELS) as daemon:
        path, body = DOORS["chat"]
        single = json.loads((await daemon.ask("POST", path, body)).body)["homeport"]
        reply = await daemon.ask("POST", path, body, x_homeport_strategy="verify")
        looked = json.loads(reply.body)["homeport"]
    assert "strategy" not in single
    assert looked["strategy"] == "verify"
    assert {"check": "refusal", "passed": True, "sentence": "It does not refuse."} in looked[
        "checks"
    ]


async def test_our_own_door_tells_every_answer_and_check() -> None:
    async with whole_daemon(MODELS) as daemon:
        asked = {"prompt": SUM, "strategy": "compare", "models": ["small", "large"]}
        reply = await daemon.ask("POST", "/homeport/v1/ask", asked)
        lines = [json.loads(line) for line in reply.body.splitlines()]
        texts = {0: "", 1: ""}
        for line in lines:
            if line["type"] == "text":
                texts[line.get("answer", 0)] += line["text"]
        result = lines[-1]["result"]
        assert texts == {0: "42", 1: "42"}
        assert [one["model"] for one in result["answers"]] == ["echo/small", "echo/large"]
        assert result["response"] == "42"

        reply = await daemon.ask(
            "POST", "/homeport/v1/ask", {"prompt": SUM, "strategy": "ensemble", "ensemble_size": 3}
        )
        result = json.loads(reply.body.splitlines()[-1])["result"]
        assert len(result["ensemble_models"]) == len(result["answers"]) == 3
        assert "answers say the same" in result["checks"][0]["sentence"]
        why = json.loads((await daemon.ask("GET", "/homeport/v1/decisions/last")).body)
        assert why["replay"] == "identical"
        assert why["steps"][0]["plan"]["method"] == "majority"


async def test_while_an_answer_is_looked_at_there_are_signs_of_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "BEAT_S", 0.05)
    slow = "name=slow;words=42;first_token_ms=400"
    async with whole_daemon(slow) as daemon:
        path, body = DOORS["chat"]
        reply = await daemon.ask(
            "POST", path, body | {"stream": True}, x_homeport_strategy="verify"
        )
    before, said, after = reply.body.partition(b'"content":"42"')
    assert before.count(b": the answer is being prepared") >= 2
    assert said
    assert after.rstrip().endswith(b"data: [DONE]")
