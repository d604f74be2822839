"""From the messages of OpenAI's chat wire to the canonical ones, without losing a part."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.base import (
    Audio,
    Document,
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
from homeport.daemon.api.openai.chat_request import ChatMessage, MadeCall
from homeport.policies.errors import BadRequest

WIRE = "openai-chat"


def message_of(message: ChatMessage, at: str, extras: dict[str, Any] | None = None) -> Message:
    """One message; `at` is its place in the request, for errors.

    `extras` are its fields without a noun.
    """
    name, others = message.name or "", extras or {}
    if message.role == "tool" or message.role == "function":
        return Message(role="tool", parts=(_tool_result(message, at),), name=name, extras=others)
    parts = [*_thinking(message), *_content(message, at)]
    if message.refusal:
        parts.append(Refusal(message.refusal))
    if message.role == "assistant":
        calls = enumerate(message.tool_calls or ())
        parts += [_tool_call(call, f"{at}.tool_calls[{i}]") for i, call in calls]
        if message.audio and isinstance(message.audio.get("id"), str):
            parts.append(Audio(id=message.audio["id"]))
    elif message.content is None:
        raise BadRequest(f"`{at}.content` is missing.", code="missing_field", param=f"{at}.content")
    return Message(role=message.role, parts=tuple(parts), name=name, extras=others)


def _thinking(message: ChatMessage) -> list[Part]:
    """Its reasoning: by block where its provider told the blocks, else in one piece."""
    details = [d for d in message.reasoning_details or () if isinstance(d, dict)]
    text = message.reasoning_content or message.reasoning
    if details:
        return _with_words([_thought(detail) for detail in details], text or "")
    return [Thinking(text)] if text else []


def _with_words(thoughts: list[Thinking], text: str) -> list[Part]:
    """A signature whose words a program kept apart from it is of these words."""
    signed = [at for at, thought in enumerate(thoughts) if thought.signature]
    if len(signed) == 1 and not any(thought.text for thought in thoughts):
        thoughts[signed[0]] = msgspec.structs.replace(thoughts[signed[0]], text=text)
    return list(thoughts)


def _thought(detail: dict[str, Any]) -> Thinking:
    summed_up = detail.get("type") == "reasoning.summary"
    own = ("summary", "id") if summed_up else ("text", "signature", "data", "id")
    extras = {name: value for name, value in detail.items() if name not in own}
    if summed_up:
        return Thinking(_plain(detail, "summary"), extras=extras, id=_plain(detail, "id"))
    return Thinking(
        _plain(detail, "text"),
        signature=_plain(detail, "signature"),
        redacted=_plain(detail, "data"),
        id=_plain(detail, "id"),
        extras=extras,
    )


def _plain(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


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


def _tool_result(message: ChatMessage, at: str) -> ToolResult:
    """The result: its text, and what it holds beside."""
    call_id = message.tool_call_id or message.name
    if not call_id:
        raise BadRequest(
            f"`{at}.tool_call_id` is missing.", code="missing_field", param=f"{at}.tool_call_id"
        )
    parts = _content(message, at)
    texts = [part for part in parts if isinstance(part, Text)]
    extras = {name: value for part in texts for name, value in part.extras.items()}
    beside = [part for part in parts if isinstance(part, Image | Audio | Document | Opaque)]
    text = "".join(part.text for part in texts)
    return ToolResult(call_id, text, extras=extras, attachments=tuple(beside))


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
    if kind == "thinking":
        return _thinking_part(part, rest)
    if kind == "input_audio":
        return _audio(part, rest)
    if kind == "file":
        return _file(part, rest)
    if kind == "document_url" and isinstance(part.get(kind), str):
        return _linked(part[kind], rest)
    if not isinstance(kind, str):
        raise BadRequest(f"`{at}.type` is missing.", code="missing_field", param=f"{at}.type")
    return Opaque(wire=WIRE, value=part)


def _linked(url: str, rest: dict[str, Any]) -> Document:
    """A document by its address, which may hold the whole of it."""
    kind, inline, data = url.removeprefix("data:").partition(";base64,")
    if url.startswith("data:") and inline:
        return Document(data=data, media_type=kind, extras=rest)
    return Document(url=url, extras=rest)


def _thinking_part(part: dict[str, Any], rest: dict[str, Any]) -> Part:
    told = part.get("thinking")
    if isinstance(told, list):
        told = "".join(_plain(piece, "text") for piece in told if isinstance(piece, dict))
    return Thinking(told, extras=rest) if isinstance(told, str) else Opaque(WIRE, part)


def _audio(part: dict[str, Any], rest: dict[str, Any]) -> Part:
    sound = part.get("input_audio")
    if not isinstance(sound, dict) or not isinstance(sound.get("data"), str):
        return Opaque(WIRE, part)
    media_type = f"audio/{_plain(sound, 'format') or 'wav'}"
    return Audio(data=sound["data"], media_type=media_type, extras=rest)


def _file(part: dict[str, Any], rest: dict[str, Any]) -> Part:
    file = part.get("file")
    if not isinstance(file, dict):
        return Opaque(WIRE, part)
    name, data = _plain(file, "filename"), _plain(file, "file_data")
    head, comma, inline = data.partition(",") if data.startswith("data:") else ("", "", "")
    if comma and head.endswith(";base64"):
        media_type = head[len("data:") : -len(";base64")].partition(";")[0]
        return Document(data=inline, media_type=media_type, name=name, extras=rest)
    if data.startswith(("http://", "https://")):
        return Document(url=data, name=name, extras=rest)
    if data:
        return Document(data=data, name=name, extras=rest)
    if _plain(file, "file_id"):
        return Document(file_id=_plain(file, "file_id"), name=name, extras=rest)
    return Opaque(WIRE, part)


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
