"""Gemini's wire through the official SDK, over TCP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Finish,
    OpaqueDelta,
    RefusalDelta,
    Text,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    Usage,
    Wired,
)
from homeport.policies.errors import NotFound, NothingAnswered, OverBudget
from support.doors import TOKEN, OpenHouse

# The SDK derives a class from one of aiohttp's, which warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")

BODY: Any = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
WHOLE = "/v1beta/models/auto:generateContent"
STREAM = "/v1beta/models/auto:streamGenerateContent"
CALLS = (
    ThinkingDelta("hm, "),
    ThinkingDelta("so"),
    TextDelta("Let me see."),
    ToolCallDelta(0, "call_1", "weather", '{"city":', {"thoughtSignature": "c2ln"}),
    ToolCallDelta(0, arguments='"Paris"}'),
    ToolCallDelta(1, "call_2", "clock", "{}"),
    Finish(reason="tool_calls", usage=Usage(input=20, output=9, cache_read=5, reasoning=2)),
)


async def a_moment() -> None:
    """What is ready has to leave first."""
    await asyncio.sleep(0.01)


def client(house: OpenHouse, **options: Any) -> genai.Client:
    http = types.HttpOptions(base_url=house.url, **options)
    return genai.Client(api_key=TOKEN, http_options=http)


@pytest.fixture
async def sdk(house: OpenHouse) -> AsyncIterator[Any]:
    made = client(house)
    yield made.aio.models
    await made.aio.aclose()


def chunks_of(body: bytes) -> list[Any]:
    events = body.decode().replace("\r\n", "\n").strip().split("\n\n")
    return [json.loads(event.removeprefix("data: ")) for event in events]


async def test_a_whole_answer(house: OpenHouse, sdk: Any) -> None:
    answer = await sdk.generate_content(model="auto", contents="hi")
    assert answer.text == "Hello, wörld"
    assert (answer.model_version, answer.response_id) == ("echo/words", "01test")
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP
    usage = answer.usage_metadata
    assert (usage.prompt_token_count, usage.candidates_token_count) == (7, 2)
    assert usage.total_token_count == 9
    assert answer.sdk_http_response.headers["x-homeport-decision"] == "01test"
    assert answer.sdk_http_response.headers["x-homeport-cost"] == "0"
    labels = house.daemon.router.prompts[-1].labels
    assert (labels.model, labels.client) == ("auto", "google-genai-sdk")


async def test_a_stream(sdk: Any) -> None:
    stream = await sdk.generate_content_stream(model="auto", contents="hi")
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.text or "" for chunk in chunks) == "Hello, wörld"
    assert chunks[-1].candidates[0].finish_reason is types.FinishReason.STOP
    assert chunks[-1].usage_metadata.total_token_count == 9


async def test_the_last_chunk_says_where_it_came_from(house: OpenHouse) -> None:
    reply = await house.ask("POST", f"{STREAM}?alt=sse", BODY)
    assert reply.headers["content-type"].startswith("text/event-stream")
    chunks = chunks_of(reply.body)
    assert [chunk.get("homeport", {}).get("route") for chunk in chunks] == [
        None, None, "echo/words",
    ]  # fmt: skip
    assert {chunk["responseId"] for chunk in chunks} == {"01test"}


async def test_without_sse_a_stream_is_an_array(house: OpenHouse) -> None:
    reply = await house.ask("POST", STREAM, BODY)
    assert reply.headers["content-type"].startswith("application/json")
    texts = [c["candidates"][0]["content"]["parts"][0]["text"] for c in reply.json]
    assert texts == ["Hello", ", wörld", ""]


async def test_the_synchronous_sdk(house: OpenHouse) -> None:
    def ask() -> tuple[str, str]:
        with client(house) as made:
            whole = made.models.generate_content(model="auto", contents="hi").text
            stream = made.models.generate_content_stream(model="auto", contents="hi")
            return str(whole), "".join(chunk.text or "" for chunk in stream)

    assert await asyncio.to_thread(ask) == ("Hello, wörld", "Hello, wörld")


async def test_the_aiohttp_of_the_sdk_and_the_other_version(house: OpenHouse) -> None:
    made = client(house, api_version="v1")
    answer = await made.aio.models.generate_content(model="echo/words", contents="hi")
    assert answer.text == "Hello, wörld"
    assert house.daemon.router.prompts[-1].labels.model == "echo/words"
    await made.aio.aclose()


@pytest.mark.parametrize("model", ["ollama/qwen3:8b", "ollama%2Fqwen3%3A8b", "auto:local-only"])
async def test_names_in_the_path(house: OpenHouse, model: str) -> None:
    reply = await house.ask("POST", f"/v1beta/models/{model}:generateContent", BODY)
    assert reply.status == 200
    told = model.replace("%2F", "/").replace("%3A", ":")
    assert house.daemon.router.prompts[-1].labels.model == told


@pytest.mark.parametrize("streams", [False, True])
async def test_thinking_and_calls(house: OpenHouse, sdk: Any, streams: bool) -> None:
    house.daemon.router.script = CALLS
    asked: Any = {
        "model": "auto",
        "contents": "hi",
        "config": types.GenerateContentConfig(
            thinking_config=types.ThinkingConfig(include_thoughts=True)
        ),
    }
    if streams:
        chunks = [chunk async for chunk in await sdk.generate_content_stream(**asked)]
        parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
        usage = chunks[-1].usage_metadata
    else:
        answer = await sdk.generate_content(**asked)
        parts, usage = answer.candidates[0].content.parts, answer.usage_metadata
    assert "".join(part.text for part in parts if part.thought) == "hm, so"
    assert "".join(part.text or "" for part in parts if not part.thought) == "Let me see."
    one, two = (part for part in parts if part.function_call)
    assert (one.function_call.id, one.function_call.name) == ("call_1", "weather")
    assert one.function_call.args == {"city": "Paris"}
    assert (one.thought_signature, two.thought_signature) == (b"sig", None)
    assert (two.function_call.id, two.function_call.args) == ("call_2", {})
    assert (usage.prompt_token_count, usage.cached_content_token_count) == (20, 5)
    assert (usage.candidates_token_count, usage.thoughts_token_count) == (7, 2)

    # What was shown is accepted back.
    results = [
        types.Part.from_function_response(name="weather", response={"output": "sunny"}),
        types.Part.from_function_response(name="clock", response={"hour": 3}),
    ]
    turns = [
        types.Content(role="user", parts=[types.Part(text="hi")]),
        types.Content(role="model", parts=parts),
        types.Content(role="user", parts=results),
    ]
    await sdk.generate_content(model="auto", contents=turns)
    messages = house.daemon.router.prompts[-1].messages
    assert [m.role for m in messages] == ["user", "assistant", "tool"]
    made = [part for part in messages[1].parts if isinstance(part, ToolCall)]
    assert made[0].extras["thoughtSignature"] == "c2ln"
    sunny, hour = messages[2].parts
    assert isinstance(sunny, ToolResult)
    assert isinstance(hour, ToolResult)
    assert (sunny.call_id, sunny.text) == ("call_1", "sunny")
    assert (hour.call_id, hour.text) == ("call_2", '{"hour":3}')


async def test_thoughts_are_shown_to_those_who_ask(house: OpenHouse, sdk: Any) -> None:
    house.daemon.router.script = CALLS
    answer = await sdk.generate_content(model="auto", contents="hi")
    assert not [part for part in answer.candidates[0].content.parts if part.thought]


async def test_functions_are_called_by_the_sdk_itself(house: OpenHouse, sdk: Any) -> None:
    asked: list[str] = []

    def weather(city: str) -> str:
        """Tells the weather."""
        asked.append(city)
        house.daemon.router.script = (TextDelta("Sunny."), Finish(reason="stop"))
        return "sunny"

    house.daemon.router.script = CALLS[3:5] + CALLS[6:]
    config = types.GenerateContentConfig(tools=[weather])
    answer = await sdk.generate_content(model="auto", contents="hi", config=config)
    assert (answer.text, asked) == ("Sunny.", ["Paris"])
    first, second = house.daemon.router.prompts
    assert first.tools[0].name == "weather"
    assert first.tools[0].parameters["type"] == "object"
    assert first.tools[0].parameters["properties"]["city"]["type"] == "string"
    result = second.messages[-1].parts[0]
    assert isinstance(result, ToolResult)
    assert (result.call_id, result.text) == ("call_1", "sunny")


async def test_a_chat(house: OpenHouse) -> None:
    made = client(house)
    chat = made.aio.chats.create(model="auto")
    assert (await chat.send_message("hi")).text == "Hello, wörld"
    async for _ in await chat.send_message_stream("and?"):
        pass
    # Each chunk is a turn of its own to the SDK.
    assert [content.role for content in chat.get_history()][-3:] == ["model"] * 3
    await chat.send_message("so?")
    messages = house.daemon.router.prompts[-1].messages
    assert [m.role for m in messages] == ["user", "assistant"] * 2 + ["user"]
    assert messages[3].text == "Hello, wörld"
    await made.aio.aclose()


async def test_probabilities(house: OpenHouse, sdk: Any) -> None:
    told = TokenLogprob("yes", -0.5, (("yes", -0.5), ("no", -1.0)))
    house.daemon.router.script = (TextDelta("yes", 1, (told,)), Finish(reason="length"))
    config = types.GenerateContentConfig(response_logprobs=True, logprobs=2)
    answer = await sdk.generate_content(model="auto", contents="hi", config=config)
    result = answer.candidates[0].logprobs_result
    assert result.chosen_candidates[0].log_probability == -0.5
    assert [other.token for other in result.top_candidates[0].candidates] == ["yes", "no"]
    assert answer.candidates[0].finish_reason is types.FinishReason.MAX_TOKENS


async def test_sources_refusals_and_parts_of_other_wires(house: OpenHouse, sdk: Any) -> None:
    house.daemon.router.script = (
        TextDelta("Größe: 3."),
        CitationDelta(Citation("https://a", "A", "3", start=7, end=8)),
        CitationDelta(Citation("https://b")),
        RefusalDelta(" No."),
        OpaqueDelta("gemini", {"executableCode": {"language": "PYTHON", "code": "1"}}),
        OpaqueDelta("openai-responses", {"type": "computer_call"}),
        Finish(reason="content_filter"),
    )
    answer = await sdk.generate_content(model="auto", contents="hi")
    candidate = answer.candidates[0]
    assert candidate.content.parts[-1].executable_code.code == "1"
    chunks = candidate.grounding_metadata.grounding_chunks
    assert [chunk.web.uri for chunk in chunks] == ["https://a", "https://b"]
    segment = candidate.grounding_metadata.grounding_supports[0].segment
    # Places are counted in bytes.
    assert (segment.start_index, segment.end_index, segment.text) == (9, 10, "3")
    assert candidate.finish_reason is types.FinishReason.SAFETY
    reply = await house.ask("POST", WHOLE, BODY)
    assert reply.json["homeport"]["omitted"] == ["computer_call"]
    assert "totalTokenCount" not in reply.json.get("usageMetadata", {})


async def test_one_word_of_a_list(house: OpenHouse, sdk: Any) -> None:
    house.daemon.router.script = (TextDelta('"re'), TextDelta('d"'), Finish(reason="stop"))
    config = types.GenerateContentConfig(
        response_mime_type="text/x.enum",
        response_schema={"type": "STRING", "enum": ["red", "blue"]},
    )
    answer = await sdk.generate_content(model="auto", contents="hi", config=config)
    assert answer.text == "red"
    wanted = house.daemon.router.prompts[-1].response_format
    assert wanted.schema == {"type": "string", "enum": ["red", "blue"]}


@pytest.mark.parametrize("streams", [False, True])
async def test_errors_before_the_answer(house: OpenHouse, sdk: Any, streams: bool) -> None:
    async def ask() -> Any:
        if not streams:
            return await sdk.generate_content(model="auto", contents="hi")
        async for _ in await sdk.generate_content_stream(model="auto", contents="hi"):
            pass
        return None

    router = house.daemon.router
    router.refusal = NotFound("There is no model 'x'.", code="model_not_found", param="model")
    with pytest.raises(errors.ClientError) as missing:
        await ask()
    assert (missing.value.code, missing.value.status) == (404, "NOT_FOUND")
    router.refusal = OverBudget("The day's budget is used up.")
    with pytest.raises(errors.ClientError) as spent:
        await ask()
    assert spent.value.status == "RESOURCE_EXHAUSTED"
    router.refusal = NothingAnswered("Every model failed.", retry_after_s=3)
    with pytest.raises(errors.ServerError, match="Every model failed") as failed:
        await ask()
    details = failed.value.details["error"]["details"]
    assert details[0]["reason"] == "NOTHING_ANSWERED"
    assert details[1]["retryDelay"] == "3s"


async def test_a_stream_that_cannot_be_finished_ends_with_an_error(house: OpenHouse) -> None:
    failure = NothingAnswered("Every model failed.")
    house.daemon.router.script = (TextDelta("Hel"), a_moment, failure)
    reply = await house.ask("POST", f"{STREAM}?alt=sse", BODY)
    first, aside, last = reply.body.decode().strip().split("\r\n\r\n")
    assert first.startswith("data: ")
    # Google's JavaScript SDK looks for it outside of the events.
    assert last == f"data: {aside}"
    assert json.loads(aside)["error"]["message"] == "Every model failed."
    array = (await house.ask("POST", STREAM, BODY)).json
    assert array[-1]["error"]["status"] == "INTERNAL"

    def ask() -> None:
        with client(house) as made:
            for _ in made.models.generate_content_stream(model="auto", contents="hi"):
                pass

    with pytest.raises(errors.ServerError, match="Every model failed"):
        await asyncio.to_thread(ask)
    made = client(house)
    stream = await made.aio.models.generate_content_stream(model="auto", contents="hi")
    with pytest.raises(errors.ServerError, match="Every model failed"):
        [chunk async for chunk in stream]
    await made.aio.aclose()


@pytest.mark.parametrize("streams", [False, True])
async def test_a_broken_call_is_an_error(house: OpenHouse, streams: bool) -> None:
    house.daemon.router.script = (
        ToolCallDelta(0, "c", "f", '{"a"'),
        Finish(reason="tool_calls"),
    )
    reply = await house.ask("POST", f"{STREAM}?alt=sse" if streams else WHOLE, BODY)
    assert reply.status == 502
    assert reply.json["error"]["details"][0]["reason"] == "BROKEN_TOOL_CALL"
    house.daemon.router.script = (ToolCallDelta(0, "c", "f", '{"a"'), Finish(reason="length"))
    assert (await house.ask("POST", WHOLE, BODY)).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("POST", WHOLE, 401, "UNAUTHENTICATED"),
        ("POST", "/v1/models/auto:generateContent", 401, "UNAUTHENTICATED"),
        ("DELETE", WHOLE, 405, "UNIMPLEMENTED"),
        ("POST", "/v1beta/models/auto:predict", 404, "NOT_FOUND"),
        ("POST", "/v1beta/files", 404, "NOT_FOUND"),
        ("POST", WHOLE, 400, "INVALID_ARGUMENT"),
    ],
)
async def test_errors_before_the_door_have_its_shape(
    house: OpenHouse, method: str, path: str, status: int, word: str
) -> None:
    token = "" if status == 401 else f"Bearer {TOKEN}"
    reply = await house.ask(method, path, door="tcp", authorization=token)
    assert reply.status == status
    error = reply.json["error"]
    assert (error["code"], error["status"]) == (status, word)
    assert error["message"]


async def test_the_token_by_googles_header_and_by_the_query(house: OpenHouse) -> None:
    for path, header in ((WHOLE, TOKEN), (f"{WHOLE}?key={TOKEN}", ""), (f"{WHOLE}?key=x", "")):
        named = {"x_goog_api_key": header, "authorization": ""}
        reply = await house.ask("POST", path, BODY, door="tcp", **named)
        assert reply.status == (401 if path.endswith("=x") else 200)
    # Nobody else's routes take it from the query.
    reply = await house.ask("GET", f"/api/tags?key={TOKEN}", door="tcp", authorization="")
    assert reply.status == 401


def event(text: str, **candidate: Any) -> bytes:
    content = {"parts": [{"text": text}], "role": "model"}
    chunk = {"candidates": [{"content": content, **candidate}], "responseId": "r1", "later": 1}
    return b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n"


WIRED = (event("Hel"), event("lo") + b": a comment\r\n\r\n" + event("", thoughtsLater=2))
CLOSING = event("", finishReason="STOP", index=0)
PASSED = (
    *(Wired("gemini", data, (TextDelta("x"),)) for data in WIRED),
    Finish(reason="stop", wire="gemini", raw_reason="STOP", raw=CLOSING),
)


async def test_an_upstreams_events_go_through_as_they_are(house: OpenHouse) -> None:
    house.daemon.router.script = PASSED
    reply = await house.ask("POST", f"{STREAM}?alt=sse", BODY)
    before, cut, after = reply.body.partition(b',"homeport":')
    assert cut
    _, end = json.JSONDecoder().raw_decode(after.decode())
    assert before + after.decode()[end:].encode() == b"".join(WIRED) + CLOSING
    chunks = (await house.ask("POST", STREAM, BODY)).json
    assert [chunk["later"] for chunk in chunks] == [1] * 4
    whole = (await house.ask("POST", WHOLE, BODY)).json
    candidate = whole["candidates"][0]
    assert candidate["content"]["parts"] == [{"text": "Hello"}]
    assert (candidate["finishReason"], candidate["thoughtsLater"]) == ("STOP", 2)
    assert (whole["responseId"], whole["later"]) == ("r1", 1)


@pytest.mark.parametrize("streams", [False, True])
async def test_another_model_goes_on_where_an_upstream_broke_off(
    house: OpenHouse, sdk: Any, streams: bool
) -> None:
    house.daemon.router.script = (
        Wired("gemini", event("Hel"), (TextDelta("Hel"),)),
        TextDelta("lo"),
        Finish(reason="length", usage=Usage(input=7, output=2)),
    )
    if streams:
        stream = await sdk.generate_content_stream(model="auto", contents="hi")
        chunks = [chunk async for chunk in stream]
        assert {chunk.response_id for chunk in chunks} == {"r1"}
        text, last = "".join(chunk.text or "" for chunk in chunks), chunks[-1]
    else:
        last = await sdk.generate_content(model="auto", contents="hi")
        text = last.text
    assert text == "Hello"
    assert last.candidates[0].finish_reason is types.FinishReason.MAX_TOKENS


async def test_gemini_clis_way_of_asking(house: OpenHouse) -> None:
    body = {
        "contents": [
            {"role": "user", "parts": [{"text": "ls"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "ls", "args": {"p": "."}}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "ls-1", "name": "ls", "response": {"output": "a"}}}
            ]},
        ],
        "systemInstruction": {"role": "user", "parts": [{"text": "You are."}]},
        "tools": [{"functionDeclarations": [
            {"name": "ls", "description": "Lists.", "parametersJsonSchema": {"type": "object"}}
        ]}],
        "generationConfig": {
            "temperature": 1, "topP": 0.95, "topK": 64,
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": -1},
        },
    }  # fmt: skip
    path = "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    reply = await house.ask("POST", path, body, user_agent="GeminiCLI/0.9 (linux; x64)")
    assert reply.status == 200
    prompt = house.daemon.router.prompts[-1]
    assert (prompt.labels.model, prompt.labels.client) == ("gemini-2.5-pro", "GeminiCLI")
    assert [m.role for m in prompt.messages] == ["system", "user", "assistant", "tool"]
    assert isinstance(prompt.messages[0].parts[0], Text)
    assert prompt.sampling.top_k == 64
    assert prompt.sampling.reasoning_budget is None
    assert prompt.raw


@pytest.mark.parametrize("name", ["a\r\nset-cookie: b", "é" * 5000])
async def test_what_was_left_out_is_named_whatever_it_is_called(
    house: OpenHouse, name: str
) -> None:
    reply = await house.ask("POST", WHOLE, BODY | {name: 1})
    assert (reply.status, reply.json["homeport"]["dropped"]) == (200, [name])
    assert len(reply.headers["x-homeport-dropped"]) <= 1024
    assert "set-cookie" not in reply.headers
