"""Writes a `Prompt` as the body of Ollama's `/api/chat`, raw text as that of `/api/generate`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Audio,
    Document,
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

WIRE: Final = "ollama"

_EFFORTS: Final = {"low": "low", "medium": "medium", "high": "high", "xhigh": "high"}
_OPTIONS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "min_p",
    "repeat_penalty",
)
_NO_EFFORT: Final = ("none", "minimal")
_BUDGETS: Final = ((2048, "low"), (8192, "medium"))
"""Most tokens of reasoning, and the level that they amount to."""
_OWN_FIELDS: Final = frozenset(
    {
        *("model", "messages", "prompt", "suffix", "system", "template", "context", "images"),
        *("raw", "stream", "options", "tools", "format", "logprobs", "top_logprobs"),
        *("think", "keep_alive", "truncate", "shift", "homeport"),
    }
)
"""Written from nouns of the canonical model; a caller's field of the same name never wins."""


class NotWritable(ValueError):
    """The prompt holds something that this wire has no words for."""


def write(
    prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, keep_alive_s: int | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body of a streaming chat and the names of what was dropped; raises `NotWritable`."""
    body = _common(prompt, card, limits, keep_alive_s)
    body["messages"] = _messages(prompt, prefix)
    tools = _offered(prompt)
    if tools:
        body["tools"] = [_tool(tool) for tool in tools]
    think = _think(prompt, card, prefix)
    if think is not None:
        body["think"] = think
    return body, _dropped(prompt, card)


def write_completion(
    prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, keep_alive_s: int | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The same for a prompt that is raw text: without turns, and without a template unless it
    is one that fills in what stands before a suffix."""
    completion = prompt.completion
    if completion is None:
        raise NotWritable("the prompt is a conversation")
    body = _common(prompt, card, limits, keep_alive_s)
    body["prompt"] = completion.prompt + prefix
    if completion.suffix:
        body["suffix"] = completion.suffix
    else:
        body["raw"] = True
    return body, _dropped(prompt, card)


def passes(prompt: Prompt, prefix: str) -> bool:
    """Whether the caller's own body can be handed on: it came by this wire, from its start."""
    return bool(prompt.raw) and prompt.wire == WIRE and not prefix


def write_passed(
    prompt: Prompt, card: ModelCard, *, limits: Limits, keep_alive_s: int | None
) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """Route, body and dropped names of a body that is handed on, but for what is decided here."""
    body: dict[str, Any] = msgspec.json.decode(prompt.raw)
    route = "/api/chat" if "messages" in body else "/api/generate"
    for name in ("homeport", "context", "think"):
        body.pop(name, None)
    think = _think(prompt, card, "")
    if think is not None:
        body["think"] = think
    return route, body | _common(prompt, card, limits, keep_alive_s), _dropped(prompt, card)


def _common(
    prompt: Prompt, card: ModelCard, limits: Limits, keep_alive_s: int | None
) -> dict[str, Any]:
    carried = prompt.extras if prompt.wire == WIRE else {}
    body = {name: value for name, value in carried.items() if name not in _OWN_FIELDS} | {
        "model": card.name,
        "stream": True,
        "options": _options(prompt, card, limits),
        # A prompt that does not fit is an error, never cut silently.
        "truncate": False,
        "shift": False,
    }
    if prompt.response_format.kind != "text":
        body["format"] = prompt.response_format.schema or "json"
    if prompt.sampling.logprobs:
        body["logprobs"] = True
        body["top_logprobs"] = prompt.sampling.top_logprobs
    if "keep_alive" in carried:
        body["keep_alive"] = carried["keep_alive"]
    elif keep_alive_s is not None and card.place != "cloud":
        body["keep_alive"] = f"{keep_alive_s}s"
    return body


def prompt_bytes(prompt: Prompt, prefix: str) -> int:
    """Bytes of everything textual that the model will read."""
    words = sum(_bytes_of(part) for message in prompt.messages for part in message.parts)
    if prompt.completion is not None:
        words += len(prompt.completion.suffix.encode("utf-8", "replace"))
    offered = [[tool.name, tool.description, tool.parameters] for tool in prompt.tools]
    return words + len(prefix.encode()) + (len(msgspec.json.encode(offered)) if offered else 0)


def _bytes_of(part: Part) -> int:
    if isinstance(part, ToolResult):
        return len(part.text.encode("utf-8", "replace")) + sum(map(_bytes_of, part.attachments))
    if isinstance(part, (Text, Refusal, Document)):
        return len(_words(part).encode("utf-8", "replace"))
    return len(part.arguments) if isinstance(part, ToolCall) else 0


def _options(prompt: Prompt, card: ModelCard, limits: Limits) -> dict[str, Any]:
    sampling = prompt.sampling
    carried = prompt.extras.get("options") if prompt.wire == WIRE else None
    options: dict[str, Any] = dict(carried or {}) | {
        name: value for name in _OPTIONS if (value := getattr(sampling, name)) is not None
    }
    if sampling.stop:
        options["stop"] = list(sampling.stop)
    options["num_predict"] = limits.max_tokens
    # One window for every prompt: a server loads its model anew for another.
    options.pop("num_ctx", None)
    if card.context and card.place != "cloud":
        options["num_ctx"] = card.context
    return options


def _dropped(prompt: Prompt, card: ModelCard) -> tuple[str, ...]:
    dropped = []
    if prompt.tools and prompt.parallel_tool_calls is not None:
        dropped.append("parallel_tool_calls")
    if prompt.tools and prompt.tool_choice not in (None, "auto", "none"):
        dropped.append("tool_choice")
    effort, budget = prompt.sampling.reasoning_effort, prompt.sampling.reasoning_budget
    if "thinking" not in card.capabilities and (effort not in (None, *_NO_EFFORT) or budget):
        dropped.append("reasoning_effort")
    if prompt.wire == WIRE and _window(prompt) > (card.context or 0):
        dropped.append("num_ctx")
    return tuple(dropped)


def _window(prompt: Prompt) -> float:
    """The context that a caller of this wire asked for; 0 where it asked for none."""
    asked = (prompt.extras.get("options") or {}).get("num_ctx")
    return asked if isinstance(asked, int | float) else 0


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
    if tool.kind != "function":
        raise NotWritable("Ollama offers a model functions, and no other kind of tool")
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": function}


def _think(prompt: Prompt, card: ModelCard, prefix: str) -> bool | str | None:
    if "thinking" not in card.capabilities:
        return None
    effort, budget = prompt.sampling.reasoning_effort, prompt.sampling.reasoning_budget
    # An answer that has begun is not thought about again.
    if prefix or budget == 0 or effort in _NO_EFFORT:
        return False
    if prompt.wire == WIRE and isinstance(prompt.extras.get("think"), bool | str):
        return prompt.extras["think"]  # type: ignore[no-any-return]
    if effort is None and budget is None:
        return None
    if "gpt-oss" not in card.name:
        return True
    return _EFFORTS.get(effort, "medium") if effort else _level(budget or 0)


def _level(budget: int) -> str:
    return next((level for most, level in _BUDGETS if budget <= most), "high")


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
    rows = [
        _result(part, tool_names.get(part.call_id, ""))
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    return [*rows, _row(message, rest)] if rest or not message.parts else rows


def _result(result: ToolResult, tool_name: str) -> dict[str, Any]:
    text = f"Error: {result.text}" if result.is_error else result.text
    files = [words for part in result.attachments if (words := _words(part))]
    row: dict[str, Any] = {
        "role": "tool",
        "content": "\n".join([text, *files]),
        "tool_name": tool_name,
        "tool_call_id": result.call_id,
    }
    images = _images(result.attachments)
    return row | {"images": images} if images else row


def _row(message: Message, parts: Sequence[Part]) -> dict[str, Any]:
    role = "system" if message.role == "developer" else message.role
    texts = [words for part in parts if (words := _words(part))]
    # An answer may have been cut anywhere; what a person sends are texts of their own.
    between = "" if role == "assistant" else "\n"
    row: dict[str, Any] = {"role": role, "content": between.join(texts)}
    thoughts = "".join(part.text for part in parts if isinstance(part, Thinking))
    images = _images(parts)
    calls = [_call(part) for part in parts if isinstance(part, ToolCall)]
    if thoughts:
        row["thinking"] = thoughts
    if images:
        row["images"] = images
    if calls:
        row["tool_calls"] = calls
    return row


def _words(part: Part) -> str:
    """What a part says in words; a file of plain text does."""
    if isinstance(part, Document):
        text = part.text or _plain_text(part)
        return f"{part.name or 'document'}:\n{text}" if text else ""
    return part.text if isinstance(part, (Text, Refusal)) else ""


def _plain_text(document: Document) -> str:
    if not document.media_type.startswith("text/"):
        return ""
    try:
        return base64.b64decode(document.data).decode()
    except ValueError:
        return ""


def _images(parts: Sequence[Part]) -> list[str]:
    """The images among some parts; raises `NotWritable` for what is neither image nor words."""
    for part in parts:
        if isinstance(part, Opaque):
            raise NotWritable(
                "a part of the prompt came by another wire and cannot be told in this"
            )
        if isinstance(part, (Audio, Document)) and not _words(part):
            raise NotWritable("Ollama takes text and images, and no files or sound")
    return [_image(part) for part in parts if isinstance(part, Image)]


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
    except (msgspec.DecodeError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise NotWritable("an earlier tool call has arguments that are no JSON object")
    return {"id": call.id, "function": {"name": call.name, "arguments": arguments}}
