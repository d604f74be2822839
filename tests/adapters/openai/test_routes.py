"""By which route a prompt goes to a server of OpenAI's wires, and how its answer comes back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from homeport.adapters.base import (
    Completion,
    Finish,
    Message,
    Opaque,
    Prompt,
    Text,
    Tool,
    Wired,
)
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.adapters.providers import PROVIDERS, SERVER, Provider
from homeport.daemon.api.openai.chat_read import read
from homeport.daemon.egress.permits import Egress
from support.asks import PATIENT, Outcome, ask, collect, model_card, user
from support.upstreams import Fault, OpenAIServer, Received

RESPONSES = "openai-responses"
OPENAI = replace(PROVIDERS["openai"], base_url="")
RAW = json.dumps({"model": "m", "input": "hi", "stream": True}).encode()


def event(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": f"response.{kind}", **fields})
    return f"event: response.{kind}\ndata: {data}\n\n".encode()


class BothWires(OpenAIServer):
    """Serves chat and responses."""

    serves_responses = True
    raw_text = False

    def is_prompt(self, request: Received) -> bool:
        if request.path.endswith("/responses"):
            return self.serves_responses
        return super().is_prompt(request) or request.path.endswith("/completions")

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        if request.path == "/v1/completions":
            words = [{"choices": [{"index": 0, "text": word}]} for word in self.words]
            end = {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]}
            frames = [b"data: " + json.dumps(part).encode() + b"\n\n" for part in (*words, end)]
            return frames[:-1], [frames[-1], b"data: [DONE]\n\n"]
        if not request.path.endswith("/responses"):
            return super().frames(request)
        response = {"id": "resp_1", "model": "up", "status": "in_progress", "output": []}
        text = [event("output_text.delta", output_index=0, delta=word) for word in self.words]
        usage = {"input_tokens": 3, "output_tokens": 4}
        done = {**response, "status": "completed", "usage": usage}
        opening = event("created", response=response)
        return [opening + text[0], *text[1:]], [event("completed", response=done)]


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    egress = Egress(environment={})
    yield egress
    await egress.close()


@pytest.fixture
async def server() -> AsyncIterator[BothWires]:
    async with BothWires() as running:
        yield running


async def answer(
    server: BothWires,
    egress: Egress,
    prompt: Prompt,
    *,
    dialect: Provider = OPENAI,
    model: str = "gpt-4o",
    prefix: str = "",
    **card: Any,
) -> Outcome:
    adapter = OpenAICompatibleAdapter("openai", server.url, dialect=dialect)
    it = model_card(f"openai/{model}", **card)
    permit = egress.permit(ask(), it, adapter.origin)
    stream = adapter.stream(prompt, it, prefix=prefix, limits=PATIENT, permit=permit)
    return await collect(stream)


def paths(server: BothWires) -> list[str]:
    return [request.path for request in server.requests if request.method == "POST"]


async def test_the_callers_own_wire(server: BothWires, egress: Egress) -> None:
    prompt = Prompt((Message("user", (Text("hi"),)),), wire=RESPONSES, raw=RAW, stream=True)
    outcome = await answer(server, egress, prompt)
    assert paths(server) == ["/v1/responses"]
    assert server.requests[-1].json["store"] is False
    *wired, finish = outcome.deltas
    assert all(isinstance(delta, Wired) and delta.wire == RESPONSES for delta in wired)
    assert isinstance(finish, Finish)
    assert (finish.wire, finish.usage.output, finish.id) == (RESPONSES, 4, "resp_1")
    assert finish.raw.startswith(b"event: response.completed")


@pytest.mark.parametrize(
    ("prompt", "model", "path"),
    [
        (user(), "gpt-4o", "/v1/chat/completions"),
        (user(), "gpt-5.1-codex", "/v1/responses"),
        (user(tools=(Tool("s", kind="server", wire=RESPONSES),)), "gpt-4o", "/v1/responses"),
        (
            Prompt((Message("assistant", (Opaque(RESPONSES, {"type": "mcp_call"}),)),)),
            "gpt-4o",
            "/v1/responses",
        ),
    ],
)
async def test_what_only_that_wire_says_or_serves(
    server: BothWires, egress: Egress, prompt: Prompt, model: str, path: str
) -> None:
    outcome = await answer(server, egress, prompt, model=model)
    assert paths(server) == [path]
    assert outcome.text == "Hello, world!"


async def test_a_begun_answer_goes_on_by_chat(server: BothWires, egress: Egress) -> None:
    prompt = Prompt((Message("user", (Text("hi"),)),), wire=RESPONSES, raw=RAW, stream=True)
    outcome = await answer(server, egress, prompt, prefix="Once", continues=True)
    assert paths(server) == ["/v1/chat/completions"]
    assert not any(isinstance(delta, Wired) for delta in outcome.deltas)


async def test_a_server_that_lacks_that_wire_is_told_by_chat(egress: Egress) -> None:
    prompt = Prompt((Message("user", (Text("hi"),)),), wire=RESPONSES, raw=RAW, stream=True)
    async with BothWires() as server:
        server.serves_responses = False
        groq = replace(PROVIDERS["groq"], base_url="")
        outcome = await answer(server, egress, prompt, dialect=groq)
        assert outcome.text == "Hello, world!"
        assert paths(server) == ["/v1/responses", "/v1/chat/completions"]
        failed = await answer(server, egress, prompt)
        assert failed.failure is not None
        assert failed.failure.kind == "missing"


async def test_a_broken_answer_is_truncated(egress: Egress) -> None:
    prompt = Prompt((Message("user", (Text("hi"),)),), wire=RESPONSES, raw=RAW, stream=True)
    async with BothWires(fault=Fault("clean_end", at=2)) as server:
        outcome = await answer(server, egress, prompt)
    assert outcome.failure is not None
    assert outcome.failure.kind == "truncated"
    assert outcome.failure.sent_tokens == 2


async def test_chat_goes_through_and_is_continued_in_words(
    server: BothWires, egress: Egress
) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}], "stream": True, "x": 1}
    prompt, _ = read(json.dumps(body).encode(), {})
    outcome = await answer(server, egress, prompt)
    *wired, finish = outcome.deltas
    assert all(isinstance(delta, Wired) for delta in wired)
    assert isinstance(finish, Finish)
    assert b'"finish_reason": "stop"' in finish.raw
    assert finish.raw.endswith(b"data: [DONE]\n\n")
    assert server.requests[-1].json["x"] == 1
    begun = await answer(server, egress, prompt, prefix="Once", continues=True)
    assert begun.text == "Hello, world!"
    assert server.requests[-1].json["messages"][-1] == {"role": "assistant", "content": "Once"}


async def test_raw_text_has_a_route_of_its_own(server: BothWires, egress: Egress) -> None:
    prompt = user("Once", completion=Completion("Once"))
    able = {"dialect": SERVER, "capabilities": ("completion",)}
    outcome = await answer(server, egress, prompt, prefix=" upon", continues=True, **able)
    assert paths(server) == ["/v1/completions"]
    assert server.requests[-1].json["prompt"] == "Once upon"
    assert outcome.text == "Hello, world!"
    await answer(server, egress, prompt, dialect=SERVER)
    assert paths(server)[-1] == "/v1/chat/completions"


async def test_a_suffix_goes_where_it_is_known(server: BothWires, egress: Egress) -> None:
    prompt = user("Once", completion=Completion("Once", suffix="end"))
    mistral = replace(PROVIDERS["mistral"], base_url="", fill_path="fim/completions")
    await answer(server, egress, prompt, dialect=mistral, capabilities=("fill",))
    assert paths(server) == ["/v1/fim/completions"]
    assert server.requests[-1].json["suffix"] == "end"


def test_deepseek_goes_on_at_an_address_of_its_own() -> None:
    deepseek = PROVIDERS["deepseek"]
    own = OpenAICompatibleAdapter("deepseek", deepseek.base_url, dialect=deepseek)
    assert own._base_for("chat/completions", "Once") == "https://api.deepseek.com/beta"
    assert own._base_for("chat/completions", "") == deepseek.base_url
    proxied = OpenAICompatibleAdapter("deepseek", "http://127.0.0.1:9/v1", dialect=deepseek)
    assert proxied._base_for("chat/completions", "Once") == "http://127.0.0.1:9/v1"


async def test_going_on_does_not_begin_to_reason_again(server: BothWires, egress: Egress) -> None:
    deepseek = replace(PROVIDERS["deepseek"], base_url="")
    await answer(server, egress, user(), dialect=deepseek, prefix="Once", continues=True)
    told = server.requests[-1].json
    assert told["messages"][-1] == {"role": "assistant", "content": "Once", "prefix": True}
    assert told["thinking"] == {"type": "disabled"}
