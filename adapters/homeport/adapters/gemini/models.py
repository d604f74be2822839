"""Reads what Gemini lists as its models into `ModelCard`s."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.gemini.write import generation_of
from homeport.policies.model import Capability, ModelCard, Place

# What generates content and still is no model to chat with.
_NOT_CHAT: Final = re.compile(
    r"tts|image|audio|live|veo|imagen|lyria|aqa|robotics|computer-use|deep-research|omni",
    re.IGNORECASE,
)
_CONTINUES: Final = re.compile(r"gemini-(?:[12]\.|3-|3\.1-)")
"""Models that take up an unfinished turn of theirs; those after them refuse it."""
_GEMINI: Final[tuple[Capability, ...]] = (
    "audio",
    "documents",
    "images",
    "json",
    "json_schema",
    "server_tools",
    "tools",
)
_GEMMA: Final[tuple[Capability, ...]] = ("images",)


def rows_of(answer: Any) -> list[dict[str, Any]] | None:
    """The models on one page of the list; None where it is no such page."""
    rows = answer.get("models", []) if isinstance(answer, Mapping) else None
    known = isinstance(answer, Mapping) and ("models" in answer or not answer)
    if not known or not isinstance(rows, list):
        return None
    if not all(isinstance(row, dict) and isinstance(row.get("name"), str) for row in rows):
        return None
    return rows


def card_of(row: Mapping[str, Any], provider: str, host: str, place: Place) -> ModelCard | None:
    """The card of one model; None where it neither chats nor makes embeddings."""
    name = str(row["name"]).removeprefix("models/")
    methods = row.get("supportedGenerationMethods")
    able = set(methods) if isinstance(methods, list) else set()
    chats = "generateContent" in able and not _NOT_CHAT.search(name)
    embeds = bool(able & {"embedContent", "batchEmbedContents"}) and not chats
    if not chats and not embeds:
        return None
    return ModelCard(
        id=f"{provider}/{name}",
        provider=provider,
        name=name,
        place=place,
        host=host,
        context=_count(row.get("inputTokenLimit")),
        max_output=_count(row.get("outputTokenLimit")) if chats else None,
        capabilities=_capabilities(name, row) if chats else ("embeddings",),
        wires=("gemini",),
        continues=chats and bool(_CONTINUES.match(name)),
        price_ref=f"google/{name}" if place == "cloud" else "",
    )


def _capabilities(name: str, row: Mapping[str, Any]) -> tuple[Capability, ...]:
    able: set[Capability] = set(_GEMMA if name.startswith("gemma") else _GEMINI)
    if row.get("thinking"):
        able.add("thinking")
    if generation_of(name) == (1, 0):
        able -= {"audio", "documents", "json_schema", "server_tools"}
    return tuple(sorted(able))


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if ok else None
