"""The body of `POST /v1/responses`, as it is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from homeport.daemon.api.labels import Wishes

WIRE = "openai-responses"

Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Reasoning(msgspec.Struct, frozen=True):
    """How long to think, and what to show of it."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None
    """The older name of `summary`."""


class AnswerFormat(msgspec.Struct, frozen=True):
    """The shape the answer must have."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class TextOptions(msgspec.Struct, frozen=True):
    """How the text of the answer is to be."""

    format: AnswerFormat | None = None
    verbosity: str | None = None


class ResponsesRequest(msgspec.Struct, frozen=True):
    """Every field that is read here; the others are carried as they came."""

    input: str | list[dict[str, Any]] | None = None
    model: str | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: Positive | None = None
    max_tool_calls: Positive | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    include: list[str] | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    truncation: str | None = None
    background: bool | None = None
    user: str | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    safety_identifier: str | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    homeport: Wishes | None = None


def knobs_of_the_wire(request: ResponsesRequest) -> list[str]:
    """Tuning knobs that were turned and that no other wire knows."""
    verbosity = request.text.verbosity if request.text else None
    turned = {
        "max_tool_calls": request.max_tool_calls is not None,
        "service_tier": request.service_tier not in (None, "auto", "default"),
        "text.verbosity": verbosity not in (None, "medium"),
        "truncation": request.truncation not in (None, "disabled"),
    }
    return [name for name, is_turned in turned.items() if is_turned]


NOUNS = frozenset(
    {
        "input",
        "model",
        "instructions",
        "previous_response_id",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "max_output_tokens",
        "temperature",
        "top_p",
        "top_logprobs",
        "stream",
        "background",
        "conversation",
        "prompt",
        "homeport",
    }
)
"""Fields that the canonical prompt has nouns for; the others are its `extras`."""
