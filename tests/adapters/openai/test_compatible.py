"""Which servers are found, what they are asked first, and how an answer is continued."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Embedded,
    Embedder,
    Inputs,
    Message,
    Opaque,
    Prompt,
    Sampling,
    ToolCallDelta,
)
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.adapters.providers import PROVIDERS
from homeport.daemon.egress.permits import Egress
from homeport.policies.model import ModelCard
from support.asks import PATIENT, Secret, ask, collect, setup, user
from support.upstreams import Fault, OpenAIServer


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    egress = Egress(environment={})
    yield egress
    await egress.close()


def keys(*names: str) -> Any:
    return lambda name: Secret() if name in names else None


def built(**fields: Any) -> dict[str, OpenAICompatibleAdapter]:
    return {a.provider: a for a in OpenAICompatibleAdapter.build(setup(**fields))}


async def models(adapter: OpenAICompatibleAdapter, egress: Egress) -> list[ModelCard]:
    return await adapter.models(egress.probe_permit(adapter.origin))


async def answer(
    adapter: OpenAICompatibleAdapter,
    card: ModelCard,
    egress: Egress,
    prompt: Prompt | None = None,
    prefix: str = "",
) -> Any:
    permit = egress.permit(ask(), card, adapter.origin)
    stream = adapter.stream(prompt or user(), card, prefix=prefix, limits=PATIENT, permit=permit)
    return await collect(stream)


def test_nothing_is_built_from_nothing() -> None:
    assert built() == {}


def test_providers_with_a_key() -> None:
    found = built(credential=keys("openai", "groq", "anthropic"))
    assert set(found) == {"openai", "groq"}
    assert found["openai"].origin == "https://api.openai.com:443"
    assert repr(found["groq"]) == "OpenAICompatibleAdapter(groq at api.groq.com:443)"


def test_another_address_for_a_provider() -> None:
    found = built(
        credential=keys("openai"), environment={"OPENAI_BASE_URL": "http://127.0.0.1:4000/v1"}
    )
    assert found["openai"].origin == "http://127.0.0.1:4000"
    found = built(credential=keys("openai"), environment={"OPENAI_BASE_URL": "nonsense"})
    assert found["openai"].origin == "https://api.openai.com:443"


def test_the_usual_ports() -> None:
    probing = {"probing": {"local_ports": True}}
    assert set(built(settings=probing)) == {"lmstudio", "llama-server", "vllm", "jan"}
    assert built(settings={"probing": {"local_ports": False}}) == {}
    mine = {**probing, "server": [{"name": "mine", "url": "http://127.0.0.1:8000/v1"}]}
    assert set(built(settings=mine)) == {"mine", "lmstudio", "llama-server", "jan"}


def test_configured_servers() -> None:
    servers = [
        {"name": "box", "url": "http://nas:1/v1", "key": "env:BOX", "models": ("a",)},
        {"name": "broken", "url": "nonsense"},
        {"name": "openai", "url": "http://127.0.0.1:9/v1"},
    ]
    found = built(settings={"server": servers}, credential=keys("env:BOX", "openai"))
    assert set(found) == {"box", "openai"}
    assert found["openai"].origin == "http://127.0.0.1:9"


def test_an_unreachable_key_is_never_in_a_repr() -> None:
    adapter = built(credential=keys("openai"))["openai"]
    assert "sk-very-secret" not in repr(adapter)


async def test_the_key_goes_into_its_header_alone(egress: Egress) -> None:
    async with OpenAIServer() as server:
        adapter = OpenAICompatibleAdapter("test", server.url, credential=Secret())
        (card,) = await models(adapter, egress)
        assert (await answer(adapter, card, egress)).failure is None
        for request in server.requests:
            assert request.headers["authorization"] == "Bearer sk-very-secret"
            assert b"sk-very-secret" not in request.body


async def test_a_stranger_is_asked_first_who_it_is(egress: Egress) -> None:
    async with OpenAIServer() as server:
        adapter = OpenAICompatibleAdapter("test", server.url)
        card = ModelCard(id="test/m", provider="test", name="m", place="local")
        assert (await answer(adapter, card, egress)).failure is None
        assert [request.path for request in server.requests] == [
            "/v1/models",
            "/v1/chat/completions",
        ]
        await answer(adapter, card, egress)
        assert len(server.requests) == 3


async def test_after_garbage_it_is_asked_again(egress: Egress) -> None:
    async with OpenAIServer() as server:
        adapter = OpenAICompatibleAdapter("test", server.url)
        (card,) = await models(adapter, egress)
        server.fault = Fault("wrong_type")
        assert (await answer(adapter, card, egress)).failure.kind == "garbage"
        server.models = {"now": "somebody else"}
        assert (await answer(adapter, card, egress)).failure.kind == "garbage"
        assert server.prompts == 1


async def test_llama_server_tells_the_window_it_runs_with(egress: Egress) -> None:
    async with OpenAIServer() as server:
        server.models = {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {}}]}
        server.routes["/props"] = {"default_generation_settings": {"n_ctx": 16384}}
        adapter = OpenAICompatibleAdapter("box", server.url)
        (card,) = await models(adapter, egress)
        assert (card.context, card.continues) == (16384, True)
        server.routes["/props"] = ["odd"]
        (card,) = await models(adapter, egress)
        assert card.context is None
        del server.routes["/props"]
        assert len(await models(adapter, egress)) == 1


async def test_lm_studio_tells_more_by_its_own_route(egress: Egress) -> None:
    async with OpenAIServer() as server:
        server.models = {"data": [{"id": "m", "owned_by": "organization_owner"}]}
        row = {"id": "m", "type": "llm", "max_context_length": 9000, "capabilities": ["tool_use"]}
        server.routes["/api/v0/models"] = {"data": [row]}
        adapter = OpenAICompatibleAdapter("lmstudio", server.url)
        (card,) = await models(adapter, egress)
        assert (card.context, card.capabilities) == (9000, ("completion", "json", "tools"))
        del server.routes["/api/v0/models"]
        (card,) = await models(adapter, egress)
        assert card.context is None


async def test_vllm_is_told_to_go_on(egress: Egress) -> None:
    async with OpenAIServer() as server:
        server.models = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 4096}]}
        adapter = OpenAICompatibleAdapter("vllm", server.url)
        (card,) = await models(adapter, egress)
        await answer(adapter, card, egress, prefix="Once")
        body = server.requests[-1].json
        assert body["continue_final_message"] is True
        assert body["add_generation_prompt"] is False
        assert body["messages"][-1] == {"role": "assistant", "content": "Once"}


async def test_tool_calls_and_dropped_knobs_come_through(egress: Egress) -> None:
    async with OpenAIServer() as server:
        function = {"name": "f", "arguments": "{}"}
        calls = [{"index": 0, "id": "1", "function": function}]
        server.pieces = [{"delta": {"tool_calls": calls}}]
        server.finish_reason = "tool_calls"
        adapter = OpenAICompatibleAdapter("groq", server.url, dialect=PROVIDERS["groq"])
        (card,) = await models(adapter, egress)
        prompt = user(sampling=Sampling(top_k=3))
        outcome = await answer(adapter, card, egress, prompt)
        assert outcome.deltas[0] == ToolCallDelta(0, "1", "f", "{}")
        assert outcome.finish.reason == "tool_calls"
        assert outcome.finish.extras["dropped"] == ["top_k"]


async def test_a_server_that_does_not_stream(egress: Egress) -> None:
    async with OpenAIServer() as server:
        whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
        server.fault = Fault("status", status=200, body=whole)
        adapter = OpenAICompatibleAdapter("test", server.url)
        (card,) = await models(adapter, egress)
        outcome = await answer(adapter, card, egress)
        assert (outcome.text, outcome.finish.reason) == ("Hi", "stop")
        assert outcome.finish.usage.certain is False


@pytest.mark.parametrize(
    "listing", [{"models": []}, [], "words", {"data": "x"}, b"<html>", {"data": [{"x": 1}]}]
)
async def test_what_is_no_list_of_models(egress: Egress, listing: Any) -> None:
    async with OpenAIServer() as server:
        server.models = listing
        adapter = OpenAICompatibleAdapter("test", server.url)
        if listing == []:
            assert await models(adapter, egress) == []
            return
        with pytest.raises(AttemptFailed) as caught:
            await models(adapter, egress)
        assert caught.value.failure.kind == "garbage"


async def test_keys_are_checked(egress: Egress) -> None:
    async with OpenAIServer() as server:
        adapter = OpenAICompatibleAdapter("test", server.url, credential=Secret())
        permit = egress.probe_permit(adapter.origin)
        assert await adapter.check_key(permit) == "valid"
        server.status_of_models = 401
        assert await adapter.check_key(permit) == "refused"
        server.status_of_models = 500
        with pytest.raises(AttemptFailed):
            await adapter.check_key(permit)


async def test_without_a_permit_nothing_is_reached() -> None:
    adapter = OpenAICompatibleAdapter("test", "http://127.0.0.1:1/v1")
    with pytest.raises(AttemptFailed):
        await adapter.models(None)
    await adapter.close()


async def test_a_part_of_another_wire_is_unsupported(egress: Egress) -> None:
    async with OpenAIServer() as server:
        adapter = OpenAICompatibleAdapter("test", server.url)
        (card,) = await models(adapter, egress)
        prompt = Prompt((Message("user", (Opaque("anthropic", {}),)),))
        outcome = await answer(adapter, card, egress, prompt)
        assert outcome.failure.kind == "unsupported"
        assert server.prompts == 0


VECTORS: dict[str, Any] = {
    "object": "list",
    "data": [{"embedding": [0.5, 1.0], "index": 0}],
    "model": "nomic",
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}


async def embedded(server: OpenAIServer, egress: Egress, **fields: Any) -> Embedded:
    adapter = OpenAICompatibleAdapter("box", server.url)
    assert isinstance(adapter, Embedder)
    (card,) = await models(adapter, egress)
    permit = egress.permit(ask(), card, adapter.origin)
    return await adapter.embed(Inputs(("hi",), **fields), card, limits=PATIENT, permit=permit)


async def test_after_no_vectors_it_is_asked_again_who_it_is(egress: Egress) -> None:
    async with OpenAIServer(models={"data": [{"id": "bge-m3"}]}) as server:
        adapter = OpenAICompatibleAdapter("box", server.url)
        (card,) = await models(adapter, egress)
        permit = egress.permit(ask(), card, adapter.origin)
        server.routes["/v1/embeddings"] = b"<html>"
        for _ in range(2):
            with pytest.raises(AttemptFailed):
                await adapter.embed(Inputs(("hi",)), card, limits=PATIENT, permit=permit)
        assert [request.path for request in server.requests].count("/v1/models") == 2


async def test_vectors(egress: Egress) -> None:
    async with OpenAIServer(models={"data": [{"id": "nomic-embed-text"}]}) as server:
        server.routes["/v1/embeddings"] = VECTORS
        found = await embedded(server, egress, dimensions=2)
        assert found.vectors == ((0.5, 1.0),)
        assert found.usage.input == 3
        assert server.requests[-1].json == {
            "model": "nomic-embed-text",
            "input": ["hi"],
            "dimensions": 2,
            "encoding_format": "float",
        }


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, "missing"),
        ({**VECTORS, "data": []}, "garbage"),
        ({"error": {"message": "no", "code": 503}}, "overloaded"),
        (b"<html>", "garbage"),
    ],
)
async def test_what_is_no_vector(egress: Egress, answer: Any, kind: str) -> None:
    async with OpenAIServer(models={"data": [{"id": "bge-m3"}]}) as server:
        server.routes["/v1/embeddings"] = answer
        with pytest.raises(AttemptFailed) as caught:
            await embedded(server, egress)
        assert caught.value.failure.kind == kind
        assert caught.value.failure.model == "box/bge-m3"
