"""`POST /v1/chat/completions` through the official SDK, over both doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx2
import openai
import pytest

from homeport.adapters.base import (
    Finish,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from homeport.policies.errors import NotFound, NothingAnswered, OverBudget
from support.doors import HELLO, TOKEN, OpenHouse, a_view, chunks, read_head
from support.polling import a_moment

MESSAGES = [{"role": "user", "content": "hi"}]
STREAMED = b'{"messages":[{"role":"user","content":"hi"}],"stream":true}'


@pytest.fixture(params=["tcp", "unix"])
async def sdk(
    house: OpenHouse, request: pytest.FixtureRequest
) -> AsyncIterator[openai.AsyncOpenAI]:
    if request.param == "tcp":
        client = openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=TOKEN, max_retries=0)
    else:
        transport = httpx2.AsyncHTTPTransport(uds=str(house.socket))
        client = openai.AsyncOpenAI(
            base_url="http://homeport/v1", api_key="unused", max_retries=0,
            http_client=httpx2.AsyncClient(transport=transport),
        )  # fmt: skip
    async with client:
        yield client


async def test_a_whole_answer(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    raw = await sdk.chat.completions.with_raw_response.create(model="auto", messages=MESSAGES)
    answer = raw.parse()
    assert answer.choices[0].message.content == "Hello, wörld"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 9
    assert answer.model == "echo/words"
    assert answer.id == "chatcmpl-01test"
    assert raw.headers["x-homeport-decision"] == "01test"
    assert raw.headers["x-homeport-route"] == "echo/words"
    assert raw.headers["x-homeport-cost"] == "0"


async def test_a_stream(sdk: openai.AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(model="auto", messages=MESSAGES, stream=True)
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == "Hello, wörld"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)
    assert {chunk.id for chunk in chunks} == {"chatcmpl-01test"}
    assert chunks[-1].model_extra is not None
    assert chunks[-1].model_extra["homeport"]["route"] == "echo/words"


async def test_a_stream_with_usage(sdk: openai.AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(
        model="auto", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens == 7
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].model_extra is not None
    assert "homeport" in chunks[-1].model_extra


async def test_the_synchronous_sdk(house: OpenHouse) -> None:
    def ask() -> tuple[str | None, str]:
        with openai.OpenAI(base_url=f"{house.url}/v1", api_key=TOKEN, max_retries=0) as client:
            whole = client.chat.completions.create(model="auto", messages=MESSAGES)
            stream = client.chat.completions.create(model="auto", messages=MESSAGES, stream=True)
            pieces = [c.choices[0].delta.content or "" for c in stream]
            return whole.choices[0].message.content, "".join(pieces)

    assert await asyncio.to_thread(ask) == ("Hello, wörld", "Hello, wörld")


@pytest.mark.parametrize("stream", [False, True])
async def test_an_unknown_model_is_a_not_found_with_the_nearest(
    house: OpenHouse, sdk: openai.AsyncOpenAI, stream: bool
) -> None:
    house.daemon.router.refusal = NotFound(
        "There is no model 'eco'. The nearest names are echo/words.",
        code="model_not_found",
        param="model",
    )
    with pytest.raises(openai.NotFoundError, match="echo/words") as caught:
        await sdk.chat.completions.create(model="eco", messages=MESSAGES, stream=stream)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


async def test_errors_are_the_sdks_own(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    house.daemon.router.refusal = OverBudget("Too dear.", retry_after_s=60)
    with pytest.raises(openai.RateLimitError) as caught:
        await sdk.chat.completions.create(model="auto", messages=MESSAGES)
    assert caught.value.response.headers["retry-after"] == "60"
    with pytest.raises(openai.BadRequestError) as wrong:
        await sdk.chat.completions.create(model="auto", messages=MESSAGES, temperature=9)
    assert wrong.value.param == "temperature"


async def test_a_wrong_token_is_an_authentication_error(house: OpenHouse) -> None:
    async with openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key="no", max_retries=0) as sdk:
        with pytest.raises(openai.AuthenticationError):
            await sdk.chat.completions.create(model="auto", messages=MESSAGES)


@pytest.mark.parametrize("stream", [False, True])
async def test_what_fails_before_the_first_token_has_its_own_status(
    house: OpenHouse, sdk: openai.AsyncOpenAI, stream: bool
) -> None:
    house.daemon.router.script = (StatusDelta("loading"), NothingAnswered("All failed."))
    with pytest.raises(openai.InternalServerError) as caught:
        await sdk.chat.completions.create(model="auto", messages=MESSAGES, stream=stream)
    assert caught.value.status_code == 502


async def test_what_fails_after_it_ends_the_stream_with_an_error(
    house: OpenHouse, sdk: openai.AsyncOpenAI
) -> None:
    house.daemon.router.script = (TextDelta("He"), a_moment, NothingAnswered("It broke."))
    stream = await sdk.chat.completions.create(model="auto", messages=MESSAGES, stream=True)
    assert (await anext(stream)).choices[0].delta.role == "assistant"
    assert (await anext(stream)).choices[0].delta.content == "He"
    with pytest.raises(openai.APIError, match="It broke"):
        await anext(stream)


async def test_a_failed_stream_has_no_terminator(house: OpenHouse) -> None:
    house.daemon.router.script = (TextDelta("He"), a_moment, NothingAnswered("It broke."))
    reply = await house.ask("POST", "/v1/chat/completions", STREAMED)
    assert reply.status == 200
    assert b"[DONE]" not in reply.body
    last = json.loads(reply.body.strip().rpartition(b"data: ")[2])
    assert last["error"]["code"] == "nothing_answered"


async def test_what_fails_while_nothing_has_left_has_its_own_status(house: OpenHouse) -> None:
    house.daemon.router.script = (TextDelta("He"), NothingAnswered("It broke."))
    assert (await house.ask("POST", "/v1/chat/completions", STREAMED)).status == 502


async def test_tool_calls(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    house.daemon.router.script = (
        ToolCallDelta(0, "call_1", "weather", ""),
        ToolCallDelta(0, arguments='{"city":'),
        ToolCallDelta(0, arguments='"Kiel"}'),
        ToolCallDelta(1, "call_2", "time", "{}"),
        Finish(reason="tool_calls"),
    )
    whole = await sdk.chat.completions.create(model="auto", messages=MESSAGES)
    message = whole.choices[0].message
    assert message.content is None
    assert message.tool_calls is not None
    assert [call.function.arguments for call in message.tool_calls] == ['{"city":"Kiel"}', "{}"]
    assert whole.usage is None
    async with sdk.chat.completions.stream(model="auto", messages=MESSAGES) as stream:
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert [(c.id, c.function.name) for c in calls] == [("call_1", "weather"), ("call_2", "time")]
    assert final.choices[0].finish_reason == "tool_calls"


async def test_reasoning_and_logprobs(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    token = TokenLogprob("é", -0.5, (("é", -0.5), ("e", -1.5)))
    house.daemon.router.script = (
        ThinkingDelta("hmm"),
        TextDelta("é", logprobs=(token,)),
        Finish(reason="length", usage=Usage(input=1, output=2, reasoning=1, cache_read=1)),
    )
    whole = await sdk.chat.completions.create(
        model="auto", messages=MESSAGES, logprobs=True, top_logprobs=1
    )
    choice = whole.choices[0]
    assert choice.message.model_extra == {"reasoning_content": "hmm"}
    assert choice.finish_reason == "length"
    assert choice.logprobs is not None
    assert choice.logprobs.content is not None
    assert choice.logprobs.content[0].bytes == list("é".encode())
    assert len(choice.logprobs.content[0].top_logprobs) == 1
    stream = await sdk.chat.completions.create(
        model="auto", messages=MESSAGES, logprobs=True, stream=True
    )
    seen = [chunk.choices[0] async for chunk in stream]
    assert any(c.logprobs and c.logprobs.content for c in seen)
    assert any((c.delta.model_extra or {}).get("reasoning_content") == "hmm" for c in seen)


async def test_logprobs_are_not_shown_unasked(house: OpenHouse) -> None:
    token = TokenLogprob("a", -0.5)
    house.daemon.router.script = (TextDelta("a", logprobs=(token,)), Finish(reason="stop"))
    reply = await house.ask("POST", "/v1/chat/completions", {"messages": MESSAGES})
    assert reply.json["choices"][0]["logprobs"] is None


async def test_an_unknown_cost_is_not_zero(house: OpenHouse) -> None:
    house.daemon.router.view = a_view(cost_nano=None)
    reply = await house.ask("POST", "/v1/chat/completions", {"messages": MESSAGES})
    assert reply.headers["x-homeport-cost"] == "unknown"
    assert reply.json["homeport"]["cost_nano"] is None


async def test_the_first_delta_is_not_held_back(house: OpenHouse) -> None:
    go_on = asyncio.Event()
    house.daemon.router.script = (TextDelta("one"), go_on, *HELLO)
    reader, writer = await house.connect()
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n")
    writer.write(b"content-length: %d\r\n\r\n" % len(STREAMED) + STREAMED)
    async with asyncio.timeout(20):
        status, headers = await read_head(reader)
        body = chunks(reader)
        first = await anext(body)
        go_on.set()
        rest = b"".join([part async for part in body])
    writer.close()
    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert b'"one"' in first
    assert rest.endswith(b"data: [DONE]\n\n")


async def test_what_was_asked_reaches_the_router(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    await sdk.chat.completions.create(
        model="auto:local-only",
        messages=MESSAGES,
        extra_headers={"x-homeport-privacy": "private", "x-homeport-max-cost": "0.25"},
        extra_body={"homeport": {"session": "s1", "tags": ["a", "b"]}, "top_k": 4},
    )
    prompt = house.daemon.router.prompts[-1]
    assert prompt.labels.model == "auto:local-only"
    assert prompt.labels.private is True
    assert prompt.labels.max_cost_nano == 250_000_000
    assert (prompt.labels.session, prompt.labels.tags) == ("s1", ("a", "b"))
    assert prompt.labels.client == "AsyncOpenAI"
    assert prompt.sampling.top_k == 4
    assert prompt.wire == "openai-chat"


OWN = {
    "logit_bias": {"50256": -100}, "verbosity": "low", "web_search_options": {},
    "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"},
    "user": "u", "store": True, "service_tier": "default",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "dropped"),
    [
        ("anthropic", ["top_k", "logit_bias", "verbosity", "modalities", "audio"]),
        ("openai-chat", ["top_k"]),
    ],
)
async def test_fields_that_another_wire_has_no_word_for_are_named(
    house: OpenHouse, wire: str, dropped: list[str]
) -> None:
    end = Finish("stop", extras={"dropped": ["top_k"]}, wire=wire)
    house.daemon.router.script = (TextDelta("Hi"), end)
    body = json.loads(STREAMED) | OWN
    whole = await house.ask("POST", "/v1/chat/completions", body | {"stream": False})
    assert whole.headers["x-homeport-dropped"].split(",") == dropped
    assert whole.json["homeport"]["dropped"] == dropped
    streamed = await house.ask("POST", "/v1/chat/completions", body)
    last = streamed.body.strip().split(b"\n\n")[-2]
    assert json.loads(last.removeprefix(b"data: "))["homeport"]["dropped"] == dropped


async def test_a_call_that_takes_text_is_one_to_its_last_piece(
    house: OpenHouse, sdk: openai.AsyncOpenAI
) -> None:
    """Only its first piece may say so: what other wires give is text once it is whole."""
    house.daemon.router.script = (
        ToolCallDelta(0, "call_1", "sql", "", {"type": "custom"}),
        ToolCallDelta(1, "call_2", "clock", "{"),
        ToolCallDelta(0, arguments="select "),
        ToolCallDelta(1, arguments="}"),
        ToolCallDelta(0, arguments="1"),
        Finish("tool_calls"),
    )
    stream = await sdk.chat.completions.create(model="auto", messages=MESSAGES, stream=True)
    pieces = [
        (call.index, call.type, call.function, (call.model_extra or {}).get("custom"))
        async for chunk in stream
        for call in (chunk.choices[0].delta.tool_calls or ())
    ]
    text = "".join(custom["input"] for index, _, _, custom in pieces if index == 0)
    assert text == "select 1"
    assert all(function is None for index, _, function, _ in pieces if index == 0)
    assert all(custom is None for index, _, _, custom in pieces if index == 1)


async def test_what_will_be_the_same_in_a_moment_is_not_asked_again(house: OpenHouse) -> None:
    house.daemon.router.refusal = OverBudget("The day's limit is reached.")
    async with openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=TOKEN, max_retries=2) as sdk:
        with pytest.raises(openai.RateLimitError):
            await sdk.chat.completions.create(model="auto", messages=MESSAGES)
    assert len(house.daemon.router.prompts) == 1
