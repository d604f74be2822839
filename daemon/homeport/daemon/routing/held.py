"""Who alone can read a part of a prompt: files, stored answers and parts of one wire.

Named by the wire it is told in (`openai-responses`), or by the start of several (`openai`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from homeport.adapters.base import Audio, Document, Image, Opaque, Part, Prompt, Text

AT_OPENAI = "file-"
"""How the ids of files begin that OpenAI holds."""
_AT_GOOGLE = re.compile(r"https://|gs://|files/")
_CACHED = ("cachedContent", "cached_content")


def held_by(prompt: Prompt, parts: Sequence[Part]) -> tuple[str, ...]:
    """Every wire that is needed, sorted; empty where any model's server can be told all of it."""
    rare = [part for part in parts if type(part) is not Text]
    if not rare and not prompt.extras:
        return ()
    holders = {holder for part in rare if (holder := _holder(part, prompt.wire))}
    google = prompt.extras.get("google")
    named = {**prompt.extras, **google} if isinstance(google, dict) else prompt.extras
    if any(named.get(name) for name in _CACHED):
        holders.add("gemini")
    return tuple(sorted(holders))


def _holder(part: Part, wire: str) -> str:
    """Empty where the part is there, or can be fetched by anyone."""
    match part:
        case Opaque():
            return part.wire
        case Document() if part.file_id:
            return _of_file(part.file_id, wire)
        case Image() if not part.data and not part.url:
            return wire
        case Audio() if not part.data:
            return wire
    return ""


def _of_file(file_id: str, wire: str) -> str:
    if file_id.startswith(AT_OPENAI):
        return "openai"
    return "gemini" if _AT_GOOGLE.match(file_id) else wire
