"""A lab server as clients meet it: answers by the official SDKs, keys, limits, faults, the log."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import anthropic
import httpx
import ollama
import openai
import pytest
from google import genai

from homeport.lab.catalog import LabModel
from homeport.lab.server import LabServer

MESSAGES: Any = [{"role": "user", "content": "Count, please."}]
SAID = "w1 w2 w3"
WORDS = {"words": 3}


async def test_the_openai_sdk_reads_a_stream() -> None:
    async with (
        LabServer("openai", script=WORDS) as lab,
        openai.AsyncOpenAI(base_url=lab.base_url, api_key="lab") as sdk,
    ):
        stream = await sdk.chat.completions.create(
            model="lab-fast", messages=MESSAGES, stream=True,
            stream_options={"include_usage": True},
        )  # fmt: skip
        chunks = [chunk async for chunk in stream]
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == SAID
    assert chunks[-1].usage
    assert chunks[-1].usage.completion_tokens == 3
    assert lab.log.last.tokens == 3
    assert lab.log.last.outcome == "whole"


async def test_the_openai_sdk_reads_a_response() -> None:
    async with (
        LabServer("openai", script=WORDS) as lab,
        openai.AsyncOpenAI(base_url=lab.base_url, api_key="lab") as sdk,
    ):
        async with sdk.responses.stream(model="lab-fast", input="Count") as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()
        whole = await sdk.responses.create(model="lab-fast", input="Count")
    assert final.output_text == whole.output_text == SAID
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"


async def test_the_openai_sdk_embeds() -> None:
    async with (
        LabServer("openai") as lab,
        openai.AsyncOpenAI(base_url=lab.base_url, api_key="lab") as sdk,
    ):
        made = await sdk.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
        again = await sdk.embeddings.create(model="text-embedding-3-small", input="a")
    assert made.data[0].embedding == again.data[0].embedding != made.data[1].embedding


async def test_the_anthropic_sdk_reads_a_stream_and_a_message() -> None:
    async with (
        LabServer("anthropic", script={"words": 3, "thinking": "Let me see"}) as lab,
        anthropic.AsyncAnthropic(base_url=lab.base_url, api_key="lab") as sdk,
    ):
        given: Any = {"model": "claude-sonnet-5", "max_tokens": 50, "messages": MESSAGES}
        async with sdk.messages.stream(**given) as stream:
            final = await stream.get_final_message()
        whole = await sdk.messages.create(**given)
        counted = await sdk.messages.count_tokens(model="lab-fast", messages=MESSAGES)
        listed = [model.id async for model in sdk.models.list()]
    assert [part.type for part in final.content] == ["thinking", "text"]
    assert final.content[1].text == whole.content[1].text == SAID
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens == 6
    assert counted.input_tokens == 2
    assert "claude-sonnet-5" in listed


@pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
async def test_the_genai_sdk_reads_a_stream_and_an_answer() -> None:
    async with LabServer("gemini", script=WORDS) as lab:
        sdk = genai.Client(api_key="lab", http_options={"base_url": lab.base_url})
        stream = await sdk.aio.models.generate_content_stream(model="lab-fast", contents="Count")
        chunks = [chunk async for chunk in stream]
        whole = await sdk.aio.models.generate_content(model="lab-fast", contents="Count")
        await sdk.aio.aclose()
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text == SAID
    assert chunks[-1].usage_metadata.candidates_token_count == 3


async def test_the_ollama_sdk_reads_a_stream_and_its_models() -> None:
    async with LabServer("ollama", script=WORDS) as lab:
        sdk = ollama.AsyncClient(lab.base_url)
        chunks = [
            chunk
            async for chunk in await sdk.chat(model="lab-home:3b", messages=MESSAGES, stream=True)
        ]
        generated = await sdk.generate(model="lab-home:3b", prompt="Count")
        listed = await sdk.list()
        shown = await sdk.show("lab-home:3b")
        vectors = await sdk.embed(model="lab-embed", input=["a", "b"])
        await sdk._client.aclose()
    assert "".join(chunk.message.content or "" for chunk in chunks) == generated.response == SAID
    assert chunks[-1].eval_count == 3
    assert "lab-home:3b" in [model.model for model in listed.models]
    assert shown.modelinfo
    assert shown.modelinfo["lab.context_length"] == 32_768
    assert len(vectors.embeddings) == 2


async def test_llama_server_says_what_it_is() -> None:
    async with LabServer("llama-server") as lab, httpx.AsyncClient() as client:
        health = (await client.get(f"{lab.origin}/health")).json()
        props = (await client.get(f"{lab.origin}/props")).json()
        models = (await client.get(f"{lab.base_url}/models")).json()
    assert health == {"status": "ok"}
    assert props["default_generation_settings"]["n_ctx"] == 16_384
    assert models["data"][0]["owned_by"] == "llamacpp"


@pytest.mark.parametrize(
    ("wire", "path", "header", "place"),
    [
        ("openai", "/v1/models", "authorization", ("error", "code")),
        ("anthropic", "/v1/models", "x-api-key", ("error", "type")),
        ("gemini", "/v1beta/models", "x-goog-api-key", ("error", "status")),
    ],
)
async def test_a_wrong_key_is_refused_in_the_wires_own_shape(
    wire: str, path: str, header: str, place: tuple[str, str]
) -> None:
    said = {"openai": "invalid_api_key", "anthropic": "authentication_error"}
    async with LabServer(wire, key="right") as lab, httpx.AsyncClient() as client:
        version = {"anthropic-version": "2023-06-01"} if wire == "anthropic" else {}
        wrong = await client.get(lab.origin + path, headers={header: "wrong", **version})
        bearer = "Bearer right" if header == "authorization" else "right"
        right = await client.get(lab.origin + path, headers={header: bearer, **version})
    assert (wrong.status_code, right.status_code) == (401, 200)
    assert wrong.json()[place[0]][place[1]] == said.get(wire, "UNAUTHENTICATED")


async def test_a_used_up_limit_is_a_429_with_its_headers() -> None:
    async with LabServer("openai", requests_per_minute=2) as lab, httpx.AsyncClient() as client:
        body = {"model": "lab-fast", "messages": MESSAGES}
        answers = [await client.post(f"{lab.base_url}/chat/completions", json=body) for _ in "123"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["x-ratelimit-remaining-requests"] == "1"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30


async def test_a_fault_behind_the_models_name_is_for_one_call() -> None:
    async with LabServer("openai", script=WORDS) as lab:
        sdk = openai.AsyncOpenAI(base_url=lab.base_url, api_key="lab", max_retries=0)
        async with sdk:
            with pytest.raises(openai.RateLimitError) as refusal:
                await sdk.chat.completions.create(
                    model="lab-fast!429:retry_after=3", messages=MESSAGES
                )
            whole = await sdk.chat.completions.create(model="lab-fast", messages=MESSAGES)
    assert refusal.value.response.headers["retry-after"] == "3"
    assert whole.choices[0].message.content == SAID
    assert [request.model for request in lab.log.prompts] == ["lab-fast", "lab-fast"]


async def test_refused_connections_begin_and_end() -> None:
    async with LabServer("openai") as lab, httpx.AsyncClient() as client:
        await lab.set_faults("refuse")
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{lab.base_url}/models")
        await lab.set_faults()
        assert (await client.get(f"{lab.base_url}/models")).status_code == 200


async def test_a_silence_is_noticed_when_the_caller_leaves() -> None:
    async with LabServer("openai", script=WORDS, faults=["stall@2"]) as lab:
        _, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        body = json.dumps({"model": "lab-fast", "messages": MESSAGES, "stream": True}).encode()
        writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        writer.write(body)
        await lab.stalled.wait()
        writer.close()
        await lab.left.wait()
    assert lab.log.last.tokens == 2
    assert lab.log.last.outcome == "left"


async def test_the_control_route_changes_faults_and_tells_the_log() -> None:
    async with LabServer("openai", script=WORDS) as lab, httpx.AsyncClient() as client:
        made = await client.post(f"{lab.origin}/lab/faults", json={"faults": ["500:times=1"]})
        body = {"model": "lab-fast", "messages": MESSAGES}
        first = await client.post(f"{lab.base_url}/chat/completions", json=body)
        second = await client.post(f"{lab.base_url}/chat/completions", json=body)
        told = (await client.get(f"{lab.origin}/lab/log?contains=Count")).json()
        faults = (await client.get(f"{lab.origin}/lab/faults")).json()
    assert made.status_code == 200
    assert (first.status_code, second.status_code) == (500, 200)
    assert told["prompts"] == 2
    assert told["contains"] is True
    assert told["tokens"] == 3
    assert faults == {"faults": [{"fault": "500:times=1", "met": 1}]}


async def test_tokens_a_minute_are_counted_too() -> None:
    limits: Any = {"requests_per_minute": 5, "tokens_per_minute": 10}
    async with LabServer(script={"words": 6}, **limits) as lab, httpx.AsyncClient() as client:
        body = {"model": "lab-fast", "messages": MESSAGES}
        answers = [await client.post(f"{lab.base_url}/chat/completions", json=body) for _ in "12"]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["x-ratelimit-remaining-tokens"] == "2"
    assert answers[1].headers["x-ratelimit-remaining-requests"] == "4"


async def test_several_wires_share_a_port() -> None:
    wires = ["ollama", "openai", "anthropic", "gemini"]
    async with LabServer(wires, script=WORDS) as lab, httpx.AsyncClient() as client:
        assert lab.wires == wires
        assert lab.base_url == lab.origin
        openais = await client.get(f"{lab.base_url_of('openai')}/models")
        version = {"anthropic-version": "2023-06-01"}
        theirs = await client.get(f"{lab.origin}/v1/models", headers=version)
        googles = await client.get(f"{lab.origin}/v1beta/models")
        unknown = await client.get(f"{lab.origin}/nothing")
        assert "ollama" in repr(lab)
    assert openais.json()["object"] == "list"
    assert theirs.json()["has_more"] is False
    assert "models" in googles.json()
    assert unknown.status_code == 404
    assert unknown.json()["error"]


async def test_a_fault_in_a_header_and_one_that_there_is_not() -> None:
    async with LabServer(script=WORDS) as lab, httpx.AsyncClient() as client:
        body = {"model": "lab-fast", "messages": MESSAGES}
        url = f"{lab.base_url}/chat/completions"
        met = await client.post(url, json=body, headers={"x-lab-fault": "504"})
        wrong = await client.post(url, json=body, headers={"x-lab-fault": "nonsense"})
        listing = await client.get(f"{lab.base_url}/models", headers={"x-lab-fault": "500"})
    assert [answer.status_code for answer in (met, wrong, listing)] == [504, 400, 500]


async def test_a_models_own_speed_and_another_script() -> None:
    quick = LabModel(name="quick", first_token_ms=0.0)
    async with LabServer(script={"first_token_ms": 60_000}, models=[quick]) as lab:
        lab.set_script({"words": 2, "first_token_ms": 60_000})
        async with httpx.AsyncClient() as client:
            body = {"model": "quick", "messages": MESSAGES}
            answer = await client.post(f"{lab.base_url}/chat/completions", json=body)
    assert answer.json()["choices"][0]["message"]["content"] == "w1 w2"


async def test_what_the_first_token_took_is_told() -> None:
    script = {"words": 3, "first_token_ms": 40, "tokens_per_s": 50}
    async with LabServer("openai", script=script) as lab, httpx.AsyncClient() as http:
        body = {"model": "lab-fast", "stream": True, "messages": MESSAGES}
        await http.post(f"{lab.base_url}/chat/completions", json=body)
        told = lab.log.told()["requests"][-1]["first_token_ms"]
        await http.get(f"{lab.base_url}/models")
        assert told >= 40
        assert lab.log.requests[-1].path == "/v1/models"


async def test_who_leaves_before_the_answer_is_whole_is_noticed() -> None:
    async with LabServer(script={"words": 1000, "tokens_per_s": 200}) as lab:
        async with httpx.AsyncClient() as client:
            body = {"model": "lab-fast", "messages": MESSAGES, "stream": True}
            url = f"{lab.base_url}/chat/completions"
            async with client.stream("POST", url, json=body) as answer:
                await anext(answer.aiter_bytes())
        await lab.left.wait()
    assert lab.log.last.outcome == "left"
    assert lab.log.last.tokens < 1000


async def test_who_honours_keys_answers_once_for_each() -> None:
    async with LabServer("openai", honours_keys=True) as lab, httpx.AsyncClient() as client:
        url = f"{lab.base_url}/chat/completions"

        async def ask(text: str, key: str, **more: Any) -> httpx.Response:
            said = [{"role": "user", "content": text}]
            body = {"model": "lab-fast", "messages": said, **more}
            return await client.post(url, json=body, headers={"Idempotency-Key": key})

        first, again = await ask("Why?", "a"), await ask("Why?", "a")
        assert first.json()["id"] == again.json()["id"]
        assert (await ask("Why?", "b")).json()["id"] != first.json()["id"]
        assert (await ask("How?", "a")).status_code == 422
        assert (await ask("Why?", "c", stream=True)).status_code == 200
        assert (await ask("Why?", "c", stream=True)).status_code == 200
        told = [request.replayed for request in lab.log.prompts]
    assert told == [False, True, False, False, False, False]


ODD: list[tuple[str, str, Any]] = [
    ("openai", "/v1/chat/completions", {"messages": 5}),
    ("openai", "/v1/chat/completions", {"messages": MESSAGES, "max_tokens": 1.5}),
    ("openai", "/v1/chat/completions", {"messages": MESSAGES, "tools": ["x"]}),
    ("anthropic", "/v1/messages", {"messages": MESSAGES, "max_tokens": "9"}),
    ("ollama", "/api/chat", {"messages": MESSAGES, "options": 3}),
    ("gemini", "/v1beta/models/lab-fast:generateContent", {"contents": 7}),
]


@pytest.mark.parametrize(("wire", "path", "fields"), ODD)
async def test_odd_fields_are_refused_and_not_the_end_of_a_connection(
    wire: str, path: str, fields: Any
) -> None:
    async with LabServer(wire) as lab, httpx.AsyncClient(base_url=lab.origin) as client:
        refused = await client.post(path, json={"model": "lab-fast", **fields})
    assert refused.status_code == 400
    assert "cannot be read" in refused.text
    assert lab.log.connections == 1
