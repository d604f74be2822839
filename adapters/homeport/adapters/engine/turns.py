"""From a `Prompt` to what the engine is asked: turns of plain text and a sampling plan."""

from __future__ import annotations

import json

from homeport.adapters.base import (
    Limits,
    Message,
    Part,
    Prompt,
    Refusal,
    ResponseFormat,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Generate, SamplingPlan, Turn
from homeport.adapters.engine.schema_grammar import ANY_OBJECT

MAX_TOP_LOGPROBS = 20


def request_for(prompt: Prompt, *, prefix: str, limits: Limits, request_id: int) -> Generate:
    """The request for one attempt; raises `EngineFailure` where the engine cannot do it."""
    if prompt.tools and prompt.tool_choice != "none":
        raise EngineFailure(
            "unsupported", "The embedded engine does not call tools; choose a model that does."
        )
    turns = tuple(turn for message in prompt.messages for turn in _turns(message))
    if prompt.completion is not None:
        if prompt.completion.suffix:
            raise EngineFailure(
                "unsupported", "The embedded engine does not fill gaps; leave `suffix` out."
            )
        turns, prefix = (), prompt.completion.prompt + prefix
    asked = prompt.sampling
    most = limits.max_tokens if asked.max_tokens is None else asked.max_tokens
    return Generate(
        id=request_id,
        turns=turns,
        prefix=clean(prefix),
        max_tokens=max(0, min(limits.max_tokens, most)),
        sampling=_plan(prompt),
        stop=tuple(clean(stop) for stop in asked.stop),
        logprobs=asked.logprobs,
        top_logprobs=max(0, min(asked.top_logprobs, MAX_TOP_LOGPROBS)),
        schema=_schema(prompt.response_format),
        plain=prompt.completion is not None,
    )


def clean(text: str) -> str:
    """The text without halves of surrogate pairs, which have no bytes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _plan(prompt: Prompt) -> SamplingPlan:
    asked = prompt.sampling
    return SamplingPlan(
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        seed=asked.seed,
        presence_penalty=asked.presence_penalty or 0.0,
        frequency_penalty=asked.frequency_penalty or 0.0,
    )


def _schema(wanted: ResponseFormat) -> bytes:
    if wanted.kind == "text":
        return b""
    if wanted.kind == "json" or wanted.schema is None:
        return ANY_OBJECT
    return json.dumps(wanted.schema).encode()


def _turns(message: Message) -> list[Turn]:
    """A message as turns: results of tools are turns of their own."""
    role = "system" if message.role == "developer" else message.role
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    turns = [Turn("tool", _result_text(result)) for result in results]
    texts = [_part_text(part) for part in message.parts if not isinstance(part, ToolResult)]
    if texts or not turns:
        turns.append(Turn(role, clean("".join(texts))))
    return turns


def _result_text(result: ToolResult) -> str:
    label = "Error of the tool call" if result.is_error else "Result of the tool call"
    return clean(f"{label} {result.call_id}:\n{result.text}")


def _part_text(part: Part) -> str:
    match part:
        case Text(text=text) | Refusal(text=text):
            return text
        case Thinking():
            return ""
        case ToolCall():
            return f"\n[tool call {part.id}: {part.name}({part.arguments})]"
        case _:
            raise EngineFailure(
                "unsupported",
                "The embedded engine reads text alone; choose a model that takes such input.",
            )
