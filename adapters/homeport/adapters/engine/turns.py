"""From a `Prompt` to what the engine is asked: turns of plain text and a sampling plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from homeport.adapters.base import (
    Limits,
    Message,
    Part,
    Prompt,
    Refusal,
    ResponseFormat,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Generate, SamplingPlan, Turn, TurnCall
from homeport.adapters.engine.schema_grammar import ANY_OBJECT
from homeport.adapters.mending.tool_offer import described, offer_of

MAX_TOP_LOGPROBS = 20


def request_for(prompt: Prompt, *, prefix: str, limits: Limits, request_id: int) -> Generate:
    """The request for one attempt; raises `EngineFailure` where the engine cannot do it."""
    offer = offer_of(prompt)
    names = _tool_names(prompt)
    turns = tuple(turn for message in prompt.messages for turn in _turns(message, names))
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
        loosely=bool(prefix) and prompt.response_format.strict is False,
        plain=prompt.completion is not None,
        tools=_described(offer.tools),
        must_call=offer.must_call,
        parallel=offer.parallel,
        thinks=_thinks(prompt),
    )


def _described(tools: Sequence[Tool]) -> bytes:
    return json.dumps([described(tool) for tool in tools]).encode() if tools else b""


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


def _thinks(prompt: Prompt) -> bool | None:
    asked = prompt.sampling
    if asked.reasoning_budget == 0 or asked.reasoning_effort in ("none", "disabled"):
        return False
    return True if asked.reasoning_budget or asked.reasoning_effort else None


def _tool_names(prompt: Prompt) -> dict[str, str]:
    """The tool of each call so far, by the call's id."""
    parts = [part for message in prompt.messages for part in message.parts]
    return {part.id: part.name for part in parts if isinstance(part, ToolCall)}


def _turns(message: Message, names: Mapping[str, str]) -> list[Turn]:
    """A message as turns: results of tools are turns of their own."""
    role = "system" if message.role == "developer" else message.role
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    turns = [_result(result, names) for result in results]
    others = [part for part in message.parts if not isinstance(part, ToolResult | ToolCall)]
    if others or calls or not turns:
        text = clean("".join(map(_part_text, others)))
        turns.append(Turn(role, text, tuple(map(_call, calls))))
    return turns


def _call(call: ToolCall) -> TurnCall:
    arguments = call.arguments or "{}"
    if call.extras.get("type") == "custom":
        arguments = json.dumps({"input": call.arguments})
    return TurnCall(clean(call.id), clean(call.name), clean(arguments))


def _result(result: ToolResult, names: Mapping[str, str]) -> Turn:
    if result.attachments:
        raise _text_alone()
    text = f"Error: {result.text}" if result.is_error else result.text
    call_id = clean(result.call_id)
    return Turn("tool", clean(text), (), call_id, clean(names.get(result.call_id, "")))


def _part_text(part: Part) -> str:
    match part:
        case Text(text=text) | Refusal(text=text):
            return text
        case Thinking():
            return ""
        case _:
            raise _text_alone()


def _text_alone() -> EngineFailure:
    return EngineFailure(
        "unsupported",
        "The embedded engine reads text alone; choose a model that takes such input.",
    )
