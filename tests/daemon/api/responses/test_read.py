"""The body of a request becomes a prompt, without losing a part."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.adapters.base import Message, Opaque, ResponseFormat, Sampling, Text
from homeport.daemon.api.responses.read import Asked, read
from homeport.policies.errors import BadRequest

WIRE = "openai-responses"


async def asked(**body: Any) -> Asked:
    return await read(json.dumps(body).encode(), {}, None)  # type: ignore[arg-type] # no history


async def refused(**body: Any) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        await asked(**body)
    return caught.value


async def test_a_text_and_instructions() -> None:
    made = await asked(input="hi", instructions="Be brief.", model="gpt-5.5")
    assert made.prompt.messages == (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("hi"),)),
    )
    assert (made.prompt.wire, made.prompt.labels.model) == (WIRE, "gpt-5.5")
    assert made.kept_as("resp_1") == ("", b'"hi"')
    assert json.loads(made.prompt.raw)["model"] == "gpt-5.5"


async def test_every_knob_has_its_noun() -> None:
    schema = {"type": "object"}
    made = await asked(
        input="hi", temperature=0.5, top_p=0.9, max_output_tokens=9, top_logprobs=3,
        include=["message.output_text.logprobs", "reasoning.encrypted_content"],
        reasoning={"effort": "high", "summary": "auto"}, parallel_tool_calls=False,
        text={"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True},
              "verbosity": "low"},
        tool_choice="required", tools=[{"type": "function", "name": "f"}], stream=True,
        homeport={"private": True},
    )  # fmt: skip
    prompt = made.prompt
    assert prompt.sampling == Sampling(
        temperature=0.5, top_p=0.9, max_tokens=9, logprobs=True, top_logprobs=3,
        reasoning_effort="high",
    )  # fmt: skip
    assert prompt.response_format == ResponseFormat("json_schema", schema, "n", True)
    assert (prompt.tool_choice, prompt.parallel_tool_calls, prompt.stream) == (
        "required", False, True,
    )  # fmt: skip
    assert prompt.labels.private
    assert made.summary == "auto"
    assert prompt.extras == {
        "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
        "reasoning": {"summary": "auto"}, "text": {"verbosity": "low"},
    }  # fmt: skip


async def test_the_rest_is_carried() -> None:
    made = await asked(
        input="hi", metadata={"a": "b"}, store=False, truncation="auto", user="u",
        service_tier="flex", prompt_cache_key="k", odd={"x": [1]}, max_tool_calls=2,
        text={"format": {"type": "text"}}, temperature=None, reasoning=None, include=None,
    )  # fmt: skip
    assert made.prompt.extras == {
        "metadata": {"a": "b"}, "store": False, "truncation": "auto", "user": "u",
        "service_tier": "flex", "prompt_cache_key": "k", "odd": {"x": [1]}, "max_tool_calls": 2,
    }  # fmt: skip
    assert made.prompt.response_format == ResponseFormat()


async def test_json_without_a_schema() -> None:
    made = await asked(input="hi", text={"format": {"type": "json_object"}})
    assert made.prompt.response_format == ResponseFormat("json")


async def test_what_openai_keeps_is_for_openai_alone() -> None:
    made = await asked(input=[], conversation="conv_1", prompt={"id": "pmpt_1"})
    parts = [part for message in made.prompt.messages for part in message.parts]
    assert parts == [
        Opaque(WIRE, {"type": "conversation", "conversation": "conv_1"}),
        Opaque(WIRE, {"type": "prompt", "prompt": {"id": "pmpt_1"}}),
    ]


async def test_a_call_may_stand_in_a_conversation_that_is_kept_elsewhere() -> None:
    output = {"type": "function_call_output", "call_id": "c", "output": "42"}
    assert len((await asked(input=[output], conversation="conv_1")).prompt.messages) == 2


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": [7]}, "input[0]"),
        ({"input": "hi", "model": 7}, "model"),
        ({"input": "hi", "instructions": []}, "instructions"),
        ({"input": "hi", "tools": {}}, "tools"),
        ({"input": "hi", "tool_choice": 7}, "tool_choice"),
        ({"input": "hi", "parallel_tool_calls": "no"}, "parallel_tool_calls"),
        ({"input": "hi", "text": "json"}, "text"),
        ({"input": "hi", "text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"input": "hi", "text": {"format": {"type": "json_schema"}}}, "text.format.schema"),
        ({"input": "hi", "reasoning": "high"}, "reasoning"),
        ({"input": "hi", "reasoning": {"effort": 7}}, "reasoning.effort"),
        ({"input": "hi", "max_output_tokens": 0}, "max_output_tokens"),
        ({"input": "hi", "temperature": 3}, "temperature"),
        ({"input": "hi", "top_p": "x"}, "top_p"),
        ({"input": "hi", "top_logprobs": 21}, "top_logprobs"),
        ({"input": "hi", "include": "x"}, "include"),
        ({"input": "hi", "metadata": {"a": 1}}, "metadata[...]"),
        ({"input": "hi", "store": "yes"}, "store"),
        ({"input": "hi", "stream": "yes"}, "stream"),
        ({"input": "hi", "truncation": 1}, "truncation"),
        ({"input": "hi", "user": 1}, "user"),
        ({"input": "hi", "previous_response_id": 1}, "previous_response_id"),
        ({"input": "hi", "conversation": 1}, "conversation"),
        ({"input": "hi", "background": 1}, "background"),
        ({"input": "hi", "previous_response_id": "r", "conversation": "c"}, "conversation"),
        ({"input": "hi", "homeport": {"polcy": "x"}}, "homeport.polcy"),
        ({"input": [{"type": "message", "role": "user", "content": [{"type": "input_text"}]}]},
         "input[0].content[0].text"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(body: dict[str, Any], param: str) -> None:
    error = await refused(**body)
    assert (error.status, error.param) == (400, param)
