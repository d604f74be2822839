"""The official OpenAI SDK on the Responses and text wires, against the real daemon."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
import pytest_asyncio
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from support.daemon import RunningDaemon, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODELS = "|".join(
    (
        "name=calm;words=Hello there, world",
        "name=thinker;thinking=Let me see.;words=So it is.",
        'name=caller;words=I look.;tool=get_weather;arguments={"city":"Oslo"}',
        'name=shaped;words={"city": "Oslo", "degrees": 7}',
        "name=slow;words=one two three four;tokens_per_s=0.5",
        "name=shaky;thinking=hm;words=five six;fault=reset;fault_at=2;tokens_per_s=500",
        "name=brittle;words=one two;fault=reset;fault_at=1;tokens_per_s=500",
    )
)
TOOL: Any = {
    "type": "function", "name": "get_weather", "strict": True, "description": "Weather now.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"], "additionalProperties": False},
}  # fmt: skip


class Weather(BaseModel):
    city: str
    degrees: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningDaemon]:
    async with running(tmp_path_factory.mktemp("h"), HOMEPORT_ECHO=MODELS) as started:
        yield started


@pytest_asyncio.fixture(params=["tcp", "unix"], loop_scope="module")
async def sdk(
    daemon: RunningDaemon, request: pytest.FixtureRequest
) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client(daemon, request.param) as made:
        yield made


def client(daemon: RunningDaemon, door: str) -> openai.AsyncOpenAI:
    if door == "tcp":
        return openai.AsyncOpenAI(base_url=f"{daemon.url}/v1", api_key=daemon.token, max_retries=0)
    transport = httpx2.AsyncHTTPTransport(uds=str(daemon.socket))
    return openai.AsyncOpenAI(
        base_url="http://homeport/v1", api_key="unused", max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    )  # fmt: skip


async def test_whole_and_streamed(sdk: openai.AsyncOpenAI) -> None:
    whole = await sdk.responses.create(model="echo/calm", input="hi", instructions="Be brief.")
    assert whole.output_text == "Hello there, world"
    assert whole.usage is not None
    assert whole.usage.output_tokens == 3
    assert whole.model_extra is not None
    assert whole.model_extra["homeport"]["route"] == "echo/calm"
    stream = await sdk.responses.create(model="echo/calm", input="hi", stream=True)
    text = "".join([e.delta async for e in stream if e.type == "response.output_text.delta"])
    assert text == "Hello there, world"


async def test_the_stream_helper_puts_it_together(sdk: openai.AsyncOpenAI) -> None:
    async with sdk.responses.stream(
        model="echo/thinker", input="hi", reasoning={"summary": "auto"}
    ) as stream:
        kinds = [event.type async for event in stream]
        whole = await stream.get_final_response()
    assert "response.reasoning_summary_text.delta" in kinds
    assert [item.type for item in whole.output] == ["reasoning", "message"]
    assert whole.output_text == "So it is."


async def test_a_schema_is_parsed(sdk: openai.AsyncOpenAI) -> None:
    whole = await sdk.responses.parse(model="echo/shaped", input="weather?", text_format=Weather)
    assert whole.output_parsed == Weather(city="Oslo", degrees=7)
    async with sdk.responses.stream(
        model="echo/shaped", input="weather?", text_format=Weather
    ) as stream:
        assert (await stream.get_final_response()).output_parsed == whole.output_parsed


async def test_a_tool_is_called_and_the_conversation_goes_on(sdk: openai.AsyncOpenAI) -> None:
    first = await sdk.responses.create(model="echo/caller", input="weather?", tools=[TOOL])
    call = first.output[1]
    assert call.type == "function_call"
    assert json.loads(call.arguments) == {"city": "Oslo"}
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "7 degrees"}
    second = await sdk.responses.create(
        model="echo/calm", input=[output], previous_response_id=first.id, tools=[TOOL]
    )
    assert second.previous_response_id == first.id
    kept = await sdk.responses.retrieve(second.id)
    assert kept.output_text == "Hello there, world"
    items = [item async for item in sdk.responses.input_items.list(second.id, limit=2)]
    assert [item.type for item in items] == [
        "function_call_output", "function_call", "message", "message",
    ]  # fmt: skip
    await sdk.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.retrieve(first.id)
    with pytest.raises(openai.BadRequestError) as caught:
        await sdk.responses.create(model="echo/calm", input="?", previous_response_id=second.id)
    assert caught.value.code == "previous_response_not_found"
    assert caught.value.param == "previous_response_id"


async def test_an_answer_in_the_background(sdk: openai.AsyncOpenAI) -> None:
    begun = await sdk.responses.create(model="echo/calm", input="hi", background=True)
    while begun.status in ("queued", "in_progress"):
        begun = await sdk.responses.retrieve(begun.id)
    assert (begun.status, begun.output_text) == ("completed", "Hello there, world")
    watched = await sdk.responses.retrieve(begun.id, stream=True, starting_after=2)
    events = [event async for event in watched]
    assert (events[0].sequence_number, events[-1].type) == (3, "response.completed")
    slow = await sdk.responses.create(model="echo/slow", input="hi", background=True, stream=True)
    first = await anext(aiter(slow))
    assert first.type == "response.created"
    await slow.close()
    stopped = await sdk.responses.cancel(first.response.id)
    assert (stopped.id, stopped.status) == (first.response.id, "cancelled")
    assert (await sdk.responses.retrieve(stopped.id)).status == "cancelled"


async def test_what_is_wrong_is_told(sdk: openai.AsyncOpenAI) -> None:
    output: Any = {"type": "function_call_output", "call_id": "nowhere", "output": "7"}
    with pytest.raises(openai.BadRequestError, match="nowhere"):
        await sdk.responses.create(model="echo/calm", input=[output])
    with pytest.raises(openai.NotFoundError, match="echo/calm"):
        await sdk.responses.create(model="echo/clam", input="hi")


async def test_an_answer_that_breaks_off_begins_anew_where_only_thoughts_were_told(
    sdk: openai.AsyncOpenAI,
) -> None:
    stream = await sdk.responses.create(model="echo/shaky", input="hi", stream=True)
    events = [event async for event in stream]
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text
    assert "five six" not in last.response.output_text


async def test_an_answer_that_breaks_off_is_an_error_for_who_wants_that(
    sdk: openai.AsyncOpenAI,
) -> None:
    async def answered() -> list[Any]:
        stream = await sdk.responses.create(
            model="echo/brittle",
            input="hi",
            stream=True,
            extra_headers={"x-homeport-on-cut": "error"},
        )
        return [event async for event in stream]

    # Where nothing has left yet, the answer is refused as a whole.
    with pytest.raises(openai.APIError, match="Tried echo/brittle"):
        await answered()


async def test_plain_text(sdk: openai.AsyncOpenAI) -> None:
    whole = await sdk.completions.create(model="echo/calm", prompt="Say:", echo=True)
    assert whole.choices[0].text == "Say:Hello there, world"
    several = await sdk.completions.create(model="echo/calm", prompt=["a", "b"], logprobs=1)
    assert [choice.index for choice in several.choices] == [0, 1]
    assert several.choices[1].logprobs is not None
    assert several.choices[1].logprobs.tokens == ["Hello", " there,", " world"]
    stream = await sdk.completions.create(
        model="echo/calm", prompt="Say:", stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(c.choices[0].text for c in chunks if c.choices) == "Hello there, world"
    assert chunks[-1].usage is not None


def synchronous(daemon: RunningDaemon, door: str) -> openai.OpenAI:
    if door == "tcp":
        return openai.OpenAI(base_url=f"{daemon.url}/v1", api_key=daemon.token, max_retries=0)
    transport = httpx2.HTTPTransport(uds=str(daemon.socket))
    return openai.OpenAI(
        base_url="http://homeport/v1", api_key="unused", max_retries=0,
        http_client=httpx2.Client(transport=transport),
    )  # fmt: skip


def tour(sdk: openai.OpenAI) -> str:
    """One conversation, as a program without an event loop has it."""
    first = sdk.responses.create(model="echo/calm", input="hi")
    with sdk.responses.stream(
        model="echo/thinker", input="so?", previous_response_id=first.id
    ) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    assert len(list(sdk.responses.input_items.list(final.id))) == 3
    text = sdk.completions.create(model="echo/calm", prompt="x").choices[0].text
    return final.output_text + text


@pytest.mark.parametrize("door", ["tcp", "unix"])
async def test_without_an_event_loop(daemon: RunningDaemon, door: str) -> None:
    with synchronous(daemon, door) as sdk:
        assert await asyncio.to_thread(tour, sdk) == "So it is.Hello there, world"


async def test_every_event_is_what_the_sdk_declares(daemon: RunningDaemon) -> None:
    """The SDK itself passes over what does not fit its types."""
    declared: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for model in ("calm", "thinker", "caller"):
        for summary in (None, "auto"):
            body = {
                "model": f"echo/{model}", "input": "hi", "stream": True, "tools": [TOOL],
                "reasoning": {"summary": summary}, "include": ["message.output_text.logprobs"],
                "top_logprobs": 1,
            }  # fmt: skip
            reply = await daemon.ask("POST", "/v1/responses", body)
            for line in reply.body.decode().split("\n"):
                if line.startswith("data: "):
                    assert declared.validate_json(line[6:]).type
    whole = await daemon.ask("POST", "/v1/responses", {"model": "echo/caller", "input": "hi"})
    assert Response.model_validate_json(whole.body).status == "completed"


CODEX: Any = {
    "model": "echo/caller", "instructions": "You are a coding agent.", "tool_choice": "auto",
    "tools": [
        {"type": "function", "name": "get_weather", "strict": False, "parameters": {}},
        {"type": "custom", "name": "apply_patch", "description": "Edits files.",
         "format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}},
        {"type": "web_search", "external_web_access": False},
        {"type": "namespace", "name": "mcp__docs", "tools": [
            {"type": "function", "name": "look_up", "parameters": {"type": "object"}}]},
    ],
    "parallel_tool_calls": False, "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False, "stream": True, "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "0199a", "text": {"verbosity": "low"}, "client_metadata": {"a": "b"},
}  # fmt: skip


async def turn(daemon: RunningDaemon, model: str, items: list[Any]) -> list[Any]:
    """One turn as a coding agent takes it: the items that are done, after a completed answer."""
    reply = await daemon.ask("POST", "/v1/responses", {**CODEX, "model": model, "input": items})
    assert reply.status == 200, reply.body
    lines = [line[6:] for line in reply.body.decode().split("\n") if line.startswith("data: ")]
    events = [json.loads(line) for line in lines]
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["usage"]["input_tokens_details"]["cached_tokens"] == 0
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == events[-1]["response"]["output"]
    return [{name: v for name, v in item.items() if name not in ("id", "status")} for item in done]


async def test_a_coding_agent_keeps_the_conversation_itself(daemon: RunningDaemon) -> None:
    items: list[Any] = [
        {"type": "message", "role": "developer",
         "content": [{"type": "input_text", "text": "The sandbox is read-only."}]},
        {"type": "message", "role": "user",
         "content": [{"type": "input_text", "text": "What is the weather?"}]},
    ]  # fmt: skip
    said = await turn(daemon, "echo/caller", items)
    assert [item["type"] for item in said] == ["message", "function_call"]
    result = {"type": "function_call_output", "call_id": said[1]["call_id"], "output": "7 degrees"}
    items += [*said, result]
    items += await turn(daemon, "echo/thinker", items)
    items.append({"type": "message", "role": "user", "content": "Thanks."})
    last = await turn(daemon, "echo/thinker", items)
    assert last[0]["summary"] == [{"type": "summary_text", "text": "Let me see."}]
    assert last[1]["content"][0]["text"] == "So it is."


async def test_what_is_kept_is_the_owners_alone(daemon: RunningDaemon) -> None:
    await daemon.ask("POST", "/v1/responses", {"model": "echo/calm", "input": "a secret"})
    await daemon.ask("GET", "/v1/responses/resp_hp_none")
    state = daemon.home / "state"
    holding = [
        path for path in state.iterdir() if path.is_file() and b"a secret" in path.read_bytes()
    ]
    assert {path.name for path in holding} <= {"texts.db", "texts.db-wal"}
    assert holding
    assert {path.stat().st_mode & 0o777 for path in state.glob("texts.db*")} == {0o600}
