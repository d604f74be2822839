"""Ollama: its models as cards, an explicit window, and no prompt cut in silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Completion,
    Image,
    Inputs,
    Message,
    Prompt,
    Sampling,
    Text,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    Tool,
    ToolCallDelta,
    Wired,
)
from homeport.adapters.ollama.adapter import OllamaAdapter, server_url
from homeport.adapters.ollama.read import ChatReader
from homeport.daemon.egress.permits import Egress
from homeport.policies.model import ModelCard
from support.asks import PATIENT, ask, collect, setup, user
from support.upstreams import Fault, OllamaModel, OllamaServer


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    egress = Egress(environment={})
    yield egress
    await egress.close()


async def models(adapter: OllamaAdapter, egress: Egress) -> list[ModelCard]:
    return await adapter.models(egress.probe_permit(adapter.origin))


async def answer(
    server: OllamaServer, egress: Egress, prompt: Prompt | None = None, prefix: str = ""
) -> Any:
    adapter = OllamaAdapter(server.origin, window=4096, keep_alive_s=60)
    card = (await models(adapter, egress))[0]
    permit = egress.permit(ask(), card, adapter.origin)
    stream = adapter.stream(prompt or user(), card, prefix=prefix, limits=PATIENT, permit=permit)
    return await collect(stream)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8", "http://127.0.0.1:8"),
        (":77", "http://127.0.0.1:77"),
        ("nas", "http://nas:11434"),
        ("nas:99/", "http://nas:99"),
        ("http://nas", "http://nas"),
        ("https://nas:1/ollama", "https://nas:1/ollama"),
        ("[::1]", "http://[::1]:11434"),
        ("[::]:5", "http://[::1]:5"),
        ("ftp://nas", "http://127.0.0.1:11434"),
    ],
)
def test_addresses(value: str, url: str) -> None:
    assert server_url(value) == url


def test_building() -> None:
    assert OllamaAdapter.build(setup(settings={"ollama": {"enabled": False}})) == []
    (adapter,) = OllamaAdapter.build(setup(environment={"OLLAMA_HOST": "nas:1"}))
    assert repr(adapter) == "OllamaAdapter(nas:1)"
    table = {"ollama": {"enabled": True, "url": "http://box:2"}}
    (adapter,) = OllamaAdapter.build(setup(settings=table, environment={"OLLAMA_HOST": "nas:1"}))
    assert adapter.origin == "http://box:2"


async def test_a_model_as_a_card(egress: Egress) -> None:
    model = OllamaModel(context=40960, capabilities=("completion", "vision", "thinking"))
    async with OllamaServer(models=[model]) as server:
        (card,) = await models(OllamaAdapter(server.origin, window=8192), egress)
    assert card.id == "ollama/test:1b"
    assert card.context == 8192
    assert card.capabilities == (
        *("completion", "images", "json", "json_schema", "logprobs", "thinking"),
    )
    assert (card.parameters, card.quantisation) == (1_200_000_000, "Q4_K_M")
    assert (card.place, card.continues, card.price_ref) == ("local", True, "")


async def test_a_model_with_a_small_window_keeps_it(egress: Egress) -> None:
    async with OllamaServer(models=[OllamaModel(context=2048)]) as server:
        (card,) = await models(OllamaAdapter(server.origin, window=8192), egress)
    assert card.context == 2048


async def test_models_that_neither_chat_nor_embed_are_left_out(egress: Egress) -> None:
    listed = [
        OllamaModel("vectors", capabilities=("embedding",)),
        OllamaModel("pictures", capabilities=("image",)),
        OllamaModel("code", capabilities=("completion", "insert")),
    ]
    async with OllamaServer(models=listed) as server:
        vectors, code = await models(OllamaAdapter(server.origin), egress)
    assert (vectors.name, vectors.capabilities, vectors.continues) == (
        *("vectors", ("embeddings",), False),
    )
    assert "fill" in code.capabilities


@pytest.mark.parametrize(
    "model",
    [
        OllamaModel("big", row={"remote_host": "https://ollama.com:443"}),
        OllamaModel("big", row={"remote_model": "big"}),
        OllamaModel("big:cloud"),
        OllamaModel("big:120b-cloud"),
    ],
)
async def test_a_model_that_runs_elsewhere_is_in_the_cloud(
    egress: Egress, model: OllamaModel
) -> None:
    async with OllamaServer(models=[model]) as server:
        (card,) = await models(OllamaAdapter(server.origin), egress)
        assert (card.place, card.continues) == ("cloud", False)
        assert card.price_ref == f"ollama-cloud/{model.name}"
        with pytest.raises(AttemptFailed):
            egress.permit(ask(privacy="private"), card, server.origin)
        assert await models(OllamaAdapter(server.origin, cloud=False), egress) == []
        (built,) = OllamaAdapter.build(
            setup(environment={"OLLAMA_NO_CLOUD": "1", "OLLAMA_HOST": server.origin})
        )
        assert await models(built, egress) == []


async def test_what_was_shown_is_not_asked_again(egress: Egress) -> None:
    async with OllamaServer(models=[OllamaModel(f"m{n}") for n in range(9)]) as server:
        adapter = OllamaAdapter(server.origin)
        assert len(await models(adapter, egress)) == 9
        await models(adapter, egress)
        shows = [request for request in server.requests if request.path == "/api/show"]
        assert len(shows) == 9
        server.models.pop()
        assert len(await models(adapter, egress)) == 8


async def test_loaded_models(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.running = [{"model": "test:1b", "size": 900, "size_vram": 300}]
        adapter = OllamaAdapter(server.origin)
        assert adapter.running() == {}
        await models(adapter, egress)
        assert adapter.running() == {"ollama/test:1b": (300, 900)}


@pytest.mark.parametrize("version", [None, {"version": 3}, ["x"], {}])
async def test_a_stranger_is_no_ollama(egress: Egress, version: Any) -> None:
    class Stranger(OllamaServer):
        def plain(self, request: Any) -> Any:
            return version

    async with Stranger() as server:
        with pytest.raises(AttemptFailed) as caught:
            await models(OllamaAdapter(server.origin), egress)
        assert caught.value.failure.kind in ("garbage", "missing")
        assert [request.path for request in server.requests] == ["/api/version"]


async def test_the_window_is_always_asked_for(egress: Egress) -> None:
    async with OllamaServer() as server:
        assert (await answer(server, egress)).failure is None
        body = server.requests[-1].json
        assert body["options"]["num_ctx"] == 4096
        assert (body["truncate"], body["shift"]) == (False, False)
        assert body["keep_alive"] == "60s"


async def test_a_prompt_that_cannot_fit_is_not_sent(egress: Egress) -> None:
    async with OllamaServer() as server:
        outcome = await answer(server, egress, user("a word " * 20_000))
        assert outcome.failure.kind == "context_overflow"
        assert server.prompts == 0


async def test_a_tool_that_another_provider_runs_is_unsupported(egress: Egress) -> None:
    async with OllamaServer() as server:
        search = Tool("search", kind="server", wire="anthropic")
        outcome = await answer(server, egress, user(tools=(search,)))
        assert outcome.failure.kind == "unsupported"
        assert server.prompts == 0


LONG = "four five six " * 1000  # about 3,100 tokens, near the window of 4,096


async def test_an_old_server_that_cut_the_prompt_is_caught_before_a_word(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.version, server.prompt_eval_count = "0.6.2", 512
        outcome = await answer(server, egress, user(LONG))
        assert outcome.failure.kind == "context_overflow"
        assert outcome.deltas == []


async def test_an_old_server_that_read_it_all_is_believed(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.version, server.prompt_eval_count = "0.6.2", 3100
        outcome = await answer(server, egress, user(LONG))
        assert outcome.failure is None
        assert outcome.text == "Hello, world!"


async def test_a_server_that_refuses_overflow_streams_at_once(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.prompt_eval_count = 512
        outcome = await answer(server, egress, user(LONG, stream=True))
        assert outcome.text == "Hello, world!"
        assert outcome.finish.extras["prompt_may_be_cut"] is True


async def test_nobody_is_believed_where_the_caller_waits_for_the_end(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.prompt_eval_count = 512
        outcome = await answer(server, egress, user(LONG))
        assert (outcome.failure.kind, outcome.text) == ("context_overflow", "")


async def test_everything_a_prompt_asks_for(egress: Egress) -> None:
    model = OllamaModel(capabilities=("completion", "thinking", "vision", "tools"))
    async with OllamaServer(models=[model]) as server:
        schema = {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}]}}}
        prompt = Prompt(
            (Message("user", (Text("look"), Image(data="QUJD"))),),
            tools=(Tool("f", "does", schema),),
            tool_choice={"type": "allowed_tools", "mode": "auto", "tools": [{"name": "f"}]},
            sampling=Sampling(
                temperature=0.5, seed=1, stop=("x",), logprobs=True, top_logprobs=2,
                reasoning_effort="high",
            ),
        )  # fmt: skip
        outcome = await answer(server, egress, prompt)
        body = server.requests[-1].json
        assert body["messages"] == [{"role": "user", "content": "look", "images": ["QUJD"]}]
        assert body["tools"][0]["function"]["parameters"] == schema
        assert (body["logprobs"], body["top_logprobs"], body["think"]) == (True, 2, True)
        assert body["options"]["temperature"] == 0.5
        assert body["options"]["stop"] == ["x"]
        assert outcome.finish.extras["dropped"] == ["tool_choice"]


async def test_everything_an_answer_holds(egress: Egress) -> None:
    async with OllamaServer() as server:
        call = {"id": "c1", "function": {"index": 0, "name": "f", "arguments": {"a": [1]}}}
        token = {"token": "Hi", "logprob": -0.5}
        server.messages = [
            {"thinking": "hm"},
            {"message": {"content": "Hi"}, "logprobs": [{**token, "top_logprobs": [token]}]},
            {"content": "", "tool_calls": [call, {**call, "id": "c2", "function": {"name": "g"}}]},
        ]
        outcome = await answer(server, egress)
        assert outcome.deltas[:-1] == [
            ThinkingDelta("hm"),
            TextDelta("Hi", 1, (TokenLogprob("Hi", -0.5, (("Hi", -0.5),)),)),
            ToolCallDelta(0, "c1", "f", '{"a":[1]}'),
            ToolCallDelta(1, "c2", "g", "{}"),
        ]
        assert outcome.finish.reason == "tool_calls"
        assert (outcome.finish.usage.input, outcome.finish.usage.output) == (7, 3)


async def test_line_ends_of_unicode_within_an_answer(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.messages = [{"content": "a\x85b\u2028c"}]
        outcome = await answer(server, egress)
        assert outcome.deltas[:-1] == [TextDelta("a\x85b\u2028c")]


async def test_a_call_without_arguments(egress: Egress) -> None:
    async with OllamaServer() as server:
        call = {"function": {"name": "f", "arguments": None}}
        server.messages = [{"content": "", "tool_calls": [call]}]
        given = [(await answer(server, egress)).deltas[:-1] for _ in range(2)]
    ids = [deltas[0].id for deltas in given if isinstance(deltas[0], ToolCallDelta)]
    assert given == [[ToolCallDelta(0, call_id, "f", "{}")] for call_id in ids]
    assert len(set(ids)) == 2  # both may stand in one talk


def test_an_id_is_made_of_the_moment_of_its_line() -> None:
    line = b'{"created_at": "2026-11-22T08:01:02.345Z", "message": {"tool_calls": [%s, %s]}}'
    call = b'{"function": {"name": "f"}}'
    (wired,) = ChatReader().read(line % (call, call))
    assert isinstance(wired, Wired)
    made = [delta.id for delta in wired.deltas if isinstance(delta, ToolCallDelta)]
    assert made == ["call_20261122080102345_0", "call_20261122080102345_1"]


async def test_reasons_and_missing_usage(egress: Egress) -> None:
    async with OllamaServer() as server:
        server.done_reason, server.prompt_eval_count = "length", None
        outcome = await answer(server, egress)
        assert outcome.finish.reason == "length"
        assert (outcome.finish.usage.input, outcome.finish.usage.certain) == (None, False)


async def test_an_answer_that_has_begun_is_not_thought_about_again(egress: Egress) -> None:
    model = OllamaModel(capabilities=("completion", "thinking"))
    async with OllamaServer(models=[model]) as server:
        await answer(server, egress, prefix="Once")
        body = server.requests[-1].json
        assert body["think"] is False
        assert body["messages"][-1] == {"role": "assistant", "content": "Once"}


async def test_an_image_by_address_is_unsupported(egress: Egress) -> None:
    async with OllamaServer() as server:
        prompt = Prompt((Message("user", (Image(url="https://x/y.png"),)),))
        assert (await answer(server, egress, prompt)).failure.kind == "unsupported"
        assert server.prompts == 0


async def test_a_local_file_is_never_read_for_an_image(egress: Egress, tmp_path: Any) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    async with OllamaServer() as server:
        prompt = Prompt((Message("user", (Image(data=str(secret)),)),))
        await answer(server, egress, prompt)
        assert server.requests[-1].json["messages"][0]["images"] == [str(secret)]


async def test_the_key_of_the_environment_stays_at_home(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "sk-very-secret")
    async with OllamaServer() as server:
        await answer(server, egress)
        assert not [r for r in server.requests if "authorization" in r.headers]


async def test_a_retry_hint_comes_through(egress: Egress) -> None:
    fault = Fault("status", status=503, headers=(("retry-after", "3"),), body={"error": "busy"})
    async with OllamaServer(fault=fault) as server:
        failure = (await answer(server, egress)).failure
        assert (failure.kind, failure.retry_after_ms) == ("overloaded", 3000)


async def test_raw_text_goes_on(egress: Egress) -> None:
    async with OllamaServer() as server:
        prompt = user("Once", completion=Completion("Once"))
        outcome = await answer(server, egress, prompt, prefix=" upon")
        assert outcome.text == "Hello, world!"
        assert (outcome.finish.raw_reason, outcome.finish.usage.output) == ("stop", 4)
        request = server.requests[-1]
        assert (request.path, request.json["prompt"]) == ("/api/generate", "Once upon")
        assert request.json["raw"] is True
        assert "messages" not in request.json


async def test_what_stands_before_a_suffix(egress: Egress) -> None:
    async with OllamaServer() as server:
        prompt = user("def f(", completion=Completion("def f(", suffix="return x"))
        await answer(server, egress, prompt)
        body = server.requests[-1].json
        assert (body["prompt"], body["suffix"]) == ("def f(", "return x")
        assert "raw" not in body


async def vectors_of(server: OllamaServer, egress: Egress, inputs: Inputs) -> Any:
    adapter = OllamaAdapter(server.origin, keep_alive_s=60)
    card = (await models(adapter, egress))[0]
    permit = egress.permit(ask(), card, adapter.origin)
    return await adapter.embed(inputs, card, limits=PATIENT, permit=permit)


async def test_vectors(egress: Egress) -> None:
    async with OllamaServer(models=[OllamaModel(capabilities=("embedding",))]) as server:
        embedded = await vectors_of(server, egress, Inputs(("a", "b"), dimensions=2))
        assert embedded.vectors == ((0.0, 0.5), (1.0, 0.5))
        assert (embedded.usage.input, embedded.model) == (9, "test:1b")
        assert server.requests[-1].json == {
            "model": "test:1b", "input": ["a", "b"], "truncate": False, "dimensions": 2,
            "options": {"num_ctx": 4096}, "keep_alive": "60s",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "given", "kind"),
    [
        (Inputs(((1, 2),)), None, "unsupported"),
        (Inputs(("a",)), {"embeddings": []}, "garbage"),
        (Inputs(("a",)), {"embeddings": [["x"]]}, "garbage"),
        (Inputs(("a",)), {}, "garbage"),
    ],
)
async def test_no_vectors(egress: Egress, inputs: Inputs, given: Any, kind: str) -> None:
    class Odd(OllamaServer):
        def vectors(self, request: Any) -> Any:
            return given

    async with Odd(models=[OllamaModel(capabilities=("embedding",))]) as server:
        with pytest.raises(AttemptFailed) as caught:
            await vectors_of(server, egress, inputs)
        assert caught.value.failure.kind == kind


async def test_loading_letting_go_and_fetching(egress: Egress) -> None:
    async with OllamaServer() as server:
        adapter = OllamaAdapter(server.origin, window=2048)
        await models(adapter, egress)
        permit = egress.download_permit(adapter.origin)
        await adapter.load("ollama/test:1b", permit=permit)
        assert server.requests[-1].json == {
            "model": "test:1b", "stream": False, "options": {"num_ctx": 2048},
        }  # fmt: skip
        await adapter.unload("ollama/test:1b", permit=permit)
        assert server.requests[-1].json["keep_alive"] == 0
        steps = [step async for step in adapter.pull("new", insecure=False, permit=permit)]
        assert [step["status"] for step in steps] == ["pulling manifest", "pulling x", "success"]


async def test_a_download_that_fails(egress: Egress) -> None:
    fault = Fault("error_in_stream", at=1)
    async with OllamaServer(fault=fault) as server:
        adapter = OllamaAdapter(server.origin)
        permit = egress.download_permit(adapter.origin)
        with pytest.raises(AttemptFailed):
            async for _ in adapter.pull("new", insecure=True, permit=permit):
                pass
        assert server.requests[-1].json["insecure"] is True


async def test_a_body_of_its_own_wire_is_handed_on_and_so_are_the_lines(egress: Egress) -> None:
    raw = (
        b'{"model":"auto","messages":[{"role":"user","content":"hi","new":1}],"later":[2],'
        b'"think":true,"homeport":{},"context":[1],"options":{"num_gpu":1,"seed":3}}'
    )
    prompt = user(
        wire="ollama", raw=raw, stream=True, sampling=Sampling(seed=3),
        extras={"later": [2], "think": True, "options": {"num_gpu": 1}},
    )  # fmt: skip
    async with OllamaServer() as server:
        server.messages = [{"message": {"content": "Hi"}, "new": 4}]
        outcome = await answer(server, egress, prompt)
        assert server.requests[-1].json == {
            "model": "test:1b", "messages": [{"role": "user", "content": "hi", "new": 1}],
            "later": [2], "stream": True, "truncate": False, "shift": False, "keep_alive": "60s",
            "options": {"num_gpu": 1, "seed": 3, "num_predict": 100, "num_ctx": 4096},
        }  # fmt: skip
        (wired, finish) = outcome.deltas
        assert (wired.wire, wired.deltas) == ("ollama", (TextDelta("Hi"),))
        # Written as no encoder of ours writes: these are the server's own bytes.
        assert b'"new": 4' in wired.data
        assert b'"eval_count": 1' in finish.raw
        plain = await answer(server, egress, msgspec.structs.replace(prompt, stream=False))
        assert plain.text == "Hi"
        assert plain.finish.raw == b""
        generate = msgspec.structs.replace(prompt, raw=b'{"model":"m","prompt":"hi"}')
        assert (await answer(server, egress, generate)).finish.reason == "stop"
        assert server.requests[-1].path == "/api/generate"
        await answer(server, egress, prompt, prefix="So")
        assert server.requests[-1].json["messages"][-1]["content"] == "So"
