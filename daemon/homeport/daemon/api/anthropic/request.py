"""The body of `POST /v1/messages`, as it is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from homeport.daemon.api.labels import Wishes

MAX_COUNT = 2**31 - 1

Block = dict[str, Any]


class Turn(msgspec.Struct, frozen=True):
    """One message."""

    role: Literal["user", "assistant", "system"]
    content: str | list[str | Block]


class MessagesRequest(msgspec.Struct, frozen=True):
    """Every field with a noun here; the others are carried as they came."""

    messages: list[Turn]
    model: str | None = None
    max_tokens: Annotated[int, Meta(ge=0, le=MAX_COUNT)] | None = None
    """0 fills the provider's cache and asks for no answer."""
    system: str | list[str | Block] | None = None
    tools: list[Block] | None = None
    tool_choice: Block | None = None
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=-1, le=MAX_COUNT)] | None = None
    stream: bool | None = None
    thinking: Block | None = None
    output_config: Block | None = None
    output_format: Block | None = None
    homeport: Wishes | None = None


CARRIED_WITH_NOUNS = frozenset({"thinking", "output_config", "output_format"})
"""Fields whose nouns do not say all that they hold: they are carried whole as well."""
_TOLD_ELSEWHERE = CARRIED_WITH_NOUNS | {"cache_control", "diagnostics", "metadata"}
"""Carried fields that are said by a noun too, or that change no answer."""


def knobs_of_the_wire(extras: dict[str, Any]) -> list[str]:
    """Names of what was asked that no other wire knows; takes the extras of a prompt."""
    return [n for n, v in extras.items() if n not in _TOLD_ELSEWHERE and v not in (None, {}, [])]


KNOWN_FIELDS = frozenset(MessagesRequest.__struct_fields__) - CARRIED_WITH_NOUNS
