"""Writes a `Prompt` as the body of Ollama's `/api/chat`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Image,
    Limits,
    Message,
    Opaque,
    Part,
    Prompt,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.policies.model import ModelCard

_EFFORTS: Final = {"low": "low", "medium": "medium", "high": "high", "xhigh": "high"}
_OPTIONS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
)


class NotWritable(ValueError):
    """The prompt holds something that this wire has no words for."""


def write(
    prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, keep_alive_s: int | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body of a streaming chat and the names of what was dropped; raises `NotWritable`."""
    body: dict[str, Any] = {
        "model": card.name,
        "messages": _messages(prompt, prefix),
        "stream": True,
        "options": _options(prompt, card, limits),
        # A prompt that does not fit is an error, never cut silently.
        "truncate": False,
        "shift": False,
    }
    tools = _offered(prompt)
    if tools:
        body["tools"] = [_tool(tool) for tool in tools]
    if prompt.response_format.kind != "text":
        body["format"] = prompt.response_format.schema or "json"
    if prompt.sampling.logprobs:
        body["logprobs"] = True
        body["top_logprobs"] = prompt.sampling.top_logprobs
    think = _think(prompt, card, prefix)
    if think is not None:
        body["think"] = think
    if keep_alive_s is not None and card.place != "cloud":
        body["keep_alive"] = f"{keep_alive_s}s"
    return body, _dropped(prompt)


def prompt_bytes(prompt: Prompt, prefix: str) -> int:
    """Bytes of everything textual that the model will read."""
    words = sum(_bytes_of(part) for message in prompt.messages for part in message.parts)
    schemas = len(msgspec.json.encode([_tool(tool) for tool in prompt.tools]))
    return words + len(prefix.encode()) + (schemas if prompt.tools else 0)


def _bytes_of(part: Part) -> int:
    if isinstance(part, (Text, ToolResult, Refusal)):
        return len(part.text.encode("utf-8", "replace"))
    return len(part.arguments) if isinstance(part, ToolCall) else 0


def _options(prompt: Prompt, card: ModelCard, limits: Limits) -> dict[str, Any]:
    sampling = prompt.sampling
    options: dict[str, Any] = {
        name: value for name in _OPTIONS if (value := getattr(sampling, name)) is not None
    }
    if sampling.stop:
        options["stop"] = list(sampling.stop)
    options["num_predict"] = limits.max_tokens
    if card.context and card.place != "cloud":
        options["num_ctx"] = card.context
    return options


def _dropped(prompt: Prompt) -> tuple[str, ...]:
    dropped = []
    if prompt.tools and prompt.parallel_tool_calls is not None:
        dropped.append("parallel_tool_calls")
    if prompt.tools and prompt.tool_choice not in (None, "auto", "none"):
        dropped.append("tool_choice")
    return tuple(dropped)


def _offered(prompt: Prompt) -> list[Tool]:
    """The tools to show: a choice that names one shows that one alone."""
    choice = prompt.tool_choice
    if choice == "none":
        return []
    name = choice
    if isinstance(choice, dict):
        function = choice.get("function")
        name = function.get("name") if isinstance(function, dict) else choice.get("name")
    named = [tool for tool in prompt.tools if tool.name == name]
    return named or list(prompt.tools)


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": function}


def _think(prompt: Prompt, card: ModelCard, prefix: str) -> bool | str | None:
    if "thinking" not in card.capabilities:
        return None
    effort = prompt.sampling.reasoning_effort
    # An answer that has begun is not thought about again.
    if prefix or effort in ("none", "minimal"):
        return False
    if effort is None:
        return None
    return _EFFORTS.get(effort, "medium") if "gpt-oss" in card.name else True


def _messages(prompt: Prompt, prefix: str) -> list[dict[str, Any]]:
    names = {
        part.id: part.name
        for message in prompt.messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    written = [row for message in prompt.messages for row in _rows(message, names)]
    if prefix:
        written.append({"role": "assistant", "content": prefix})
    return written


def _rows(message: Message, tool_names: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "role": "tool",
            "content": part.text,
            "tool_name": tool_names.get(part.call_id, ""),
            "tool_call_id": part.call_id,
        }
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    return [*rows, _row(message, rest)] if rest or not message.parts else rows


def _row(message: Message, parts: Sequence[Part]) -> dict[str, Any]:
    role = "system" if message.role == "developer" else message.role
    texts = [part.text for part in parts if isinstance(part, (Text, Refusal))]
    row: dict[str, Any] = {"role": role, "content": "".join(texts)}
    thoughts = [part.text for part in parts if isinstance(part, Thinking)]
    images = [_image(part) for part in parts if isinstance(part, Image)]
    calls = [_call(part) for part in parts if isinstance(part, ToolCall)]
    if any(isinstance(part, Opaque) for part in parts):
        raise NotWritable("a part of the prompt came by another wire and cannot be told in this")
    if thoughts:
        row["thinking"] = "".join(thoughts)
    if images:
        row["images"] = images
    if calls:
        row["tool_calls"] = calls
    return row


def _image(image: Image) -> str:
    if image.data:
        return image.data
    head, comma, data = image.url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return data
    raise NotWritable("Ollama takes images inline, and this one is only an address")


def _call(call: ToolCall) -> dict[str, Any]:
    try:
        arguments = msgspec.json.decode(call.arguments or "{}")
    except msgspec.DecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise NotWritable("an earlier tool call has arguments that are no JSON object")
    return {"id": call.id, "function": {"name": call.name, "arguments": arguments}}
