"""The body of `POST /v1/chat/completions`, as it is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from homeport.daemon.api.labels import Wishes
from homeport.policies.errors import BadRequest

Penalty = Annotated[float, Meta(ge=-2, le=2)]
Bound = Annotated[int, Meta(ge=-1, le=2**31 - 1)]
"""Above 0; -1 is none, as LM Studio and llama.cpp have it."""
TopK = Annotated[int, Meta(ge=-1, le=2**31 - 1)]
"""-1 is all, as vLLM has it."""
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class ToolFunction(msgspec.Struct, frozen=True):
    """What a tool is called, and what it takes."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class CalledFunction(msgspec.Struct, frozen=True):
    """The function of a tool call that a model made."""

    name: str
    arguments: str | dict[str, Any] | None = None


class MadeCall(msgspec.Struct, frozen=True):
    """A tool call in an assistant's message."""

    function: CalledFunction | None = None
    custom: dict[str, Any] | None = None
    id: str | None = None
    type: str | None = None


class ChatMessage(msgspec.Struct, frozen=True):
    """One message; which fields count depends on its role."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[str | dict[str, Any]] | None = None
    name: str | None = None
    tool_calls: list[MadeCall] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[Any] | None = None
    audio: dict[str, Any] | None = None


class JsonSchema(msgspec.Struct, frozen=True):
    """The schema of a structured answer."""

    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class AnswerFormat(msgspec.Struct, frozen=True):
    """The shape the answer must have."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchema | None = None
    schema: dict[str, Any] | None = None
    """Of a `json_object`, as llama.cpp, Together and Fireworks take it."""


class StreamOptions(msgspec.Struct, frozen=True):
    """How a stream is written."""

    include_usage: bool | None = None


class ChatRequest(msgspec.Struct, frozen=True):
    """Every field with a noun here; the others are carried as they came."""

    messages: list[ChatMessage]
    model: str | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: AnswerFormat | None = None
    stop: str | list[str] | None = None
    max_tokens: Bound | None = None
    max_completion_tokens: Bound | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    repeat_penalty: Annotated[float, Meta(gt=0, le=10)] | None = None
    top_k: TopK | None = None
    seed: Seed | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    reasoning_effort: str | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    functions: list[dict[str, Any]] | None = None
    function_call: str | dict[str, Any] | None = None
    homeport: Wishes | None = None


_CHANGE_NO_ANSWER = frozenset(
    {
        *("metadata", "moderation", "prompt_cache_key", "prompt_cache_options"),
        *("prompt_cache_retention", "safety_identifier", "store", "usage", "user"),
    }
)
_OF_GEMINI = frozenset({"google", "cached_content", "safety_settings"})
"""Gemini's own fields, as its users write them on this wire: its models are told."""


def knobs_of_the_wire(extras: dict[str, Any]) -> tuple[str, ...]:
    """Names of what was asked that no other wire knows; takes the extras of a prompt."""
    if not extras:
        return ()
    idle = {
        "modalities": ["text"],
        "service_tier": "auto" if extras.get("service_tier") == "auto" else "default",
        "verbosity": "medium",
    }
    return tuple(
        name
        for name, value in extras.items()
        if name not in _CHANGE_NO_ANSWER
        and name not in _OF_GEMINI
        and value not in (None, {}, [])
        and value != idle.get(name)
    )


def longest(given: int | None, param: str) -> int | None:
    """The tokens of the longest answer; None where no bound is given. Raises `BadRequest`."""
    if given == 0:
        raise BadRequest(f"`{param}` must be above 0.", code="invalid_field", param=param)
    return given if given and given > 0 else None


def likeliest(given: int | None) -> int | None:
    """How many of the likeliest tokens count; None where all do."""
    return None if given == -1 else given


MESSAGE_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(ChatMessage))
KNOWN_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(ChatRequest))
