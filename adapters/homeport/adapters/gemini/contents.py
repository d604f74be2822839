"""Writes the turns of a conversation as Gemini's `contents`.

Results of tools answer their call by the call's name, so names are recovered
from the ids; the results of calls that were made together go together. A
signature of thoughts goes back on the part it came on.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

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
from homeport.adapters.gemini.read import SIGNED, WIRE

UNSIGNED: Final = base64.b64encode(b"skip_thought_signature_validator").decode()
"""Stands where a call of another model has no signature: Gemini 3 wants one on each step."""

_DATA_URL: Final = re.compile(r"data:([^;,]*)(?:;[^,]*)?,(.*)", re.DOTALL)
_FILES: Final = re.compile(r"^(https://|gs://|files/)")
Row = dict[str, Any]


class NotWritable(ValueError):
    """The prompt holds a part that this wire has no words for."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Where the generations of models differ."""

    signs_calls: bool
    """Refuses a call without a signature."""
    results_hold_files: bool
    """Takes images and documents inside of a tool's result."""
    system_instruction: bool = True
    remembered: Callable[[str], str] = lambda _: ""
    """The signature of a call by its id, for programs that did not bring it back."""


@dataclass(slots=True)
class Contents:
    """The turns, and what the system says."""

    turns: list[Row] = field(default_factory=list)
    system: list[Row] = field(default_factory=list)


def contents_of(messages: Sequence[Message], habits: Habits, prefix: str = "") -> Contents:
    """All messages; `prefix` opens the model's last turn. Raises `NotWritable`."""
    names = {
        part.id: part.name
        for message in messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    written = Contents()
    for message in messages:
        parts = _parts(message, names, habits)
        if message.role in ("system", "developer"):
            written.system += parts
        elif message.role == "tool" and _is_results(written.turns):
            written.turns[-1]["parts"] += parts
        else:
            role = "model" if message.role == "assistant" else "user"
            written.turns.append({"role": role, "parts": parts or [{"text": ""}]})
    _place_system(written, habits)
    if prefix:
        _open(written.turns, prefix)
    return written


def _place_system(written: Contents, habits: Habits) -> None:
    """What the system says is a turn where the model takes it in no other way."""
    if written.system and (not habits.system_instruction or not written.turns):
        written.turns.insert(0, {"role": "user", "parts": written.system})
        written.system = []


def _is_results(turns: list[Row]) -> bool:
    """Whether the last turn holds nothing but results of tools."""
    return bool(turns) and all("functionResponse" in part for part in turns[-1]["parts"])


def _open(turns: list[Row], prefix: str) -> None:
    """Two turns of the model after each other would be two answers."""
    if turns and turns[-1]["role"] == "model" and "text" in turns[-1]["parts"][-1]:
        last = turns[-1]["parts"][-1]
        turns[-1]["parts"][-1] = last | {"text": last["text"] + prefix}
    else:
        turns.append({"role": "model", "parts": [{"text": prefix}]})


def _parts(message: Message, names: Mapping[str, str], habits: Habits) -> list[Row]:
    rows: list[Row] = []
    files: list[Row] = []
    for part in message.parts:
        if isinstance(part, Thinking):
            _think(part, rows)
        elif isinstance(part, ToolResult):
            rows.append(_result(part, names, habits, files, message.name))
        elif isinstance(part, ToolCall):
            rows.append(_call(part, rows, habits))
        elif not _is_cache(part):
            rows.append(_part(part))
    return rows + files


def _is_cache(part: Part) -> bool:
    """The turns that Google holds are named at the top of the request, not among these."""
    return isinstance(part, Opaque) and part.wire == WIRE and part.value.keys() == {"cachedContent"}


def _think(part: Thinking, rows: list[Row]) -> None:
    """Gemini's own thoughts; those of other models are nothing to it."""
    ours = part.signature.startswith(SIGNED)
    signature = {"thoughtSignature": part.signature.removeprefix(SIGNED)} if ours else {}
    if part.text and (ours or part.extras.get("thought")):
        rows.append({"text": part.text, "thought": True, **signature})
    elif ours and rows and "text" in rows[-1] and "thoughtSignature" not in rows[-1]:
        rows[-1] = rows[-1] | signature
    elif ours:
        rows.append({"text": "", **signature})


def _call(call: ToolCall, before: list[Row], habits: Habits) -> Row:
    row: Row = {"functionCall": {"name": call.name, "args": _arguments(call.arguments)}}
    if call.id:
        row["functionCall"]["id"] = call.id
    signature = signature_of(call.extras) or habits.remembered(call.id)
    # Of calls that were made together only the first is signed.
    first = not any("functionCall" in other for other in before)
    if not signature and first and habits.signs_calls:
        signature = UNSIGNED
    return {**row, "thoughtSignature": signature} if signature else row


def signature_of(extras: Mapping[str, Any]) -> str:
    """A call's signature, by Gemini's own name or as Google puts it on the OpenAI wire."""
    own = extras.get("thoughtSignature")
    beside = extras.get("extra_content")
    google = beside.get("google") if isinstance(beside, dict) else None
    other = google.get("thought_signature") if isinstance(google, dict) else None
    return next((value for value in (own, other) if isinstance(value, str)), "")


def _arguments(text: str) -> Row:
    """An object as it is; what a model wrote instead of one stays readable."""
    if not text.strip():
        return {}
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {"arguments": text}
    return value if isinstance(value, dict) else {"arguments": value}


def _result(
    part: ToolResult, names: Mapping[str, str], habits: Habits, files: list[Row], named: str
) -> Row:
    name = names.get(part.call_id) or named or str(part.extras.get("name") or "")
    if not name:
        raise NotWritable("a tool's result belongs to no call of the conversation")
    response: Row = {"name": name, "response": _response(part), **_more(part)}
    if part.call_id:
        response["id"] = part.call_id
    attached = [_part(attachment) for attachment in part.attachments]
    if attached and habits.results_hold_files:
        response["parts"] = attached
    else:
        files += attached
    return {"functionResponse": response}


def _more(part: ToolResult) -> Row:
    """Fields of the result that only this wire has."""
    more = part.extras.get("more")
    return more if isinstance(more, dict) else {}


def _response(part: ToolResult) -> Row:
    given = part.extras.get("response")
    if isinstance(given, dict):
        return given
    if part.is_error:
        return {"error": part.text}
    try:
        value = msgspec.json.decode(part.text) if part.text[:1] == "{" else None
    except (msgspec.DecodeError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    return {"output": part.text} if part.text or not part.attachments else {}


def _part(part: Part) -> Row:
    if isinstance(part, Text | Refusal):
        return {"text": part.text}
    if isinstance(part, Image):
        return _media(part.data, part.url, part.media_type or _guess(part.url, "image/png"))
    if isinstance(part, Audio) and part.data:
        return _media(part.data, "", part.media_type or "audio/wav")
    if isinstance(part, Document):
        return _document(part)
    if isinstance(part, Opaque) and part.wire == WIRE:
        return part.value
    raise NotWritable("a part of the prompt came by another wire and cannot be told in this one")


def _document(part: Document) -> Row:
    if part.text and not part.data:
        data = base64.b64encode(part.text.encode("utf-8", "replace")).decode()
        return _media(data, "", part.media_type or "text/plain")
    if part.file_id and not _FILES.match(part.file_id):
        raise NotWritable("a file of another provider cannot be read by this one")
    url = part.url or part.file_id
    return _media(part.data, url, part.media_type or _guess(part.name or url, "application/pdf"))


def _media(data: str, url: str, media_type: str) -> Row:
    inline = _DATA_URL.fullmatch(url) if not data else None
    if inline:
        data, media_type = inline[2], inline[1] or media_type
    if data:
        return {"inlineData": {"mimeType": media_type, "data": data}}
    if not url:
        raise NotWritable("a file of the prompt is neither there nor has an address")
    return {"fileData": {"fileUri": url, "mimeType": media_type}}


def _guess(name: str, otherwise: str) -> str:
    return mimetypes.guess_type(name.partition("?")[0])[0] or otherwise
