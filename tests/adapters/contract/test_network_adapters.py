"""What every adapter does with the same faults: one suite, each adapter.

The network adapters meet real servers with scripted faults; the echo adapter
plays the same faults by its script.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from homeport.adapters.anthropic.adapter import AnthropicAdapter
from homeport.adapters.base import Adapter, Finish, Limits, Permit
from homeport.adapters.echo import EchoAdapter, EchoScript
from homeport.adapters.gemini.adapter import GeminiAdapter
from homeport.adapters.ollama.adapter import OllamaAdapter
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.egress.permits import Egress
from homeport.policies.model import ModelCard
from support.anthropic_server import AnthropicServer
from support.asks import PATIENT, Outcome, ask, collect, user
from support.gemini_server import GeminiServer
from support.silence import FOR_EVER_S, LIMIT_S, UNHURRIED, silenced
from support.upstreams import (
    FakeServer,
    Fault,
    OllamaServer,
    OpenAIServer,
    closed_port,
    deaf_port,
)

HASTY = Limits(max_tokens=100, deadline_s=5.0, first_token_s=1.0, gap_s=0.2)
WORDS = ("Hello", ", ", "brave ", "new ", "world")
SECRET_PROMPT = "the launch code is xyzzy"


@dataclass
class Case:
    """One adapter with its server."""

    adapter: Adapter
    server: FakeServer
    egress: Egress
    card: ModelCard

    def permit(self) -> Permit:
        return self.egress.permit(ask(), self.card, self.adapter.origin)

    def stream(self, limits: Limits = PATIENT, **options: Any) -> Any:
        options = {"prefix": "", "prompt": user(SECRET_PROMPT)} | options
        return self.adapter.stream(
            options["prompt"],
            self.card,
            prefix=options["prefix"],
            limits=limits,
            permit=self.permit(),
        )

    async def run(self, fault: Fault | None = None, limits: Limits = PATIENT) -> Outcome:
        self.server.fault = fault
        return await collect(self.stream(limits))


SERVERS: dict[str, type[FakeServer]] = {
    "openai": OpenAIServer,
    "ollama": OllamaServer,
    "gemini": GeminiServer,
    "anthropic": AnthropicServer,
}


def adapter_of(server: FakeServer) -> Adapter:
    """The one that speaks the server's wire."""
    if isinstance(server, OpenAIServer):
        return OpenAICompatibleAdapter("test", server.url)
    if isinstance(server, GeminiServer):
        return GeminiAdapter(server.origin)
    if isinstance(server, AnthropicServer):
        return AnthropicAdapter(server.origin)
    return OllamaAdapter(server.origin)


@pytest.fixture(params=list(SERVERS))
async def case(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    server = SERVERS[request.param](WORDS)
    async with server:
        adapter = adapter_of(server)
        egress = Egress(environment={})
        cards = await adapter.models(egress.probe_permit(adapter.origin))
        yield Case(adapter, server, egress, cards[0])
        await egress.close()


async def test_a_whole_answer_ends_in_one_finish(case: Case) -> None:
    outcome = await case.run()
    assert outcome.failure is None
    assert outcome.text == "".join(WORDS)
    assert [isinstance(delta, Finish) for delta in outcome.deltas].count(True) == 1
    assert outcome.finish.reason == "stop"
    assert outcome.finish.usage.input == 7
    assert outcome.finish.usage.certain


async def test_connections_are_used_again(case: Case) -> None:
    for _ in range(5):
        assert (await case.run()).failure is None
    assert case.server.prompts == 5
    assert case.server.connections == 1


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset", "reset"),
        ("cut_body", "reset"),
        ("clean_end", "truncated"),
        ("bad_json", "garbage"),
        ("huge_line", "garbage"),
    ],
)
async def test_a_broken_stream_is_a_failure_of_its_kind(
    case: Case, fault: Any, kind: str, at: int
) -> None:
    outcome = await case.run(Fault(fault, at=at))
    assert outcome.failure is not None
    assert outcome.failure.kind == kind
    assert outcome.failure.model == case.card.id
    assert outcome.text == "".join(WORDS[:at])
    assert outcome.failure.sent_tokens == at


@pytest.mark.parametrize("at", [0, 3])
async def test_an_error_inside_the_stream_is_a_failure(case: Case, at: int) -> None:
    outcome = await case.run(Fault("error_in_stream", at=at))
    assert outcome.failure is not None
    assert outcome.failure.kind in ("overloaded", "worker_died")
    assert outcome.text == "".join(WORDS[:at])


@pytest.mark.parametrize("fault", ["garbage", "wrong_type", "endless_headers"])
async def test_what_is_no_answer_is_garbage(case: Case, fault: Any) -> None:
    outcome = await case.run(Fault(fault))
    assert outcome.failure is not None
    assert outcome.failure.kind == "garbage"
    assert outcome.deltas == []


@pytest.mark.parametrize(
    ("fault", "kind", "tokens"),
    [
        (Fault("slow_headers"), "first_token_timeout", 0),
        (Fault("stall", at=0), "first_token_timeout", 0),
        (Fault("stall", at=2), "stall", 2),
    ],
)
async def test_silence_ends_at_its_limit_and_upstream_is_let_go(
    case: Case, fault: Fault, kind: str, tokens: int
) -> None:
    case.server.fault = fault
    said = "".join(WORDS[:tokens])
    stream = case.stream(UNHURRIED)
    outcome = await silenced(stream, case.server.stalled, lambda heard: heard.text == said)
    assert outcome.failure is not None
    assert outcome.failure.kind == kind
    assert outcome.failure.sent_tokens == tokens
    await asyncio.wait_for(case.server.left.wait(), 20)


async def test_the_deadline_is_over_everything(case: Case) -> None:
    case.server.fault = Fault("stall", at=2)
    limits = Limits(9, deadline_s=LIMIT_S, connect_s=5, first_token_s=FOR_EVER_S, gap_s=FOR_EVER_S)
    stream, said = case.stream(limits), "".join(WORDS[:2])
    outcome = await silenced(stream, case.server.stalled, lambda heard: heard.text == said)
    assert outcome.failure is not None
    assert outcome.failure.kind == "deadline"


@pytest.mark.parametrize(
    ("status", "headers", "kind", "retry_after_ms"),
    [
        (400, (), "rejected", None),
        (401, (), "unauthorized", None),
        (403, (), "unauthorized", None),
        (404, (), "missing", None),
        (408, (), "overloaded", None),
        (413, (), "context_overflow", None),
        (429, (), "rate_limited", None),
        (429, (("Retry-After", "7"),), "rate_limited", 7000),
        (500, (), "overloaded", None),
        (503, (("Retry-After", "2"),), "overloaded", 2000),
        (302, (("Location", "http://127.0.0.1:9/"),), "garbage", None),
    ],
)
async def test_statuses(
    case: Case, status: int, headers: Any, kind: str, retry_after_ms: int | None
) -> None:
    body = {"error": {"message": f"no: {SECRET_PROMPT}", "code": SECRET_PROMPT}}
    outcome = await case.run(Fault("status", status=status, headers=headers, body=body))
    assert outcome.failure is not None
    assert outcome.failure.kind == kind
    assert outcome.failure.status == status
    assert outcome.failure.retry_after_ms == retry_after_ms
    assert case.server.prompts == 1
    assert "xyzzy" not in outcome.failure.sentence


@pytest.mark.parametrize(
    "body", [None, b"", b"<html>", b'"text"', b"[1]", b"\xff\xfe", b"x" * 10**6, b"[" * 50_000]
)
async def test_any_error_body_is_survived(case: Case, body: Any) -> None:
    outcome = await case.run(Fault("status", status=500, body=body))
    assert outcome.failure is not None
    assert outcome.failure.kind == "overloaded"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "This model's maximum context length is 10 tokens", "context_overflow"),
        (400, "the input length exceeds the context length", "context_overflow"),
        (400, "test does not support tools", "unsupported"),
        (400, "rejected by the content management policy", "content_refused"),
        (500, "model requires more system memory (9 GiB) than is available", "out_of_memory"),
        (500, "llama runner process has terminated", "worker_died"),
    ],
)
async def test_what_an_error_says_chooses_its_kind(
    case: Case, status: int, message: str, kind: str
) -> None:
    outcome = await case.run(Fault("status", status=status, body={"error": message}))
    assert outcome.failure is not None
    assert outcome.failure.kind == kind


async def test_closing_the_iterator_lets_upstream_go_at_once(case: Case) -> None:
    case.server.fault = Fault("stall", at=2)
    stream = case.stream()
    await anext(stream)
    await stream.aclose()
    await asyncio.wait_for(case.server.left.wait(), 20)


async def test_cancelling_lets_upstream_go_at_once(case: Case) -> None:
    case.server.fault = Fault("stall", at=2)
    task = asyncio.ensure_future(collect(case.stream()))
    await asyncio.wait_for(case.server.stalled.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(case.server.left.wait(), 20)


async def test_a_server_that_is_gone_is_refused_with_nothing_sent(case: Case) -> None:
    await case.server.__aexit__()
    await case.egress.forget("local")
    outcome = await case.run()
    assert outcome.failure is not None
    assert outcome.failure.kind == "refused"
    assert str(case.server.port) in outcome.failure.sentence


async def test_a_port_that_does_not_take_connections_times_out() -> None:
    with deaf_port() as port:
        for adapter in _each_at(port):
            limits = Limits(max_tokens=9, deadline_s=30, connect_s=0.2, first_token_s=30)
            outcome = await _first_contact(adapter, limits)
            assert outcome.failure is not None
            assert outcome.failure.kind == "connect_timeout"


async def test_nobody_there() -> None:
    for adapter in _each_at(closed_port()):
        outcome = await _first_contact(adapter)
        assert outcome.failure is not None
        assert outcome.failure.kind == "refused"


async def test_a_stranger_on_the_port_gets_no_prompt() -> None:
    async with OpenAIServer() as stranger:
        stranger.models = {"hello": "I am something else"}
        for adapter in _each_at(stranger.port):
            outcome = await _first_contact(adapter)
            assert outcome.failure is not None
            assert outcome.failure.kind in ("garbage", "missing")
    assert stranger.requests
    assert not [request for request in stranger.requests if request.method == "POST"]


def _each_at(port: int) -> list[Adapter]:
    origin = f"http://127.0.0.1:{port}"
    openai = OpenAICompatibleAdapter("test", f"{origin}/v1")
    return [openai, OllamaAdapter(origin), GeminiAdapter(origin), AnthropicAdapter(origin)]


async def _first_contact(adapter: Adapter, limits: Limits = PATIENT) -> Outcome:
    """A prompt to a server that was never looked at."""
    egress = Egress(environment={})
    card = ModelCard(id=f"{adapter.provider}/m", provider=adapter.provider, name="m", place="local")
    permit = egress.permit(ask(), card, adapter.origin)
    try:
        return await collect(adapter.stream(user(), card, prefix="", limits=limits, permit=permit))
    finally:
        await egress.close()


async def test_a_prefix_is_sent_as_the_open_answer(case: Case) -> None:
    case.card = replace(case.card, continues=True)
    outcome = await collect(case.stream(prefix="Once upon"))
    assert outcome.failure is None
    body = case.server.requests[-1].json
    if isinstance(case.server, GeminiServer):
        assert body["contents"][-1] == {"role": "model", "parts": [{"text": "Once upon"}]}
    elif isinstance(case.server, AnthropicServer):
        said = [{"type": "text", "text": "Once upon"}]
        assert body["messages"][-1] == {"role": "assistant", "content": said}
    else:
        assert body["messages"][-1] == {"role": "assistant", "content": "Once upon"}


async def test_a_prefix_is_refused_where_it_cannot_be_continued(case: Case) -> None:
    case.card = replace(case.card, continues=False)
    outcome = await collect(case.stream(prefix="Once upon"))
    assert outcome.failure is not None
    assert outcome.failure.kind == "unsupported"
    assert case.server.prompts == 0


async def test_the_reserved_maximum_is_always_sent(case: Case) -> None:
    await collect(case.stream(Limits(max_tokens=17, deadline_s=60)))
    body = case.server.requests[-1].json
    said = (body, body.get("options", {}), body.get("generationConfig", {}))
    names = ("max_tokens", "num_predict", "maxOutputTokens")
    assert 17 in {table.get(name) for table in said for name in names}


ECHO_FAULTS = [
    ("refused", 0),
    ("reset", 0),
    ("reset", 3),
    ("truncated", 2),
    ("garbage", 1),
    ("rate_limited", 0),
    ("stall", 2),
]


@pytest.mark.parametrize(("kind", "at"), ECHO_FAULTS)
async def test_echo_fails_the_same_way(kind: Any, at: int) -> None:
    adapter = EchoAdapter((EchoScript(words="one two three four", fault=kind, fault_at=at),))
    (card,) = await adapter.models(None)
    stream = adapter.stream(user(), card, prefix="", limits=HASTY, permit=None)
    outcome = await collect(stream)
    assert outcome.failure is not None
    assert outcome.failure.kind == kind
    assert outcome.failure.sent_tokens == at
    assert len(outcome.deltas) == at
