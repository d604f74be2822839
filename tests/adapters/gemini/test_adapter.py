"""The Gemini adapter against a server in its shape."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Inputs,
    Limits,
    Message,
    Prompt,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolResult,
)
from homeport.adapters.gemini.adapter import GeminiAdapter
from homeport.daemon.egress.permits import Egress
from homeport.policies.model import ModelCard
from support.asks import PATIENT, Outcome, Secret, ask, collect, setup, user
from support.gemini_server import EMBEDDING_ROW, GEMINI_ROW, GeminiServer
from support.upstreams import Fault, OpenAIServer


@pytest.fixture
async def server() -> AsyncIterator[GeminiServer]:
    async with GeminiServer(("Hello", " world")) as running:
        assert isinstance(running, GeminiServer)
        yield running


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    found = Egress(environment={})
    yield found
    await found.close()


def built(**fields: Any) -> list[GeminiAdapter]:
    return list(GeminiAdapter.build(setup(**fields)))


def key(provider: str) -> Secret | None:
    return Secret() if provider == "gemini" else None


async def cards(adapter: GeminiAdapter, egress: Egress) -> list[ModelCard]:
    return await adapter.models(egress.probe_permit(adapter.origin))


async def answered(
    server: GeminiServer, egress: Egress, prompt: Prompt | None = None, prefix: str = ""
) -> Outcome:
    adapter = GeminiAdapter(server.origin, credential=Secret())
    card = (await cards(adapter, egress))[0]
    permit = egress.permit(ask(), card, adapter.origin)
    stream = adapter.stream(prompt or user(), card, prefix=prefix, limits=PATIENT, permit=permit)
    return await collect(stream)


def test_it_is_built_where_there_is_a_key() -> None:
    assert built() == []
    (adapter,) = built(credential=key)
    assert adapter.origin == "https://generativelanguage.googleapis.com:443"
    assert repr(adapter) == "GeminiAdapter(gemini at generativelanguage.googleapis.com:443)"


def test_another_address() -> None:
    there = {"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9/v1beta/"}
    (adapter,) = built(credential=key, environment=there)
    assert adapter.origin == "http://127.0.0.1:9"
    (adapter,) = built(credential=key, environment={"GOOGLE_GEMINI_BASE_URL": "nonsense"})
    assert adapter.origin.startswith("https://")


async def test_every_page_of_the_list_is_read(server: GeminiServer, egress: Egress) -> None:
    server.rows = [GEMINI_ROW | {"name": f"models/gemini-2.{n}-flash"} for n in range(5)]
    server.page_size = 2
    found = await cards(GeminiAdapter(server.origin), egress)
    assert len(found) == 5
    assert len(server.requests) == 3
    assert {card.place for card in found} == {"local"}


async def test_the_key_is_in_a_header_and_in_no_address(
    server: GeminiServer, egress: Egress
) -> None:
    await answered(server, egress)
    for request in server.requests:
        assert request.headers["x-goog-api-key"] == Secret().reveal()
        assert Secret().reveal() not in request.path


async def test_an_answer_is_streamed(server: GeminiServer, egress: Egress) -> None:
    outcome = await answered(server, egress)
    assert outcome.text == "Hello world"
    asked = server.requests[-1]
    assert asked.path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    assert asked.json["contents"] == [{"role": "user", "parts": [{"text": "hi"}]}]
    assert outcome.finish.model == "gemini-2.5-flash"


async def test_what_comes_behind_the_finish_reason_counts(
    server: GeminiServer, egress: Egress
) -> None:
    late = {"promptTokenCount": 9, "candidatesTokenCount": 8, "totalTokenCount": 17}
    server.behind = [{"usageMetadata": late}]
    outcome = await answered(server, egress)
    assert outcome.finish.usage.input == 9


async def test_no_usage_is_unknown_usage(server: GeminiServer, egress: Egress) -> None:
    server.usage = None
    outcome = await answered(server, egress)
    assert (outcome.finish.usage.input, outcome.finish.usage.certain) == (None, False)


async def test_dropped_knobs_are_named(server: GeminiServer, egress: Egress) -> None:
    prompt = user(tools=(Tool("f"),), parallel_tool_calls=False)
    outcome = await answered(server, egress, prompt)
    assert outcome.finish.extras["dropped"] == ["parallel_tool_calls"]


async def test_what_cannot_be_said_is_not_sent(server: GeminiServer, egress: Egress) -> None:
    prompt = user(tools=(Tool("web_search", kind="server", wire="openai-responses"),))
    outcome = await answered(server, egress, prompt)
    assert outcome.failure is not None
    assert outcome.failure.kind == "unsupported"
    assert server.prompts == 0


async def test_a_blocked_prompt(server: GeminiServer, egress: Egress) -> None:
    server.words, server.finish_reason = [], None
    server.behind = [{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}]
    outcome = await answered(server, egress)
    assert outcome.failure is not None
    assert outcome.failure.kind == "content_refused"
    assert "PROHIBITED_CONTENT" in outcome.failure.sentence


async def test_a_call_that_broke_is_a_failure(server: GeminiServer, egress: Egress) -> None:
    server.finish_reason = "MALFORMED_FUNCTION_CALL"
    outcome = await answered(server, egress)
    assert outcome.failure is not None
    assert outcome.failure.kind == "overloaded"
    assert outcome.failure.sent_tokens == 2


async def test_a_failure_tells_what_was_counted_by_then(
    server: GeminiServer, egress: Egress
) -> None:
    counted = {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 500}
    server.finish_reason = None
    server.behind = [{"usageMetadata": counted}]
    adapter = GeminiAdapter(server.origin, credential=Secret())
    card = (await cards(adapter, egress))[0]
    permit = egress.permit(ask(), card, adapter.origin)
    with pytest.raises(AttemptFailed) as caught:
        async for _ in adapter.stream(user(), card, prefix="", limits=PATIENT, permit=permit):
            pass
    assert caught.value.failure.kind == "truncated"
    assert caught.value.usage is not None
    assert (caught.value.usage.input, caught.value.usage.output) == (9, 502)


async def test_calls(server: GeminiServer, egress: Egress) -> None:
    server.parts = [{"functionCall": {"name": name, "args": {}}} for name in ("f", "g")]
    outcome = await answered(server, egress)
    calls = [delta for delta in outcome.deltas if isinstance(delta, ToolCallDelta)]
    assert [(call.index, call.name) for call in calls] == [(0, "f"), (1, "g")]
    assert outcome.finish.reason == "tool_calls"


async def test_a_signature_is_remembered_for_a_program_that_drops_it(
    server: GeminiServer, egress: Egress
) -> None:
    server.rows = [GEMINI_ROW | {"name": "models/gemini-3-flash-preview"}]
    server.parts = [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "signed"}]
    adapter = GeminiAdapter(server.origin, credential=Secret())
    (card,) = await cards(adapter, egress)
    permit = egress.permit(ask(), card, adapter.origin)
    outcome = await collect(adapter.stream(user(), card, prefix="", limits=PATIENT, permit=permit))
    (call,) = [delta for delta in outcome.deltas if isinstance(delta, ToolCallDelta)]
    history = (
        *user().messages,
        Message("assistant", (ToolCall(call.id, call.name, call.arguments),)),
        Message("tool", (ToolResult(call.id, "done"),)),
    )
    await collect(adapter.stream(Prompt(history), card, prefix="", limits=PATIENT, permit=permit))
    (row,) = server.requests[-1].json["contents"][1]["parts"]
    assert row["thoughtSignature"] == "signed"


async def test_a_server_that_answers_in_one_body(server: GeminiServer, egress: Egress) -> None:
    chunks = [
        {"candidates": [{"content": {"parts": [{"text": "a"}]}}]},
        {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {}},
    ]
    body = json.dumps(chunks).encode()
    server.fault = Fault("status", status=200, body=body)
    outcome = await answered(server, egress)
    assert outcome.deltas[0] == TextDelta("a")
    assert outcome.finish.reason == "stop"


@pytest.mark.parametrize(("status", "verdict"), [(200, "valid"), (403, "refused")])
async def test_keys_are_checked(
    server: GeminiServer, egress: Egress, status: int, verdict: str
) -> None:
    server.status_of_models = status
    adapter = GeminiAdapter(server.origin, credential=Secret())
    assert await adapter.check_key(egress.probe_permit(adapter.origin)) == verdict


async def test_a_count_is_googles(server: GeminiServer, egress: Egress) -> None:
    adapter = GeminiAdapter(server.origin, credential=Secret())
    card = (await cards(adapter, egress))[0]
    permit = egress.permit(ask(), card, adapter.origin)
    counted = await adapter.count_tokens(user(), card, limits=PATIENT, permit=permit)
    assert counted == 21
    sent = server.requests[-1].json["generateContentRequest"]
    assert sent["model"] == "models/gemini-2.5-flash"
    assert sent["contents"] == [{"role": "user", "parts": [{"text": "hi"}]}]


async def test_embeddings(server: GeminiServer, egress: Egress) -> None:
    server.rows = [EMBEDDING_ROW]
    adapter = GeminiAdapter(server.origin, credential=Secret())
    (card,) = await cards(adapter, egress)
    texts = tuple("x" * n for n in range(150))
    permit = egress.permit(ask(), card, adapter.origin)
    embedded = await adapter.embed(
        Inputs(texts, dimensions=2), card, limits=Limits(0, 30), permit=permit
    )
    assert [vector[0] for vector in embedded.vectors] == list(range(150))
    assert embedded.model == "gemini-embedding-001"
    assert embedded.usage.input is None
    assert server.requests[-1].json["requests"][0]["outputDimensionality"] == 2


async def test_a_stranger_gets_no_text(egress: Egress) -> None:
    async with OpenAIServer() as stranger:
        stranger.routes = {"/v1beta/models?pageSize=1000": {"data": []}}
        adapter = GeminiAdapter(stranger.origin)
        card = ModelCard(id="gemini/m", provider="gemini", name="m", place="local")
        permit = egress.permit(ask(), card, adapter.origin)
        outcome = await collect(
            adapter.stream(user(), card, prefix="", limits=PATIENT, permit=permit)
        )
    assert outcome.failure is not None
    assert outcome.failure.kind == "garbage"
    assert not [request for request in stranger.requests if request.method == "POST"]


async def test_a_prefix_needs_a_model_that_takes_it(server: GeminiServer, egress: Egress) -> None:
    server.rows = [GEMINI_ROW | {"name": "models/gemini-3.6-flash"}]
    outcome = await answered(server, egress, prefix="Once")
    assert outcome.failure is not None
    assert outcome.failure.kind == "unsupported"
