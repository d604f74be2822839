"""Writes one part of a message as a content block of Anthropic's Messages API."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Citation,
    Document,
    Image,
    Opaque,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

WIRE: Final = "anthropic"
SIGNED_BY: Final = "signed_by"
"""In the extras of a `Thinking`: the provider whose signature it has, where that is another."""

_SAFE_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_FOREIGN_SIGNATURE: Final = "gemini:"
FOREIGN_FIELDS: Final = frozenset({"thoughtSignature", "extra_content"})
"""Marks of another provider on a call."""
_IMAGE_STARTS: Final = (
    ("/9j/", "image/jpeg"),
    ("iVBOR", "image/png"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
)
"""How each kind of image begins in base64."""

Block = dict[str, Any]


class NotWritable(ValueError):
    """The prompt holds a part that this wire has no words for."""


def block_of(part: Part, *, same_wire: bool) -> Block | None:
    """The block of a part; None for a part that is not said on this wire."""
    extras = _extras(part, same_wire=same_wire)
    if isinstance(part, Text):
        return _text(part, extras, same_wire=same_wire)
    if isinstance(part, Refusal):
        return {**extras, "type": "text", "text": part.text} if part.text.strip() else None
    if isinstance(part, Thinking):
        return _thinking(part, extras, same_wire=same_wire)
    if isinstance(part, ToolCall):
        return _tool_use(part, extras)
    if isinstance(part, ToolResult):
        return _tool_result(part, extras, same_wire=same_wire)
    return _held(part, extras, same_wire=same_wire)


def replayable(part: Thinking) -> bool:
    """Whether Anthropic itself signed (or encrypted) this reasoning."""
    if SIGNED_BY in part.extras:
        return False
    own = bool(part.signature) and not part.signature.startswith(_FOREIGN_SIGNATURE)
    return own or bool(part.redacted)


def safe_id(call_id: str) -> str:
    """The id of a call in the letters that are allowed; each id keeps one of its own."""
    if _SAFE_ID.fullmatch(call_id):
        return call_id
    digest = hashlib.blake2b(call_id.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"call_{digest}"


def _extras(part: Part, *, same_wire: bool) -> Mapping[str, Any]:
    if isinstance(part, Opaque):
        return {}
    if same_wire:
        marks = FOREIGN_FIELDS & part.extras.keys()
        return {k: v for k, v in part.extras.items() if k not in marks} if marks else part.extras
    marked = part.extras.get("cache_control")
    return {"cache_control": marked} if isinstance(marked, dict) else {}


def _text(part: Text, extras: Mapping[str, Any], *, same_wire: bool) -> Block | None:
    # A block of nothing but space is refused.
    if not part.text.strip():
        return None
    block = {**extras, "type": "text", "text": part.text}
    told = [_citation(citation) for citation in part.citations] if same_wire else []
    cited = [citation for citation in told if citation]
    return block | {"citations": cited} if cited else block


def _citation(citation: Citation) -> dict[str, Any]:
    return citation.extras if citation.wire == WIRE else {}


def _thinking(part: Thinking, extras: Mapping[str, Any], *, same_wire: bool) -> Block | None:
    if not same_wire or not replayable(part):
        return None
    if part.redacted:
        return {**extras, "type": "redacted_thinking", "data": part.redacted}
    return {**extras, "type": "thinking", "thinking": part.text, "signature": part.signature}


def _tool_use(call: ToolCall, extras: Mapping[str, Any]) -> Block:
    custom = call.extras.get("type") == "custom"
    return {
        **extras,
        "type": "tool_use",
        "id": safe_id(call.id),
        "name": call.name,
        "input": {"input": call.arguments} if custom else input_of(call.arguments),
    }


def input_of(arguments: str) -> dict[str, Any]:
    """Arguments as the object they have to be; what is none is kept as text within one."""
    try:
        value = msgspec.json.decode(arguments) if arguments.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"arguments": arguments}


def _tool_result(result: ToolResult, extras: Mapping[str, Any], *, same_wire: bool) -> Block:
    block: Block = {**extras, "type": "tool_result", "tool_use_id": safe_id(result.call_id)}
    if result.is_error:
        block["is_error"] = True
    if "content" in extras:
        return block
    attached = [block_of(part, same_wire=same_wire) for part in result.attachments]
    held = [inner for inner in attached if inner is not None]
    if held:
        said = [{"type": "text", "text": result.text}] if result.text.strip() else []
        return block | {"content": [*said, *held]}
    return block | {"content": result.text}


def _held(part: Part, extras: Mapping[str, Any], *, same_wire: bool) -> Block:
    if isinstance(part, Image):
        return {**extras, "type": "image", "source": _image_source(part, extras)}
    if isinstance(part, Document):
        return _document(part, extras, same_wire=same_wire)
    if isinstance(part, Opaque) and part.wire == WIRE and same_wire:
        return part.value
    raise NotWritable("a part of the prompt came by another wire and cannot be told in this one")


def _image_source(image: Image, extras: Mapping[str, Any]) -> dict[str, Any]:
    if image.data:
        media_type = image.media_type or _sniffed(image.data)
        return {"type": "base64", "media_type": media_type, "data": image.data}
    if image.url:
        return {"type": "url", "url": image.url}
    source = extras.get("source")
    if isinstance(source, dict):
        return source
    raise NotWritable("an image has neither data nor an address")


def _sniffed(data: str) -> str:
    for start, media_type in _IMAGE_STARTS:
        if data.startswith(start):
            return media_type
    return "image/png"


def _document(document: Document, extras: Mapping[str, Any], *, same_wire: bool) -> Block:
    block: Block = {**extras, "type": "document"}
    if document.name and "title" not in block:
        block["title"] = document.name
    if not isinstance(block.get("source"), dict):
        block["source"] = _document_source(document, same_wire=same_wire)
    return block


def _document_source(document: Document, *, same_wire: bool) -> dict[str, Any]:
    if document.text:
        return {"type": "text", "media_type": "text/plain", "data": document.text}
    if document.data and document.media_type.startswith("text/"):
        return {"type": "text", "media_type": "text/plain", "data": _decoded(document.data)}
    if document.data:
        media_type = document.media_type or "application/pdf"
        return {"type": "base64", "media_type": media_type, "data": document.data}
    if document.url:
        return {"type": "url", "url": document.url}
    if document.file_id and same_wire:
        return {"type": "file", "file_id": document.file_id}
    raise NotWritable("a file is held by another provider")


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotWritable("a document is no text") from None
