"""From the messages of OpenAI's chat wire to the canonical ones, without losing a part."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.base import (
    Image,
    Message,
    Opaque,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.openai_chat_request import ChatMessage, MadeCall
from homeport.policies.errors import BadRequest

WIRE = "openai-chat"


def message_of(message: ChatMessage, at: str) -> Message:
    """One message; `at` is its place in the request, for errors."""
    name = message.name or ""
    if message.role == "tool" or message.role == "function":
        return Message(role="tool", parts=_tool_result(message, at), name=name)
    parts = [*_thinking(message), *_content(message, at)]
    if message.refusal:
        parts.append(Refusal(message.refusal))
    if message.role == "assistant":
        calls = enumerate(message.tool_calls or ())
        parts += [_tool_call(call, f"{at}.tool_calls[{i}]") for i, call in calls]
    elif message.content is None:
        raise BadRequest(f"`{at}.content` is missing.", code="missing_field", param=f"{at}.content")
    return Message(role=message.role, parts=tuple(parts), name=name)


def _thinking(message: ChatMessage) -> list[Part]:
    text = message.reasoning_content or message.reasoning
    return [Thinking(text)] if text else []


def _tool_call(call: MadeCall, at: str) -> ToolCall:
    if call.function is None:
        if call.custom is None:
            raise BadRequest(
                f"`{at}.function` is missing.", code="missing_field", param=f"{at}.function"
            )
        text = str(call.custom.get("input", ""))
        extras = {"type": "custom"}
        return ToolCall(call.id or "", str(call.custom.get("name", "")), text, extras)
    arguments = call.function.arguments
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments or {}).decode()
    return ToolCall(id=call.id or "", name=call.function.name, arguments=arguments)


def _tool_result(message: ChatMessage, at: str) -> tuple[Part, ...]:
    """The result's text first; what is not text follows as parts of its own."""
    call_id = message.tool_call_id or message.name
    if not call_id:
        raise BadRequest(
            f"`{at}.tool_call_id` is missing.", code="missing_field", param=f"{at}.tool_call_id"
        )
    parts = _content(message, at)
    texts = [part for part in parts if isinstance(part, Text)]
    extras = {name: value for part in texts for name, value in part.extras.items()}
    result = ToolResult(call_id, "".join(part.text for part in texts), extras=extras)
    return (result, *(part for part in parts if not isinstance(part, Text)))


def _content(message: ChatMessage, at: str) -> list[Part]:
    content = message.content
    if isinstance(content, str):
        return [Text(content)] if content or message.role != "assistant" else []
    return [_part(part, f"{at}.content[{i}]") for i, part in enumerate(content or ())]


def _part(part: str | dict[str, Any], at: str) -> Part:
    if isinstance(part, str):
        return Text(part)
    kind = part.get("type")
    rest = {name: value for name, value in part.items() if name not in ("type", kind)}
    if kind == "text":
        return Text(_string(part, "text", at), extras=rest)
    if kind == "refusal":
        return Refusal(_string(part, "refusal", at), extras=rest)
    if kind == "image_url":
        return _image(part, rest, at)
    if kind == "thinking" and isinstance(part.get("thinking"), str):
        return Thinking(part["thinking"], extras=rest)
    if not isinstance(kind, str):
        raise BadRequest(f"`{at}.type` is missing.", code="missing_field", param=f"{at}.type")
    return Opaque(wire=WIRE, value=part)


def _image(part: dict[str, Any], rest: dict[str, Any], at: str) -> Image:
    given = part.get("image_url")
    image = {"url": given} if isinstance(given, str) else given
    if not isinstance(image, dict):
        raise BadRequest(f"`{at}.image_url` is missing.", param=f"{at}.image_url")
    url = _string(image, "url", f"{at}.image_url")
    extras = rest | {name: value for name, value in image.items() if name != "url"}
    head, comma, data = url.partition(",") if url.startswith("data:") else ("", "", "")
    if comma and head.endswith(";base64"):
        media_type = head[len("data:") : -len(";base64")].partition(";")[0]
        return Image(data=data, media_type=media_type, extras=extras)
    return Image(url=url, extras=extras)


def _string(value: dict[str, Any], name: str, at: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise BadRequest(f"`{at}.{name}` must be a string.", param=f"{at}.{name}")
    return found
