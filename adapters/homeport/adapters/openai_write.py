"""Writes a `Prompt` as the body of an OpenAI chat completion request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Image,
    Message,
    Opaque,
    Part,
    Prompt,
    Refusal,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.providers import SAMPLING_KNOBS, Provider

WIRE: Final = "openai-chat"

_REASONING_MODEL = re.compile(r"(?:^|/)(o[1-9](?:$|-)|gpt-5)")
_KNOBS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
)
# Written from nouns of the canonical model; a caller's field of the same name never wins.
_OWN_FIELDS: Final = frozenset(
    {
        *_KNOBS,
        "model",
        "messages",
        "stream",
        "stream_options",
        "n",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "logprobs",
        "top_logprobs",
        "homeport",
    }
)


class NotWritable(ValueError):
    """The prompt holds a part that this wire has no words for."""


@dataclass(frozen=True, slots=True)
class Written:
    """A request body, and the tuning knobs that had to be left out."""

    body: bytes
    dropped: tuple[str, ...]


def write(
    prompt: Prompt,
    *,
    model: str,
    max_tokens: int,
    dialect: Provider,
    prefix: str = "",
    prefix_fields: dict[str, Any] | None = None,
) -> Written:
    """The body of a streaming request; raises `NotWritable`.

    `prefix` becomes the last, unfinished assistant message. `prefix_fields` are
    the top-level fields with which the server is told to go on from it.
    """
    knobs, dropped = _knobs(prompt.sampling, dialect, model)
    body: dict[str, Any] = {
        **_carried(prompt, dialect),
        "model": model,
        "messages": _messages(prompt.messages, prefix, dialect, same_wire=prompt.wire == WIRE),
        "stream": True,
        dialect.max_tokens_field: max_tokens,
        **knobs,
        **_tools(prompt),
        **_response_format(prompt.response_format),
    }
    if dialect.stream_usage:
        body["stream_options"] = {"include_usage": True}
    if prefix and prefix_fields:
        body |= prefix_fields
    return Written(msgspec.json.encode(body), dropped)


def _carried(prompt: Prompt, dialect: Provider) -> dict[str, Any]:
    if prompt.wire != WIRE or dialect.strict_fields:
        return {}
    return {name: value for name, value in prompt.extras.items() if name not in _OWN_FIELDS}


def _knobs(
    sampling: Sampling, dialect: Provider, model: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    asked: dict[str, Any] = {name: getattr(sampling, name) for name in _KNOBS}
    asked["stop"] = list(sampling.stop) or None
    if sampling.logprobs:
        asked["logprobs"] = True
        asked["top_logprobs"] = sampling.top_logprobs or None
    asked = {name: value for name, value in asked.items() if value is not None}
    refused = dialect.unsupported_knobs
    if dialect.name == "openai" and _REASONING_MODEL.search(model):
        refused = refused | SAMPLING_KNOBS | {"stop"}
    kept = {name: value for name, value in asked.items() if name not in refused}
    if "seed" in kept and dialect.name == "mistral":
        kept["random_seed"] = kept.pop("seed")
    return kept, tuple(sorted(set(asked) & refused))


def _tools(prompt: Prompt) -> dict[str, Any]:
    if not prompt.tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in prompt.tools]}
    if prompt.tool_choice is not None:
        fields["tool_choice"] = _tool_choice(prompt.tool_choice)
    if prompt.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = prompt.parallel_tool_calls
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _tool_choice(choice: str | dict[str, Any]) -> str | dict[str, Any]:
    known = ("auto", "none", "required")
    if isinstance(choice, str) and choice not in known:
        return {"type": "function", "function": {"name": choice}}
    if isinstance(choice, dict) and isinstance(choice.get("name"), str):
        return {"type": "function", "function": {"name": choice["name"]}}
    return choice


def _response_format(wanted: ResponseFormat) -> dict[str, Any]:
    if wanted.kind == "text":
        return {}
    if wanted.kind == "json":
        return {"response_format": {"type": "json_object"}}
    schema: dict[str, Any] = {"name": wanted.name or "answer", "schema": wanted.schema or {}}
    if wanted.strict is not None:
        schema["strict"] = wanted.strict
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _messages(
    messages: Iterable[Message], prefix: str, dialect: Provider, *, same_wire: bool
) -> list[dict[str, Any]]:
    written = [row for message in messages for row in _rows(message, dialect, same_wire=same_wire)]
    if prefix:
        row: dict[str, Any] = {"role": "assistant", "content": prefix}
        if dialect.prefix_flag:
            row[dialect.prefix_flag] = True
        written.append(row)
    return written


def _rows(message: Message, dialect: Provider, *, same_wire: bool) -> list[dict[str, Any]]:
    """One message as the rows it takes: results of tools stand alone, before the rest."""
    rows: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": part.call_id, "content": part.text}
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    rest = [part for part in message.parts if not isinstance(part, (ToolResult, Thinking))]
    if rest or not message.parts:
        rows.append(_row(message, rest, dialect, same_wire=same_wire))
    if same_wire and rows:
        rows[-1] = {**message.extras, **rows[-1]}
    return rows


def _row(
    message: Message, parts: Sequence[Part], dialect: Provider, *, same_wire: bool
) -> dict[str, Any]:
    role = message.role
    if role == "developer" and not dialect.developer_role:
        role = "system"
    calls = [_call(part) for part in parts if isinstance(part, ToolCall)]
    content = _content([p for p in parts if not isinstance(p, ToolCall)], same_wire=same_wire)
    row: dict[str, Any] = {"role": role, "content": content}
    if calls:
        row["tool_calls"] = calls
        row["content"] = content or None
    if message.name:
        row["name"] = message.name
    return row


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _content(parts: Sequence[Part], *, same_wire: bool) -> str | list[dict[str, Any]]:
    plain = all(isinstance(part, (Text, Refusal)) and not part.extras for part in parts)
    if plain and (len(parts) <= 1 or not same_wire):
        return "".join(part.text for part in parts if isinstance(part, (Text, Refusal)))
    return [_part(part, same_wire=same_wire) for part in parts]


def _part(part: Part, *, same_wire: bool) -> dict[str, Any]:
    extras = part.extras if same_wire and not isinstance(part, Opaque) else {}
    if isinstance(part, Text):
        return {**extras, "type": "text", "text": part.text}
    if isinstance(part, Refusal):
        return {**extras, "type": "refusal", "refusal": part.text}
    if isinstance(part, Image):
        return _image(part, extras)
    if isinstance(part, Opaque) and part.wire == WIRE:
        return part.value
    raise NotWritable("a part of the prompt came by another wire and cannot be told in this one")


def _image(image: Image, extras: dict[str, Any]) -> dict[str, Any]:
    url = image.url
    if image.data:
        url = f"data:{image.media_type or 'image/png'};base64,{image.data}"
    source: dict[str, Any] = {"url": url}
    rest = dict(extras)
    if "detail" in rest:
        source["detail"] = rest.pop("detail")
    return {**rest, "type": "image_url", "image_url": source}
