"""Reads Gemini's record of the tokens it used.

`promptTokenCount` counts cached tokens but not what server tools read;
`candidatesTokenCount` leaves the thoughts out. Both are charged all the same.
"""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import Usage


def read_usage(raw: dict[str, Any] | None) -> Usage:
    """Tokens by class; unknown where nothing was said."""
    if not raw:
        return Usage(certain=False)
    prompt, tools = _count(raw, "promptTokenCount"), _count(raw, "toolUsePromptTokenCount")
    read = None if prompt is None else prompt + (tools or 0)
    thoughts = _count(raw, "thoughtsTokenCount")
    written, adds_up = _written(raw, read, thoughts)
    return Usage(
        input=read,
        cache_read=_count(raw, "cachedContentTokenCount"),
        output=written,
        reasoning=thoughts,
        certain=read is not None and written is not None and adds_up,
        input_audio=_audio(raw, "promptTokensDetails", "toolUsePromptTokensDetails"),
        output_audio=_audio(raw, "candidatesTokensDetails"),
        cache_read_audio=_audio(raw, "cacheTokensDetails"),
        extras=raw,
    )


def _written(
    raw: dict[str, Any], read: int | None, thoughts: int | None
) -> tuple[int | None, bool]:
    """Output tokens, the thoughts too; and whether they agree with the stated total."""
    candidates, total = _count(raw, "candidatesTokenCount"), _count(raw, "totalTokenCount")
    rest = None if total is None or read is None else total - read
    if candidates is None and thoughts is None:
        # A class without tokens is left out; the total tells it from one that is unknown.
        return (rest, True) if rest is not None and rest >= 0 else (None, False)
    written = (candidates or 0) + (thoughts or 0)
    if rest is None or rest == written:
        return written, True
    if candidates is not None and rest == candidates:
        return candidates, True
    return max(written, rest), False


def _count(raw: dict[str, Any], name: str) -> int | None:
    value = raw.get(name)
    ok = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if ok else None


def _audio(raw: dict[str, Any], *names: str) -> int | None:
    """Tokens of sound among the rows of these tables; None where there are no tables."""
    tables = [raw[name] for name in names if isinstance(raw.get(name), list)]
    rows = [row for table in tables for row in table if isinstance(row, dict)]
    heard = [_count(row, "tokenCount") or 0 for row in rows if row.get("modality") == "AUDIO"]
    return sum(heard) if rows else None
