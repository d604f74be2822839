"""From parts of Gemini's wire to canonical ones, without losing one.

What only Gemini can read (films, code that ran there, files that it holds) is
carried whole. A call may lack an id on this wire; it gets one here, and a result
without an id belongs to the first open call of its name.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.adapters.gemini.read import WIRE
from homeport.daemon.api.gemini.fields import Fields
from homeport.daemon.api.gemini.signatures import plain_base64, thinking_of
from homeport.policies.errors import BadRequest

_OF_TEXT = frozenset({"text", "thought", "thoughtSignature"})
_OF_MEDIA = frozenset({"inlineData", "fileData"})
_HELD_BY_GOOGLE = re.compile(
    r"^(gs://|files/|https?://(generativelanguage\.googleapis\.com|(www\.|m\.)?youtu\.?be))"
)


class Calls:
    """Ids of the calls of a conversation."""

    def __init__(self) -> None:
        self._made = 0
        self._open: list[tuple[str, str]] = []

    def made(self, call_id: str, name: str) -> str:
        """The id of a call that the model made."""
        given = call_id or f"call_{self._made}"
        self._made += 1
        self._open.append((given, name))
        return given

    def answered(self, call_id: str, name: str) -> str:
        """The id of the call that a result belongs to."""
        for index, (made, of) in enumerate(self._open):
            if made == call_id or (not call_id and of == name):
                return self._open.pop(index)[0]
        return call_id or f"call_{name}"


def parts_of(content: Fields, calls: Calls) -> list[Part]:
    """The parts of one turn. Raises `BadRequest`."""
    parts: list[Part] = []
    for row, at in content.rows("parts"):
        _add(Fields(row, at), row, calls, parts)
    return parts


def _add(fields: Fields, row: dict[str, Any], calls: Calls, parts: list[Part]) -> None:
    names = fields.values.keys()
    if "functionCall" in names:
        parts.append(_call(fields, calls))
    elif "functionResponse" in names:
        parts.append(_result(fields, calls))
    elif names and names <= _OF_TEXT:
        _add_text(fields, parts)
    elif len(names) == 1 and names <= _OF_MEDIA:
        parts.append(media_of(fields) or Opaque(WIRE, row))
    elif names:
        parts.append(Opaque(WIRE, row))


def _add_text(fields: Fields, parts: list[Part]) -> None:
    text, signature = fields.text("text") or "", fields.text("thoughtSignature") or ""
    if fields.flag("thought"):
        thought = thinking_of(text, signature, {"thought": True})
        before = parts[-1] if parts else None
        if isinstance(before, Thinking) and not before.signature and not before.redacted:
            # A signature stands behind what it signs; pieces of a stream are one thought.
            whole = before.text + thought.text
            parts[-1] = msgspec.structs.replace(thought, text=whole)
        else:
            parts.append(thought)
        return
    if text or not signature:
        parts.append(Text(text))
    if signature:
        parts.append(thinking_of("", signature, {}))


def _call(fields: Fields, calls: Calls) -> ToolCall:
    call = fields.table("functionCall") or Fields({})
    name = call.text("name")
    if not name:
        path = call.path("name")
        raise BadRequest(f"`{path}` is missing.", code="missing_field", param=path)
    extras = fields.rest("functionCall")
    fields.text("thoughtSignature")
    more = call.rest("id", "name", "args")
    if more:
        extras["functionCall"] = more
    arguments = msgspec.json.encode(call.raw("args") or {}).decode()
    return ToolCall(calls.made(call.text("id") or "", name), name, arguments, extras)


def _result(fields: Fields, calls: Calls) -> ToolResult:
    result = fields.table("functionResponse") or Fields({})
    name, response = result.text("name") or "", result.raw("response") or {}
    given = result.text("id") or ""
    if not name and not given:
        path = result.path("name")
        raise BadRequest(f"`{path}` is missing.", code="missing_field", param=path)
    attachments = tuple(_attachment(row, at) for row, at in result.rows("parts"))
    more = result.rest("id", "name", "response", "parts")
    return ToolResult(
        call_id=calls.answered(given, name),
        text=_text_of(response) if response or not attachments else "",
        is_error=set(response) == {"error"} and bool(response["error"]),
        extras={"name": name, "response": response, **({"more": more} if more else {})},
        attachments=attachments,
    )


def _text_of(response: dict[str, Any]) -> str:
    """The words where the result is nothing but words, else the JSON of it."""
    if len(response) == 1:
        name, value = next(iter(response.items()))
        if name in ("output", "result", "error") and isinstance(value, str):
            return value
    return msgspec.json.encode(response).decode()


def _attachment(row: dict[str, Any], at: str) -> Image | Audio | Document | Opaque:
    fields = Fields(row, at)
    known = len(fields.values) == 1 and fields.values.keys() <= _OF_MEDIA
    return (media_of(fields) if known else None) or Opaque(WIRE, row)


def media_of(fields: Fields) -> Image | Audio | Document | None:
    """What a file holds; None for what only Gemini can read. Raises `BadRequest`."""
    inline = fields.table("inlineData")
    if inline is not None:
        return _inline(inline)
    file = fields.table("fileData") or Fields({})
    url, media_type = file.text("fileUri") or "", (file.text("mimeType") or "").lower()
    if not url:
        path = file.path("fileUri")
        raise BadRequest(f"`{path}` is missing.", code="missing_field", param=path)
    if _HELD_BY_GOOGLE.match(url) or media_type.startswith(("audio/", "video/")):
        return None
    if media_type.startswith("image/"):
        return Image(url=url, media_type=media_type)
    return Document(url=url, media_type=media_type, name=file.text("displayName") or "")


def _inline(inline: Fields) -> Image | Audio | Document | None:
    data = plain_base64(inline.text("data") or "")
    media_type = (inline.text("mimeType") or "").lower()
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise inline.wrong("data", "base64") from None
    kind = media_type.partition("/")[0]
    if kind == "image":
        return Image(data=data, media_type=media_type)
    if kind == "audio":
        return Audio(data=data, media_type=media_type)
    if kind == "video" or not media_type:
        return None
    named: dict[str, Any] = {"media_type": media_type, "name": inline.text("displayName") or ""}
    if kind == "text":
        try:
            return Document(text=content.decode("utf-8"), **named)
        except UnicodeDecodeError:
            return Document(data=data, **named)
    return Document(data=data, **named)
