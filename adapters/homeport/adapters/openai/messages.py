"""Writes the messages of a `Prompt` as those of an OpenAI chat completion request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

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
from homeport.adapters.providers import Provider

WIRE: Final = "openai-chat"
CACHE_MARK: Final = "cache_control"

_AUDIO_FORMATS: Final = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
}
_OWN: Final = frozenset({"role", "content", "tool_calls", "tool_call_id", "name"})

Row = dict[str, Any]


class NotWritable(ValueError):
    """The prompt holds a part that this wire has no words for."""


def rows_of(
    messages: Iterable[Message], prefix: str, dialect: Provider, *, same_wire: bool
) -> list[Row]:
    """Every message; `prefix` is the last, unfinished assistant message. Raises `NotWritable`."""
    rows: list[Row] = []
    waiting: list[Row] = []
    """What tool results hold beside text: told by the user after the last of them."""
    for message in messages:
        for row in _rows(message, dialect, same_wire=same_wire, waiting=waiting):
            if row["role"] != "tool" and waiting:
                rows.append({"role": "user", "content": waiting[:]})
                waiting.clear()
            rows.append(row)
    if waiting:
        rows.append({"role": "user", "content": waiting})
    if prefix:
        begun: Row = {"role": "assistant", "content": prefix}
        if dialect.prefix_flag:
            begun[dialect.prefix_flag] = True
        rows.append(begun)
    return rows


def takes_marks(dialect: Provider, same_wire: bool) -> bool:
    """Whether `cache_control` is told: to a server nobody described, as its caller wrote it."""
    return dialect.cache_marks and bool(same_wire or dialect.name)


def _rows(message: Message, dialect: Provider, *, same_wire: bool, waiting: list[Row]) -> list[Row]:
    """One message as the rows it takes: results of tools stand alone, before the rest."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    rows = [_result(part, dialect, same_wire, waiting) for part in results]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    if rest or not message.parts:
        row = _row(message, rest, dialect, same_wire=same_wire)
        if row is not None:
            rows.append(row)
    if same_wire and rows:
        carried = {name: v for name, v in message.extras.items() if name not in _OWN}
        rows[-1] = {**carried, **rows[-1]}
    return rows


def _result(part: ToolResult, dialect: Provider, same_wire: bool, waiting: list[Row]) -> Row:
    text = part.text
    if part.is_error and not same_wire:
        text = f"Error: {text}"
    row: Row = {"role": "tool", "tool_call_id": part.call_id, "content": text}
    mark = part.extras.get(CACHE_MARK) if takes_marks(dialect, same_wire) else None
    inner = [_part(p, dialect, same_wire=same_wire) for p in part.attachments]
    if same_wire and (inner or part.extras):
        marks = {n: v for n, v in part.extras.items() if n != CACHE_MARK or dialect.cache_marks}
        texts = [{**marks, "type": "text", "text": text}] if text or marks else []
        return row | {"content": [*texts, *inner]}
    if mark:
        row["content"] = [{"type": "text", "text": text, CACHE_MARK: mark}]
    if inner:
        waiting.append({"type": "text", "text": f"What the tool call {part.call_id} gave back:"})
        waiting.extend(inner)
    return row


def _row(
    message: Message, parts: Sequence[Part], dialect: Provider, *, same_wire: bool
) -> Row | None:
    role = message.role
    if role == "developer" and not dialect.developer_role:
        role = "system"
    calls = [_call(part, same_wire=same_wire) for part in parts if isinstance(part, ToolCall)]
    thoughts = [part for part in parts if isinstance(part, Thinking)]
    said = [p for p in parts if not isinstance(p, ToolCall | Thinking | Audio) or _inline(p)]
    # An answer may have been cut anywhere; what a person sends are texts of their own.
    between = "" if role == "assistant" else "\n"
    content = _content(said, dialect, same_wire=same_wire, between=between)
    row: Row = {"role": role, "content": content}
    if role == "assistant":
        row |= _beside(parts, thoughts, dialect, row)
        if not (said or calls or len(row) > len(("role", "content"))) and message.parts:
            return None  # nothing but reasoning that this server does not want back
    if calls:
        row["tool_calls"] = calls
        row["content"] = row["content"] or None
    if message.name:
        row["name"] = message.name
    return row


def _inline(part: Part) -> bool:
    return isinstance(part, Audio) and bool(part.data)


def _beside(
    parts: Sequence[Part], thoughts: Sequence[Thinking], dialect: Provider, row: Row
) -> Row:
    """The fields of an assistant's message beside its content."""
    beside: Row = {}
    earlier = [part.id for part in parts if isinstance(part, Audio) and part.id]
    if earlier:
        beside["audio"] = {"id": earlier[-1]}
    words = "".join(thought.text for thought in thoughts)
    if dialect.thinking_field == "parts":
        if words:
            row["content"] = _with_thinking(words, row["content"])
    elif dialect.thinking_field == "reasoning_details":
        details = [_detail(thought, at) for at, thought in enumerate(thoughts)]
        if any(thought.signature or thought.redacted or thought.extras for thought in thoughts):
            beside["reasoning_details"] = details
        elif words:
            beside["reasoning"] = words
    elif dialect.thinking_field and words:
        beside[dialect.thinking_field] = words
    return beside


def _with_thinking(words: str, content: Any) -> list[Row]:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": words}]}
    rest = [{"type": "text", "text": content}] if isinstance(content, str) and content else content
    return [thought, *(rest or [])]


def _detail(thought: Thinking, at: int) -> Row:
    named = {"id": thought.id} if thought.id else {}
    base = {**thought.extras, **named, "index": thought.extras.get("index", at)}
    if thought.redacted:
        return {**base, "type": "reasoning.encrypted", "data": thought.redacted}
    if base.get("type") == "reasoning.summary":
        return {**base, "summary": thought.text}
    signed = {"signature": thought.signature} if thought.signature else {}
    return {**base, "type": "reasoning.text", "text": thought.text, **signed}


def _call(call: ToolCall, *, same_wire: bool) -> Row:
    extras = call.extras if same_wire else {}
    if call.extras.get("type") == "custom":
        custom = {"name": call.name, "input": call.arguments}
        return {**extras, "id": call.id, "type": "custom", "custom": custom}
    function = {"name": call.name, "arguments": call.arguments}
    return {**extras, "id": call.id, "type": "function", "function": function}


def _content(
    parts: Sequence[Part], dialect: Provider, *, same_wire: bool, between: str
) -> str | list[Row]:
    marked = takes_marks(dialect, same_wire) and any(
        CACHE_MARK in getattr(p, "extras", {}) for p in parts
    )
    words = all(isinstance(part, (Text, Refusal)) for part in parts)
    told = same_wire and (len(parts) > 1 or any(getattr(p, "extras", {}) for p in parts))
    if words and not told and not marked:
        return between.join(part.text for part in parts if isinstance(part, (Text, Refusal)))
    return [_part(part, dialect, same_wire=same_wire) for part in parts]


def _part(part: Part, dialect: Provider, *, same_wire: bool) -> Row:
    if isinstance(part, Opaque):
        if part.wire == WIRE:
            return part.value
        raise NotWritable(
            "a part of the prompt came by another wire and cannot be told in this one"
        )
    extras = _extras(part, dialect, same_wire=same_wire)
    if isinstance(part, Text):
        return {**extras, "type": "text", "text": part.text}
    if isinstance(part, Refusal):
        if dialect.refusals:
            return {**extras, "type": "refusal", "refusal": part.text}
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        return _image(part, extras)
    if isinstance(part, Audio):
        return _audio(part, extras)
    if isinstance(part, Document):
        if part.file_id and not (same_wire or is_ours(part.file_id)):
            raise NotWritable("a file is held by another provider")
        return _document(part, extras, dialect)
    raise NotWritable("a part of the prompt has no place in this wire")


def _extras(part: Part, dialect: Provider, *, same_wire: bool) -> Row:
    """Fields of the part beside its own: all on the same wire, else the marks of caches."""
    extras: Row = getattr(part, "extras", {})
    if not extras:
        return {}
    if same_wire:
        return {n: v for n, v in extras.items() if n != CACHE_MARK or dialect.cache_marks}
    mark = extras.get(CACHE_MARK) if takes_marks(dialect, same_wire) else None
    return {CACHE_MARK: mark} if mark else {}


def _image(image: Image, extras: Row) -> Row:
    url = image.url
    if image.data:
        url = f"data:{image.media_type or 'image/png'};base64,{image.data}"
    if not url:
        raise NotWritable("an image is held by another provider")
    source: Row = {"url": url}
    rest = dict(extras)
    if "detail" in rest:
        source["detail"] = rest.pop("detail")
    return {**rest, "type": "image_url", "image_url": source}


def _audio(audio: Audio, extras: Row) -> Row:
    kind = audio.media_type.partition(";")[0].strip().lower()
    told = _AUDIO_FORMATS.get(kind) or kind.rpartition("/")[2] or "wav"
    if not audio.data:
        raise NotWritable("sound of an earlier answer can only be named by the assistant")
    sound = {"data": audio.data, "format": told}
    return {**extras, "type": "input_audio", "input_audio": sound}


def is_ours(file_id: str) -> bool:
    """Whether an id is one of OpenAI's; another provider's could be that of another file."""
    return file_id.startswith("file-")


def _document(document: Document, extras: Row, dialect: Provider) -> Row:
    if document.text:
        name = document.name or "document"
        return {**extras, "type": "text", "text": f"{name}:\n{document.text}"}
    if dialect.document_urls == "part" and document.url:
        return {**extras, "type": "document_url", "document_url": document.url}
    named = {"filename": document.name} if document.name else {}
    if document.file_id:
        return {**extras, "type": "file", "file": {"file_id": document.file_id}}
    if document.data:
        kind = document.media_type or "application/pdf"
        data = f"data:{kind};base64,{document.data}"
        if dialect.document_urls == "part":
            return {**extras, "type": "document_url", "document_url": data}
        named = named or {"filename": f"document.{kind.rpartition('/')[2]}"}
        return {**extras, "type": "file", "file": {"file_data": data, **named}}
    if dialect.document_urls == "file" and document.url:
        file = {"file_data": document.url, **(named or {"filename": "document.pdf"})}
        return {**extras, "type": "file", "file": file}
    raise NotWritable("a document is only named by its address, which this server does not fetch")
