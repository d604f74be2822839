"""From the messages of Ollama's wire to the canonical ones, without losing a part."""

from __future__ import annotations

import binascii
from collections.abc import Sequence

import msgspec

from homeport.adapters.base import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from homeport.daemon.api.ollama.request import ChatMessage, MadeCall
from homeport.policies.errors import BadRequest

_MEDIA_TYPES = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}
"""By how the base64 of an image begins."""


class Calls:
    """Ids of the tool calls of a conversation: this wire may leave them out."""

    def __init__(self) -> None:
        self._made = 0
        self._open: list[tuple[str, str]] = []

    def made(self, call: MadeCall) -> str:
        """The id of a call that the model made."""
        given = call.id or f"call_{self._made}"
        self._made += 1
        self._open.append((given, call.function.name))
        return given

    def answered(self, call_id: str, tool: str) -> str:
        """The id of the call that a result belongs to: by id, by the tool's name, by order."""
        for index, (made, name) in enumerate(self._open):
            if made == call_id or (not call_id and (name == tool or not tool)):
                return self._open.pop(index)[0]
        return call_id or f"call_{tool or self._made}"


def messages_of(messages: Sequence[ChatMessage]) -> tuple[Message, ...]:
    """All of them. Raises `BadRequest`."""
    calls = Calls()
    return tuple(_message(message, calls, f"messages[{i}]") for i, message in enumerate(messages))


def _message(message: ChatMessage, calls: Calls, at: str) -> Message:
    images = images_of(message.images, at)
    text = message.content or ""
    if message.role == "tool":
        tool = message.tool_name or message.name or ""
        call_id = calls.answered(message.tool_call_id or "", tool)
        result = ToolResult(call_id, text, attachments=images)
        return Message("tool", (result,), name=tool)
    parts: list[Part] = [Thinking(message.thinking)] if message.thinking else []
    if text or (message.role != "assistant" and not images):
        parts.append(Text(text))
    parts += images
    parts += [_call(call, calls) for call in message.tool_calls or ()]
    return Message(message.role, tuple(parts))


def _call(call: MadeCall, calls: Calls) -> ToolCall:
    arguments = call.function.arguments
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments or {}).decode()
    return ToolCall(calls.made(call), call.function.name, arguments)


def images_of(images: Sequence[str] | None, at: str = "") -> tuple[Image, ...]:
    """Images in base64. Raises `BadRequest` for what is none."""
    where = f"{at}.images" if at else "images"
    return tuple(_image(data, f"{where}[{i}]") for i, data in enumerate(images or ()))


def _image(data: str, at: str) -> Image:
    head, comma, rest = data.partition(",") if data.startswith("data:") else ("", "", data)
    declared = head[len("data:") :].partition(";")[0] if comma else ""
    try:
        binascii.a2b_base64(rest.encode("ascii"), strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        raise BadRequest(f"`{at}` is no image in base64.", param=at) from None
    return Image(data=rest, media_type=declared or _media_type(rest))


def _media_type(data: str) -> str:
    for start, media_type in _MEDIA_TYPES.items():
        if data.startswith(start):
            return media_type
    return ""
