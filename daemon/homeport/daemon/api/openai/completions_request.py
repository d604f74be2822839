"""The body of `POST /v1/completions`, as it is written."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from homeport.daemon.api.labels import Wishes
from homeport.daemon.api.openai.chat_request import Bound, Penalty, Seed, StreamOptions, TopK

Count = Annotated[int, Meta(ge=1, le=128)]


class CompletionRequest(msgspec.Struct, frozen=True):
    """Every field with a noun here; the others are carried as they came."""

    prompt: str | list[Any]
    model: str | None = None
    suffix: str | None = None
    echo: bool | None = None
    logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    stop: str | list[str] | None = None
    max_tokens: Bound | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: TopK | None = None
    min_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    seed: Seed | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    n: Count | None = None
    best_of: Count | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    homeport: Wishes | None = None


KNOWN_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(CompletionRequest))
