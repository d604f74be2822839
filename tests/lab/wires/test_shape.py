"""What each wire says in its own words: tools, reasoning, schemas, lengths, by the SDKs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import ollama
import openai
import pytest
from google import genai

from homeport.lab.log import Received
from homeport.lab.nouns import Call, Refused
from homeport.lab.server import LabServer
from homeport.lab.wires import WIRES
from homeport.lab.wires.shape import arguments_of, body_of, required, text_in

ASK: Any = [{"role": "user", "content": "Weather in Rome?"}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CALLS = {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Rome"}}]}
THINKS = {"thinking": "Let me think", "words": 3}


@asynccontextmanager
async def openai_sdk(script: Any) -> AsyncIterator[openai.AsyncOpenAI]:
    async with (
        LabServer("openai", script=script) as lab,
        openai.AsyncOpenAI(base_url=lab.base_url, api_key="k") as sdk,
    ):
        yield sdk


@asynccontextmanager
async def anthropic_sdk(script: Any) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with (
        LabServer("anthropic", script=script) as lab,
        anthropic.AsyncAnthropic(base_url=lab.base_url, api_key="k") as sdk,
    ):
        yield sdk


# Tools


async def test_a_tool_is_called_in_openai_chat() -> None:
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}
    async with openai_sdk(CALLS) as sdk:
        given: Any = {"model": "lab-fast", "messages": ASK, "tools": [tool]}
        whole = await sdk.chat.completions.create(**given)
        async with sdk.chat.completions.stream(**given) as stream:
            streamed = await stream.get_final_completion()
    for answer in (whole, streamed):
        assert answer.choices[0].finish_reason == "tool_calls"
        assert answer.choices[0].message.tool_calls[0].function.arguments == '{"city":"Rome"}'


async def test_a_tool_is_called_in_openai_responses() -> None:
    tool: Any = {"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}
    async with openai_sdk(CALLS) as sdk:
        given: Any = {"model": "lab-fast", "input": "Weather in Rome?", "tools": [tool]}
        whole = await sdk.responses.create(**given)
        async with sdk.responses.stream(**given) as stream:
            streamed = await stream.get_final_response()
        again = await sdk.responses.create(
            model="lab-fast",
            tools=[tool],
            input=[{"type": "function_call_output", "call_id": "c", "output": "sunny"}],
        )
    for answer in (whole, streamed):
        assert [item.type for item in answer.output] == ["function_call"]
        assert answer.output[0].arguments == '{"city":"Rome"}'
    assert again.output_text


async def test_a_tool_is_called_in_anthropic_messages() -> None:
    tool: Any = {"name": "get_weather", "input_schema": SCHEMA}
    async with anthropic_sdk(CALLS) as sdk:
        given: Any = {"model": "lab-fast", "max_tokens": 99, "messages": ASK, "tools": [tool]}
        whole = await sdk.messages.create(**given)
        async with sdk.messages.stream(**given) as stream:
            streamed = await stream.get_final_message()
    for answer in (whole, streamed):
        assert answer.stop_reason == "tool_use"
        assert answer.content[0].input == {"city": "Rome"}


@pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
async def test_a_tool_is_called_and_a_schema_met_in_gemini() -> None:
    declared = {"name": "get_weather", "description": "w", "parameters_json_schema": SCHEMA}
    async with LabServer("gemini", script=CALLS) as lab:
        sdk = genai.Client(api_key="k", http_options={"base_url": lab.base_url})
        ask: Any = sdk.aio.models.generate_content
        called = await ask(
            model="lab-fast",
            contents="Weather?",
            config={"tools": [{"function_declarations": [declared]}]},
        )
        shaped = await ask(
            model="lab-fast",
            contents="Weather?",
            config={"response_mime_type": "application/json", "response_schema": SCHEMA},
        )
        vectors = await sdk.aio.models.embed_content(
            model="gemini-embedding-001", contents=["a", "b"]
        )
        counted = await sdk.aio.models.count_tokens(model="lab-fast", contents="one two")
        listed = [model.name async for model in await sdk.aio.models.list()]
        await sdk.aio.aclose()
    assert called.function_calls[0].args == {"city": "Rome"}
    assert shaped.text == '{"city":"word"}'
    assert len(vectors.embeddings) == 2
    assert counted.total_tokens == 2
    assert "models/gemini-2.5-flash" in listed


async def test_a_tool_is_called_in_ollama() -> None:
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}
    async with LabServer("ollama", script=CALLS) as lab:
        sdk = ollama.AsyncClient(lab.base_url)
        called = await sdk.chat("lab-home:3b", ASK, tools=[tool])
        shaped = await sdk.chat("lab-home:3b", ASK, format=SCHEMA)
        await sdk._client.aclose()
    assert called.message.tool_calls[0].function.arguments == {"city": "Rome"}
    assert shaped.message.content == '{"city":"word"}'


# Reasoning, schemas, lengths, usage


async def test_reasoning_is_shown() -> None:
    async with openai_sdk(THINKS) as sdk:
        chat = await sdk.chat.completions.create(model="lab-fast", messages=ASK)
        async with sdk.responses.stream(model="lab-fast", input="x") as stream:
            response = await stream.get_final_response()
    assert chat.choices[0].message.reasoning_content == "Let me think"
    assert response.output[0].summary[0].text == "Let me think"
    assert response.usage.output_tokens_details.reasoning_tokens == 3


async def test_a_schema_is_met_in_openais_words() -> None:
    async with openai_sdk({}) as sdk:
        shape: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
        chat = await sdk.chat.completions.create(
            model="lab-fast", messages=ASK, response_format=shape
        )
        response = await sdk.responses.create(
            model="lab-fast",
            input="x",
            text={"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}},
        )
    assert chat.choices[0].message.content == response.output_text == '{"city":"word"}'


async def test_a_length_is_kept() -> None:
    async with openai_sdk({"words": 9}) as sdk:
        chat = await sdk.chat.completions.create(model="lab-fast", messages=ASK, max_tokens=2)
        text = await sdk.completions.create(model="lab-fast", prompt="x", max_tokens=2)
        response = await sdk.responses.create(model="lab-fast", input="x", max_output_tokens=2)
    assert chat.choices[0].finish_reason == text.choices[0].finish_reason == "length"
    assert text.choices[0].text == "w1 w2"
    assert response.status == "incomplete"
    async with anthropic_sdk({"words": 9}) as sdk:
        message = await sdk.messages.create(model="lab-fast", max_tokens=2, messages=ASK)
    assert message.stop_reason == "max_tokens"


async def test_cached_tokens_are_told_as_each_wire_tells_them() -> None:
    script = {"words": 2, "input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 30}
    async with openai_sdk(script) as sdk:
        chat = await sdk.chat.completions.create(model="lab-fast", messages=ASK)
    assert chat.usage.prompt_tokens == 100
    assert chat.usage.prompt_tokens_details.cached_tokens == 60
    async with anthropic_sdk(script) as sdk:
        message = await sdk.messages.create(model="lab-fast", max_tokens=9, messages=ASK)
    told = message.usage
    assert (told.input_tokens, told.cache_read_input_tokens) == (10, 60)
    assert told.cache_creation_input_tokens == 30


async def test_a_completion_streams() -> None:
    async with openai_sdk({"words": 2}) as sdk:
        stream = await sdk.completions.create(
            model="lab-fast", prompt="x", stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == "w1 w2"
    assert chunks[-1].usage.completion_tokens == 2


async def test_a_model_that_is_not_listed_is_missing() -> None:
    async with openai_sdk({}) as sdk:
        with pytest.raises(openai.NotFoundError):
            await sdk.chat.completions.create(model="gpt-99", messages=ASK)
        with pytest.raises(openai.NotFoundError):
            await sdk.models.retrieve("gpt-99")
        assert (await sdk.models.retrieve("gpt-5.5")).id == "gpt-5.5"


# Errors, and small parts


@pytest.mark.parametrize("wire", sorted(WIRES))
@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 529])
def test_every_error_is_an_object_with_words(wire: str, status: int) -> None:
    shape = WIRES[wire]([])
    said = shape.error(status, "These words.")
    assert "These words." in str(said)
    assert b"error" in shape.error_event(status)
    assert shape.open_event()


def test_texts_in_any_shape() -> None:
    assert text_in("a") == "a"
    assert text_in([{"type": "text", "text": "a"}, {"parts": [{"text": "b"}]}, 3, None]) == "ab"
    assert text_in({"content": [{"output": "c"}]}) == "c"


def test_arguments_as_an_object() -> None:
    told = [arguments_of(Call("i", "n", text)) for text in ('{"a":1}', "[1]", "{broken")]
    assert told == [{"a": 1}, {"value": [1]}, {"text": "{broken"}]


def test_bodies_and_fields_that_are_needed() -> None:
    assert body_of(Received("POST", "/", body=b'{"a": 1}')) == {"a": 1}
    for body in (b"", b"[1]"):
        with pytest.raises(Refused):
            body_of(Received("POST", "/", body=body))
    with pytest.raises(Refused, match="model"):
        required({"messages": [1]}, "messages", "model")
