"""The adapter against a real server: listing, keys, headers, answers, passing bytes through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.anthropic.adapter import AnthropicAdapter
from homeport.adapters.base import AttemptFailed, Labels, Message, Opaque, Prompt, Wired
from homeport.daemon.egress.permits import Egress
from homeport.policies.model import ModelCard
from support.anthropic_server import AnthropicServer, model_row
from support.asks import PATIENT, Outcome, Secret, ask, collect, setup, user
from support.recordings import for_each, load, recordings
from support.upstreams import Fault, OpenAIServer

OWN = b'{"model":"x","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"later":1}'
STREAMS = [
    path
    for path in recordings("anthropic-messages")
    if isinstance(load(path)["response"]["body"], str)
]


@dataclass
class Case:
    adapter: AnthropicAdapter
    server: AnthropicServer
    egress: Egress
    card: ModelCard

    def permit(self) -> Any:
        return self.egress.permit(ask(), self.card, self.adapter.origin)

    async def run(self, prompt: Prompt | None = None, prefix: str = "") -> Outcome:
        return await collect(
            self.adapter.stream(
                prompt or user(), self.card, prefix=prefix, limits=PATIENT, permit=self.permit()
            )
        )


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    async with AnthropicServer() as server:
        adapter = AnthropicAdapter(server.origin, credential=Secret())
        egress = Egress(environment={})
        cards = await adapter.models(egress.probe_permit(adapter.origin))
        yield Case(adapter, server, egress, cards[0])
        await egress.close()


def own(**fields: Any) -> Prompt:
    labels = Labels(model="claude-sonnet-4-5")
    return user(**({"raw": OWN, "wire": "anthropic", "labels": labels, "stream": True} | fields))


async def test_every_page_of_the_listing(case: Case) -> None:
    case.server.models = [model_row(f"claude-opus-4-{n}") for n in range(5)]
    case.server.page_size = 2
    cards = await case.adapter.models(case.egress.probe_permit(case.adapter.origin))
    assert [card.name for card in cards] == [f"claude-opus-4-{n}" for n in range(5)]
    assert len(case.server.requests) == 4
    assert case.server.requests[0].headers["x-api-key"] == "sk-very-secret"
    assert case.server.requests[0].headers["anthropic-version"] == "2023-06-01"


async def test_a_listing_that_is_none() -> None:
    async with OpenAIServer() as server:
        server.routes["/v1/models?limit=1000"] = {"data": [{"no": "id"}]}
        egress = Egress(environment={})
        with pytest.raises(AttemptFailed) as caught:
            await AnthropicAdapter(server.origin).models(egress.probe_permit(server.origin))
        assert caught.value.failure.kind == "garbage"
        await egress.close()


@pytest.mark.parametrize(("status", "verdict"), [(200, "valid"), (401, "refused")])
async def test_the_check_of_a_key(case: Case, status: int, verdict: str) -> None:
    case.server.status_of_models = status
    permit = case.egress.probe_permit(case.adapter.origin)
    assert await case.adapter.check_key(permit) == verdict


async def test_a_check_that_cannot_be_told(case: Case) -> None:
    case.server.status_of_models = 529
    with pytest.raises(AttemptFailed):
        await case.adapter.check_key(case.egress.probe_permit(case.adapter.origin))


async def test_an_answer_to_a_prompt_of_another_wire(case: Case) -> None:
    outcome = await case.run()
    assert outcome.text == "Hello, world!"
    finish = outcome.finish
    assert (finish.reason, finish.wire, finish.raw, finish.id) == (
        "stop", "anthropic", b"", "msg_1",
    )  # fmt: skip
    assert (finish.usage.input, finish.usage.cache_read, finish.usage.output) == (7, 2, 4)
    sent = case.server.requests[-1]
    assert sent.path == "/v1/messages"
    assert sent.json["model"] == "claude-sonnet-4-5-20250929"
    assert sent.json["stream"] is True
    assert sent.json["max_tokens"] == PATIENT.max_tokens


async def test_own_bytes_go_out_and_come_back_as_they_are(case: Case) -> None:
    forward = (("anthropic-beta", "a,b"), ("anthropic-version", "2026-10-21"), ("x-other", "1"))
    outcome = await case.run(own(forward=forward))
    assert outcome.text == ""
    data = b"".join(d.data for d in outcome.deltas if isinstance(d, Wired)) + outcome.finish.raw
    tokens, end = case.server.frames(case.server.requests[-1])
    assert data == b"".join(tokens + end)
    sent = case.server.requests[-1]
    assert sent.path == "/v1/messages?beta=true"
    assert sent.json["later"] == 1
    assert sent.headers["anthropic-beta"] == "a,b"
    assert sent.headers["anthropic-version"] == "2026-10-21"
    assert "x-other" not in sent.headers


async def test_a_continued_answer_is_written_anew(case: Case) -> None:
    case.server.words = [" world"]
    outcome = await case.run(own(forward=(("anthropic-version", "2026-10-21"),)), prefix="Hello ")
    assert outcome.text == "world"
    sent = case.server.requests[-1]
    assert sent.headers["anthropic-version"] == "2023-06-01"
    assert sent.json["messages"][-1]["content"][0]["text"] == "Hello"


async def test_what_cannot_be_written_is_unsupported(case: Case) -> None:
    prompt = Prompt((Message("user", (Opaque("openai-responses", {}),)),))
    outcome = await case.run(prompt)
    assert outcome.failure is not None
    assert outcome.failure.kind == "unsupported"
    assert case.server.prompts == 0


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"},
         "context_overflow"),
        (400, {"type": "invalid_request_error",
               "message": "input length and `max_tokens` exceed context limit: 9 + 9 > 8"},
         "context_overflow"),
        (400, {"type": "invalid_request_error", "message": "Your credit balance is too low"},
         "rate_limited"),
        (400, {"type": "invalid_request_error", "message": "thinking.type: odd"}, "rejected"),
        (400, {"type": "invalid_request_error",
               "message": "This model does not support assistant message prefill."}, "unsupported"),
        (401, {"type": "authentication_error"}, "unauthorized"),
        (402, {"type": "billing_error"}, "rate_limited"),
        (403, {"type": "permission_error"}, "unauthorized"),
        (404, {"type": "not_found_error", "message": "model: claude-x"}, "missing"),
        (413, {"type": "request_too_large"}, "context_overflow"),
        (429, {"type": "rate_limit_error"}, "rate_limited"),
        (500, {"type": "api_error"}, "overloaded"),
        (529, {"type": "overloaded_error"}, "overloaded"),
    ],
)  # fmt: skip
async def test_errors(case: Case, status: int, error: Any, kind: str) -> None:
    body = {"type": "error", "error": error, "request_id": "req_1"}
    case.server.fault = Fault("status", status=status, body=body, headers=(("retry-after", "3"),))
    outcome = await case.run()
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.status) == (kind, status)
    assert outcome.failure.retry_after_ms == 3000
    assert error["type"] in outcome.failure.sentence


async def test_tokens_are_counted_without_an_answer(case: Case) -> None:
    counted = await case.adapter.count_tokens(
        own(forward=(("anthropic-beta", "a"),)), case.card, limits=PATIENT, permit=case.permit()
    )
    assert counted == 21
    sent = case.server.requests[-1]
    assert sent.path == "/v1/messages/count_tokens?beta=true"
    assert set(sent.json) == {"model", "messages", "later"}
    prompt = Prompt((Message("user", (Opaque("other", {}),)),))
    with pytest.raises(AttemptFailed):
        await case.adapter.count_tokens(prompt, case.card, limits=PATIENT, permit=case.permit())
    case.server.input_tokens = None  # type: ignore[assignment]
    with pytest.raises(AttemptFailed):
        await case.adapter.count_tokens(user(), case.card, limits=PATIENT, permit=case.permit())


@for_each(STREAMS)
async def test_recorded_streams_over_a_socket(case: Case, path: Path) -> None:
    body = load(path)["response"]["body"].encode()
    case.server.stream = [body[at : at + 97] for at in range(0, len(body), 97)]
    outcome = await case.run(own())
    data = b"".join(d.data for d in outcome.deltas if isinstance(d, Wired)) + outcome.finish.raw
    assert data == body


def test_it_is_built_where_a_key_is() -> None:
    assert AnthropicAdapter.build(setup()) == []
    secret = Secret("sk-ant-1")
    (adapter,) = AnthropicAdapter.build(setup(credential=lambda _: secret))
    assert adapter.origin == "https://api.anthropic.com:443"
    assert repr(adapter) == "AnthropicAdapter(api.anthropic.com:443)"
    assert adapter._headers()["x-api-key"] == "sk-ant-1"
    environment = {
        "ANTHROPIC_AUTH_TOKEN": "sk-ant-1",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/v1",
    }
    (adapter,) = AnthropicAdapter.build(setup(credential=lambda _: secret, environment=environment))
    assert adapter.origin == "http://127.0.0.1:9"
    assert adapter._headers()["authorization"] == "Bearer sk-ant-1"
    assert "x-api-key" not in adapter._headers()
    (adapter,) = AnthropicAdapter.build(
        setup(credential=lambda _: secret, environment={"ANTHROPIC_BASE_URL": "nonsense"})
    )
    assert adapter.origin == "https://api.anthropic.com:443"


async def test_without_a_permit_nothing_is_sent() -> None:
    adapter = AnthropicAdapter("http://127.0.0.1:9")
    with pytest.raises(AttemptFailed):
        await adapter.models(None)
    await adapter.close()
